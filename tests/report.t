#!/bin/sh
# Reports through the program: charts are there, well-formed and the same each time; hostile text
# stays text; without gnuplot there is a report all the same.
. "$(dirname "$0")/lib.sh"
STREAMGAUGE_DB=$work/x.db
export STREAMGAUGE_DB
"$BUILD/tests/test_report" x.db
ok $? "a database with history and a hostile run"

# valid FILE NAME: the file is as the schema of `report --json` says.
python=$(python_with jsonschema)
valid() {
    if [ -z "$python" ]; then
        skip "python3-jsonschema is missing" "$2"
        return
    fi
    "$python" -W ignore -c 'import json, jsonschema, os, sys
path = os.path.abspath(sys.argv[1])
schema = json.load(open(path))
jsonschema.Draft202012Validator(schema, resolver=jsonschema.RefResolver("file://" + path, schema)).validate(
    json.load(open(sys.argv[2])))' "$tests/../schema/json/report.schema.json" "$1" >&2
    ok $? "$2"
}

# The newest session.
run "$sg" report -o out
is "$status:$out" 0: "a report is written"
is "$err" "wrote out/report.md
wrote out/report.html
wrote out/report.json" "and where is said"
is "$(ls out out/charts)" "out:
charts
report.html
report.json
report.md

out/charts:
burst-load-percentiles-dark.svg
burst-load-percentiles-light.svg
burst-load-trend-dark.svg
burst-load-trend-light.svg" "with its charts"
is "$(sed -n 1,3p out/report.md)" "# burst-load

> 🟢 **p95 latency is 36 ms** at 1,000 msg/s. Its budget holds." "it begins with the news"
is "$(grep -o 'charts/[a-z.-]*' out/report.md | sort)" "$(cd out && ls charts/*)" \
    "it shows every chart, for a dark page and for a light one"
run "$sg" report --output again --quiet
is "$status:$out:$err" 0:: "--output is -o, --quiet is quiet"
valid out/report.json "its JSON is as its schema says"
run diff -r out again
is "$status:$out" 0: "the same runs give the same bytes"
run "$sg" report last
is "$(printf '%s\n' "$out" | grep -c picture)" 0 "on stdout there are no charts"
is "$(printf '%s\n' "$out" | sed -n 3p)" "$(sed -n 3p out/report.md)" "and the same words"

# Values that are missing are no success.
cp x.db missing.db
python3 - <<'END'
import sqlite3
db = sqlite3.connect("missing.db")
db.execute("DELETE FROM value WHERE metric_id IN (SELECT id FROM metric WHERE name LIKE 'latency.%')")
db.commit()
END
run "$sg" --db missing.db report
is "$(printf '%s\n' "$out" | sed -n 3p)" \
    "> 🟡 **No latency was measured** at 1,000 msg/s. <strong>1 budget without a value.</strong>" "nor is a budget without one"

# Formats.
run "$sg" report --format html
like "$status $out" '^0 <!doctype html>' "one format goes to stdout"
is "$(printf '%s\n' "$out" | grep -c '<svg')" 2 "a page holds its charts"
is "$("$sg" report --json)" "$(cat out/report.json | sed 's/"charts":\[[^]]*\]/"charts":[]/')" "--json is --format json"
run "$sg" report --format json,html -o some
is "$status:$(ls some)" "0:charts
report.html
report.json" "those that are asked for are written"
run "$sg" report --format md,html
like "$status $err" '^2 .*several formats need a folder: -o DIR' "several need a folder"
run "$sg" report --json --format md
like "$status $err" '^2 .*exclude each other' "--json is one format"

# Before and after.
run "$sg" report last~1 last -o compared
is "$status:$(sed -n 1p compared/report.md)" "0:# burst-load" "two selections are compared"
like "$(sed -n 3p compared/report.md)" '^> 🔴 .*p95 latency is 19 % worse' "the news is the verdict"
is "$(grep -c '🔴 worse' compared/report.md)" 3 "three rows are worse"
valid compared/report.json "its JSON is as the schema says"
is "$(cd compared && ls charts | grep -v distribution)" "$(cd out && ls charts)" "with the same kinds of charts"
is "$(cd compared && ls charts | grep -c distribution)" 2 "and one of the whole distributions"
like "$(cat compared/charts/burst-load-trend-light.svg)" '▲ \+19 %  c0ffe0c<' \
    "the trend marks the change"
is "$(grep -cE '>(before|after)</text>' compared/charts/burst-load-percentiles-dark.svg)" 2 \
    "two curves"
cp x.db long.db
filling=$(printf 'x%.0s' $(seq 100))
sqlite3 long.db "update run set branch = 'first/$filling/end-one' where session = 'day-11';
    update run set branch = 'second/$filling/end-two' where session = 'day-12'"
