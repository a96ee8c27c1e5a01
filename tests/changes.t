#!/bin/sh
# changes: series from a file, and those of the database.
. "$(dirname "$0")/changes_lib.sh"

cat >series.ndjson <<'END'
{"id":"step","values":[10,10.1,9.9,10,10.2,9.8,10,10.1,9.9,10,12,12.1,11.9,12,12.2,11.8,12,12.1]}
{"id":2,"values":[10,null,10.1,9.9,10,10.2,9.8,10,10.1,9.9,10,12,12.1,11.9,12,12.2,11.8,12,12.1]}
{"id":null,"values":[]}
{"values":[5]}
{"id":"bad","values":[1,"2"]}
{"id":"none"}

{"id":"zero","values":[0,0,0,0,0,0,0,0,-1,-1,-1,-1,-1,-1,-1]}
END
run "$sg" changes --input series.ndjson
is "$status" 2 "a file with broken lines: status 2"
is "$(printf '%s\n' "$out" | wc -l)" 8 "one line out for each line in"
line() { printf '%s\n' "$out" | sed -n "$1p"; }
like "$(line 1)" '^\{"id":"step","changes":\[\{"index":10,"before":(10|9\.9[0-9]+),"after":12(\.[0-9]+)?,"change":0\.(19|20)[0-9]*,"interval":\[0\.1[0-9]*,0\.2[0-9]*\],"p":[0-9.e-]+\}\]\}$' \
    "a step, its levels, share, interval and p"
like "$(line 2)" '^\{"id":2,"changes":\[\{"index":11,' "a run that is missing counts"
is "$(line 3)" '{"id":null,"changes":[]}' "an empty series"
is "$(line 4)" '{"id":null,"changes":[]}' "one value, and no id"
like "$(line 5)" '^\{"id":"bad","error":"line 5: values\[1\]: expected a number' "what is no number is named"
like "$(line 6)" '^\{"id":"none","error":"line 6: values' "so is what is not there"
like "$(line 7)" '^\{"id":null,"error":"line 7: ' "and an empty line"
like "$(line 8)" '"index":8,"before":0,"after":-1,"change":null,"interval":\[null,null\]' \
    "what has no share is null"
