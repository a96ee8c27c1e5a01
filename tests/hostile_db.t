#!/bin/sh
# Databases of strangers: whatever stands in one, each command ends in order, nothing of the file is
# carried out, and what an engineer added to his own file does not lock him out.
. "$(dirname "$0")/lib.sh"
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY GITHUB_OUTPUT
"$BUILD/tests/test_questions" base.db
"$BUILD/tests/test_store" other.db 12 >/dev/null
"$sg" --db base.db baseline set default tag:v1.0 >/dev/null
ok $? "a database"

commands="list
show 1
merge other.db
changes
check last
report last
prune --keep 3
pack packed.db --force
export csv
export hlog last
export prometheus
annotate run last --note x
baseline set b --window 3 --branch main"

# hostile NAME SQL [ALL]: no command ends by a signal or with a status that is not for errors; with
# ALL every one of them does what it is for.
hostile() {
    bad=
    cp base.db h.db
    sqlite3 h.db "$2" >/dev/null || ok 1 "$1: could not be made"
    while read -r command; do
        # shellcheck disable=SC2086
        run timeout 120 "$sg" --db h.db $command
        case $status in
        0 | 1) ;;
        2 | 4)
            [ -n "$err" ] && [ -z "${3:-}" ] || bad="$bad; $command: $status $err"
            ;;
        *) bad="$bad; $command: $status $err" ;;
        esac
        # An escape that reaches the terminal is one too many.
        grep -q "$(printf '\033')" .out .err && bad="$bad; $command shows an escape"
    done <<END
$commands
END
    is "$bad" "" "$1"
    [ ! -e pwned ] || ok 1 "$1: something was carried out"
    rm -f pwned packed.db h.db
}

hostile "an engineer's own tables, views, triggers on them, indexes" "CREATE TABLE mine (x);
    CREATE TRIGGER t AFTER INSERT ON mine BEGIN SELECT 1; END;
    CREATE VIEW best AS SELECT * FROM results; CREATE INDEX own ON run (tool_version)" all
hostile "an own view that does not work any more" "CREATE VIEW mine AS SELECT nope FROM nowhere" all
hostile "our views made endless" "DROP VIEW results; DROP VIEW runs; CREATE VIEW results AS
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT * FROM n;
    CREATE VIEW runs AS SELECT * FROM results" all
hostile "statistics that lie" "UPDATE sqlite_stat1 SET stat = '99999999999999999999 -1 x';
    INSERT INTO sqlite_stat1 VALUES ('run', 'nope', '1 1 1 1 1 1 1 1')" all
hostile "escapes, newlines and bytes that are no text" "UPDATE run SET session = session || char(27) || '[31m',
    branch = CAST(x'6d61696eff1b5b33316d' AS TEXT), reason = char(10, 27, 155), commit_sha = '../../etc/passwd';
    UPDATE scenario SET name = name || char(27) || ']0;x' || char(7);
    UPDATE environment SET key = key || char(27)"
hostile "a reason of six megabytes" "UPDATE run SET reason = hex(zeroblob(3000000)) WHERE id = 1"
hostile "times that are none" "UPDATE run SET started_at = 'never'"
hostile "numbers beyond all bounds" "UPDATE value SET value = 9e999; UPDATE histogram SET count = -5, min = 9e999,
    unit_value = -1; UPDATE timeseries SET second = 9223372036854775807 WHERE second = 9"
hostile "histograms that are none" "UPDATE histogram SET hdr = randomblob(500)"
hostile "definitions that are none" "UPDATE scenario SET definition = '{\"a\":' || hex(zeroblob(100000))"
hostile "a metric of another unit" "UPDATE metric SET unit = 'kg' WHERE name = 'latency.p95'"
hostile "ids at the end of numbers" "UPDATE run SET id = id + 9000000000000000000"
schema() {
    hostile "$1" "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, $2) WHERE name = '$3'"
}
schema "a check that loads code" "'value REAL NOT NULL', 'value REAL NOT NULL CHECK (load_extension(value))'" value
schema "a default that writes files" \
    "'dirty INTEGER NOT NULL DEFAULT 0', 'dirty INTEGER NOT NULL DEFAULT (writefile(''pwned'', ''x''))'" run
schema "a column that is computed" "'pr TEXT,', 'pr TEXT AS (load_extension(''x'')),'" run
schema "no SQL" "'CREATE', 'CREATE('" run
done_testing
