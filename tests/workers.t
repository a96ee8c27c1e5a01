#!/bin/sh
# run --workers: what several processes measure is one run, and one of them that breaks off is told.
. "$(dirname "$0")/run_lib.sh"
cat >even.json <<'END'
{"name": "even", "protocol": "ws", "exchange": "echo", "clients": 30, "rate": 20, "ramp": "200ms",
 "warmup": "200ms", "duration": "2s", "timeout": "1s"}
END

counts() {
    for name in messages.sent messages.matched messages.lost errors.count connect.success \
        bytes.sent bytes.received; do
        printf '%s ' "$(metric "$name")"
    done
}

anyhow even.json --seed 7
carried_out "$status" "one worker"
one=$(counts)
anyhow even.json --seed 7 --workers 4
carried_out "$status" "four workers"
is "$(counts)" "$one" "the same load, and the same counts ($one)"
is "$(metric messages.sent)" 1200.0 "which are exact"
is "$(sql "select group_concat(second || ' ' || value) from timeseries join metric on id = metric_id
    where name = 'throughput.sent'")" "0 600.0,1 600.0" "seconds are summed"
is "$(sql "select group_concat(second || ' ' || count) from histogram join metric on id = metric_id
    where name = 'latency' order by second")" "0 600,1 600,-1 1200" "histograms are merged"
is "$(sql "select json_extract(extra, '$.workers') from run")" 4 "it is recorded how many there were"
run "$sg" run single --workers 8 --duration 500ms --warmup 0
is "$(sql "select json_extract(extra, '$.workers') from run order by id desc limit 1")" 1 \
    "there are no more than clients"

cat >long.json <<'END'
{"name": "long", "protocol": "ws", "exchange": "echo", "clients": 12, "rate": 20, "ramp": "100ms",
 "warmup": "100ms", "duration": "20s", "timeout": "1s", "connect_timeout": "1s"}
END
begin long.json --workers 3
is "$(worker | wc -l)" 3 "three processes"
kill -INT "$sup"
end
is "$status $(last status)" "130 interrupted" "they are all told to stop"
like "$(metric messages.sent)" '^[1-9]' "and tell what they have"
is "$(ours)" "" "nothing is left behind"

begin long.json --workers 3
sleep 2
kill -9 "$(worker | head -1)"
end
is "$status" 3 "one that is killed: exit 3"
like "$err" 'long: worker [123] of 3 ended by signal 9' "one that is killed: says which"
like "$(sql "select count from histogram where second = 0 and run_id = (select max(id) from run)")" \
    '^(2[2-4][0-9])$' "one that is killed: a second that all had reported is whole"
is "$(ours)" "" "one that is killed: nothing is left behind"

began=$(now_ms)
begin long.json --workers 3
kill -STOP "$(worker | head -1)"
end
is "$status" 3 "one that hangs: exit 3"
like "$err" 'long: worker [123] of 3 was silent for 5s' "one that hangs: says which"
ok "$(($(now_ms) - began > 20000))" "one that hangs: before the run would end by itself"
is "$(ours)" "" "one that hangs: nothing is left behind"
done_testing
