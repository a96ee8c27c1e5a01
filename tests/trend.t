#!/bin/sh
# trend: the level since the last change, its slope, and the last release.
. "$(dirname "$0")/changes_lib.sh"

flat() { printf '%s' "$out" | tr -s ' \n' '  '; }
json() {
    printf '%s' "$out" >told.json
    sqlite3 :memory: "select $1 from json_each(readfile('told.json'), '$.series')
        where value ->> '$.metric' = '$2'"
}

history 0 2 1
run "$sg" trend
like "$status $(flat)" '^0 chat on main: 3 sessions so far; a course is told from 5 on\.' "too few sessions"
run "$sg" trend --json
is "$(json "value ->> '\$.sessions', value -> '\$.slope_interval', value -> '\$.course'" latency.p95)" \
    "3|[null,null]|null" "what cannot be said is null"
history 3 29 1
history 30 49 1.2
sql "insert into tag values ('v1', '$(sha 10)'), ('v2', '$(sha 20)'), ('v3', '$(sha 49)')"
run "$sg" trend --json
like "$(json "value ->> '\$.sessions', value ->> '\$.level_sessions', value ->> '\$.changed', value ->> '\$.since_sha'" \
    latency.p95)" "^50\|20\|1\|$(sha 30)" "the present level begins with the change"
like "$(json "round(value ->> '\$.level', 1), value ->> '\$.course'" latency.p95)" '^1[12]\.[0-9]\|steady' \
    "it is the median since, and steady"
like "$(json "value ->> '\$.release.tag', round(value ->> '\$.release.change', 1)" latency.p95)" '^v2\|0\.2' \
    "the last release that was measured before the newest session is compared"
is "$(json "value ->> '\$.release.change'" connect.p95)" "0" "on the same level nothing changed"
if python3 -c 'import jsonschema' 2>/dev/null; then
    printf '%s\n' "$out" | python3 -W ignore -c 'import json, jsonschema, sys
jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(sys.stdin))' \
        "$tests/../schema/json/trend.schema.json" >&2
    ok $? "--json is as its schema says"
else
    skip "python3-jsonschema is missing" "--json is as its schema says"
fi
run "$sg" trend
like "$out" "latency.p95 +1[12][0-9.]* ms +20 +$(short 30) .* steady +\+(19|2[0-2])[0-9.]* % +▁.*[▅▆▇█]$" \
    "the table has it all"
[ "$(printf '%s\n' "$out" | wc -L)" -le 80 ]
ok $? "within 80 columns"
[ "${out#*latency.p90}" = "$out" ]
ok $? "only what gates"
run "$sg" trend --all
like "$out" 'latency.p90 ' "unless all is asked for"
run "$sg" trend --metric latency.p90
like "$out" 'latency.p90 ' "or one"
run "$sg" trend --scenario none
like "$status $err" '^2 .*no run of none' "no such scenario"

# A slow rise.
branch=slow
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    history $((100 + i)) $((100 + i)) "(1 + 0.004 * $i)"
done
run "$sg" trend --branch slow
like "$(flat)" 'chat on slow: latency.p[59][059] rises by [2-6](\.[0-9])? % in 10 sessions\.' "a slow rise is told"
like "$out" 'latency.p50 .* rising ' "with its course"

# Noise of a percent does not look like changes; series of one name are told apart.
line() { printf '%s\n' "$out" | sed -n 's/^throughput.delivered.* steady *//p' | head -1; }
like "$(line)" '^▄+$' "what is constant is a level line"
like "$(printf '%s\n' "$out" | grep 'latency.p50 ')" ' [▁▂▃▄▅▆▇█]+$' "what rises slowly rises"
branch=main
for i in 1 2 3 4 5 6 7; do session e$i $((9000 + i)) 1 1 ok 1 2; done
run "$sg" trend --branch main
like "$(flat)" 'chat on main \[x86_64, .*chat on main \[big' "by their machines, where these differ"
run "$sg" changes --branch main
like "$(flat)" 'chat on main \[big\]: no change of level in 7 sessions' "changes does so, too"
run "$sg" trend --branch slow
like "$out" '^! chat on slow: ' "and not where there is one"
done_testing