printf '%s\n' '{"id":"a,\"b","values":[1,NaN]}' '{"id":7,"values":[1' '{"id":"x\' '{"values":[NaN],"id":1}' >nan.ndjson
run "$sg" changes --input nan.ndjson
is "$(printf '%s\n' "$out" | sed 's/,"error.*//')" '{"id":"a,\"b"
{"id":7
{"id":null
{"id":null' "whose a line is that is no JSON is told where it begins with that"
cat >ids.ndjson <<'END'
{"id":9007199254740993,"values":[1]}
{"values":[1],"more":{"id":1,"a":"\"id\":2"},"id" : 12345678901234567890}
{"id":-12345678901234567,"values":"none"}
{"id":17.25,"values":[1]}
END
run "$sg" changes --input ids.ndjson
is "$(printf '%s\n' "$out" | cut -d, -f1 | tr '\n' ' ')" \
    '{"id":9007199254740993 {"id":12345678901234567890 {"id":-12345678901234567 {"id":17.25 ' \
    "ids come back to the digit"
python3 -c 'print("{\"id\":1,\"values\":[" + ",".join(["1.0000000000000002"] * 1000000) + "]}")' >long.ndjson
run "$sg" changes --input long.ndjson
is "$status $out" '0 {"id":1,"changes":[]}' "a million numbers in full are taken"
run "$sg" changes --input none.ndjson
like "$status $err" "^2 .*none.ndjson" "no such file"
run "$sg" changes --input series.ndjson --metric latency.p95
is "$status" 2 "a file has no metrics"

# The database.
flat() { printf '%s' "$out" | tr -s ' \n' '  '; }
state() { sql "select distinct change_point.state from change_point join metric on metric.id = metric_id
    where name = '${1:-latency.p95}' order by started_at"; }
history 0 3 1
run "$sg" changes
like "$(flat)" 'chat on main: 4 sessions so far; changes are looked for from 5 on\.' "too few sessions are told"
history 4 29 1
run "$sg" changes
like "$status $(flat)" '^0 .*chat on main: no change of level in 30 sessions\.' "no change is one line"
history 32 44 1.2 4
run "$sg" changes
like "$(flat)" "✗ chat on main: 1 change in 34 sessions, the last one latency\.p9?5?9?0? \+(1[7-9]|2[0-3]) % at $(short 32)" \
    "a change is found with its first runs"
like "$(flat)" "it came with one of 3 commits, $(short 29)\.\.$(short 32); measure $(short 31) next" \
    "with its commits, and the one to measure next"
like "$(flat)" ' also latency\.[a-z0-9]+ \+[0-9]+ %, ' "what changed with it is not told apart"
is "$(state)" new "it is new"
run "$sg" changes --json
is "$(printf '%s' "$out" | grep -c '"finding":')" "$(sql 'select count(*) from change_point')" \
    "as JSON each metric is one"
is "$(printf '%s' "$out" | grep -o '"finding":[0-9]*' | sort -u | wc -l)" 1 "of one finding"
if python3 -c 'import jsonschema' 2>/dev/null; then
    printf '%s\n' "$out" | python3 -W ignore -c 'import json, jsonschema, sys
jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(sys.stdin))' \
        "$tests/../schema/json/changes.schema.json" >&2
    ok $? "as changes.schema.json says"
else
    skip "python3-jsonschema is missing" "as changes.schema.json says"
fi
before=$(sql "select group_concat(id || analyzed_at) from change_point")
run "$sg" changes
is "$(sql "select group_concat(id || analyzed_at) from change_point")" "$before" \
    "a series is not searched again while it has no new runs"
history 48 52 1.2 4
run "$sg" changes
is "$(state)" confirmed "two more runs confirm it"
sql "delete from change_point; delete from analyzed"
chmod a-w streamgauge.db
run "$sg" changes
like "$(flat)" "1 change in 36 sessions" "a database that may only be read is searched, too"
chmod u+w streamgauge.db
if [ "$(id -u)" != 0 ]; then
    is "$(sql 'select count(*) from change_point')" 0 "and stays as it is"
fi

# Filters.
branch=topic
history 100 112 3
run "$sg" changes --branch topic
like "$(flat)" 'chat on topic: no change of level in 13 sessions' "of one branch"
[ "${out#*main}" = "$out" ]
ok $? "and no other"
run "$sg" changes --scenario chat --branch main --metric latency.p99
like "$(flat)" 'latency\.p99' "of one metric"
[ "${out#*latency.p50}" = "$out" ]
ok $? "and no other"
run "$sg" changes --metric latency.p59
like "$status $err" '^2 .*latency.p5' "no such metric"
run "$sg" changes --branch nowhere
like "$status $err" '^2 .*on branch nowhere' "no such branch"
sql "update commit_info set position = null where sha = '$(sha 5)'"
run "$sg" changes --branch main
like "$(flat)" "the place of some in git's history is not known, as in a shallow clone" \
    "that the order is not known is told"

# Several runs of a session are one point.
branch=often
history 200 211 1 1 5
run "$sg" changes --branch often
like "$(flat)" 'chat on often: no change of level in 12 sessions' "runs of one session are one point"

# A rolling baseline starts after the last change that is confirmed or expected.
branch=roll
history 300 319 1
history 320 323 1.2
"$sg" baseline set default --window 20 --branch roll >/dev/null
run "$sg" check session:roll-320 --baseline default
is "$status" 1 "a change that is new is a regression against the window"
history 324 330 1.2
run "$sg" check session:roll-330 --baseline default
is "$status" 0 "once it is confirmed it is the level to compare with"
is "$(sql "select before_runs from verdict order by judged_at desc limit 1")" 10 "from its first session on"
run "$sg" check session:roll-323 --baseline default
like "$status $(sql "select distinct before_runs from verdict where judged_at = (select max(judged_at)
    from verdict)")" '^0 3$' "for the session that was judged before, too"
id=$(sql "select c.id from change_point c join metric m on m.id = metric_id where m.name = 'latency.p95'
    and branch = 'roll'")
sql "update change_point set state = 'new' where branch = 'roll'"
run "$sg" annotate change "$id" --state expected
run "$sg" check session:roll-322 --baseline default
is "$(sql "select distinct before_runs from verdict where judged_at = (select max(judged_at)
    from verdict)")" 2 "one that is expected needs no more runs"
sql "insert into annotation select uuid || c.id, null, c.id, '2099-01-01T00:00:00.000Z', 'false-alarm', null
    from annotation, change_point c where branch = 'roll'; update change_point set state = 'false-alarm'
    where branch = 'roll'"
run "$sg" check session:roll-330 --baseline default
is "$(sql "select distinct before_runs from verdict where judged_at = (select max(judged_at)
    from verdict)")" 20 "a false alarm does not shorten it"
run "$sg" baseline show default
like "$status $out" 'chat +roll' "and it is shown"
done_testing
