"""bench_engine.py FOLDER: see tests/bench_engine."""
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

CLIENTS, SECONDS, ROUNDS = 100, 2, 3
folder = os.path.abspath(sys.argv[1])
program = os.path.join(folder, "streamgauge")
missed = []


def told(name, value, unit, must=None, good=True):
    print(f"{name:<59}{value:>12} {unit:<4}" + (f" (must: {must})" if must else "").rstrip())
    if not good:
        missed.append(name)


def waited(process):
    """Waits for a process; its output, and the CPU seconds of it and of all that it waited for."""
    out = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        sys.exit(f"bench_engine: {process.args} ended with {status}")
    return out.decode(), used.ru_utime + used.ru_stime


def scenario(**fields):
    with open("bench.json", "w") as f:
        json.dump({"name": "bench", "protocol": "ws", "exchange": "echo", "clients": CLIENTS,
                   "ramp": 0, "warmup": 0, "duration": SECONDS, "message": {"size": 128},
                   **fields}, f)


def streamgauge(url, **fields):
    """The metrics of a run, and the CPU seconds of supervisor and worker."""
    scenario(**fields)
    out, cpu = waited(subprocess.Popen(
        [program, "run", "bench.json", "--target", url, "--repeat", "1", "--json", "--quiet",
         "--db", "bench.db"], stdout=subprocess.PIPE))
    return json.loads(out)["runs"][0]["metrics"], cpu


def raw(port):
    out, cpu = waited(subprocess.Popen(
        [os.path.join(folder, "tests/bench_raw"), str(port), str(CLIENTS), str(SECONDS)],
        stdout=subprocess.PIPE))
    return int(out.split()[0]) / cpu


async def python_loop(url):
    import websockets
    payload, end, count = "x" * 128, time.monotonic() + SECONDS, 0

    async def client():
        nonlocal count
        async with websockets.connect(url, compression=None) as ws:
            while time.monotonic() < end:
                await ws.send(payload)
                await ws.recv()
                count += 1

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return count


def python(url):
    out, cpu = waited(subprocess.Popen([sys.executable, __file__, "--client", url],
                                       stdout=subprocess.PIPE))
    return int(out) / cpu


def closed_loop(url, port):
    rounds = []
    for _ in range(ROUNDS):
        metrics, cpu = streamgauge(url, rate="max")
        rounds.append((metrics["messages.matched"] / cpu, raw(port), python(url)))
    ours, limit, others = (statistics.median(r[i] for r in rounds) for i in range(3))
    share = statistics.median(r[0] / r[1] for r in rounds)
    ratio = statistics.median(r[0] / r[2] for r in rounds)
    print(f"closed loop, {CLIENTS} clients, 128 bytes, one outstanding, messages per CPU-second:")
    told("  streamgauge run, supervisor and worker", f"{ours:,.0f}", "/s")
    told("  a raw epoll client, the limit", f"{limit:,.0f}", "/s")
    told("  a python3-websockets client", f"{others:,.0f}", "/s")
    told("  share of the limit", f"{share:.2f}", "", "0.65", share >= 0.65)
    told("  times python3-websockets", f"{ratio:.1f}", "", "4.0", ratio >= 4)


def pipelined(url):
    rounds = []
    for _ in range(ROUNDS):
        one, one_cpu = streamgauge(url, rate="max")
        many, many_cpu = streamgauge(url, rate="max", message={"size": 128, "batch": 16})
        rounds.append((one["throughput.received"], many["throughput.received"],
                       one["messages.matched"] / one_cpu, many["messages.matched"] / many_cpu))
    times = statistics.median(r[1] / r[0] for r in rounds)
    cheaper = statistics.median(r[3] / r[2] for r in rounds)
    print(f"pipelined, {CLIENTS} clients, 128 bytes, 16 outstanding, both ends on this machine:")
    told("  messages per second", f"{statistics.median(r[1] for r in rounds):,.0f}", "/s")
    told("  times the rate with one outstanding", f"{times:.1f}", "", "4.0", times >= 4)
    told("  times its messages per CPU-second", f"{cheaper:.1f}", "")


def open_loop(url):
    metrics, cpu = streamgauge(url, rate=10, warmup="500ms", duration="4s")
    late, sent = metrics["generator.late.p99"], metrics["messages.sent"]
    print(f"open loop, 1,000 messages a second over {CLIENTS} clients:")
    told("  delivered", f"{metrics['throughput.received']:.1f}", "/s", "998 to 1002",
         998 <= metrics["throughput.received"] <= 1002)
    told("  lateness p99", f"{late:.3f}", "ms", "2.000", late <= 2)
    told("  CPU of supervisor and worker per message", f"{cpu / sent * 1e6:.1f}", "us")


def main():
    target = subprocess.Popen([program, "target", "--port", "0"], stdout=subprocess.PIPE)
    try:
        port = int(target.stdout.readline().split()[1])
        url = f"ws://127.0.0.1:{port}/echo"
        with tempfile.TemporaryDirectory(dir=folder) as work:
            os.chdir(work)
            closed_loop(url, port)
            pipelined(url)
            open_loop(url)
    finally:
        target.send_signal(signal.SIGTERM)
        target.wait()
    for name in missed:
        print(f"missed: {name.strip()}")
    return bool(missed)


if __name__ == "__main__":
    if sys.argv[1] == "--client":
        print(asyncio.run(python_loop(sys.argv[2])))
        sys.exit()
    sys.exit(main())
