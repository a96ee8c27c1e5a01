#!/bin/sh
# Pages in a real browser: nothing that axe-core finds, light, dark and narrow; no request, no
# script but ours; tables that sort by keyboard; hostile text that stays text.
. "$(dirname "$0")/lib.sh"
CHROMIUM=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
export CHROMIUM
modules=$BUILD/npm/node_modules
if [ -z "$CHROMIUM" ] || [ ! -d "$modules/puppeteer-core" ] || [ ! -d "$modules/axe-core" ]; then
    skip "no chromium, puppeteer-core or axe-core" "pages in a browser"
    done_testing
fi
STREAMGAUGE_DB=$work/x.db
export STREAMGAUGE_DB
"$BUILD/tests/test_report" x.db >/dev/null
mkdir pages
"$sg" report --format html >pages/measured.html
"$sg" report last~1 last --format html >pages/compared.html
"$sg" report run:1 --format html >pages/hostile.html
"$BUILD/tests/test_report" r.db releases >/dev/null
"$sg" --db r.db report --since 2026-11-01 --format html >pages/since.html
"$BUILD/tests/test_report" h.db hostile >/dev/null
"$sg" --db h.db report --since 2026-11-23T20:00:00.000Z --format html >pages/hostile-since.html
python3 "$tests/markdown.py" lines 4 >lines
"$BUILD/tests/test_doc" html <lines >pages/lines.html
HOME=$work node "$tests/page.js" "$modules" pages lines
