#!/bin/sh
# capacity SCENARIO: the search for the largest load, against servers whose capacity is known. Where
# this machine is so busy that generators are late, that is an honest answer (3): then it is asked again,
# and in the end what depends on another one is skipped in words.
. "$(dirname "$0")/run_lib.sh"

cat >echo.json <<'END'
{"name": "echo", "protocol": "ws", "exchange": "echo", "clients": 40, "ramp": "100ms", "warmup": "200ms",
 "duration": "1s", "rate": 10, "timeout": "4s", "budgets": {"latency.p95": {"critical": "60ms"}}}
END
told() {
    sqlite3 :memory: "select json_extract(readfile('told.json'), '$.$1')"
}

# capacity ARGUMENTS...: on a new database
capacity() {
    for attempt in 1 2; do
        [ "$attempt" = 1 ] || sleep "$attempt"
        rm -f streamgauge.db
        run "$sg" capacity "$@"
        [ "$status" = 3 ] || break
    done
}

# In turn, each message in 2 ms: 500 a second, which 50 clients ask for.
capacity echo.json --target-option work=2ms --precision 20% --users 1000 --headroom 50% \
    --chart curve --json
printf '%s\n' "$out" >told.json
if [ "$status" = 3 ]; then
    unsaid "the generator is late here" "the capacity of a server is found"
else
    is "$status:$(told end)" 0:found "the capacity of a server is found"
    [ "$(told load)" -ge 36 ] && [ "$(told load)" -le 54 ]
    ok $? "it is that of 50 clients, to 20 % and what queues within the budget ($(told load))"
    [ "$(told beyond.load)" -gt "$(told load)" ] && [ "$(told beyond.load)" -le 66 ]
    ok $? "a load beyond it broke a budget ($(told beyond.load))"
    is "$(told beyond.metric)" latency.p95 "which is named"
    is "$(told users_per_instance)" $(($(told load) / 2)) "half of it is kept free"
    is "$(told instances)" $(((1000 + $(told load) / 2 - 1) / ($(told load) / 2))) "of as many as are needed"
    is "$(ls curve-*.svg | wc -l)" 2 "the curve is drawn"
    n=$(sqlite3 :memory: "select json_array_length(readfile('told.json'), '$.probes')")
    is "$(sql "select count(*) || ' ' || group_concat(distinct role) from run")" "$n capacity" "every run is recorded"
    is "$(sql "select count(*) from label where key = 'load'")" "$n" "with its load"
    edge=$(sqlite3 :memory: "select count(*) from json_each(readfile('told.json'), '$.probes')
        where value ->> 'load' = $(told load)")
    [ "$edge" -ge 2 ]
    ok $? "the edge was asked more than once"
    if python3 -c 'import jsonschema' 2>/dev/null; then
        python3 -W ignore -c 'import json, jsonschema, sys
jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(open("told.json")))' \
            "$tests/../schema/json/capacity.schema.json" >&2
        ok $? "--json is as its schema says"
    else
        skip "python3-jsonschema is missing" "--json is as its schema says"
    fi
    "$sg" baseline set window --window 20 --branch "$(sql "select branch from run limit 1")" >/dev/null 2>&1
    run "$sg" check --baseline window --json
    like "$out" '"verdict":null' "its runs are nobody's baseline"
fi

# Told for people; upwards to what was allowed.
capacity echo.json --clients 2 --max-clients 5 --duration 500ms
if [ "$status" = 3 ]; then
    unsaid "the generator is late here" "what was not tried is not claimed"
else
    like "$status $(printf '%s' "$out" | tr -s ' \n' '  ')" \
        '^0 . echo: at least 5 clients \(.*msg/s\) stay within budget; more was not tried' \
        "what was not tried is not claimed"
    [ "$(printf '%s\n' "$out" | wc -L)" -le 80 ]
    ok $? "within 80 columns"
fi

# Downwards, by the rate; nothing is left in the end.
capacity echo.json --clients 2 --vary rate --duration 500ms --target-option delay=100ms --json
printf '%s\n' "$out" >told.json
if [ "$status" = 3 ]; then
    unsaid "the generator is late here" "a budget that nothing holds"
else
    is "$status:$(told end):$(told load)" 0:none: "a budget that nothing holds"
    is "$(told vary)" rate "rates are varied"
fi

# A server that fails under it.
run "$sg" capacity echo.json --start-target 'echo gone; exit 3'
like "$status $(printf '%s' "$err" | tail -1)" '^3 streamgauge: echo: the search ends .*: gone$' \
    "a server that does not start"

# Ended early.
rm -f streamgauge.db
"$sg" capacity echo.json --duration 20s >bg.out 2>bg.err &
sup=$!
started="$started $sup"
wait_for 'grep -q probe bg.err'
sleep 1
kill -INT "$sup"
wait "$sup"
is "$?" 130 "an interrupted one says so"
is "$(sql "select distinct status from run")" interrupted "what was measured is kept"

# What cannot be is refused before anything starts.
rm -f streamgauge.db
sed 's/, "budgets.*/}/' echo.json >free.json
sed 's/"rate": 10/"rate": "max"/' echo.json >closed.json
for bad in "" "echo.json --input curve.csv" "echo.json --vary memory" "echo.json --max-rate 5" \
    "echo.json --vary rate --max-rate 0" "echo.json --repeat 2" "echo.json --precision 0" \
    "echo.json --headroom 1" "echo.json --max-clients 100000" "free.json" "closed.json --vary rate" \
    "nowhere.json"; do
    # shellcheck disable=SC2086
    run "$sg" capacity $bad
    is "$status" 2 "refused: capacity $bad"
done
[ ! -e streamgauge.db ]
ok $? "and no database is made"
done_testing
