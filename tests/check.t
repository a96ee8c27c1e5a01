#!/bin/sh
# check and compare on stored runs: what they find, what they refuse, and their exit statuses. The
# database is made by one real run; the runs that are judged are written into it, so that they are
# the same every time.
. "$(dirname "$0")/check_lib.sh"

session one 10 1 5
run "$sg" check
is "$status" 0 "without a baseline budgets are judged, and hold"
like "$(printf '%s' "$out" | tr -s ' \n' '  ')" \
    'the budget of 1 metric holds\. No baseline yet; this session can become it: streamgauge baseline set default session:one' \
    "one sentence says how the session becomes the baseline"
run "$sg" check --fail-on no-baseline
is "$status" 5 "no baseline fails where it is asked for"
"$sg" baseline set default session:one >/dev/null
run "$sg" check
is "$status" 0 "the baseline is not compared with itself"
like "$(printf '%s' "$out" | tr -s ' \n' '  ')" 'Baseline default has no other runs' "which is told"

session lone 19 1 1
run "$sg" check --tolerance 0.5%
like "$(printf '%s' "$out" | tr -s ' \n' '  ')" "To decide: streamgauge ab ./chat.json --before 'CMD \{port\}' --after 'CMD \{port\}'" \
    "where it is undecided, the ab command is there to copy"
like "$(printf '%s' "$out" | tr -s ' \n' '  ')" 'No earlier session tells how much sessions differ' "and what is assumed"
cp streamgauge.db 'another one.db'
sql "delete from verdict; delete from value where run_id in (select id from run where session = 'lone');
    delete from run where session = 'lone'"
run "$sg" --db 'another one.db' check --tolerance 0.5% --json
like "$out" "To decide: streamgauge ab --db 'another one.db' ./chat.json --before" "for the database that was named"
"$sg" --db 'another one.db' baseline rm default >/dev/null
run "$sg" --db 'another one.db' check --json
like "$out" "can become it: streamgauge baseline --db 'another one.db' set default session:lone\"" "so is the baseline"
"$sg" --db 'another one.db' baseline set fast session:one >/dev/null
run "$sg" --db 'another one.db' check --drift-baseline fast --tolerance 0.5% --json
like "$out" "To decide: streamgauge ab --db 'another one.db' ./chat.json --before" "what a row is called against a release is no file"
run env STREAMGAUGE_DB='another one.db' "$sg" check --json
like "$out" 'can become it: streamgauge baseline set default' "which a variable names for all commands"
session same 20 1 5
run "$sg" check
is "$status" 0 "unchanged runs pass"
like "$out" '✓ no change of 5 % or more in 9 metrics \(10 % from p99 up\)' "in one line"
run "$sg" check --json
like "$out" '^\{"schema_version":1,"verdict":"same","summary":"no change' "as JSON, too"
is "$(sql "select distinct command, session, baseline from verdict order by rowid desc limit 1" \
    2>/dev/null || sql "select distinct command, session, baseline from verdict where verdict = 'same'
    and before_runs = 5")" "check|same|default" "the verdict is kept"

session same2 22 1 5
session same3 24 1 5
session slow 30 1.24 5
run "$sg" check
is "$status" 1 "a regression fails"
like "$(printf '%s' "$out" | tr -s ' \n' '  ')" \
    '^✗ chat: p95 latency is 2[1-6] % worse \([0-9.]+ → [0-9.]+ ms, 95 % interval \+[0-9.]+ … \+[0-9.]+ %\)' \
    "and the sentence says by how much"
like "$out" 'latency.p50.*worse' "the table has the others"
is "$(sql "select metric from regressions where session = 'slow' and gates = 1 order by 1" | tr '\n' ' ')" \
    "latency.p50 latency.p95 latency.p99 " "the view of regressions names them"
run "$sg" check --fail-on budget
is "$status" 0 "unless it is not to fail on them"
run "$sg" check session:same
is "$status" 0 "the runs named are judged, not the newest"
run "$sg" check session:slow --minimum-effect 50% --tolerance 60%
is "$status" 0 "the minimum effect is an option"

