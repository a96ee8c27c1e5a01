#!/bin/sh
# The database from outside: a bare sqlite3 shell, the commands, files that are not ours.
. "$(dirname "$0")/lib.sh"
STREAMGAUGE_DB=$work/x.db
export STREAMGAUGE_DB
sql() { sqlite3 -batch -noheader "$STREAMGAUGE_DB" "$@"; }
"$BUILD/tests/test_store" x.db 12
ok $? "a database of 12 runs"

# What an engineer sees in a bare shell.
is "$(sql 'PRAGMA integrity_check; PRAGMA foreign_key_check; PRAGMA journal_mode')" "ok
delete" "it is whole"
is "$(sql 'PRAGMA application_id; PRAGMA user_version')" "1397178929
3" "it says whose it is, and of which version"
is "$(sql "SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict
    AND name NOT LIKE 'sqlite%'")" "" "every table is STRICT"
is "$(sql "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')
    AND sql NOT LIKE '%-- %' AND name NOT LIKE 'sqlite%' AND name <> 'baseline_run'")" "" \
    "every table and view explains itself in .schema"
is "$(sql 'SELECT name FROM pragma_table_list WHERE type = "view" ORDER BY name' | paste -sd' ')" \
    "budget_status failures latest regressions results runs" "the views are there"
columns=$(sql "SELECT 'SELECT ' || group_concat(c.name) || ' FROM ' || t.name || ' LIMIT 0;'
    FROM pragma_table_list t, pragma_table_info(t.name) c
    WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite%' GROUP BY t.name")
run sql "$columns"
is "$status$err" "0" "no name of a table, view or column needs quotes"
widest=$(sqlite3 -column -header x.db 'SELECT * FROM runs WHERE status = "ok"' |
    awk '{ if (length($0) > n) n = length($0) } END { print n }')
[ "$widest" -le 93 ]
ok $? "SELECT * FROM runs is as narrow as its names ($widest)"
is "$(sql 'SELECT * FROM runs WHERE run = 3')" \
    "3|11-23 16:08|burst|main|abc0003|ok|5.15|10.3|15.5|1000|3" "a line of runs"
is "$(sql "SELECT scenario, branch, position, started_at, value, unit, status, run FROM results
    WHERE metric = 'latency.p95' AND run = 3")" \
    "burst|main|103|2026-11-23T16:08:00.123Z|10.3|ms|ok|3" "a line of results"
is "$(sql "SELECT scenario, run FROM latest WHERE metric = 'latency.p95' ORDER BY 1")" \
    "burst|11
typical|12" "latest is the newest ok run of each series"

# An engineer's own view stays, ours are made anew by a command that writes.
sql "DROP VIEW runs; CREATE VIEW runs AS SELECT 1 AS mine; CREATE VIEW mine AS SELECT * FROM results;
    UPDATE meta SET value = '' WHERE name = 'views'"
run "$sg" list
is "$status$(sql 'SELECT mine FROM runs')" "01" "a reading command leaves the views alone"
run "$sg" baseline set main --window 3 --branch main
is "$status" 0 "a writing command"
is "$(sql 'SELECT count(*) FROM runs')" 12 "makes them anew"
is "$(sql 'SELECT count(*) FROM mine WHERE run = 3')" 6 "and leaves other views alone"

# Commands.
run "$sg" list --limit 2 --scenario typical
like "$out" "12 .* typical .* abc000c" "list shows the newest"
is "$(printf '%s\n' "$out" | grep -c typical)" 2 "as many as were asked for"
run "$sg" show 3
like "$out" "p95 10.3 ms" "show tells of a run"
run "$sg" show 99
is "$status" 2 "a run that is not there: status 2"
run "$sg" list --since 2026-11-23T16:16:00Z --json
is "$(printf '%s' "$out" | grep -c uuid)" 2 "list --since"
listed() { # OPTIONS...: the runs of a list, in its order
    "$sg" list "$@" --json | grep -o '"id":[0-9]*' | cut -d: -f2 | paste -sd' '
}
sql "INSERT INTO tag VALUES ('v1', (SELECT commit_sha FROM run WHERE id = 9))"
is "$(listed --since v1) $(listed --since tag:v1 --limit 1)" "12 11 10 12" "list --since a tag: what came after"
is "$(listed --since abc000a)" "12 11" "or after a commit"
is "$(listed --since commit:abc000a --scenario typical)" "12" "with other conditions"
is "$(listed --since 2026-11-23T16:16:00Z)" "12 11" "a time"
is "$(listed --since 1s)" "" "how long ago"
run "$sg" list --since v1x
like "$status $err" "^2 .*v1x: neither a tag, a commit" "or nothing that is known"
is "$(listed --commit abc0003) $(listed --branch main --limit 1) $(listed --status overloaded)" "3 12 10" \
    "list by commit, branch, status"
sql "INSERT INTO label VALUES (4, 'kind', 'nightly=1')"
is "$(listed --label kind=nightly=1)" 4 "list by label"
selected() { "$sg" baseline set test "$@" >/dev/null && "$sg" baseline show test --json | grep -o '"id":[0-9]*' |
    cut -d: -f2 | paste -sd' '; }
uuid=$(sql "SELECT uuid FROM run WHERE id = 3")
is "$(selected tag:v1)|$(selected label:kind=nightly=1)|$(selected abc0003)|$(selected commit:abc0003)|$(selected run:3)" \
    "9|4|3|3|3" "selectors: tag, label, commit, run"
is "$(selected last)|$(selected 'last~2')|$(selected session:session-2 3)|$(selected "$(echo "$uuid" | cut -c1-13)")" \
    "$(sql "SELECT group_concat(id, ' ') FROM (SELECT id FROM run WHERE session = 'session-6' ORDER BY id DESC)")|$(
        sql "SELECT group_concat(id, ' ') FROM (SELECT id FROM run WHERE session = 'session-4' ORDER BY id DESC)")|$(
        sql "SELECT group_concat(id, ' ') FROM (SELECT id FROM run WHERE session = 'session-2' OR id = 3 ORDER BY id DESC)")|3" \
    "selectors: last, last~2, several, a UUID's beginning"
