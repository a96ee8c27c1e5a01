#!/bin/sh
# The first sentence names the commits since which a change is seen, where the history tells.
. "$(dirname "$0")/changes_lib.sh"
flat() { printf '%s' "$out" | tr -s ' \n' '  '; }

history 0 29 1 1 3
history 30 44 1.2 1 3
"$sg" baseline set default session:main-28 session:main-29 >/dev/null
run "$sg" check
like "$status $(flat)" "^1 ✗ chat: p95 latency is [0-9]+ % worse since $(short 30) \([0-9.]+ → " \
    "check names the commit"
run env GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY= GITHUB_OUTPUT= "$sg" check
like "$err" "^::error title=chat%3A latency\\.p95::\\+[0-9]+ %25 since $(short 30) \\([0-9.]+ to .*; worse, too: " \
    "so does the annotation on GitHub, of the metric that the sentence leads with"
sql "insert into budget select 1, id, null, 0.001, null, 0 from metric where name = 'latency.p99'"
run env GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY= GITHUB_OUTPUT= "$sg" check
like "$err" "^::error title=chat%3A latency\\.p99::.* critical budget .*; worse, too: .*latency\\.p95 since $(short 30)" \
    "and beside another that is broken"
sql "delete from budget where critical = 0.001"
cp streamgauge.db hostile.db
sqlite3 hostile.db "update run set commit_sha = '%' || char(10) || '::a,b' where commit_sha = '$(sha 30)';
    update commit_info set sha = '%' || char(10) || '::a,b' where sha = '$(sha 30)'"
run env GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY= GITHUB_OUTPUT= "$sg" --db hostile.db check
like "$(printf '%s\n' "$err" | grep '^::')" '^::error title=chat%3A latency\.p95::\+[0-9]+ %25 since .*%25 ::a,b ' \
    "where a commit's name cannot become a command"
run "$sg" check session:main-31
like "$(flat)" "worse since $(short 30) \(" "of an earlier session, too"
run "$sg" check session:main-29 --baseline default
is "$(flat | grep -c since)" 0 "what is not worse has no since"
run "$sg" compare session:main-20 session:main-40
like "$(flat)" "worse since $(short 30) \(" "so does compare"
run "$sg" report session:main-20 session:main-40
like "$(flat)" "> 🔴 \*\*chat: p95 latency is [0-9]+ % worse since $(short 30)\*\* \(" "and report"
run "$sg" report session:main-20 session:main-40 --json
like "$(flat)" "\"summary\":\"chat: p95 latency is [0-9]+ % worse since $(short 30) \(" "as JSON"
if command -v gnuplot >/dev/null; then
    run "$sg" report session:main-20 session:main-44 -o told --quiet
    is "$(grep -o '▲[^<]*<' told/charts/chat-trend-light.svg | tr -s ' ' | sed 's/+[0-9]* %/+N %/')" \
        "▲ +N % $(short 30)<" "the trend shows the change there alone, not where the judged run stands"
else
    skip "gnuplot is missing" "the trend shows the change there alone"
fi
run "$sg" compare session:main-40 session:main-20
is "$(flat | grep -c ' since ')" 0 "the other way round it came with none"

# What lies between, where not every commit was measured; what came back is past.
history 48 100 1 4 3
run "$sg" compare session:main-40 session:main-100
like "$(flat)" "better since one of 4 commits, $(short 44)\.\.$(short 48) \(" "a range of commits"
run "$sg" compare session:main-20 session:main-100
is "$(flat | grep -c ' since ')" 0 "what came and went is no news"
history 104 156 1.2 4 3
run "$sg" compare session:main-20 session:main-156
like "$(flat)" "worse since one of 4 commits, $(short 100)\.\.$(short 104) \(" "of two such changes the later one"

# A release that is compared with, too.
"$sg" baseline set release session:main-20 >/dev/null
"$sg" baseline set default session:main-152 session:main-156 >/dev/null
history 160 160 1.2 4 3
run "$sg" check --drift-baseline release
like "$(flat)" "^✗ chat \(against release\): p95 latency is [0-9]+ % worse since one of 4 commits, $(short 100)\.\.$(short 104) " \
    "slow creep has its own since"

# False alarms are none; without commits it is the day.
run "$sg" changes --metric latency.p95
for id in $(sql "select id from change_point"); do
    "$sg" annotate change "$id" --state false-alarm --note noise >/dev/null
done
run "$sg" compare session:main-20 session:main-156
is "$(flat | grep -c ' since ')" 0 "a false alarm is none"
sql "delete from change_point; update run set commit_sha = null, commit_time = null"
run "$sg" compare session:main-20 session:main-156
like "$(flat)" "worse since 2026-01-05 \(" "without commits it is the day"

# A branch has its own history.
branch=try history 200 202 1.2 1 3
run "$sg" compare session:main-20 session:try-202
is "$(flat | grep -c ' since ')" 0 "another branch tells nothing"
done_testing
