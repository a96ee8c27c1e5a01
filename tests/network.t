#!/bin/sh
# Runs through an emulated network, against servers of other hands: what it adds to latency, and that
# all else (conservation, reasons, ends) is as without it.
. "$(dirname "$0")/run_lib.sh"
NODE_PATH=$BUILD/npm/node_modules
export NODE_PATH

# scenario NAME NETWORK MEMBERS
scenario() {
    cat >"$1.json" <<JSON
{"name": "$1", "protocol": "ws", "exchange": "echo", "clients": 20, "rate": 10, "ramp": "200ms",
 "warmup": "300ms", "duration": "3s", "network": $2${3:-}}
JSON
}

# between NAME METRIC LEAST MOST
between() {
    is "$(sql "select value between $3 and $4 from value join metric on id = metric_id
        where name = '$2' and run_id = (select max(id) from run)")" 1 "$1: $2 is $3 to $4"
}

python="exec $(python_with websockets) $tests/servers/echo_websockets.py {port}"

# A timer is never early: what is below is sure. What is above leaves room for a busy machine, most for
# the few connections, of which there are no better ones to choose from.
scenario delay '{"delay": "40ms"}'
measured "python3-websockets" delay "$python" 590
between "40 ms" latency.min 80 120
between "40 ms" latency.p50 80 400
between "40 ms: TCP's handshake and the upgrade" connect.p50 160 2000
is "$(sql "select json_extract(definition, '$.network.delay') from scenario")" 40ms "it is recorded"

scenario jitter '{"delay": "40ms", "jitter": "20ms"}'
measured "python3-websockets" jitter "$python" 590
between "40 ms +- 20" latency.min 40 79
between "40 ms +- 20" latency.max 95 3000

# 600 messages are 1,200 segments, of which 60 are lost: their time-out is 200 ms and a round trip.
scenario loss '{"delay": "10ms", "loss": "5%"}'
# So a handshake of which both ways are lost twice may take longer than the run does.
calm loss.json --start-target "exec node $tests/servers/echo_ws.js {port}" --quiet
carried_out "$status" "5 % lost: measured"
is "$(metric messages.matched) $(metric messages.lost) $(metric errors.count) $(metric messages.duplicate)" \
    "$(metric messages.sent) 0.0 0.0 0.0" "5 % lost: every message arrives, once"
between "5 % lost" messages.sent 480 600
between "5 % lost" connect.success 0.8 1
between "5 % lost" latency.p50 20 400
between "5 % lost" latency.p99 50 3000
between "5 % lost" latency.max 220 5000

# 64 KiB take 54.9 ms at 10 Mbit/s with their headers, once each way: 9.1 messages a second.
cat >line.json <<'JSON'
{"name": "line", "protocol": "ws", "exchange": "echo", "clients": 2, "rate": "max", "ramp": 0,
 "message": {"size": "64KiB"}, "warmup": "500ms", "duration": "3s",
 "network": {"bandwidth": "10mbit"}}
JSON
measured "python3-websockets" line "$python" 30
between "10 Mbit/s" latency.min 109 150
between "10 Mbit/s, each of two clients" throughput.received 6 18.7

cat >sse.json <<'JSON'
{"name": "sse", "protocol": "sse", "exchange": "push", "clients": 10, "ramp": "200ms",
 "warmup": "300ms", "duration": "3s", "match": {"time": "/time", "sequence": "/seq"},
 "network": {"delay": "30ms"}}
JSON
calm sse.json --quiet
carried_out "$status" "events: carried out"
between "events: one way" latency.p50 30 400
is "$(metric messages.lost) $(metric messages.reordered) $(metric messages.duplicate)" "0.0 0.0 0.0" \
    "events: all of them, in order"

# TLS goes through like anything else: for the url's host, not the relay's.
openssl req -x509 -newkey rsa:2048 -nodes -keyout own.key -out own.pem -days 30 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost 2>/dev/null
scenario tls '{"delay": "20ms"}' ', "tls": {"ca": "own.pem"}, "url": "wss://localhost:{port}/"'
measured "npm ws" tls "exec node $tests/servers/echo_tls_one.js own {port}" 590
between "TLS 1.3: three round trips and the upgrade" connect.p50 120 2000

# Two workers share it.
calm delay.json --workers 2 --quiet
carried_out "$status" "two workers: carried out"
is "$(metric messages.matched)" 600.0 "two workers: all matched"
between "two workers" latency.min 80 120

# What is in the way of the target is told as if nothing were between.
reason() {
    sql "select group_concat(reason || ' ' || count) from failure where kind = 'connection'"
}
for at in ws://127.0.0.1:9/ wss://127.0.0.1:9/; do
    rm -f streamgauge.db
    run "$sg" run delay.json --target "$at" --quiet
    is "$status $(reason)" "3 connection refused 20" "$at: refused"
    like "$err" 'no connection succeeded: connection refused' "$at: in a sentence"
done
rm -f streamgauge.db
run "$sg" run sse.json --target http://127.0.0.1:9/ --quiet
is "$status $(reason)" "3 connection refused 10" "events: refused"
rm -f streamgauge.db
run "$sg" run delay.json --target ws://nosuch.invalid/ --quiet
like "$err" 'host nosuch.invalid: ' "no such host"

scenario again '{"delay": "20ms"}' ', "timeout": "1s", "reconnect": {"first": "50ms", "max": "100ms", "tries": 3}'
rm -f streamgauge.db port.txt
target_begin
begin again.json --target "$url"
kill -9 "$target"
end
is "$(sql "select reason from failure where kind = 'connection' and reason like 'reconnect%'")" \
    "reconnect: connection refused" "a target that dies: its clients find nobody"
is "$(sql "select count from failure where reason = 'lost: closed without a close frame'")" 20 \
    "a target that dies: all are lost"

# A connection that was closed is there until its end has arrived: there may be more than one for each
# client, and no room for them must not pass for a slow network.
cat >many.json <<'JSON'
{"name": "many", "protocol": "sse", "exchange": "echo", "clients": 200, "rate": 1, "ramp": "200ms",
 "warmup": "1s", "duration": "3s", "reuse": false, "network": {"delay": "245ms"}}
JSON
# many KIND NUMBER: with that limit of open files
many() {
    # shellcheck disable=SC3045
    (ulimit "$1" "$2" && calm many.json --quiet && echo "$status $err" | tr '\n' ' ' >many.txt)
    cat many.txt
}
like "$(many -Sn 470)" '^[03] ' "more connections than clients: carried out"
is "$(metric messages.matched)" 600.0 "more connections than clients: all matched"
like "$(many -n 470)" '^3 .*the emulated network has no room for more than [0-9]+ connections at once: Too many' \
    "no room for them: says so"
is "$(last status)" failed "no room for them: the run has failed"

# The network is a part of the generator. Should it end, so does the run, which failed.
relay() {
    for pid in $(ours); do
        tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q ' relay ' && echo "$pid"
    done
}
rm -f streamgauge.db
begin delay.json
kill -9 "$(relay)"
end
is "$status $(last "status || ': ' || reason")" \
    "3 failed: the emulated network ended during the run" "the network is killed"
rm -f streamgauge.db
began=$(now_ms)
begin delay.json
kill -STOP "$(relay)"
end
[ $(($(now_ms) - began)) -lt 20000 ]
ok $? "the network is frozen: the run ends in time"
is "$status $(last status)" "3 failed" "the network is frozen: the run has failed"
begin delay.json
kill -INT "$sup"
end
is "$status $(last status)" "130 interrupted" "interrupted"
left_behind "nothing of it is left"
done_testing
