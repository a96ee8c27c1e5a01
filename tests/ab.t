#!/bin/sh
# ab: two servers in turn. What it finds, what it records, and how it ends. Where this machine is so
# busy that generators are overloaded, that is an honest answer (3): then it is asked again, and in the
# end what depends on an answer is skipped in words.
. "$(dirname "$0")/run_lib.sh"

cat >chat.json <<'END'
{"name": "chat", "protocol": "ws", "exchange": "echo", "clients": 2, "ramp": "0s", "warmup": "0s",
 "duration": "300ms", "rate": 20, "timeout": "2s",
 "budgets": {"latency.p95": {"warning": "200ms", "critical": "1s"}}}
END
quick="$sg target --port {port} --delay 1ms"
slow="$sg target --port {port} --delay 40ms"

# ab ARGUMENTS...: on a new database
ab() {
    for attempt in 1 2; do
        [ "$attempt" = 1 ] || sleep "$attempt"
        rm -f streamgauge.db
        run "$sg" ab "$@"
        [ "$status" = 3 ] && printf '%s' "$err" | grep -q overloaded || break
    done
}
ab chat.json --before "$quick" --after "$slow" --max-pairs 8 --commit abcdef1 --before-commit 1234567
if [ "$status" = 3 ]; then
    unsaid "the generator is overloaded here" "a server that is slower by far is worse"
else
    is "$status" 1 "a server that is slower by far is worse"
    like "$(printf '%s' "$out" | tr -s ' \n' '  ')" '^✗ chat: p[0-9]+ latency is .*worse.*certain after [468] pairs' \
        "which one sentence says"
    like "$out" 'latency\.p50 .*worse' "and the table"
    # A pair of which one run was overloaded was made again.
    sql "create view kept as select * from run where id in (select max(id) from run group by repeat, role)"
    pairs=$(sql "select count(*) / 2 from kept")
    is "$(sql "select group_concat(role, ' ') from (select role from kept order by id limit 4)")" \
        "before after after before" "runs go in blocks of before, after, after, before"
    is "$(sql "select count(distinct session), count(distinct scenario_id) from run")" "1|1" \
        "all in one session, of one scenario"
    is "$(sql "select count(*) from run join label on run_id = run.id and key = 'pair'
        where cast(label.value as integer) = repeat")" "$(sql "select count(*) from run")" "each with its pair"
    is "$(sql "select count(*) from (select repeat from kept group by repeat having count(distinct seed) = 1)")" \
        "$pairs" "both runs of a pair have the same load"
    is "$(sql "select distinct role || ' ' || commit_sha from run order by 1" | tr '\n' ' ')" \
        "after abcdef1 before 1234567 " "and each the commit it is of"
    is "$(sql "select group_concat(n, ' ') from (select distinct after_runs as n from verdict
        where command = 'ab' order by 1)")" "$(seq 4 2 "$pairs" | paste -sd' ')" "every look is kept"
    for _ in 1 2 3; do
        run "$sg" ab chat.json --before "$quick" --after "$slow" --max-pairs 6 --json
        [ "$status" = 3 ] || break
    done
    like "$(printf '%s' "$out" | tr '\n' ' ')" '"distributions":\[ \{"scenario":"chat",.*"test":"[a-z]+","percentile":[0-9.]+,"percentiles":\[' \
        "the whole distribution is compared, too"
    like "$(sql "select group_concat(metric, ' ') from regressions")" 'latency.p50' "the last one is what is said"
    # What an ab measured is no history and no window of anything.
    "$sg" baseline set window --window 20 --branch "$(sql "select branch from run limit 1")" >/dev/null 2>&1
    more chat.json
    run "$sg" check --baseline window --json
    like "$out" '"verdict":null' "its runs enter no window"
fi

ab chat.json --before "$quick" --after "$quick" --max-pairs 4 --json
if [ "$status" = 3 ]; then
    unsaid "the generator is overloaded here" "a server is not worse than itself"
else
    is "$status" 0 "a server is not worse than itself"
    if python3 -c 'import jsonschema' 2>/dev/null; then
        printf '%s\n' "$out" | python3 -W ignore -c 'import json, jsonschema, sys
jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(sys.stdin))' \
            "$tests/../schema/json/ab.schema.json" >&2
        ok $? "--json is as its schema says"
    else
        skip "python3-jsonschema is missing" "--json is as its schema says"
    fi
fi

# Servers that do not serve.
ab chat.json --before "$quick" --after "echo no such thing; exit 7"
is "$status" 3 "a server that ends at once cannot be measured"
if printf '%s' "$err" | grep -q 'overloaded in each'; then
    unsaid "the generator is overloaded here" "its last words are told"
else
    like "$err" 'streamgauge: chat, pair 1, after: .*no such thing' "its last words are told"
    is "$(sql "select role || ' ' || status from run where status <> 'overloaded' order by id" | tr '\n' ' ')" \
        "before ok after failed " "and recorded"
fi
run "$sg" ab chat.json --before "false" --after "$quick" --bisect
is "$status" 125 "git bisect is told to skip"

# Ended early.
rm -f streamgauge.db
"$sg" ab chat.json --before "$quick" --after "$quick" --duration 20s >bg.out 2>bg.err &
sup=$!
started="$started $sup"
wait_for '[ -s bg.err ] && grep -q pair bg.err'
sleep 1
kill -INT "$sup"
wait "$sup"
is "$?" 130 "an interrupted one says so"
is "$(sql "select distinct status from run")" interrupted "what was measured is kept"

# What cannot be is refused before anything starts.
rm -f streamgauge.db
for bad in "--before x" "--before x --after y --max-pairs 2" "--before x --after y --max-pairs 4 --beyond 4" \
    "--before x --after y --fail-on nothing" "--before x --after y --max-time 2s" "--before x --after y --alpha 0" \
    "--before x --after y --max-pairs 1000"; do
    # shellcheck disable=SC2086
    run "$sg" ab chat.json $bad
    is "$status" 2 "refused: ab $bad"
done
run "$sg" ab nowhere.json --before x --after y
is "$status" 2 "so is a scenario that is not there"
[ ! -e streamgauge.db ]
ok $? "and no database is made"
done_testing
