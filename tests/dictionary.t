#!/bin/sh
# schema/DICTIONARY.md is what the database says of itself, and its questions are answered as it
# stands there. `dictionary.t accept` (make golden) takes over what is so now.
. "$(dirname "$0")/lib.sh"
EXTENSION_RUNTIME=$(extension_runtime)
export EXTENSION_RUNTIME
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY GITHUB_OUTPUT
known=$tests/../schema/DICTIONARY.md

"$BUILD/tests/test_questions" q.db
ok $? "a database to ask"
"$sg" --db q.db baseline set v1.0 tag:v1.0 >/dev/null
"$sg" --db q.db annotate run 26 --note "the release candidate" >/dev/null
"$sg" --db q.db changes >/dev/null
"$sg" --db q.db check session:ci-40-main-chat --baseline v1.0 >/dev/null
run python3 "$tests/dictionary.py" q.db "$tests/questions.sql" "$BUILD/streamgauge"
is "$status$err" 0 "every question has an answer"
if [ "${1:-}" = accept ]; then
    cp .out "$known"
    exit
fi
[ "$(grep -c '^-- .*?$' "$tests/questions.sql")" -ge 20 ]
ok $? "there are twenty questions or more"
cmp -s .out "$known"
ok $? "DICTIONARY.md is as the database is (make golden makes it anew)"
diff "$known" .out | head -20 | sed 's/^/# /'
is "$(sqlite3 q.db "SELECT name FROM metric WHERE kind = 'value'" | while read -r name; do
    grep -qF "| \`$name\` |" "$known" || echo "$name"; done)" "" "every metric is in it"
done_testing
