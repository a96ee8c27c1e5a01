#!/bin/sh
# The loadable extension in a bare sqlite3 shell, and `streamgauge sql`.
. "$(dirname "$0")/lib.sh"
if ! command -v sqlite3 >/dev/null; then
    skip "sqlite3 is missing" "the extension in its shell"
    done_testing
fi
so=$BUILD/streamgauge.so
STREAMGAUGE_DB=$work/x.db
HOME=$work # no .sqliterc of anyone's
export STREAMGAUGE_DB HOME
runtime=$(extension_runtime)
if [ -n "$runtime" ]; then
    export LD_PRELOAD="$runtime"
fi
"$BUILD/tests/test_store" x.db 12
ok $? "a database of 12 runs"

# The extension.
is "$(nm -D --defined-only "$so" | awk '{ print $3 }')" "sqlite3_streamgauge_init" \
    "nothing but its entry can be seen from outside"
is "$(readelf -d "$so" | grep NEEDED | grep -cvE 'lib(z|m|c|asan|ubsan)\.so')" 0 \
    "it needs nothing but zlib and libc"
bare() { sqlite3 -batch "$@"; }
is "$(cd "$BUILD/.." && bare :memory: ".load $BUILD/streamgauge" "SELECT sg_median(value)
    FROM json_each('[3, 1, 2, 10]')")" "2.5" ".load finds it without its suffix"
is "$(bare x.db ".load $so" "SELECT scenario, sg_sparkline(position, value), sg_percentile(value, 90)
    FROM results WHERE metric = 'latency.p95' AND status = 'ok' GROUP BY scenario ORDER BY 1")" \
    "burst|▁▂▄▅▇█|11.0
typical|▁▂▄▅█|11.04" "it tells of the views"
bare :memory: ".load $so" "SELECT name FROM pragma_function_list WHERE name GLOB 'hdr_*' OR
    name GLOB 'sg_*' UNION SELECT name FROM pragma_module_list WHERE name GLOB 'hdr_*'" >names
is "$(paste -sd' ' names)" \
    "hdr_count hdr_max hdr_mean hdr_merge hdr_percentile hdr_percentiles sg_changes sg_compare sg_median sg_percentile sg_sparkline" \
    "these functions"
