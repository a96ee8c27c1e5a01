#!/bin/sh
# doctor: what it says of a database, and that it changes nothing.
. "$(dirname "$0")/check_lib.sh"
session one 10 1 5

sum=$(cksum streamgauge.db)
run "$sg" doctor --quick
# A machine with a slow clock is not fit, whatever the database.
[ "$status" = 0 ] || [ "$status" = 3 ]
ok $? "a database that is whole"
like "$out" 'integrity +ok +ok' "is said to be"
like "$out" 'runs +ok +5 in ' "with its runs"
is "$(cksum streamgauge.db)" "$sum" "and left as it was"
is "$(ls)" "$(printf '%s\n' chat.json streamgauge.db)" "nothing is left behind"

run "$sg" doctor --quick --json
python=$(python_with jsonschema)
if [ -n "$python" ]; then
    printf '%s' "$out" >answer.json
    "$python" -W ignore -m jsonschema -i answer.json "$tests/../schema/json/doctor.schema.json"
    ok $? "the JSON document keeps to its schema"
    rm answer.json
else
    skip "python3-jsonschema is missing" "the JSON document keeps to its schema"
fi

cp streamgauge.db streamgauge.db.01a20afe-0010-7000-8000-000000000001.pending
sql "update run set status = 'running', started_at = '2020-01-01T00:00:00.000Z' where id =
    (select min(id) from run)"
run "$sg" doctor --quick
like "$out" 'runs set aside +warning +1' "a run that was set aside is seen"
like "$(printf '%s' "$out" | tr -s ' \n' '  ')" 'streamgauge merge streamgauge.db.\*.pending' \
    "and what to do with it"
like "$out" 'never finished +warning +1' "and one that was never finished"
rm ./*.pending
cp streamgauge.db "streamgauge.db.$(sql "select uuid from run where status <> 'running' limit 1").pending"
run "$sg" doctor --quick
like "$out" 'runs set aside +ok +0' "one that was merged since is none any more"
rm ./*.pending

cp streamgauge.db whole.db
sql 'pragma foreign_keys = off; delete from scenario'
run "$sg" doctor --quick
is "$status" 4 "rows that refer to nothing"
like "$out" 'integrity +bad +rows of [a-z]+ refer' "are told"
cp whole.db streamgauge.db
size=$(wc -c <streamgauge.db)
dd if=/dev/urandom of=streamgauge.db bs=1 seek=$((size / 2)) count=6000 conv=notrunc 2>/dev/null
run "$sg" doctor --quick
is "$status" 4 "a damaged file"
like "$out" 'bad' "is told, whatever it is that can be read of it"
echo "no database" >streamgauge.db
run "$sg" doctor --quick
is "$status" 4 "a file that is none"
rm streamgauge.db
run "$sg" doctor --quick
like "$out" 'database +ok +none yet' "no database is no fault"
[ ! -e streamgauge.db ]
ok $? "and none is made"

# The calibration; on a machine that is busy with other things it may well find the machine unfit.
run "$sg" doctor
[ "$status" = 0 ] || [ "$status" = 3 ]
ok $? "the built-in target is measured"
like "$out" 'generator +(ok|bad) +up to [0-9.]+ ms late' "how late the generator was"
like "$out" 'noise of p50' "and how far runs are apart"
done_testing
