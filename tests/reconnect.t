#!/bin/sh
# Connections that are lost, by the target's doing or in a storm, and made again; and a target that
# dies or freezes meanwhile, which never holds a run up.
. "$(dirname "$0")/run_lib.sh"
cat >gap.json <<'END'
{"name": "gap", "protocol": "ws", "exchange": "echo", "clients": 20, "rate": 20, "ramp": "100ms",
 "warmup": "400ms", "duration": "5s", "timeout": "1s", "connect_timeout": "3s",
 "heartbeat": {"every": "500ms", "timeout": "5s"},
 "reconnect": {"first": "50ms", "max": "300ms", "tries": 100}}
END
sed 's/"timeout": "5s"}/"timeout": "400ms"}/' gap.json >frozen.json
longest=16500 # ramp + warm-up + duration + timeout + 5 s, and five for starting and writing

# again: the target once more, on its old port
again() {
    "$sg" target --port "$port" >again.txt 2>/dev/null &
    target=$!
    started="$started $target"
}

# conserved NAME
conserved() {
    is "$(sql "select (select value from value join metric on id = metric_id where name = 'messages.sent')
        - sum(value) from value join metric on id = metric_id
        where name in ('messages.matched', 'messages.lost', 'errors.count')")" 0.0 "$1: conserved"
}

# begin_at: a run against a target of its own, and when it began
begin_at() {
    rm -f streamgauge.db port.txt
    target_begin
    port=${url##*:}
    port=${port%/echo}
    began=$(now_ms)
    begin "$@" --target "$url"
}

in_time() {
    [ $(($(now_ms) - began)) -lt $longest ]
    ok $? "$1: in time"
}

begin_at gap.json
kill -9 "$target"
sleep 0.7
again
end
carried_out "$status" "a target that is started anew: carried out"
in_time "started anew"
conserved "started anew"
is "$(metric reconnect.count)" 20.0 "started anew: all are connected again"
like "$(metric reconnect.p95)" '^[1-4]?[0-9]{3}\.' "started anew: after about the gap"
like "$(sql "select reason from failure where kind = 'connection'")" \
    '^reconnect: connection refused' "started anew: what was tried in the gap"
like "$(sql "select count from failure where reason = 'lost: closed without a close frame'")" '^20$' \
    "started anew: what was lost"
is "$(sql "select sum(count) > 100 from failure where reason = 'not connected'")" 1 \
    "started anew: what fell due in the gap"
kill "$target"

begin_at gap.json
kill -9 "$target"
end
carried_out "$status" "a target that dies: carried out"
in_time "dies"
conserved "dies"
is "$(metric reconnect.count)" 0.0 "dies: none is connected again"

begin_at frozen.json
kill -STOP "$target"
end
carried_out "$status" "a target that freezes: carried out"
in_time "freezes"
conserved "freezes"
is "$(sql "select reason from failure where reason like 'lost: no pong%'")" \
    "lost: no pong within 400ms" "freezes: no pong"
is "$(sql "select value >= 20 from value join metric on id = metric_id
    where name = 'heartbeat.missed'")" 1 "freezes: which are missed"
kill -9 "$target"

cat >storm.json <<'END'
{"name": "storm", "protocol": "ws", "exchange": "echo", "clients": 40, "rate": 20, "ramp": "100ms",
 "warmup": "400ms", "duration": "5s", "timeout": "3s", "storm": {"at": "2s", "share": "50%"},
 "heartbeat": {"every": "200ms"}}
END
calm storm.json --workers 2
carried_out "$status" "a storm: carried out"
conserved "a storm"
is "$(metric reconnect.count)" 20.0 "a storm: half of them are connected again"
is "$(sql "select count(*) from failure where kind = 'connection'")" 0 "a storm: no failed connection"
like "$(metric recovery.p95)" '^[1-3]000\.0$' "a storm: time to recover"
like "$(metric heartbeat.p50)" '^[0-9]+\.' "a storm: heartbeats"
is "$(metric heartbeat.missed)" 0.0 "a storm: none is missed"
is "$(sql "select count(*) from histogram join metric on id = metric_id
    where name in ('heartbeat', 'reconnect')")" 2 "a storm: distributions of both"
cat >patient.json <<'END'
{"name": "patient", "protocol": "ws", "exchange": "echo", "clients": 2, "rate": 5, "ramp": 0, "warmup": 0,
 "duration": "3s", "heartbeat": {"every": "200ms", "timeout": "5s"}}
END
calm patient.json --target-option stall=900ms/1s
is "$(metric heartbeat.missed)" 0.0 "a pong may take longer than the next ping is away"
is "$(sql "select max > 600 from histogram join metric on id = metric_id where name = 'heartbeat'")" 1 \
    "and is measured to its end"
run "$sg" run storm.json --duration 1s
is "$status" 2 "a storm after the end"
like "$err" 'storm.at: is not within the measured part' "a storm after the end: says so"
done_testing
