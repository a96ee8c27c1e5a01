#!/bin/sh
# Histograms between HdrHistogram's own implementations and ours, both ways: blobs, and its log.
. "$(dirname "$0")/run_lib.sh"
cat >quick.json <<'END'
{"name": "quick", "protocol": "ws", "exchange": "echo", "clients": 2, "rate": 50,
 "ramp": 0, "warmup": "500ms", "duration": "2s", "timeout": "500ms"}
END
calm quick.json --quiet --target-option delay=3ms
calm_runs=$(sql "select count(*) from run")
is "$calm_runs" 1 "a run to hand over"
run "$sg" export hlog
is "$status" 0 "its log"
printf '%s\n' "$out" >run.hlog
"$sg" run quick.json --quiet --duration 1s >out.txt 2>&1
run "$sg" export hlog branch:none
is "$status" 2 "a selection of nothing is refused"
"$sg" export hlog run:1 run:2 >two.hlog

ask() {
    LD_PRELOAD=$(extension_runtime) "$sg" sql "$1"
}

# What is said of each second in SQL.
query() {
    ask "SELECT hdr_count(hdr) || ' ' || hdr_percentile(hdr, 50) || ' ' ||
        hdr_percentile(hdr, 99) || ' ' || hdr_max(hdr) FROM histogram JOIN metric ON metric.id = metric_id
        WHERE name = 'latency' AND $1 ORDER BY run_id, second"
}
blobs() {
    ask "SELECT hex(hdr) FROM histogram JOIN metric ON metric.id = metric_id
        ORDER BY run_id, metric_id, second" | python3 -c 'import base64, sys
for line in sys.stdin: print(base64.b64encode(bytes.fromhex(line)).decode())'
}
blobs >blobs.txt
ask "SELECT hdr_count(hdr) || ' ' || hdr_percentile(hdr, 50) || ' ' || hdr_percentile(hdr, 99) ||
    ' ' || hdr_max(hdr) FROM histogram ORDER BY run_id, metric_id, second" >ours.txt
start_ms=$(ask "SELECT CAST(round((julianday(started_at) - 2440587.5) * 86400000) AS INTEGER) + 500
    FROM run WHERE id = 1")

# with NAME COMMAND...: all of it by one implementation
with() {
    name=$1
    shift
    "$@" log run.hlog >read.txt 2>err.txt || sed 's/^/# /' err.txt
    is "$(cut -d' ' -f3- read.txt)" "$(query 'run_id = 1 AND second >= 0')" \
        "$name reads the log: each second, with its percentiles"
    is "$(head -1 read.txt | cut -d' ' -f1,2)" "$start_ms -" "$name: from the measured part's start on"
    "$@" log two.hlog >read.txt
    is "$(cut -d' ' -f2 read.txt | sort -u | paste -sd' ')" "run-1 run-2" "$name: runs are told apart by tags"
    "$@" blob <blobs.txt >read.txt
    cmp -s read.txt ours.txt
    ok $? "$name reads every histogram of the database as we do"
    diff read.txt ours.txt | head -5 | sed 's/^/# /'
    "$@" make >made.txt
    while read -r hex numbers; do
        is "$(ask "SELECT hdr_count(h) || ' ' || hdr_percentile(h, 50) || ' ' || hdr_percentile(h, 99)
            || ' ' || hdr_max(h) FROM (SELECT x'$hex' AS h)")" "$numbers" \
            "what $name writes is read: $numbers"
    done <made.txt
}

modules=$BUILD/npm/node_modules
if command -v node >/dev/null && [ -d "$modules/hdr-histogram-js" ]; then
    with hdr-histogram-js node "$tests/hdr_interop.js" "$modules"
else
    skip "node or hdr-histogram-js is missing" "hdr-histogram-js"
fi
jar=/usr/share/java/hdrhistogram.jar
if command -v javac >/dev/null && [ -r "$jar" ]; then
    javac -cp "$jar" -d . "$tests/HdrInterop.java"
    with "HdrHistogram (Java)" java -Xshare:auto -XX:TieredStopAtLevel=1 -cp "$jar:." HdrInterop
else
    skip "no javac, or no libhdrhistogram-java" "HdrHistogram (Java)"
fi
done_testing
