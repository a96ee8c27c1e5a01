#!/bin/sh
# A recorded trace sent again: its times, its messages, its clients; and what is none.
. "$(dirname "$0")/run_lib.sh"

scenario() { # NAME RATE [MEMBERS]
    printf '{"name": "%s", "protocol": "ws", "exchange": "echo", "clients": 4, "ramp": "100ms",
        "warmup": "300ms", "timeout": "5s", "rate": %s%s}\n' "$1" "$2" "${3:-}" >"$1.json"
}
replay() { # NAME OPTIONS...
    scenario=$1
    shift
    anyhow "./$scenario.json" --repeat 1 --seed 5 "$@"
    carried_out "$status" "$scenario: measured"
    is "$(metric messages.sent) $(metric messages.matched)" "$expected.0 $expected.0" "$scenario: all of it, once"
    load=$(sql 'select workload from scenario')
}

# 60 messages, 30 in the first half second, the rest over the next second and a half.
awk 'BEGIN { for (i = 0; i < 60; i++)
    printf "{\"at\": %.4f, \"client\": %d, \"message\": {\"n\": %d}}\n",
        i < 30 ? i / 60 : 0.5 + (i - 30) / 20, i % 7, i }' >even.ndjson
sort -R even.ndjson >mixed.ndjson
sed 's/"at": /"at": 17956950/' even.ndjson | sed -E 's/17956950([01])/179569503\1/' >unix.ndjson
scenario plain '{"pattern": "trace", "file": "even.ndjson"}'
scenario mixed '{"pattern": "trace", "file": "mixed.ndjson"}'
scenario unix '{"pattern": "trace", "file": "unix.ndjson"}'
scenario twice '{"pattern": "trace", "file": "even.ndjson", "speed": 2}'
scenario later '{"pattern": "trace", "file": "even.ndjson", "skip": "500ms"}'
scenario short '{"pattern": "trace", "file": "even.ndjson"}' ', "duration": "500ms"'

expected=60
replay plain
is "$(sql "select round(duration_s) from run order by id desc limit 1")" 2.0 "as long as the trace, in whole seconds"
bytes=$(metric bytes.sent) as_recorded=$load
replay plain --workers 2
is "$(metric bytes.sent)" "$bytes" "by two workers the same"
replay mixed
is "$(metric bytes.sent)" "$bytes" "in any order of its lines"
replay unix
is "$(metric bytes.sent)" "$bytes" "with times since 1970"
[ "$load" != "$as_recorded" ]
ok $? "another content is another load"
mkdir renamed && cp even.ndjson renamed/other.ndjson
sed 's,even.ndjson,renamed/other.ndjson,' plain.json >other.json
replay other
is "$load" "$as_recorded" "another name of it is the same load"
replay twice
is "$(sql "select round(duration_s) from run order by id desc limit 1")" 1.0 "twice as fast, in half the time"
expected=30
replay later
replay short
run "$sg" run plain.json --dry-run
like "$err$out" '"duration": "2s"' "a dry run tells how long it is"
like "$err$out" '30 (msg/s|messages a second)' "and its rate"

# From other hands.
python=$(python_with websockets)
if [ -n "$python" ]; then
    expected=60
    replay plain --start-target "exec $python $tests/servers/echo_websockets.py {port}"
else
    skip "no python3-websockets" "python3-websockets"
fi

# What is no trace is refused before anything connects, with its line.
refused() { # LINES PATTERN NAME
    printf '%b' "$1" >bad.ndjson
    run "$sg" run bad.json
    like "$status $(printf '%s' "$err" | tr -s '\n ' '  ')" "^2 .*$2" "$3"
}
scenario bad '{"pattern": "trace", "file": "bad.ndjson"}'
refused '' 'bad.ndjson' "an empty file"
refused '{"at": 0}\n[1]\n' 'line 2' "what is no object"
refused '{"at": 0}\n{"at": "soon"}\n' 'line 2' "what is no time"
refused '{"at": 0}\n{"message": 1}\n' 'line 2' "a line without a time"
refused '{"at": -1}\n' 'line 1' "a time before the start"
refused '{"at": 0, "who": 1}\n' 'line 1.*who' "a key that there is not"
refused '{"at": 0, "client": -1}\n' 'line 1.*client' "a client that cannot be"
refused '{"at": 0}\n{"at": 1795695000}\n' 'line [12]' "two kinds of time"
cat >bad.json <<'JSON'
{"name": "bad", "protocol": "ws", "exchange": "request", "match": {"id": "/id"}, "clients": 2, "duration": "1s",
 "rate": {"pattern": "trace", "file": "bad.ndjson"}}
JSON
refused '{"at": 0}\n{"at": 0.1, "message": {"key": 1}}\n' 'message: has no id' \
    "a message of its own that no reply could be found for, whatever the scenario's has"
rm bad.ndjson
run "$sg" run bad.json
like "$status $err" '^2 .*bad.ndjson' "a file that is not there"
done_testing
