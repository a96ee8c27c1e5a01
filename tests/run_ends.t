#!/bin/sh
# run, when it does not end well: each end has its status, its sentence and its record, and nothing
# of ours or of the target's is left behind.
. "$(dirname "$0")/run_lib.sh"
cat >long.json <<'END'
{"name": "long", "protocol": "ws", "exchange": "echo", "clients": 10, "rate": 20,
 "ramp": "100ms", "warmup": "100ms", "duration": "20s", "timeout": "1s", "connect_timeout": "1s"}
END
for number in 2:INT:130 15:TERM:143 1:HUP:129; do
    name=$(echo $number | cut -d: -f2)
    begin long.json --repeat 3
    kill "-$name" "$sup"
    began=$(now_ms)
    end
    is "$status" "${number##*:}" "SIG$name: its exit status"
    ok "$(($(now_ms) - began > 10000))" "SIG$name: at once, long before its 20 s are over"
    is "$(last status)" interrupted "SIG$name: the run is kept and marked"
    like "$(last reason)" "SIG$name after [0-9.]+ s of the 20.0 s" "SIG$name: and how far it went"
    like "$err" "^recorded $(last uuid)" "SIG$name: it is said to be recorded"
    like "$(sql "select value from value join metric on id = metric_id where name = 'messages.matched'
        and run_id = (select max(id) from run)")" '^[1-9]' "SIG$name: with what was measured"
    is "$(ours)" "" "SIG$name: nothing is left behind"
done
is "$(sql 'select count(*) from run')" 3 "the remaining repeats are skipped"

hangup=--ignore-signal=HUP
begin long.json --duration 2s
kill -HUP "$sup"
end
hangup=
is "$status $(last status)" "0 ok" "under nohup a run outlives its terminal"

begin long.json
kill -9 "$sup"
end
left_behind "kill -9: nothing of ours is left soon after"
is "$(last status)" running "kill -9: the run is seen as never finished"

begin long.json --repeat 2
sleep 2
kill -9 "$(worker)"
end
is "$status" 3 "a worker that is killed: exit 3"
like "$err" 'long 1/2: the worker ended by signal 9' "a worker that is killed: says so"
is "$(last status)" failed "a worker that is killed: the run is recorded as failed"
like "$(sql "select count from histogram where second = -1 and run_id = (select max(id) from run)")" \
    '^[1-9]' "a worker that is killed: what it had reported is kept"
is "$(sql 'select count(*) from run')" 6 "a worker that is killed: it is not tried again"

begin long.json
kill -STOP "$(worker)"
end
is "$status" 3 "a worker that hangs: exit 3"
like "$err" 'long: the worker was silent for 5s' "a worker that hangs: says so"
is "$(last status)" failed "a worker that hangs: the run is recorded as failed"
is "$(ours)" "" "a worker that hangs: it is ended"

served() {
    for pid in $(ours); do
        tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q ' target --port' && echo "$pid"
    done
}
# Ended by KILL, after 5 s, it would take 8 s; where it takes so long by chance, it does not each time.
for attempt in 1 2 3; do
    begin long.json --duration 3s
    began=$(now_ms)
    kill -STOP "$(served)"
    end
    took=$(($(now_ms) - began))
    [ "$took" -gt 7000 ] || break
done
ok "$((took > 7000))" "a target that freezes: costs its timeout ($took ms, attempt $attempt)"
is "$(ours)" "" "a target that freezes: it is ended"

begin long.json
kill -STOP "$(worker)"
kill -INT "$sup"
sleep 0.3
began=$(now_ms)
kill -INT "$sup"
end
is "$status" 130 "a second signal: exit 130"
ok "$(($(now_ms) - began > 4000))" "a second signal: at once, without the 5 s that what hangs is given"
left_behind "a second signal: nothing is left behind"

target_begin
begin long.json --target "$url" --observe-pid "$target"
kill -9 "$target"
end
is "$status" 3 "a target that ends: exit 3"
like "$err" "target \(process $target\) ended during the run" "a target that ends: says so"
is "$(last status)" failed "a target that ends: the run is recorded as failed"
is "$(sql "select count(*) from value join metric on id = metric_id where name = 'target.rss.peak'
    and run_id = (select max(id) from run)")" 1 "a target that ends: it was observed"

began=$(now_ms)
run "$sg" run long.json --target "$url" --duration 2s
is "$status" 3 "nobody listens: exit 3"
run "$sg" run long.json --target "$url" --duration 2s --bisect
is "$status" 125 "which git bisect is told to skip"
like "$err" 'long: no connection succeeded: .*refused' "nobody listens: says so"
is "$(last status)" failed "nobody listens: recorded as failed"
like "$(sql "select reason || count from failure where kind = 'connection' and
    run_id = (select max(id) from run)")" 'refused.*10$' "nobody listens: with the reason of all ten"
ok "$(($(now_ms) - began > 2 * 8200))" "nobody listens: within ramp, warm-up, duration, timeout and 5 s"

for mode in refuse:403 html:200 accept:subprotocol other:subprotocol silent:handshake; do
    python3 "$tests/odd_server.py" "${mode%%:*}" >odd.txt &
    started="$started $!"
    odd=$!
    wait_for '[ -s odd.txt ]'
    printf '{"name": "odd", "protocol": "ws", "exchange": "echo", "clients": 2, "ramp": 0,
        "warmup": 0, "duration": "500ms", "timeout": "500ms", "connect_timeout": "%s",
        "subprotocol": "chat.v1"}' "$([ "${mode%%:*}" = silent ] && echo 500ms || echo 10s)" >odd.json
    run "$sg" run odd.json --target "ws://127.0.0.1:$(cat odd.txt)/echo"
    is "$status" 3 "${mode%%:*}: exit 3"
    like "$err" "no connection succeeded: .*(${mode##*:})" "${mode%%:*}: says why"
    kill "$odd"
    : >odd.txt
done
done_testing
