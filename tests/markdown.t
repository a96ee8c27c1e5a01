#!/bin/sh
# Text in Markdown, as GitHub's own reader (cmark-gfm) sees it: whatever it is, it stays that text,
# and nothing becomes a link, markup, a mention or a formula.
. "$(dirname "$0")/lib.sh"
if ! command -v cmark-gfm >/dev/null; then
    skip "no cmark-gfm" "hostile text in Markdown"
    done_testing
fi
for seed in 1 2 3; do
    python3 "$tests/markdown.py" lines $seed >lines
    "$BUILD/tests/test_doc" markdown <lines >x.md
    cmark-gfm --unsafe -e table -e strikethrough -e autolink -e tasklist x.md >x.html
    out=$(python3 "$tests/markdown.py" check lines <x.html)
    is "$?$out" 0 "400 random lines, seed $seed, come out as they went in"
done
done_testing
