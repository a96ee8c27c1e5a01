#!/usr/bin/env python3
"""Lines for `compare --input` with histograms: hdr_lines.py RUNS MESSAGES SLOWER TAIL COUNT SEED [SESSION]

Each line has RUNS histograms a side of MESSAGES latencies, written here in HdrHistogram's V2 encoding. Runs differ by 3 %
(their messages are no replicates); after is slower by SLOWER, its stalls (2 % of messages) by TAIL. SESSION: all runs are
of one session.
"""
import base64
import json
import math
import random
import struct
import sys
import zlib


def index(ns):
    shift = max(0, ns.bit_length() - 11)
    return (shift << 10) + (ns >> shift)


def encode(values):
    counts = {}
    for ns in values:
        counts[index(ns)] = counts.get(index(ns), 0) + 1
    out, last = bytearray(), 0
    for i in sorted(counts):
        for number in ([last - i] if i > last else []) + [counts[i]]:
            zigzag = (number << 1) ^ (number >> 63)
            while zigzag > 127:
                out.append(zigzag & 127 | 128)
                zigzag >>= 7
            out.append(zigzag)
        last = i + 1
    head = struct.pack(">iiiiqqd", 0x1C849303 | 0x10, len(out), 0, 3, 1, 3600000000000, 1.0)
    packed = zlib.compress(head + bytes(out))
    return base64.b64encode(struct.pack(">ii", 0x1C849304 | 0x10, len(packed)) + packed).decode()


def run(rng, messages, slower, tail):
    level = math.log(10e6) + rng.gauss(0, .03) + slower
    stall = .5 + rng.gauss(0, .06) + tail
    return encode([int(math.exp(level + rng.gauss(0, .25) +
                                (stall + abs(rng.gauss(0, .3)) if rng.random() < .02 else 0)))
                   for _ in range(messages)])


def main(runs, messages, slower, tail, count, seed, session=None):
    rng = random.Random(seed)
    for i in range(count):
        line = {"id": i, "before_hdr": [run(rng, messages, 0, 0) for _ in range(runs)],
                "after_hdr": [run(rng, messages, slower, tail) for _ in range(runs)]}
        if session:
            line["before_session"] = line["after_session"] = [1] * runs
        print(json.dumps(line))


if __name__ == "__main__":
    a = sys.argv
    main(int(a[1]), int(a[2]), math.log1p(float(a[3])), math.log1p(float(a[4])), int(a[5]), int(a[6]), *a[7:])