run "$sg" compare session:one session:slow
is "$status" 1 "compare answers 1 too"
run "$sg" compare session:slow session:one --json
is "$status" 0 "the other way round it is better"
like "$out" '"verdict":"better","summary":"chat: p95 latency is 1[89] % better' "which is told"
run "$sg" compare session:one session:one
is "$status" 0 "runs are the same as themselves"
like "$out" 'no change of 5 %' "and said to be"

# --json is what its schema says.
for command in 'check session:slow' 'check session:one' 'compare session:one session:slow'; do
    # shellcheck disable=SC2086
    run "$sg" $command --json
    if python3 -c 'import jsonschema' 2>/dev/null; then
        printf '%s\n' "$out" | python3 -W ignore -c 'import json, jsonschema, sys
jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(sys.stdin))' \
            "$tests/../schema/json/${command%% *}.schema.json" >&2
        ok $? "$command --json is as its schema says"
    else
        skip "python3-jsonschema is missing" "$command --json is as its schema says"
    fi
done

# Budgets.
branch=try session heavy 40 4 5
run "$sg" check --fail-on budget
is "$status" 1 "a critical budget fails"
like "$(printf '%s' "$out" | tr -s ' \n' '  ')" 'p95 latency is 12[0-9.]+ ms, beyond its critical budget of 100 ms' "in words"
branch=try session warm 50 2 5
run "$sg" check --fail-on budget
is "$status" 0 "a warning does not"
like "$out" 'warning' "but is shown"
run "$sg" check --fail-on budget,warning
is "$status" 1 "unless it is asked for"
echo '{"latency.p95": {"regression": "150%"}, "latency.p50": {"critical": "5ms"}, "token.rate": {"critical": 1}}' >budget.json
run "$sg" check --budget budget.json
is "$status" 1 "a budget file adds budgets"
like "$out" 'latency.p50.*critical' "of other metrics"
run "$sg" check --budget budget.json --fail-on inconclusive
is "$status" 5 "a budget without a value is inconclusive"
echo '{"token.rate": {"critical": 1}}' >missing.json
run "$sg" check session:one --budget missing.json
like "$status $out" '^0 ! 1 budget could not be judged for want of a value' "and no success in the sentence"
echo '{"latency.p95": {"regression": "10%"}}' >budget.json
run "$sg" check session:slow --budget budget.json --fail-on budget
is "$status" 1 "a regression beyond its budget fails on budgets"
echo '{"latency.p95": {"regression": "50%"}, "latency.p50": {"regression": "50%"}, "latency.p99": {"regression": "50%"}}' >budget.json
run "$sg" check session:slow --budget budget.json
is "$status" 0 "one within passes, whatever the evidence"

# Baselines.
run "$sg" check --baseline nowhere
is "$status" 2 "a baseline that does not exist"
like "$err" 'no baseline nowhere' "is named"
"$sg" baseline set fast session:one >/dev/null
"$sg" baseline set default session:slow >/dev/null
session creep 60 1.25 5
run "$sg" check
is "$status" 0 "what crept in is no news to the newest baseline"
run "$sg" check --drift-baseline fast
is "$status" 1 "but to a release"
like "$out" 'chat \(against fast\)' "which is told"
is "$(sql "select count(distinct baseline) from verdict where session = 'creep' and verdict = 'worse'")" \
    1 "under its name"
run "$sg" check --drift-baseline nowhere
is "$status" 2 "a drift baseline that does not exist"
"$sg" baseline set default session:one >/dev/null

# What is not compared.
session machine 70 1 5 ok 1 2
run "$sg" check
is "$status" 5 "another machine is refused"
like "$err" 'environment \(cores: 4 and 64\).*--across environment' "naming the difference"
like "$out" '^! the budget of 1 metric holds' "which is no success"
like "$(printf '%s' "$out" | tr -s ' \n' '  ')" 'the budget of 1 metric holds\. Not compared with baseline default; to begin anew: streamgauge baseline set default session:machine' \
    "budgets are judged all the same, and how to go on is told"
