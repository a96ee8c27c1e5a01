#!/bin/sh
# export: what other programs read, read by them: promtool, xmllint, a JSON parser.
. "$(dirname "$0")/check_lib.sh"

session one 10 1 5
run "$sg" export junit
is "$status" 2 "without a judgement there is nothing to tell of it"
like "$err" 'no verdicts yet; `streamgauge check` makes them' "which is said"
session slow 20 1.4 5
"$sg" baseline set default session:one >/dev/null
"$sg" check >/dev/null

# junit, codequality
"$sg" export junit >junit.xml
run xmllint --noout --relaxng "$tests/junit.rng" junit.xml
is "$status" 0 "JUnit's XML is what its readers take"
is "$(xmllint --xpath 'string(/testsuites/@failures)' junit.xml)" 3 "each regression is a failure"
is "$(xmllint --xpath 'string(//testcase[@name="latency.p95"]/failure/@message)' junit.xml)" \
    "30.2 → 42 ms, +39 % (+36 … +42 %)" "which says what happened"
is "$(xmllint --xpath 'count(//testcase[@name="connect.p95"][failure or skipped])' junit.xml)" 0 \
    "what is the same passes"
"$sg" export codequality >quality.json
is "$(python3 -c 'import json; print([i["severity"] for i in json.load(open("quality.json"))])')" \
    "['major', 'major', 'major']" "GitLab gets an issue for each"

# What several commands said of one session is told apart: readers take a name that is there twice for
# one test, with whichever result comes last.
cp streamgauge.db before.db
"$sg" baseline rm default >/dev/null
sql "delete from verdict"
"$sg" compare session:one session:slow >/dev/null
"$sg" check >/dev/null
"$sg" baseline set default session:one >/dev/null
"$sg" check >/dev/null
sql "insert into scenario select 4, project_id, name, '0123456' || workload, definition from scenario
    where id = 1"
