#!/bin/sh
# annotate: what people say of runs and changes, and that it stays.
. "$(dirname "$0")/changes_lib.sh"

valid() { # COMMAND: $out is as its schema says
    if ! python3 -c 'import jsonschema' 2>/dev/null; then
        skip "python3-jsonschema is missing" "$1 --json"
        return
    fi
    printf '%s\n' "$out" | python3 -W ignore -c 'import json, jsonschema, sys
jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(sys.stdin))' \
        "$tests/../schema/json/$1.schema.json" >&2
    ok $? "$1 --json is as its schema says"
}

history 0 29 1
history 30 49 1.2
run "$sg" changes --metric latency.p95
id=$(sql "select c.id from change_point c join metric on metric.id = metric_id where name = 'latency.p95'")
last=$(sql "select max(id) from run")

run "$sg" annotate run "$last" --note "warm machine, $(printf '\033[31m')red"
like "$status $out" "^0 run $last: \"warm machine, \?\[31mred\"" "a note about a run"
run "$sg" annotate run last --note 'second' --json
is "$out" "{\"schema_version\":1,\"annotated\":\"run\",\"id\":$last,\"state\":null,\"note\":\"second\"}" "and another"
valid annotate
run "$sg" show "$last"
like "$out" 'note of 20[0-9-]+: warm machine, \?\[31mred' "show tells it"
like "$out" 'note of 20[0-9-]+: second' "and that"
run "$sg" show "$last" --json
like "$out" '"notes":\[\{"created_at":"20[^"]*","note":"warm machine, ' "as JSON, too"
valid show

run "$sg" annotate change "$id" --state expected --note 'TLS is on'
is "$status $out" "0 change $id is expected: \"TLS is on\"" "a change is expected"
run "$sg" changes --metric latency.p95
like "$(printf '%s' "$out" | tr -s ' \n' '  ')" "$id 2026-01-02 $(short 30) latency.p95 .* expected .*note on $id: \"TLS is on\"" \
    "changes tells both"
like "$out" '^[^✗]*chat on main' "and calls it no regression"
history 50 60 1.2
run "$sg" changes --metric latency.p95
like "$out" "^ *$id .*expected" "when the series is searched again they stay"
sql "delete from value where metric_id = (select id from metric where name = 'latency.p95')"
history 61 61 1.2
run "$sg" changes
is "$(sql "select state, found from change_point where id = $id")" "expected|0" \
    "even where nothing is found any more"

# Two files: what is said last counts in both.
cp streamgauge.db other.db
run "$sg" annotate change "$id" --state false-alarm
is "$status" 0 "said here"
sleep 0.01
run "$sg" --db other.db annotate change "$id" --state fixed
is "$status" 0 "and otherwise there, later"
run "$sg" merge other.db
is "$(sql "select state from change_point where id = $id")" fixed "merging takes the later word"
run "$sg" --db other.db merge streamgauge.db
is "$(sqlite3 other.db "select state, (select count(*) from annotation) from change_point where id = $id")" \
    "fixed|5" "in both directions, and all that was said"

# Refusals.
run "$sg" annotate change 9999 --state fixed
like "$status $err" '^2 .*there is no change 9999' "no such change"
run "$sg" annotate run 9999 --note x
like "$status $err" '^2 .*9999' "no such run"
run "$sg" annotate change "$id" --state fixd
like "$status $err" '^2 .*did you mean fixed' "no such state"
run "$sg" annotate change "$id"
like "$status $err" '^2 .*needs' "nothing said"
run "$sg" annotate run "$last" --state fixed
like "$status $err" '^2 .*no --state' "a run has no state"
run "$sg" annotate commit x --note y
like "$status $err" '^2 .*expected run or change' "neither run nor change"
run "$sg" annotate run "$last" --note ''
like "$status $err" '^2 .*nothing' "an empty note"
run "$sg" --db none.db annotate run 1 --note x
is "$status" 4 "no database"
done_testing