"$sg" baseline set window --window 20 --branch main >/dev/null
run "$sg" check --baseline window
is "$status" 0 "a window has nothing of a new machine"
like "$(printf '%s' "$out" | tr -s ' \n' '  ')" 'Baseline window has no other runs of what was judged: the last run of chat before was on another machine \(cores: 4 and 64\), so that a new series begins' \
    "which is told"
run "$sg" check --across environment
is "$status" 0 "unless asked for"
like "$(printf '%s' "$out" | tr -s ' \n' '  ')" 'compared across environments' "and then marked"
run "$sg" check --across environment --baseline window
like "$status $(printf '%s' "$out" | tr -s ' \n' '  ')" '^0 .*compared across environments' \
    "with a window as well"
run "$sg" check --bisect
is "$status" 125 "git bisect is told to skip"
session load 80 1 5 ok 2
run "$sg" check --baseline window
like "$(printf '%s' "$out" | tr -s ' \n' '  ')" 'of another load \(clients: 100 and 50\)' "nor of an edited scenario"
run "$sg" check
is "$status" 5 "another load is refused"
like "$err" 'scenario \(clients: 100 and 50\).*--across scenario' "naming the difference"
run "$sg" check --across scenario
is "$status" 0 "unless asked for"
run "$sg" compare baseline:window session:load --across scenario
like "$status $(printf '%s' "$out" | tr -s ' \n' '  ')" '^0 .*compared across scenarios' \
    "with a window as well"
run "$sg" compare session:one session:load
is "$status" 5 "by compare, too"
is "$out" "" "which then has nothing to show"
session sums 85 1 5 ok 3
run "$sg" compare session:one session:sums
is "$status" 5 "scenarios of other names have nothing in common"
run "$sg" compare session:one session:sums --across scenario
is "$status" 0 "unless asked for"
run "$sg" check
is "$status" 0 "a scenario that the baseline does not have is judged by its budgets"

# Runs that are not ok never pass.
session part 90 1 4
session part 91 1 1 overloaded
run "$sg" check
is "$status" 3 "an overloaded run among them is no pass"
like "$err" '1 of 5 runs is not ok: run [0-9]+ is overloaded: too slow' "it is named"
like "$(printf '%s' "$out" | tr -s ' \n' '  ')" '^! .*1 of 5 runs is not ok: run [0-9]+ is overloaded: too slow' \
    "in the answer as well, which is no tick"
session bad 95 1.24 4
session bad 96 1 1 failed
run "$sg" check
is "$status" 1 "a regression weighs more"
session none 97 1 3 interrupted
run "$sg" check
is "$status" 3 "no ok run at all"
like "$out" '^✗ 3 of 3 runs are not ok: run [0-9]+ is interrupted' "is told, and is bad"
run "$sg" check --bisect
is "$status" 125 "and skipped by git bisect"
run "$sg" compare session:one session:none
is "$status" 3 "compare has nothing to compare"

# Probes of capacity, which the same job may have made, are beyond the limit by design.
session job 98 1 3
sql "update run set role = 'capacity' where id in (select id from run where session = 'job' limit 2);
    update value set value = 900 where run_id in (select id from run where role = 'capacity')
    and metric_id = (select id from metric where name = 'latency.p95')"
run "$sg" check --json
is "$status $(printf '%s' "$out" | sed -n 's/.*"metric":"latency.p95".*"budget":\(.*\)},*$/\1/p')" '0 "ok"' \
    "are not judged with the others"
cp streamgauge.db roles.db
STREAMGAUGE_DB=roles.db
export STREAMGAUGE_DB
sqlite3 roles.db "update run set session = 'search', started_at = '2027-01-01T00:00:00.000Z'
    where role = 'capacity'"
