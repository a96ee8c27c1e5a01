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
is "$status" 0 "the run is carried out: $err"
# near METRIC VALUE SHARE
near() {
    got=$(metric "$1")
    awk -v g="$got" -v w="$2" -v s="$3" 'BEGIN { exit !(g >= w * (1 - s) && g <= w * (1 + s)) }'
    ok $? "$1 is $got, within $(awk "BEGIN { print $3 * 100 }") % of $2"
}
near latency.p95 150 0.1
near latency.p99 190 0.1
near messages.sent 4000 0.005
near throughput.delivered 1 0.005
done_testing
