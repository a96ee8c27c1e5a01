#!/bin/sh
# prune and pack: what goes, what stays, and that a copy is whole.
. "$(dirname "$0")/check_lib.sh"

count() {
    sql "select count(*) from run ${1:-}"
}

for n in 1 2 3 4; do session "s$n" "${n}0" 1 3; done
session bad 90 1 5 failed
branch=other session o1 25 1 2
sql "insert into timeseries select run.id, 1, 0, 1 from run where status = 'ok';
    insert into label select id, 'kind', 'nightly' from run where session = 's4'"
"$sg" baseline set v1 session:s1 >/dev/null
"$sg" annotate run "$(sql "select min(id) from run where session = 's2'")" --note "odd" >/dev/null
before=$(count)

run "$sg" prune
is "$status" 2 "what is to go has to be said"
run "$sg" prune --keep 4 --dry-run
like "$out" '^5 runs would go, 14 stay' "a dry run says what would go"
is "$(count)" "$before" "and leaves it"
run "$sg" prune --keep 4
like "$out" '^5 runs pruned, 14 stay' "of each series the newest stay"
is "$(count "where session = 's1'")" 3 "runs of a baseline, too"
is "$(count "where session = 's2'")" 1 "and a run with a note"
is "$(count "where session in ('s3', 's4')")" 4 "four of the others"
is "$(count "where status = 'failed'")" 4 "runs that are not ok are counted by themselves"
is "$(count "where branch = 'other'")" 2 "another branch is another series"
is "$(sql "select count(*) from value where run_id not in (select id from run)")" 0 \
    "with all that belonged to them"
is "$(sql 'pragma integrity_check; pragma foreign_key_check')" ok "the file is whole"

run "$sg" prune "$(sql "select min(id) from run where session = 's1'")"
is "$status" 2 "a named run of a baseline is refused"
like "$err" 'belongs to baseline v1, nothing was pruned; `streamgauge baseline rm v1`' \
    "which says what to do"
run "$sg" prune session:bad
like "$out" '^4 runs pruned, 10 stay' "named runs go"
run "$sg" prune session:s4 --keep 1
is "$status" 2 "either names or a number"
sql "update run set started_at = '2020-01-01T00:00:00.000Z' where session = 's3'"
run "$sg" prune --drop-seconds 366d --json
like "$out" '"runs":0,"seconds":1,"left":10' "data by the second go with age"
is "$(sql "select count(*) from value join run on run.id = run_id where session = 's3'")" \
    "$(sql "select count(*) from value where run_id = (select max(id) from run
        where session = 's3')")" "values stay"
cp streamgauge.db stale.db
sqlite3 stale.db "insert into run (uuid, scenario_id, environment_id, branch, session, repeat, started_at, status)
    select 'u' || i, 1, 1, 'broken', 'b', i, case when i > 3 then strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    else '2026-01-01T00:00:00.000Z' end, 'running' from (select 1 as i union select 2 union select 3 union select 4)"
"$sg" --db stale.db prune --keep 1 >/dev/null
is "$(sqlite3 stale.db "select group_concat(uuid) from run where session = 'b'")" "u3,u4" \
    "runs that were never finished go like others, but none that may be under way"
# pack
run "$sg" pack copy.db
is "$status" 0 "a copy is made"
is "$(sqlite3 copy.db 'select count(*) from run; pragma integrity_check')" "10
ok" "of all runs"
run "$sg" pack copy.db
is "$status" 2 "a file that is there is not replaced"
run "$sg" pack copy.db session:s4 --force --drop-seconds
is "$(sqlite3 copy.db 'select count(*), (select count(*) from timeseries),
    (select count(*) from label), (select count(*) from baseline) from run')" "3|0|3|0" \
    "or of some, with what belongs to them"
mkdir other && cp copy.db other && (cd other && "$sg" merge copy.db >/dev/null)
is "$(sqlite3 other/streamgauge.db 'select count(*) from run')" 3 "merge takes it"
cp copy.db itself.db && ln itself.db again.db
run "$sg" --db itself.db pack again.db session:s4 --force
like "$status $err" '^2 .*again.db is the database itself' "the database is not replaced by a part of it"
run "$sg" pack none/copy.db
is "$status" 4 "a folder that is not there is an error"
ls none.part copy.db.part 2>/dev/null
ok $((! $?)) "nothing is left behind"
done_testing
