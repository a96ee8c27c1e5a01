#!/bin/sh
# changes: what the first sentence leads with.
. "$(dirname "$0")/changes_lib.sh"
flat() { printf '%s' "$out" | tr -s ' \n' '  '; }

# What is worse and gates comes first, whatever came later. How many there are is not asked: among so
# many metrics, chance has one of throughput in it.
history 0 29 1
history 30 69 1.2
sql "update value set value = value * 1.5 where metric_id = (select id from metric where name = 'service.min')
    and run_id in (select id from run where started_at >= strftime('%Y-%m-%dT%H', '2026-01-01', '+50 hours'))"
run "$sg" changes
like "$(flat)" "^✗ chat on main: [0-9]+ changes in 70 sessions, above all latency\.[a-z0-9]+ \+[0-9.]+ % at $(short 30) " \
    "the sentence names the change that matters, not the newest"
history 70 99 1
run "$sg" changes
like "$(flat)" "^✓ chat on main: 3 changes in 100 sessions, the last one latency\.[a-z0-9]+ −[0-9.]+ % at $(short 70) " \
    "what has been mended since is past"

# One finding of several metrics: what is said of one of them.
sql "delete from change_point; delete from value; delete from run"
history 0 29 1
history 30 49 1.2
run "$sg" changes
ids=$(sql "select c.id from change_point c join metric m on m.id = metric_id where m.gate and found
    order by p, metric_id")
lead=$(printf '%s\n' "$ids" | head -1)
"$sg" annotate change "$lead" --state false-alarm >/dev/null
run "$sg" changes
like "$(flat)" "^✗ chat on main: .* at $(short 30) \(confirmed\)" "a false alarm is one of its own metric"
"$sg" annotate change "$(printf '%s\n' "$ids" | tail -1)" --state expected >/dev/null
run "$sg" changes
like "$(flat)" "^[^✗]*chat on main: " "what is expected is so in all that it moved"

sql "update run set commit_sha = null, commit_time = null; delete from change_point; delete from analyzed"
run "$sg" changes
like "$(flat)" 'in the order of time, as their commits are not recorded\.' "without commits there is no clone to blame"
done_testing
