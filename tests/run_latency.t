#!/bin/sh
# Honest latency. The target stands still for the first 200 ms of every second. A message due at a
# moment u of the stall waits for 200 ms - u, so that of messages due evenly over whole seconds 20 %
# wait, evenly, up to 200 ms: the p-th percentile is (p - 80) / 20 * 200 ms, which is 150 ms at p95
# and 190 ms at p99. A client that waits for each reply before it sends the next sees one slow
# message a second, and reports 1 ms.
. "$(dirname "$0")/run_lib.sh"
cat >stall.json <<'END'
{"name": "stall", "protocol": "ws", "exchange": "echo", "clients": 10, "rate": 100,
 "ramp": "500ms", "warmup": "500ms", "duration": "4s"}
END
calm stall.json --target-option stall=200ms/1s
carried_out "$status" "the run is carried out"
# near METRIC LEAST MOST
near() {
    got=$(metric "$1")
    awk -v g="$got" -v least="$2" -v most="$3" 'BEGIN { exit !(g >= least && g <= most) }'
    ok $? "$1 is $got, from $2 to $3"
}
# A busy machine adds to what they wait for, and takes nothing from it.
near latency.p95 135 200
near latency.p99 171 260
near messages.sent 3980 4020
near throughput.delivered 0.995 1.005
done_testing
