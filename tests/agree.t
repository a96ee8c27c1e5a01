#!/bin/sh
# check, compare and report say the same of the same runs: the same sides, windows and margins.
. "$(dirname "$0")/check_lib.sh"

# A history on main that creeps, judged in its middle, at its end, and on a branch.
for minute in 10 20 30 40 50 60 70 80; do
    session at$minute $minute 1.0$((minute / 10)) 5
done
branch=try session tried 90 1.2 5

rows() { python3 -c 'import json, sys
for row in json.load(sys.stdin)["rows"]:
    print(*[row[k] for k in ("metric", "before", "after", "change", "interval", "p", "verdict")])'; }

agree() { # BASELINE JUDGED NAME
    "$sg" check "$2" --baseline "$1" --json 2>/dev/null | rows >check.rows
    [ -s check.rows ]
    ok $? "$3: check has rows"
    "$sg" compare "baseline:$1" "$2" --json | rows >compare.rows
    run diff check.rows compare.rows
    is "$status:$out" 0: "$3: compare says the same"
    "$sg" report "baseline:$1" "$2" --json | rows >report.rows
    run diff check.rows report.rows
    is "$status:$out" 0: "$3: so does report"
}
"$sg" baseline set pinned session:at10 session:at20 >/dev/null
"$sg" baseline set window --window 3 --branch main >/dev/null
for baseline in pinned window; do
    agree $baseline session:at80 "$baseline, the newest of main"
    agree $baseline session:at50 "$baseline, one in the middle"
    agree $baseline session:tried "$baseline, a branch"
done

agree pinned session:at10 "some of the baseline's own"
for command in compare report; do
    run "$sg" $command baseline:window session:at10
    like "$status $err" '^2 .*baseline window has no runs to compare these with' \
        "$command: a window of which nothing was before"
    run "$sg" $command baseline:pinnd session:at10
    like "$status $err" '^2 .*no run of baseline pinnd; did you mean pinned' "$command: a name that is none"
done

# What is judged is not among what it is compared with.
"$sg" compare branch:main session:at80 --json | rows >compare.rows
"$sg" report branch:main session:at80 --json | rows >report.rows
run diff compare.rows report.rows
is "$status:$out" 0: "compare and report leave it out alike"
is "$(sql "select distinct before_runs from verdict where command = 'compare' and session = 'at80'
    order by judged_at desc limit 1")" 35 "of 40 runs on its branch 35 are before"

# A window starts after the last change of level, which nobody has looked for so far.
branch=level
for minute in $(seq 100 119); do session level$minute $minute 1 3; done
for minute in $(seq 120 139); do session level$minute $minute 1.2 3; done
"$sg" baseline set level --window 30 --branch level >/dev/null
for command in check compare report show alone; do cp streamgauge.db $command.db; done
"$sg" --db show.db baseline show level --json >shown
is "$(grep -c '"session":"level' shown) $(grep -c '"session":"level11' shown)" "60 0" \
    "so does what is shown of it"
run "$sg" --db alone.db report baseline:level
like "$out" '^60 runs of level' "and what is reported of it by itself"
"$sg" --db check.db check session:level139 --baseline level --json 2>/dev/null | rows >check.rows
like "$(cat check.rows)" '^latency.p95 (35|36|37)[.0-9]* ' "check: the window starts after the change"
for command in compare report; do
    "$sg" --db $command.db $command baseline:level session:level139 --json | rows >$command.rows
    run diff check.rows $command.rows
    is "$status:$out" 0: "$command: it does, too"
done
cp streamgauge.db drift.db
"$sg" --db drift.db check session:level139 --baseline pinned --drift-baseline level --json |
    python3 -c 'import json, sys
print(*[round(row["before"]) for row in json.load(sys.stdin)["rows"]
    if "against" in row["scenario"] and row["metric"] == "latency.p95"])' >drift
is "$(cat drift)" 36 "so does one that is watched for drift"
done_testing