run "$sg" --db long.db report session:day-11 session:day-12 -o long
like "$(cat long/charts/burst-load-percentiles-light.svg)" \
    '>after: 5 runs of second/x*…x*/end-two c0ffe0c, before: 3 runs of first/x*…x*/end-one c0ffe0b \(merged histograms\)<' \
    "long branches lose their middle in a subtitle, which stays whole"
like "$(cat long/charts/burst-load-trend-light.svg)" \
    '>second/x+…x*/end-two, 5 runs · points are runs, .*95 % interval\)<' "in that of a trend, too"
run "$sg" report last~2 last~1
like "$(printf '%s\n' "$out" | sed -n 3p)" '^> 🟢 \*\*no change of 5 % or more in 4 metrics' \
    "nothing changed is one line"
run "$sg" report branch:main last
like "$out" '^36 runs before, 5 after' "a run is not compared with itself"
run "$sg" report last last
like "$status $err" '^2 .*last and last are the same runs$' "nor a session"
run "$sg" report run:1 last -o refused/deep
like "$status $err" '^5 .*not compared' "what has nothing in common is refused"
run "$sg" report last last -o refused/deep
[ ! -e refused ]
ok $? "and a report that is refused leaves no folder"
run "$sg" report run:1 last
like "$status $err" '^5 .*not compared: scenario ' "what cannot be compared is refused"

# Since a release.
"$BUILD/tests/test_report" r.db releases
python3 - <<'END'
import sqlite3
db = sqlite3.connect("r.db")
db.execute("INSERT INTO tag SELECT DISTINCT 'v1.2', commit_sha FROM run WHERE session = 'job-35'")
db.commit()
END
run "$sg" --db r.db report --since v1.2 -o since
is "$status" 0 "what changed since a release is told"
valid since/report.json "its JSON is as the schema says"
is "$(sed -n 3p since/report.md | cut -d'(' -f1)" "> 🔴 **chat: p95 latency is 23 % worse** " \
    "the worst first"
like "$(sed -n 3p since/report.md)" 'latency.p95 of chat changed with ab00028 \(Answer sooner, A. Engineer\)' \
    "with its commit"
is "$(sed -n 5p since/report.md)" "v1.2 is ab00023 of 2026-10-29 · 192 runs of 4 series since, up to ab0003b" \
    "then where that is"
is "$(grep -c '^- \[' since/report.md)" 7 "a contents"
is "$(grep -c '^|.*| latency.p95 | [^a-z0-9|]* | [0-9]' since/report.md)" 4 "each series in a line"
is "$(sed -n '/What got worse/,/What got better/p' since/report.md | grep -c 'chat.*ab00028.*confirmed')" 1 \
    "what got worse, with who did it"
is "$(sed -n '/What got better/,/Budgets/p' since/report.md | grep -c 'burst.*ab0002d')" 1 "and what got better"
is "$(grep -c 'near |$' since/report.md)" 2 "budgets near their limits"
like "$(cat since/charts/moved-trend-light.svg)" '>new machine: arm64, 4 cores<' "a new machine is a visible break"
like "$(cat since/charts/chat-trend-light.svg)" '>v1.2<' "the release is marked"
for place in tag:v1.2 commit:ab00023 ab00023; do
    run "$sg" --db r.db report --since $place
    like "$status $(printf '%s\n' "$out" | sed -n 3p)" '^0 .*chat: p95 latency is 23 % worse' "--since $place is the same"
done
run "$sg" --db r.db report --since 2026-11-10
like "$status $(printf '%s\n' "$out" | sed -n 3p)" '^0 > 🟢 \*\*no change of 5 % or more in 16 metrics' \
    "no change is one line that says what would have been seen"
id=$("$sg" --db r.db changes --scenario chat --metric latency.p95 --json |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["changes"][0]["id"])')
run "$sg" --db r.db annotate change "$id" --state expected --note 'bigger <b>answers</b>'
is "$status" 0 "a change is annotated"
run "$sg" --db r.db report --since v1.2
like "$out" '\| expected: bigger &lt;b\\>answers&lt;/b\\>' "which the report tells"

# Every text of this run is hostile.
run "$sg" report run:1 -o hostile
is "$status" 0 "a hostile run is told"
valid hostile/report.json "in JSON too"
is "$(cd hostile && find . -type f | wc -l)" 7 "into three documents and four pictures"
is "$(find hostile -name '*[!a-z0-9._-]*')" "" "whose names are harmless"
svg=$(find out hostile -name '*.svg')
# shellcheck disable=SC2086
run python3 -c '
import sys, xml.etree.ElementTree as tree
for name in sys.argv[1:]:
    for element in tree.parse(name).iter():
        tag = element.tag.split("}")[1]
        if tag in ("script", "a", "image", "foreignObject") or any(
                key.startswith("on") for key in element.attrib):
            sys.exit(name + ": " + tag)
    print("well-formed")' $svg
