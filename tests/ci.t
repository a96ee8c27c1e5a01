#!/bin/sh
# What check tells the CI that it runs under: GitHub's step summary, annotations, outputs, and the
# body of a comment.
. "$(dirname "$0")/check_lib.sh"

session one 10 1 5
session slow 20 1.4 5
"$sg" baseline set default session:one >/dev/null

run "$sg" check --comment comment.md
is "$status" 1 "the regression is found"
is "$err" "" "outside of GitHub no workflow command is printed"
is "$(head -1 comment.md)" "<!-- streamgauge check -->" "a comment begins with its mark"
grep -q '^| \*\*latency.p95\*\* |' comment.md
ok $? "and holds the table"
run "$sg" check --comment none/comment.md
is "$status" 4 "a comment that cannot be written is an error"
like "$err" '^streamgauge: none/comment.md could not be written: ' "told in one sentence"

# github COMMAND...: as in a step of GitHub Actions.
github() {
    rm -f summary output
    run env GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY="$PWD/summary" GITHUB_OUTPUT="$PWD/output" "$@"
}

github "$sg" check
is "$status" 1 "the status is the same there"
like "$err" '^::error title=chat%3A latency\.p50::\+40 %25 \(9\.98 to 14 ms, 95 %25 interval \+34 … \+47 %25\); worse, too: latency\.p95, latency\.p99$' \
    "a regression becomes an error, escaped"
is "$(printf '%s\n' "$err" | grep -c '^::')" 1 "what got worse at once is one finding"
grep -q '^> 🔴 .*chat: .* latency is 39 % worse' summary
ok $? "the step summary begins with the sentence"
is "$(grep -A1 '^verdict<<' output | tail -1)" worse "the verdict is an output"
is "$(grep -c '^regressions=3$' output)" 1 "so is the number of regressions"
github "$sg" check --json
like "$out" '^\{"schema_version":1' "a JSON document stays alone on stdout"
printf '%s' "$out" | python3 -c 'import json, sys; json.load(sys.stdin)'
ok $? "and whole"

# A summary file that others have filled already leaves less room.
head -c 1048000 /dev/zero | tr '\0' x >full
run env GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY="$PWD/full" GITHUB_OUTPUT= "$sg" check
[ "$(wc -c <full)" -lt 1048576 ]
ok $? "a step summary stays below 1 MiB"
grep -q ' latency is 39 % worse' full
ok $? "what fits of it is there"

# Names are hostile.
sql "update scenario set name = 'a%b' || char(10) || '::error::x,y:z' where id = 1"
github "$sg" check
is "$(printf '%s\n' "$err" | grep -vc '^::error title=a%25b %3A%3Aerror%3A%3Ax%2Cy%3Az%3A latency')" 0 \
    "a name cannot become a workflow command"
sql "update scenario set name = 'end' where id = 1"

# Ten annotations at the most, critical budgets first.
sql "insert or replace into budget select 1, id, null, 0.0001, null, 0 from metric
    where direction = 'lower'"
sql "insert or ignore into value select run.id, metric.id, 7 from run, metric
    where session = 'slow' and kind = 'value'"
github "$sg" check
is "$(printf '%s\n' "$err" | grep -c '^::')" 10 "there are ten annotations at the most"
printf '%s\n' "$err" | grep '^::' | head -3 | grep -vq 'critical budget'
[ $? -eq 1 ]
ok $? "budgets that are broken come first"

# Hundreds of scenarios: a comment keeps below GitHub's limit.
sql "with recursive n(i) as (select 100 union all select i + 1 from n where i < 400)
    insert into scenario select i, project_id, 'scenario ' || i, workload, definition
    from n, scenario where scenario.id = 1;
    insert into run (uuid, scenario_id, environment_id, session, repeat, started_at, duration_s,
        status) select printf('01a20aff-0000-7000-8000-%012d', id), id, 1, 'many', 1,
        '2026-01-03T00:00:00.000Z', 30, 'ok' from scenario where id >= 100;
    insert into value select run.id, metric_id, value from run, value
        where session = 'many' and value.run_id = (select min(id) from run where session = 'one')"
run "$sg" check session:many --comment comment.md
is "$status" 0 "many scenarios are judged"
[ "$(wc -m <comment.md)" -lt 65536 ]
ok $? "their comment has fewer than 65,536 characters"
[ "$(wc -c <comment.md)" -gt 100 ]
ok $? "and still says something"
done_testing