run "$sg" check --json
like "$status $out" '^0 .*default set default session:job|^0 .*"verdict":"same"' "a search by itself is no session to judge"
run "$sg" list --limit 1 --json
like "$out" '"session":"search"' "though list shows it"

# Of an ab, what was before is another server: whoever names the session, or the branch, means the other.
sqlite3 roles.db "update run set role = null, started_at = '2026-01-01T00:00:00.000Z' where session = 'search';
    update run set session = 'pairs', branch = 'pr', role = iif(repeat % 2, 'before', 'after'),
        started_at = '2027-01-02T00:00:0' || repeat || '.000Z' where session = 'one';
    update value set value = value * 2 where run_id in (select id from run where role = 'after')
    and metric_id in (select id from metric where name in ('latency.p50', 'latency.p95', 'latency.p99'))"
run "$sg" compare session:same2 branch:pr
like "$(printf '%s' "$out" | tr -s ' \n' '  ')" ' latency is (9[0-9]|10[0-9]) % worse .* 5 runs before, 2 after ' \
    "compare takes the side of an ab that was after"
run "$sg" compare branch:pr session:same2
like "$(printf '%s' "$out" | tr -s ' \n' '  ')" ' 2 runs before, 5 after ' "on either side"
run "$sg" report last
like "$out" '^2 runs of pr' "so does report"
"$sg" baseline set pairs last >/dev/null
is "$(sqlite3 roles.db "select group_concat(distinct role) from baseline_run join run on run.id = run_id
    join baseline on baseline.id = baseline_id where name = 'pairs'")" after "and a baseline"
sqlite3 roles.db "update run set started_at = '2027-01-03T00:00:00.000Z' where role = 'before'"
run "$sg" export prometheus
is "$(printf '%s\n' "$out" | grep -c '^streamgauge_latency_p95_seconds{.*branch="pr".*} 0\.06')" 1 \
    "what is newest is not what was before"
is "$(sqlite3 roles.db "select distinct role from latest join run on run.id = latest.run where latest.branch = 'pr'")" \
    after "to a shell, either"
run "$sg" compare session:same2 "$(sqlite3 roles.db "select 'run:' || id from run where role = 'before' limit 1")"
like "$(printf '%s' "$out" | tr -s ' \n' '  ')" ' 5 runs before, 1 after ' "unless it is all that was named"
unset STREAMGAUGE_DB

# Many looks at one comparison are paid for.
session few 100 1 3
run "$sg" check
is "$(sql "select count(distinct judgement) from verdict where session = 'few'")" 1 "a look is kept"
session late 110 3 5
run "$sg" check
is "$status:$(printf '%s' "$out" | grep -c "This is look")" 1:0 "a first look finds a regression"
sql "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100)
    insert into verdict select judgement || '-' || i, scenario_id, environment_id, metric_id, judged_at, command,
        session, baseline, verdict, before_value, after_value, change, change_low, change_high, p, detectable,
        before_runs, after_runs + i, budget, gates, note from verdict, n where session = 'late' and after_runs = 5"
run "$sg" check
is "$status" 0 "one after a hundred others asks for more"
like "$(printf '%s' "$out" | tr -s ' \n' '  ')" \
    'This is look 100 at runs that grew in number, and asks for more evidence than compare and report, which judge as a first look and find a change' \
    "and says so, since others do not"
run "$sg" compare session:one session:late
is "$status" 1 "as compare, which finds it"
like "$(sql "pragma integrity_check")" ok "the database is sound"

for bad in '--fail-on regresion' '--across machine' '--alpha 2' '--budget nowhere.json' 'session:nowhere'; do
    # shellcheck disable=SC2086
    run "$sg" check $bad
    is "$status" 2 "refused: check $bad"
done
run "$sg" compare last
is "$status" 2 "refused: compare with one side"
run "$sg" check --db nowhere.db
is "$status" 4 "no database"
[ ! -e nowhere.db ]
ok $? "and none is made"
done_testing
