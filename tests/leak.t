#!/bin/sh
# leak: --input on memories of known growth, and runs out of the database.
. "$(dirname "$0")/check_lib.sh"

# memory SECONDS PYTHON: a line of --input; `at` counts from 0 to SECONDS, `noise` is a fixed one.
memory() {
    python3 -c "
import json, random
random.seed(7)
noise = lambda: random.gauss(0, 1e5)
s = list(range($1))
print(json.dumps({'id': '$3', 'seconds': s, 'bytes': [$2 for at in s]}))"
}
# verdict: of each line of stdin.
verdicts() {
    "$sg" leak --input - "$@" | python3 -c "
import json, sys
for line in sys.stdin:
    a = json.loads(line)
    print(a['verdict'], *(['%.1f' % (round(a['bytes_per_hour'] / 1048576, 1) + 0.0)] if a['interval'][0] is not None else []))"
}
is "$(memory 3600 '1e8 + noise()' flat | verdicts)" "no leak 0.0" "level memory"
like "$(memory 3600 '1e8 + at * 10485760 / 3600 + noise()' leak | verdicts)" '^leak (9\.9|10\.[01])$' \
    "10 MiB an hour"
like "$(memory 3600 '1e8 + at * 10485760 / 3600 + noise()' leak | verdicts --budget 20MiB)" \
    '^no leak 10' "within a budget of 20 MiB"
like "$(memory 3600 '1e8 + min(at, 600) * 1e4 + noise()' warm | verdicts)" '^no leak' "a warm-up"
like "$(memory 3600 '1e8 + (at % 60) * 3e5 + noise()' saw | verdicts)" '^(no leak|inconclusive)' "a collector"
like "$(memory 3600 '1e8 + (at > 1800) * 2e7 + noise()' step | verdicts)" '^inconclusive' "one step"
is "$(memory 100 '1e8 + at * 1e6' few | verdicts)" "inconclusive" "too few samples"
is "$(memory 300 '100' constant | verdicts)" "no leak 0.0" "constant memory"
is "$(echo '{"id":1,"seconds":[],"bytes":[]}' | verdicts)" "inconclusive" "none at all"

printf '%s\n' '{"id":"a","seconds":[1,2],"bytes":[1]}' '{"id":"b","seconds":[2,1],"bytes":[1,1]}' \
    '{"id":"c","seconds":[1,null,3],"bytes":[null,5,6]}' 'nonsense' '{"id":"d","seconds":1}' >bad.ndjson
run "$sg" leak --input bad.ndjson
is "$status" 2 "broken lines end in status 2"
is "$(printf '%s\n' "$out" | wc -l)" 5 "each is answered"
like "$out" '"id":"a","error":"line 1: seconds has 2 numbers, bytes has 1"' "saying what is wrong"
like "$out" '"id":"c","verdict":"inconclusive"' "null is a missing sample"

# Out of the database.
session soak 10 1 1
run "$sg" leak
is "$status" 3 "a run without memory by the second"
like "$err" 'no memory of its target by the second; name its process' "says how to have it"
grow() {
    sql "delete from timeseries; with recursive n(i) as (select 0 union all select i + 1 from n
        where i < 1199) insert into timeseries select run.id, metric.id, i, $1 from n, run, metric
        where metric.name = 'target.rss.peak'"
}
grow '100 + i / 120.0 + (i * 7919 % 13) / 100.0'
run "$sg" leak
is "$status" 1 "growth of 30 MiB an hour is a leak"
like "$out" 'chat: a leak: memory grows by (30|29\.[0-9]|30\.[0-9]) MiB/h' "told in one sentence"
like "$out" 'MiB by second: ' "with the memory itself"
said=$(printf '%s' "$out" | tr -s '\n ' '  ' | sed 's/^[^a-z]*chat: \(.*MiB\/h; budget 1 MiB\/h\).*/\1/')
like "$said" '95 % interval [0-9.]+ … [0-9.]+ MiB/h; budget' "its interval has one unit"
if command -v gnuplot >/dev/null; then
    run "$sg" report 1 -o told --quiet
    is "$(grep -cF ">$said</text>" told/charts/chat-memory-light.svg)" 1 "the chart of memory says the same"
    is "$(grep -cF "$said; at most " told/report.md)" 1 "and is described by it"
else
    skip "gnuplot is missing" "the chart of memory says the same"
fi
run "$sg" leak --budget 100MiB
is "$status" 0 "within a larger budget it is none"
run "$sg" leak --json
printf '%s' "$out" >answer.json
python=$(python_with jsonschema)
if [ -n "$python" ]; then
    "$python" -W ignore -m jsonschema -i answer.json "$tests/../schema/json/leak.schema.json"
    ok $? "the JSON document keeps to its schema"
else
    skip "python3-jsonschema is missing" "the JSON document keeps to its schema"
fi
sql "update run set status = 'overloaded'"
run "$sg" leak
is "$status" 3 "a run that is not ok is no ground for a verdict"
sql "update run set status = 'ok'"
grow '100 + (i * 7919 % 13) / 100.0'
run "$sg" leak
is "$status" 0 "level memory is none"
grow '100 - i / 300.0 + (i * 7919 % 13) / 100.0'
run "$sg" leak
like "$(printf '%s' "$out" | tr -s '\n ' '  ')" \
    'no leak: memory shrinks by 12 MiB/h, 95 % interval of growth −1[0-9.]+ … −1[0-9.]+ MiB/h; budget 1 MiB/h' \
    "nor is what shrinks, in the signs of all intervals"
run "$sg" leak 1 --input x
is "$status" 2 "either a run or a file"
done_testing