is "$status:$(printf '%s\n' "$out" | sort | uniq -c | tr -d ' ')" "0:8well-formed" \
    "pictures are well-formed XML without anything that runs or links"
if command -v cmark-gfm >/dev/null; then
    html=$(cmark-gfm --unsafe -e table -e strikethrough -e autolink -e tasklist hostile/report.md)
    is "$(printf '%s\n' "$html" | grep -oE '<(a|script|del|em|h2|blockquote|input|img) ?' | sort |
        uniq -c | tr -s ' ')" " 2 <blockquote
 2 <img " "Markdown holds no link, script, emphasis or picture but ours"
    is "$(printf '%s\n' "$html" | sed 's/<code>[^<]*<.code>//g; s/<img [^>]*>//g' |
        grep -cE '@team|#12|\$x|https://e|www\.e|:boom:')" 0 \
        "nothing is left that GitHub would make a mention, reference, formula or link of"
else
    skip "no cmark-gfm" "Markdown as GitHub reads it"
fi

# A hostile history: names, branch, commits, machines, authors, subjects and notes.
"$BUILD/tests/test_report" h.db hostile
python3 - <<'END'
import sqlite3
db = sqlite3.connect("h.db")
db.execute("UPDATE commit_info SET author = (SELECT name FROM scenario), subject = (SELECT name FROM scenario)")
db.commit()
END
note=$(sqlite3 h.db 'SELECT name FROM scenario')
id=$("$sg" --db h.db changes --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["changes"][0]["id"])')
run "$sg" --db h.db annotate change "$id" --state expected --note "$note"
is "$status" 0 "a hostile note is taken"
run "$sg" --db h.db report --since 2026-11-23T20:00:00.000Z -o hostile-since
is "$status" 0 "a hostile history is told"
valid hostile-since/report.json "as JSON"
is "$(find hostile-since -name '*[!a-z0-9._-]*')" "" "with harmless names of files"
for command in changes trend check "check --verbose" show "list --limit 2"; do
    # shellcheck disable=SC2086
    "$sg" --db h.db --color never $command >told 2>&1
    is "$(tr -d '\n' <told | LC_ALL=C tr -d '\040-\176\200-\377' | wc -c)" 0 "$command passes no control byte to a terminal"
done
if command -v cmark-gfm >/dev/null; then
    html=$(cmark-gfm --unsafe -e table -e strikethrough -e autolink -e tasklist hostile-since/report.md)
    is "$(printf '%s\n' "$html" | grep -oE '<(script|del|em|input|a href=.[^#]|img src=.[^c])' | head -3)" "" \
        "its Markdown holds no link, script, emphasis or picture but ours"
    is "$(printf '%s\n' "$html" | sed 's/<code>[^<]*<.code>//g; s/<img [^>]*>//g' |
        grep -cE '@team|#12|\$x|https://e|www\.e|:boom:')" 0 "and nothing that GitHub would make one of"
else
    skip "no cmark-gfm" "a hostile history in Markdown"
fi

# Without gnuplot, or with one that never ends.
mkdir none broken
run env PATH="$work/none" "$sg" report -o plain
is "$status" 0 "without gnuplot a report is written"
like "$err" '^charts are missing: gnuplot is not installed$' "and the reason said"
like "$(cat plain/report.md)" 'Charts are missing: gnuplot is not installed[.]' "in the report too"
is "$(grep -c picture plain/report.md)$(find plain -name '*.svg')" 0 "which shows none"
printf '#!/bin/sh\necho "line 0: no such terminal" >&2\nexit 1\n' >broken/gnuplot
chmod +x broken/gnuplot
run env PATH="$work/broken:$PATH" "$sg" report -o plain
like "$status$err" '^0charts are missing: gnuplot could not draw a chart: line 0: no such terminal' \
    "what gnuplot complains of is said"

# What cannot be done.
run "$sg" report -o x.db
like "$status $err" '^4 .*x.db' "a file is no folder"
run "$sg" report run:999
is "$status" 2 "a run that is not there"
run "$sg" report --format pdf
like "$status $err" '^2 .*pdf' "one that is none"
run "$sg" report --since nowhere
like "$status $err" '^2 .*--since nowhere: neither a tag, a commit .* nor a date' "no such place in history"
run "$sg" report --since 2026-11-01 last
like "$status $err" '^2 .*--since tells about all runs' "--since stands alone"
run "$sg" report --since 1999-01-01
like "$out" 'no run is older than 1999-01-01: nothing to compare with' "before the first run"
is "$status" 0 "which is no failure"
run "$sg" report --since 2999-01-01
like "$status $err" '^2 .*nothing was measured since' "after the last"
run "$sg" --db none/y.db report
like "$status" '^4$' "no database"
[ ! -e none/y.db ]
ok $? "and none is made"
if [ -w /dev/full ]; then
    "$sg" report >/dev/full 2>/dev/null
    is $? 4 "a full disk is told"
fi
done_testing