is "$(while read -r name; do grep -c "^| \`$name(" "$tests/../schema/README.md"; done <names |
    sort -u)" 1 "each of them has its row in schema/README.md"
is "$(while read -r name; do "$sg" sql --help | grep -c "\b$name("; done <names | sort -u)" 1 \
    "and is named by sql --help"

# The same answer as the program's.
printf '%s\n' '{"id":1,"before":[10,11,10.5,9.9],"after":[12,12.5,12.2,13]}' |
    "$sg" compare --input - >compared
is "$(bare :memory: ".load $so" "WITH v(side, x) AS (VALUES (0, 10), (0, 11), (0, 10.5), (0, 9.9),
    (1, 12), (1, 12.5), (1, 12.2), (1, 13)) SELECT json_set(json_remove(sg_compare(side, x),
    '$.before', '$.after'), '$.id', 1) = json_set(json_remove(readfile('compared'), '$.id'), '$.id', 1)
    FROM v")" "1" "sg_compare is compare --input"
printf '%s\n' '{"values":[10,10.1,9.9,null,10,10.2,9.8,12,12.1,11.9,12,12.2,11.8]}' |
    "$sg" changes --input - >changed
is "$(bare :memory: ".load $so" "WITH v(i, x) AS (SELECT key, value FROM json_each(
    '[10,10.1,9.9,null,10,10.2,9.8,12,12.1,11.9,12,12.2,11.8]')) SELECT json_remove(sg_changes(i + 100, x),
    '$[0].position') = readfile('changed') ->> '$.changes', json_extract(sg_changes(i + 100, x),
    '$[0].position') FROM v")" "1|107" "sg_changes is changes --input"

# sql
sql() { run "$sg" sql "$@"; }
sql "SELECT count(*) FROM run" "SELECT hdr_count(NULL) IS NULL"
is "$status $out" "0 12
1" "sql carries out its operands"
sql ".headers on" "SELECT 1 AS one"
is "$out" "one
1" "dot commands, too"
is "$(echo 'SELECT 5 + 1;' | "$sg" sql)" "6" "it reads stdin without any"
sql -- "-- a comment that looks like an option
SELECT 7"
is "$status $out" "0 7" "a statement may begin with a comment"
sql --json "SELECT 1 AS a, 'b' AS b"
is "$out" '[{"a":1,"b":"b"}]' "--json"
sql "; SELECT '\$(touch pwned) \`touch pwned\`'" "SELECT 2"
# shellcheck disable=SC2016
is "$out $(ls pwned 2>&1 | grep -c cannot)" '$(touch pwned) `touch pwned`
2 1' "no shell reads what is given"
sql "SELEC"
like "$status $err" "^2 .*syntax error" "an error in a statement is status 2"
sql "SELECT hdr_mean(x'00')"
like "$status $err" "^[2] .*hdr_mean: not a readable HdrHistogram" "so is one in a function"
is "$(echo 'SELEC;' | "$sg" sql 2>/dev/null; echo $?)" 2 "on stdin, too"
sql "SELECT 1; SELEC" "SELECT 3"
is "$status $out" "2 1" "what follows is not carried out"
before=$(sha256sum x.db)
sql "DELETE FROM run"
like "$status $(echo "$err" | paste -sd' ')" "^2 .*--write" "it only reads"
is "$(sha256sum x.db)" "$before" "and changes nothing"
sql --write "UPDATE run SET branch = 'x' WHERE id = 1" "SELECT branch FROM run WHERE id = 1"
is "$status $out" "0 x" "unless told to write"
sql --write "INSERT INTO label VALUES (999, 'a', 'b')"
like "$status $err" "^[^0] .*FOREIGN KEY" "which keeps to the foreign keys"
run "$sg" --db none.db sql "SELECT 1"
like "$status $err" "^4 .*no such database" "no database: status 4"
[ ! -e none.db ]
ok $? "and none is made"
run "$sg" --db none.db sql --write "SELECT 1"
[ "$status" = 4 ] && [ ! -e none.db ]
ok $? "not by --write either"
sqlite3 foreign.db 'CREATE TABLE run (id)'
run "$sg" --db foreign.db sql "SELECT 1"
like "$status $err" "^4 .*not one of streamgauge" "another program's database: status 4"
"$sg" sql "SELECT 1" >/dev/full 2>full.err
is $? 4 "a full disk under stdout is an error"
like "$(cat full.err)" "could not be written" "that is told"
if [ -z "$runtime" ]; then # which takes its time when a process is killed
    timeout 20 sh -c "{ '$sg' sql 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
        LIMIT 500000000) SELECT i FROM n' 2>pipe.err; echo \$? >pipe.status; } | head -1 >pipe.out"
    is "$(cat pipe.out pipe.status)" "1
4" "a closed pipe ends an endless statement"
fi
env PATH=/nonexistent "$sg" sql "SELECT 1" 2>none.err
like "$? $(cat none.err)" "^2 .*sqlite3 shell could not be started" "no sqlite3: a sentence"

# Interrupted, the shell ends its statement and we say by what. (A shell without job control starts
# background processes with SIGINT ignored; python does not.)
python=$(python_with signal)
if [ -n "$python" ]; then
    timeout 120 "$python" -c 'import glob, os, signal, subprocess, sys, time
def worked(group): # ticks of all of its processes
    ticks = 0
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            fields = open(path).read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        ticks += (int(fields[2]) == group) * int(fields[11])
    return ticks
p = subprocess.Popen([sys.argv[1], "sql", ".shell touch begun", "WITH RECURSIVE n(i) AS (SELECT 1"
    " UNION ALL SELECT i + 1 FROM n LIMIT 500000000) SELECT max(i) FROM n"],
    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
while not os.path.exists("begun") and p.poll() is None:
    time.sleep(0.02)
before = worked(p.pid)
while worked(p.pid) < before + 20 and p.poll() is None: # until the statement is at work
    time.sleep(0.02)
os.killpg(p.pid, signal.SIGINT)
try:
    print(p.wait(20))
finally:
    if p.poll() is None:
        os.killpg(p.pid, signal.SIGKILL)' "$sg" >interrupted
    is "$(cat interrupted)" 130 "SIGINT: status 130"
else
    skip "python3 is missing" "SIGINT"
fi

# Wherever it is installed, whatever the folder is called.
odd="$work/an \"odd\" 'folder\\"
mkdir -p "$odd/bin" "$odd/lib"
cp "$sg" "$odd/bin/"
cp x.db "$odd/-x.db"
run "$odd/bin/streamgauge" sql "SELECT 1"
like "$status $err" "^2 .*streamgauge.so is neither beside" "without the extension: a sentence"
cp "$so" "$odd/lib/"
run "$odd/bin/streamgauge" --db "$odd/-x.db" sql "SELECT sg_median(run) FROM runs"
is "$status $out" "0 6.5" "the extension is found in the library folder"
cd "$odd" || exit 1
run bin/streamgauge --db=-x.db sql "SELECT sg_median(run) FROM runs"
is "$status $out" "0 6.5" "a database may be called like an option"
cd "$work" || exit 1

# An index that an engineer made with the functions is kept by the program.
sql --write "CREATE INDEX by_p99 ON histogram (hdr_percentile(hdr, 99))"
is "$status" 0 "an index over hdr_percentile()"
cp x.db y.db
"$BUILD/tests/test_store" z.db 14 && run "$sg" --db y.db merge z.db
is "$status" 0 "a writing command goes on"
is "$("$sg" --db y.db sql "PRAGMA integrity_check")" "ok" "and keeps the index"
done_testing
