#!/bin/sh
# report --since and list --since where history is not as plain as a row of commits: commits without
# a known place, measured again, what ab and capacity measured, and sessions that stand apart.
. "$(dirname "$0")/changes_lib.sh"
flat() { printf '%s' "$out" | tr -s ' \n' '  '; }
lead() { printf '%s\n' "$out" | sed -n 3p; }

history 0 39 1 1 3
sql "insert into tag values ('v1', '$(sha 20)');
    update commit_info set committed_at = strftime('%Y-%m-%dT%H:%M:%fZ', '2025-12-01', '+' || position || ' hours');
    update run set commit_time = (select committed_at from commit_info where sha = commit_sha)"
run "$sg" report --since v1
like "$(flat)" '57 runs of 1 series since, up to ' "what came after a commit, by its place"
run "$sg" report --since commit:abc
like "$status $err" '^2 .*--since commit:abc: [0-9]+ commits begin so; give more of it$' "digits of several commits are none"
run "$sg" report --since "$(short 20)"
like "$status $(flat)" '^0 .*57 runs of 1 series since, up to ' "those of one are"
cp streamgauge.db plain.db

# Half of an ab, and every probe of capacity, is of another server: they are no history.
sql "insert into run (uuid, scenario_id, environment_id, branch, commit_sha, session, repeat, role, started_at, status)
    select 'f' || substr(uuid, 2), 1, 1, 'main', commit_sha, 'pairs-' || session, repeat,
        iif(id % 2, 'before', 'capacity'), strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '+30 minutes'), 'ok'
    from run where session > 'main-30' and session < 'main-4';
    insert into value select new.id, metric_id, 3 * value from run as new
    join run as old on new.uuid = 'f' || substr(old.uuid, 2) and new.role is not null and old.role is null
    join value on value.run_id = old.id
    where metric_id in (select id from metric where name like 'latency.%')"
run "$sg" report --since v1
like "$(flat)" '57 runs of 1 series since, up to ' "what has a role is not among them"
like "$(lead)" '^> 🟢 \*\*no change of 5 % or more' "nor in what is judged"

# A shallow clone: no commit has a place, but a time of its own. The release was measured again
# after all others, and an old commit, too.
mv plain.db streamgauge.db
history 40 41 1 1 1
sql "update run set commit_sha = '$(sha 20)' where session = 'main-40';
    update run set commit_sha = '$(sha 3)' where session = 'main-41';
    update run set commit_time = (select committed_at from commit_info where sha = commit_sha);
    delete from commit_info where sha <> '$(sha 20)'; update commit_info set position = null"
run "$sg" report --since v1
like "$(flat)" '57 runs of 1 series since, up to ' "without places commits have their times"
run "$sg" list --since v1 --json
is "$(printf '%s\n' "$out" | grep -c '"uuid"')" 57 "list takes the same"
sql "update commit_info set position = 20"
run "$sg" list --since v1 --json
is "$(printf '%s\n' "$out" | grep -c '"uuid"')" 57 "also where the release alone has a place"
sql "delete from commit_info; update run set commit_time = null"
run "$sg" list --since v1 --json
is "$(printf '%s\n' "$out" | grep -c '"uuid"')" 58 "without times either, the release is where it was measured first"

# A session that stands apart hides a change from what is compared side by side; not from the sentence.
sql "delete from value; delete from run; delete from change_point; delete from analyzed"
sql "with recursive n(i) as (select 0 union all select i + 1 from n where i < 400)
    insert into commit_info (sha, position, parent_sha)
    select printf('%07x%033x', 1000 * i + 0xabc0000, i), i,
        case when i > 0 then printf('%07x%033x', 1000 * (i - 1) + 0xabc0000, i - 1) end from n"
history 0 14 1 1 3
history 15 15 3 1 3
history 16 29 1 1 3
history 30 59 1.15 1 3
run "$sg" changes --metric latency.p95
run "$sg" report --since v1
like "$(lead)" "^> 🟡 \*\*chat: p[0-9]+ latency became worse by 1[0-9] % with $(short 30)\*\* \(confirmed\)\. Side by side, then and now: no regression seen, but" \
    "a change of level leads where the sides are undecided"
run "$sg" report --since v1 --format json
like "$out" "\"summary\":\"chat: p[0-9]+ latency became worse by 1[0-9] % with $(short 30) " "in JSON, too"
for id in $(sql "select id from change_point where found"); do
    "$sg" annotate change "$id" --state expected >/dev/null
done
run "$sg" report --since v1
like "$(lead)" '^> 🟡 \*\*no regression seen, but' "one that is accepted does not"

# A scenario that was edited is two loads of one name.
sql "insert into scenario select 4, project_id, name, '0123456' || workload, definition from scenario
    where id = 1; update run set scenario_id = 4 where session >= 'main-50'"
run "$sg" report --since v1
like "$(lead)" '^> 🔴 \*\*chat .\[workload 0123456.\]: p95 latency is 1[0-9] % worse' "each is named by its workload"
done_testing