"$sg" baseline rm test >/dev/null
sql "DELETE FROM tag; DELETE FROM label"
run "$sg" list --label x
is "$status" 2 "a label without value is refused"
run "$sg" baseline set v1 session:session-2 session:session-3
like "$out" "v1 +4 runs" "a baseline is set"
run "$sg" baseline set v2 10
is "$status" 2 "not of an overloaded run"
like "$err" "run 10 is overloaded" "which is named"
run "$sg" baseline rm v2
is "$status" 2 "a baseline that is not there cannot be removed"
run "$sg" baseline set
is "$status" 2 "baseline set without a name"
for verb in "show v1" "list" "rm main"; do
    # shellcheck disable=SC2086
    run "$sg" baseline $verb
    is "$status" 0 "baseline $verb"
done

cp x.db y.db
run "$sg" --db z.db merge x.db missing.db y.db
is "$status" 4 "merge goes on after a file that is missing, and says so"
is "$out" "x.db: 12 new runs
y.db: 0 new runs" "and takes the others"
like "$err" "missing.db" "naming it"

# --json is what its schema says.
validator=
for candidate in python3 /usr/bin/python3; do
    "$candidate" -c 'import jsonschema' 2>/dev/null && validator=$candidate && break
done
valid() { # SCHEMA COMMAND...
    name=$1
    shift
    if [ -z "$validator" ]; then
        skip "python3-jsonschema is missing" "$* --json"
        return
    fi
    run "$sg" "$@" --json
    printf '%s\n' "$out" | "$validator" -W ignore -c 'import json, jsonschema, sys
jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(sys.stdin))' \
        "$tests/../schema/json/$name.schema.json" >&2
    ok $? "$* --json is as $name.schema.json says"
}
valid list list
valid list baseline show v1
valid show show 3
valid baseline baseline list
valid baseline baseline show v1
valid merge merge y.db
valid prune prune --keep 3 --dry-run
valid pack pack packed.db
valid import --db imported.db import wrk "$tests/import/wrk.txt"
valid annotate annotate run 1 --note x
sql "DELETE FROM annotation"

