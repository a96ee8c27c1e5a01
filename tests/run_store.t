#!/bin/sh
# run and a database that does not take it: nothing is lost, nothing half-written.
. "$(dirname "$0")/run_lib.sh"
cat >quick.json <<'END'
{"name": "quick", "protocol": "ws", "exchange": "echo", "clients": 2, "rate": 20,
 "ramp": 0, "warmup": 0, "duration": "500ms", "timeout": "500ms"}
END
# refused NAME WANT ARGUMENTS...: exit 4 before anything is measured
refused() {
    name=$1 want=$2
    shift 2
    run "$sg" run quick.json "$@"
    is "$status" 4 "$name: exit 4"
    like "$err" "$want" "$name: says why"
    is "$(printf '%s' "$err" | grep -c '2 clients for 0.5 s')" 0 "$name: before anything is measured"
}

head -c 5000 /dev/urandom >noise.db
cp noise.db noise.copy
refused "not a database" 'noise.db' --db noise.db
cmp -s noise.db noise.copy
ok $? "not a database: it is left as it was"
sqlite3 foreign.db 'create table run (id)'
refused "another program's database" 'foreign.db' --db foreign.db
is "$(sqlite3 foreign.db .schema)" "CREATE TABLE run (id);" "another program's: left as it was"
run "$sg" run quick.json --db newer.db
like "$err" '2 clients for 0.5 s' "what is measured is announced"
sqlite3 newer.db 'pragma user_version = 99999'
refused "a newer database" 'newer' --db newer.db
is "$(sqlite3 newer.db 'select count(*) from run')" 1 "a newer database: left as it was"
refused "a folder" '/tmp' --db /tmp
refused "no such folder" 'none/x.db' --db none/x.db

# A database that is locked: it waits, and what was measured meanwhile is saved beside it.
run "$sg" run quick.json --db locked.db --quiet
cat >lock.py <<'END'
import os, sqlite3, time
db = sqlite3.connect("locked.db", isolation_level=None, timeout=60)
print("ready", flush=True)
while db.execute("select count(*) from run").fetchone()[0] < 2:
    time.sleep(0.02)
db.execute("begin exclusive")
print("locked", flush=True)
time.sleep(600)
END
python3 lock.py >lock.out &
lock=$!
started="$started $lock"
wait_for 'grep -q ready lock.out'
"$sg" run quick.json --db locked.db --wait 300ms --duration 2s >bg.out 2>bg.err &
sup=$!
started="$started $sup"
wait "$sup"
is $? 4 "locked at the end: exit 4"
is "$(tail -1 lock.out)" locked "locked at the end: while it was measured"
uuid=$(sqlite3 "$(ls locked.db.*.pending)" 'select uuid from run')
like "$(cat bg.err)" "locked.db.$uuid.pending.*merge" "locked at the end: says where the run is"
like "$(sqlite3 "locked.db.$uuid.pending" \
    "select status || count(*) from run, histogram where second = -1")" '^(ok|overloaded)3$' \
    "locked at the end: the run is whole"
refused "locked at the start" 'locked' --db locked.db --wait 300ms
kill "$lock"
wait "$lock" 2>/dev/null
is "$(sqlite3 locked.db "select count(*) || max(status) from run where id = 2 or status = 'running'")" \
    1running \
    "locked at the end: in the database it is as it was begun"

# A folder that is gone at the end, and a file that is.
mkdir gone spare
TMPDIR=$PWD/spare "$sg" run quick.json --db gone/x.db --duration 2s >bg.out 2>bg.err &
sup=$!
wait_for '[ "$(sqlite3 gone/x.db "select count(*) from run" 2>/dev/null)" = 1 ]'
rm -r gone
wait "$sup"
is $? 4 "a folder that is gone: exit 4"
like "$(cat bg.err)" "safe in $PWD/spare/x.db.[0-9a-f-]{36}.pending" \
    "a folder that is gone: the run is among the temporary files"
like "$(sqlite3 spare/x.db.*.pending 'select status from run')" '^(ok|overloaded)$' \
    "a folder that is gone: the run is whole"
"$sg" run quick.json --db gone.db --duration 2s >bg.out 2>bg.err &
sup=$!
wait_for '[ "$(sqlite3 gone.db "select count(*) from run" 2>/dev/null)" = 1 ]'
rm gone.db
wait "$sup"
status=$? err=$(cat bg.err)
carried_out "$status" "a file that is gone: the run is carried out"
like "$(sqlite3 gone.db 'select status from run')" '^(ok|overloaded)$' \
    "a file that is gone: is made again"

# Two at once, both recorded.
"$sg" run quick.json --db both.db --repeat 2 >/dev/null 2>both.err &
one=$!
run "$sg" run quick.json --db both.db --repeat 2
carried_out "$status" "two at once: one is carried out"
wait "$one"
status=$? err=$(cat both.err)
carried_out "$status" "two at once: so is the other"
is "$(sqlite3 both.db "select count(*) || count(distinct session) from run where status in ('ok', 'overloaded')")" 42 \
    "two at once: all four runs are there, of two sessions"
is "$(sqlite3 both.db 'pragma integrity_check')" ok "two at once: the database is sound"

if [ -w /dev/full ]; then
    "$sg" run quick.json --db full.db --quiet >/dev/full 2>full.err
    is $? 4 "stdout that is full: exit 4"
    like "$(cat full.err)" '^recorded ' "stdout that is full: the run is recorded all the same"
fi
done_testing
