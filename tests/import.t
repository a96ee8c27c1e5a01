#!/bin/sh
# import: what other tools wrote. The samples in tests/import were made by the tools themselves
# (hyperfine, wrk, autocannon, Google Benchmark, pytest-benchmark, go test) or, for those that do not
# install here, as their documentation has them (k6, artillery, github-action-benchmark).
. "$(dirname "$0")/run_lib.sh"
samples=$tests/import

# take FORMAT FILE RUNS [OPTIONS...]: a new database with what is imported.
take() {
    format=$1 file=$2 runs=$3
    shift 3
    rm -f streamgauge.db
    run "$sg" import "$format" "$samples/$file" "$@"
    is "$status$err" 0 "$format: $file is imported"
    is "$(sql "select count(*) from run where status = 'ok'")" "$runs" "as $runs runs"
    run "$sg" import "$format" "$samples/$file" "$@"
    is "$(sql "select count(*) from run")" "$runs" "once"
}

# of METRIC SCENARIO: its values.
of() {
    sql "select round(value, 6) from results where metric = '$1' and scenario = '$2' order by run" |
        paste -sd' '
}

take hyperfine hyperfine.json 2
is "$(of latency.mean true)" "$(python3 -c "import json, sys
times = json.load(open('$samples/hyperfine.json'))['results'][1]['times']
print(round(sum(times) / len(times) * 1e3, 6))")" "its times in milliseconds"
is "$(sql "select count from histogram join run on run.id = run_id join scenario
    on scenario.id = scenario_id where name = 'true'")" 12 "become a histogram"

take wrk wrk.txt 1
is "$(of latency.p50 http://127.0.0.1:40501/) $(of latency.p99 http://127.0.0.1:40501/)" "0.13 5.08" \
    "wrk's percentiles"
is "$(of latency.mean http://127.0.0.1:40501/) $(of latency.max http://127.0.0.1:40501/)" \
    "0.72877 14.86" "its mean and maximum"
is "$(of messages.sent http://127.0.0.1:40501/) $(of throughput.received http://127.0.0.1:40501/)" \
    "35504.0 17752.0" "its requests"
printf 'Running 1s test @ http://user:secret@h/?token=abc\n  10 requests in 1.00s, 1KB read\n%s\n' \
    '  Socket errors: connect 0, read 2, write 0, timeout 1' |
    "$sg" import wrk - >/dev/null
is "$(sql "select count(*) from scenario where name like '%secret%' or name like '%abc%'")" 0 \
    "secrets of a url stay out"
is "$(sql "select reason || count from failure order by 1" | paste -sd' ')" "read2 timeout1" \
    "its errors by reason"

take wrk wrk.txt 1 --time 2026-01-02T03:04:05Z
is "$(sql "select started_at from run")" "2026-01-02T03:04:05.000Z" "measured when --time says"
run "$sg" import wrk "$samples/wrk.txt" --time yesterday
like "$status $err" '^2 .*--time: "yesterday" is not a time' "which has to be a time"

take autocannon autocannon.json 1
is "$(sql "select started from runs")" "11-26 03:03" "autocannon knows when it started"

take gbench gbench.json 3
is "$(sql "select group_concat(repeat) from (select repeat from run order by repeat)")" "1,2,3" \
    "each repetition is a run"
is "$(sql "select name from scenario")" "BM_copy/8" "named by what was measured"

take gotest gotest.txt 2
is "$(of latency.mean BenchmarkFib10)" "0.000376 0.00038" "go test's ns/op"
is "$(sql "select key from environment")" "AMD EPYC 7B13" "and its processor"

take pytest pytest.json 1
is "$(sql "select commit_sha || branch from run")" 3f2a9c1d5b60718293a4b5c6d7e8f90123456789main \
    "pytest-benchmark knows the commit"
is "$(sql "select count from histogram")" 50 "its data become a histogram"

take k6 k6.json 1
is "$(of latency.p95 k6) $(of errors.rate k6) $(of connect.p95 k6) $(of throughput.sent k6)" \
    "31.25 0.01 2.5 100.0" "k6's summary"
take k6 k6.ndjson 1 --name chat
is "$(of latency.p50 chat | cut -c1-5) $(of errors.rate chat)" "50.00 0.02" "its points, in a histogram"
is "$(sql "select started_at from run")" "2026-11-23T15:05:00.000Z" "and its times, with their zone"

take artillery artillery.json 1
is "$(of latency.p99 artillery) $(of errors.count artillery) $(of messages.sent artillery)" \
    "120.3 10.0 300.0" "artillery's aggregate"
is "$(sql "select group_concat(reason || ' ' || count, ', ') from
    (select * from failure order by reason)")" "ETIMEDOUT 4, HTTP 503 6" "its failures by reason"

take gab gab.js 6
is "$(of latency.p95 chat) $(of latency.p50 chat)" "31.0 32.0 33.0 11.0 12.0 13.0" \
    "the history of github-action-benchmark, a commit's figures together"
is "$(sql "select group_concat(author || ': ' || subject, ', ') from commit_info where sha like '%1'")" \
    "A. Engineer: Answer sooner" "with its commits"
take gab gab.json 1
is "$(of latency.p95 chat)" 31.5 "and what export wrote"

# A benchmark that tells a mean alone is judged by it.
rm -f streamgauge.db
for i in 1 2 3 4 5; do echo "BenchmarkX-2 100 100$i ns/op"; done >before.txt
for i in 1 2 3 4 5; do echo "BenchmarkX-2 100 150$i ns/op"; done >after.txt
"$sg" import gotest before.txt --commit 1111111 --session before >/dev/null
"$sg" baseline set default last >/dev/null
"$sg" import gotest after.txt --commit 2222222 --session after >/dev/null
run "$sg" check
is "$status" 1 "a regression of a mean is found"
like "$out" 'latency.mean' "and named"

# Bad input.
bad() {
    rm -f streamgauge.db
    run "$sg" import "$1" "$2"
    is "$status" 2 "$4"
    like "$err" "$3" "which is said"
    [ ! -e streamgauge.db ]
    ok $? "and nothing is recorded"
}
echo '{"results": [{"times": [1]}]}' >x.json
bad hyperfine x.json 'x.json: results\[0\].command: is missing, expected a name' "a benchmark without a name"
echo '{"results": 1}' >x.json
bad hyperfine x.json 'x.json: results: expected an array' "a document of another form"
echo '{"results": [' >x.json
bad hyperfine x.json 'x.json, line' "broken JSON"
printf '{"type":"Point","metric":"a","data":{}}\nnonsense\n' >x.json
bad k6 x.json 'x.json, line 2' "a broken line"
: >x.json
for format in hyperfine k6 artillery gbench gotest wrk pytest autocannon gab; do
    bad $format x.json 'x.json' "$format: an empty file"
done
echo hello >x.txt
bad wrk x.txt 'no benchmark in it; expected the output of wrk' "another program's output"
bad k7 x.txt 'k7 is no format of import, did you mean k6\?' "an unknown format"
bad k6 none.json 'none.json: No such file' "a missing file"
printf '{"results":[{"command":"a\\u001b[31m|`x`","mean":1}]}' >x.json
run "$sg" import hyperfine x.json
is "$(sql "select hex(name) from scenario" | grep -c 1B)" 0 "names are made harmless"
run "$sg" import hyperfine "$samples/hyperfine.json" --name x
is "$status" 2 "several benchmarks cannot have one name"
done_testing