session slow 21 1.4 5 ok 4
session slow 22 1.4 5 ok 4 2
"$sg" check --json >check.json
is "$(grep -o '"scenario":"[^"]*"' check.json | sort -u | cut -c1-34)" '"scenario":"chat [workload 0123456
"scenario":"chat [workload '"$(sql "select substr(workload, 1, 7) from scenario where id = 1")" \
    "loads of one name are told apart"
"$sg" export junit >junit.xml
is "$(grep -c 'testsuite name="chat \[workload 0123456\] \[' junit.xml)" 2 "in JUnit, too, where machines are as well"
is "$(grep -o 'classname="[^"]*" name="[^"]*"' junit.xml | sort | uniq -d)" "" "so that no case is there twice"
sql "delete from verdict where scenario_id = 4"
"$sg" export junit >junit.xml
is "$(xmllint --xpath '//testsuite/@name' junit.xml | sed 's/.*"\(.*\)"/\1/' | tr '\n' ,)" \
    'chat,chat (compare),chat (against default),' "each judgement of a session has a suite"
is "$(grep -o 'classname="[^"]*" name="[^"]*"' junit.xml | sort | uniq -d)" "" "no case is there twice"
sql "update verdict set verdict = 'inconclusive', detectable = iif(command = 'check', 3e5, 0.3)
    where metric_id = (select id from metric where name = 'connect.p95') and verdict is not null"
"$sg" export junit >junit.xml
is "$(grep -o 'a change of .* would have been seen' junit.xml)" 'a change of 30 % or more would have been seen' \
    "what would have been seen is told where it says something"
mv before.db streamgauge.db

# A session of which nothing can be judged is red, too, and not what was said of the one before.
cp streamgauge.db before.db
session broken 30 1 2 failed
"$sg" check >/dev/null 2>&1
"$sg" export junit >junit.xml
run xmllint --noout --relaxng "$tests/junit.rng" junit.xml
is "$status$(xmllint --xpath 'string(/testsuites/@errors)' junit.xml)" 02 "a run that is not ok is an error"
is "$(xmllint --xpath 'string(//testcase/error/@message)' junit.xml)" "failed: too slow" "with its reason"
is "$(xmllint --xpath 'count(//failure)' junit.xml)" 0 "what was said of an earlier session is not repeated"
like "$("$sg" export codequality)" '"chat: run [0-9]+ is failed: too slow"' "an issue for GitLab, too"
mv before.db streamgauge.db

# Prometheus
"$sg" export prometheus >metrics.prom
run promtool check metrics <metrics.prom
is "$status$out$err" 0 "promtool has nothing to say about the metrics"
is "$(awk '/^streamgauge_latency_p95_seconds[{]/ {print ($NF > 0.03 && $NF < 0.05)}' metrics.prom)" 1 \
    "times are in seconds"
grep -q '^streamgauge_run_info{.*commit="' metrics.prom
ok $? "what was measured is told"
"$sg" export prometheus-rules >streamgauge.rules.yml
"$sg" export prometheus-test >tests.yml
run promtool check rules streamgauge.rules.yml
like "$out" 'SUCCESS: 2 rules found' "each limit of a budget is an alert"
run promtool test rules tests.yml
is "$status" 0 "and fires beyond it, not at it"
sed 's/> 0.1/> 0.2/' streamgauge.rules.yml >other.yml
"$sg" export prometheus-test --rules-file other.yml >other-test.yml
run promtool test rules other-test.yml
is "$status" 1 "the tests see another limit"

# github-action-benchmark
is "$("$sg" export gab | python3 -c 'import json, sys
print(sorted({e["name"].split()[1] for e in json.load(sys.stdin)})[:2])')" \
    "['connect.p95', 'errors.rate']" "gab: metrics that are better when lower"
is "$("$sg" export gab --better higher | python3 -c 'import json, sys
print([e["name"] for e in json.load(sys.stdin)])')" \
    "['chat: connect.success', 'chat: throughput.delivered']" "or when higher"

# Every value of every run
"$sg" export csv >all.csv
is "$(python3 -c 'import csv; rows = list(csv.DictReader(open("all.csv", newline="")))
print(len(rows), round(sum(float(r["value"]) for r in rows if r["metric"] == "latency.p95"), 6))')" \
    "$(sql "select count(*) || ' ' || (select round(sum(value), 6) from results where metric = 'latency.p95') from results")" \
    "csv: every value of every run"
is "$(head -1 all.csv | tr -d '\r')" "project,scenario,branch,commit_sha,position,started_at,metric,value,unit,environment,status,run,uuid,session,repeat" \
    "csv: its columns"
"$sg" export csv session:slow >slow.csv
is "$(python3 -c 'import csv; print({r["session"] for r in csv.DictReader(open("slow.csv", newline=""))})')" \
    "{'slow'}" "csv: of a selection"
"$sg" export ndjson >all.ndjson
is "$(python3 -c 'import json
runs = [json.loads(line) for line in open("all.ndjson")]
print(len(runs), [r["started_at"] for r in runs] == sorted(r["started_at"] for r in runs), round(sum(r["metrics"]["latency.p95"] for r in runs), 6))')" \
    "$(sql "select (select count(*) from run) || ' True ' || (select round(sum(value), 6) from results where metric = 'latency.p95')")" \
    "ndjson: a line for each run, from the first to the last"
is "$("$sg" list --json | python3 -c 'import json, sys
listed = json.load(sys.stdin)["runs"][::-1]
told = [json.loads(line) for line in open("all.ndjson")]
print(all(a.items() <= b.items() for a, b in zip(listed, told)))')" True "which has what list --json has"
run "$sg" export hlog
is "$(printf '%s\n' "$out" | grep -c '^#\[Histogram log format version 1.3\]')" 1 \
    "hlog (interop.t reads it): a log, though there is no histogram"

# Names are hostile.
sql "update scenario set name = '<a href=\"x\">&' || char(10, 27) || '[31m\\ '' {{ . }} ]]>' where id = 1;
    update environment set key = '\"} 1' || char(10) || 'x 2' where id = 1"
"$sg" export junit >junit.xml
run xmllint --noout --relaxng "$tests/junit.rng" junit.xml
is "$status" 0 "hostile names in JUnit's XML"
like "$(xmllint --xpath 'string(//testsuite/@name)' junit.xml)" '^<a href="x">& \?\[31m' \
    "stay the text that they are"
"$sg" export prometheus >metrics.prom
run promtool check metrics <metrics.prom
is "$status" 0 "hostile names in Prometheus' text"
is "$(grep -c '^x 2' metrics.prom)" 0 "add no metric"
"$sg" export prometheus-rules >streamgauge.rules.yml
"$sg" export prometheus-test >tests.yml
run promtool test rules tests.yml
is "$status" 0 "hostile names in rules"
for format in codequality gab; do
    "$sg" export $format | python3 -c 'import json, sys; json.load(sys.stdin)'
    ok $? "hostile names in $format"
done

is "$("$sg" export csv | python3 -c 'import csv, sys; print(len({len(r) for r in csv.reader(sys.stdin)}))')" 1 \
    "hostile names in CSV add no cell and no line"
sql "update scenario set name = '=HYPERLINK(\"x\")' where id = 1"
like "$("$sg" export csv | sed -n 2p)" "^[^,]*,\"'=HYPERLINK\(\"\"x\"\"\)\"," "a formula is no formula in CSV"

run "$sg" export junitt
is "$status" 2 "an unknown format is refused"
like "$err" 'did you mean junit\?' "with the nearest spelling"
run "$sg" export gab --better sideways
is "$status" 2 "so is a wrong direction"
run "$sg" export gab session:none
is "$status" 2 "and a selection of nothing"
"$sg" export prometheus >/dev/full 2>err
is "$?" 4 "a full disk is an error"
done_testing