# Files that are missing, foreign, newer, damaged, or not for us: status 4, a sentence, unchanged.
refused() { # FILE PATTERN NAME
    before=$(sha256sum "$1" 2>&1)
    for command in "list" "merge x.db"; do
        # shellcheck disable=SC2086
        run "$sg" --db "$1" --wait 0.2s $command
        is "$status" 4 "$3: $command ends with 4"
        like "$err" "$2" "and says why"
    done
    is "$(sha256sum "$1" 2>&1)" "$before" "and leaves it as it was"
}
run "$sg" --db none.db list
is "$status" 4 "no database: status 4"
like "$err" "none.db: there is no such database" "and a sentence"
[ ! -e none.db ]
ok $? "and none is made by reading"
run "$sg" --db none.db baseline rm x
[ "$status" = 4 ] && [ ! -e none.db ]
ok $? "nor by a command that only changes one"
sqlite3 foreign.db 'CREATE TABLE run (id); PRAGMA user_version = 1'
refused foreign.db "not one of streamgauge" "another program's database"
cp x.db newer.db && sqlite3 newer.db 'PRAGMA user_version = 7'
refused newer.db "newer streamgauge" "a newer database"
head -c 20000 /dev/urandom >garbage.db
refused garbage.db "not a database of streamgauge" "garbage"
echo hello >text.db
refused text.db "not a database of streamgauge" "a text"
head -c 8192 x.db >short.db
refused short.db "damaged|malformed" "a truncated database"
mkdir folder.db
run "$sg" --db folder.db list
is "$status" 4 "a folder is not a database"
run "$sg" --db no/such/folder.db merge x.db
is "$status" 4 "nor can one be made in a folder that is not there"
: >empty.db
run "$sg" --db empty.db list
like "$status $err" "^4 .*empty" "an empty file has nothing to list"
run "$sg" --db empty.db merge x.db
is "$status" 0 "but can become one"
cp x.db trigger.db
sqlite3 trigger.db 'CREATE TRIGGER spy AFTER INSERT ON run BEGIN DELETE FROM value; END'
run "$sg" --db trigger.db merge x.db
like "$status $err" "^4 .*trigger, spy" "a file with a trigger on our tables is not written to"
run "$sg" --db trigger.db list
is "$status" 0 "but read"
cp x.db view.db
sqlite3 view.db 'ALTER TABLE value RENAME TO other;
    CREATE VIEW value AS SELECT 1 AS run_id, 1 AS metric_id, 1.0 AS value'
refused view.db "value is not a table" "a view by the name of a table"

# Files that may not be written. Root may write everything, so that somebody else has to try.
if [ "$(id -u)" -eq 0 ]; then
    other() { run setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
else
    other() { run "$@"; }
fi
mkdir readonly
cp x.db readonly/
chmod 755 "$work"
chmod 444 readonly/x.db
chmod 555 readonly
other "$sg" --db readonly/x.db list
is "$status" 0 "a file that may only be read can be read"
other "$sg" --db readonly/x.db baseline rm main
like "$status $err" "^4 .*may not be written" "and is not written: a sentence and status 4"
chmod 666 readonly/x.db
other "$sg" --db readonly/x.db baseline set a --window 1 --branch main
like "$status $err" "^4 .*readonly/x.db" "nor one whose folder takes no journal"
is "$(sqlite3 readonly/x.db 'PRAGMA integrity_check')" "ok" "nothing is half-written"
chmod 755 readonly

# A full disk, where one can be made (limits on the size of files are tested in test_durable.c).
mkdir full
if mount -t tmpfs -o size=64k none full 2>/dev/null; then
    verdicts=
    for size in 4 8 16 32 64 96 128 160 176 192 208 224; do
        mount -o remount,size=${size}k full
        run "$sg" --db full/x.db merge x.db
        [ "$status" = 0 ] && [ -z "$err" ] || { [ "$status" = 4 ] && [ -n "$err" ]; } ||
            verdicts="$verdicts $size:$status"
        [ ! -s full/x.db ] || [ "$(sqlite3 full/x.db 'PRAGMA integrity_check')" = ok ] ||
            verdicts="$verdicts $size:broken"
        [ "$size" -ge 8 ] || like "$err" "full" "a full disk: $err"
    done
    is "$verdicts" "" "12 sizes of a full disk: recorded, or a sentence and status 4; always whole"
    mount -o remount,size=4m full
    run "$sg" --db full/x.db merge x.db
    is "$status$(sqlite3 full/x.db 'SELECT count(*) FROM run')" 012 "usable once there is room"
    umount full
fi

# Two names for one file, and a name that SQLite would take for something else.
run "$sg" --db ./x.db merge "$work/x.db"
is "$status" 2 "a file is not merged into itself under another name"
run "$sg" --db :memory: merge x.db
[ "$status" = 0 ] && [ -s :memory: ]
ok $? ":memory: is a file like any other"

# A wait that ends.
sqlite3 x.db >locked.out 2>&1 <<'END' &
BEGIN EXCLUSIVE;
.shell touch locked; while [ ! -e release ]; do sleep 0.05; done
ROLLBACK;
END
holder=$!
started="$started $holder"
while [ ! -e locked ]; do sleep 0.05; done
run "$sg" --wait 0.3s list
like "$status $err" "^4 .*locked for 300ms" "a locked file: waits as long as it was told, then 4"
touch release
run "$sg" list
is "$status" 0 "and works once the lock is gone"
wait "$holder"
done_testing
