#!/bin/sh
# commits: what git knows of the measured commits, for a database that was made elsewhere.
. "$(dirname "$0")/lib.sh"
STREAMGAUGE_DB=$work/x.db
GIT_CONFIG_GLOBAL=/dev/null
GIT_CONFIG_SYSTEM=/dev/null
GIT_AUTHOR_NAME="A. Engineer" GIT_AUTHOR_EMAIL=a@example.org
GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
export STREAMGAUGE_DB GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL \
    GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
sql() { sqlite3 -batch -noheader "$STREAMGAUGE_DB" "$@"; }
at=1790000000
# commit SUBJECT: a commit of nothing, a minute after the last one
commit() {
    at=$((at + 60))
    GIT_AUTHOR_DATE="$at +0000" GIT_COMMITTER_DATE="$at +0000" \
        git -C repo commit -q --allow-empty -m "$1"
}
merge() {
    at=$((at + 60))
    GIT_AUTHOR_DATE="$at +0000" GIT_COMMITTER_DATE="$at +0000" \
        git -C repo merge -q --no-ff -m "$1" "$2" "${3:-$2}"
}
sha() { git -C repo rev-parse "$1"; }

# A history with branches that were merged, into each other and three at once.
git init -q -b main repo
for n in 1 2 3; do commit "main $n"; done
git -C repo checkout -q -b side
commit "side 1"
commit "side 2"
git -C repo tag side-tag
git -C repo checkout -q main
commit "main 4"
git -C repo tag -a -m "a release" v1
merge "merge side" side
git -C repo checkout -q side
commit "side 3"
merge "merge main into side" main
commit "side 4"
git -C repo checkout -q -b third main~2
commit "third 1"
git -C repo checkout -q main
commit "main 5"
merge "merge two at once" side third
commit "$(printf 'hostile \033[31m<b>|`$(touch pwned)` %%s \302\233')"
git -C repo tag 'odd;$(touch${IFS}pwned)"tag'
commit "main 6"
git -C repo tag blob-tag "$(echo x | git -C repo hash-object -w --stdin)"

# A database of runs of three of them, and of what is no commit of this repository.
"$BUILD/tests/test_store" x.db 12 >/dev/null
sql "DELETE FROM commit_info; DELETE FROM tag;
    UPDATE run SET commit_sha = '$(sha main~6)' WHERE id = 1;
    UPDATE run SET commit_sha = '$(sha main~1)' WHERE id = 2;
    UPDATE run SET commit_sha = '$(sha main | cut -c1-9)' WHERE id = 3;
    UPDATE run SET commit_sha = '--output=pwned' WHERE id = 4;
    UPDATE run SET commit_sha = 'HEAD' || char(10) || 'main' WHERE id = 5;
    UPDATE run SET commit_sha = NULL WHERE id > 6"
run "$sg" commits --repo repo
is "$status" 0 "commits"
like "$out" "^[0-9]+ commits and 3 tags, [0-9]+ of them new" "says how many"
like "$out" "not in this repository: --output=pwned, HEAD main, abc0006" "and which it did not find"
[ ! -e pwned ] && [ ! -e repo/pwned ]
ok $? "nothing is done that a name says"
wrong=
for commit in $(sql "SELECT sha FROM commit_info"); do
    [ "$(sql "SELECT position FROM commit_info WHERE sha = '$commit'")" = \
        "$(($(git -C repo rev-list --count "$commit") - 1))" ] || wrong="$wrong $commit"
done
is "$wrong" "" "positions are the numbers of all commits before, as run has them"
is "$(sql "SELECT count(*) FROM commit_info WHERE length(sha) = 40 AND sha IN ($(
    git -C repo rev-list main --not main~6^@ | sed "s/.*/'&'/" | paste -sd,))")" \
    "$(git -C repo rev-list --count main --not main~6^@)" "all commits since the first measured one are there"
is "$(sql "SELECT parent_sha, committed_at, author FROM commit_info WHERE sha = '$(sha main)'")" \
    "$(sha main~1)|$(date -u -d "@$at" +%Y-%m-%dT%H:%M:%S.000Z)|A. Engineer" "with parent, time and author"
is "$(sql "SELECT subject FROM commit_info WHERE sha = '$(sha main~1)'")" \
    'hostile ?[31m<b>|`$(touch pwned)` %s ?' "a hostile subject is one harmless line"
is "$(sql "SELECT name || ' ' || (sha = '$(sha v1^{commit})') || (sha = '$(sha side-tag)') FROM tag ORDER BY 1" |
    paste -sd,)" 'odd;$(touch${IFS}pwned)"tag 00,side-tag 01,v1 10' "tags name commits, annotated ones, too"
is "$(sql "SELECT c.subject FROM run JOIN commit_info c ON c.sha = commit_sha WHERE run.id = 3")" "main 6" \
    "a commit that was named by its first digits is found"
run "$sg" commits --repo repo
like "$out" " 0 of them new" "once is enough"
run "$sg" list --commit "$(sha main~1 | cut -c1-7)" --json
is "$(printf '%s' "$out" | grep -c '"id":2,')" 1 "a run is found by its commit"
git -C repo tag -f v1 main >/dev/null 2>&1
git -C repo tag measured main~1
run "$sg" commits --repo repo --json
like "$out" '"changed":2,"shallow":false,"unknown":\["--output=pwned",' "a tag that was moved is moved"
run "$sg" show tag:measured
like "$status $out" "^0 .*typical: ok, p50 5.1 ms" "a tag selects its runs"
valid=$(python_with jsonschema)
if [ -n "$valid" ]; then
    "$sg" commits --repo repo --json | "$valid" -W ignore -c 'import json, jsonschema, sys
jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(sys.stdin))' \
        "$tests/../schema/json/commits.schema.json"
    ok $? "--json is as its schema says"
else
    skip "python3-jsonschema is missing" "commits --json"
fi

# A run keeps what git says of its commit by itself, with its tags.
cat >repo/quick.json <<'END'
{"name": "quick", "protocol": "ws", "exchange": "echo", "clients": 1, "rate": 20,
 "ramp": 0, "warmup": 0, "duration": "200ms", "timeout": "500ms"}
END
(cd repo && unset CI GITHUB_ACTIONS GITLAB_CI BUILDKITE TF_BUILD JENKINS_URL &&
    "$sg" --db ../z.db --quiet run quick.json) >/dev/null 2>&1
is "$(sqlite3 z.db "SELECT position, subject, (SELECT group_concat(name) FROM tag WHERE tag.sha = c.sha)
    FROM run JOIN commit_info AS c ON c.sha = commit_sha")" \
    "$(($(git -C repo rev-list --count main) - 1))|main 6|v1" "run keeps its commit's place, subject and tags"

# A shallow clone does not know the order, and takes nothing away.
git clone -q --depth 2 "file://$work/repo" shallow 2>/dev/null
cp x.db y.db
run "$sg" --db y.db commits --repo shallow
like "$out" "shallow clone, so the order of its commits is not known" "a shallow clone is named"
is "$(sqlite3 y.db "SELECT position FROM commit_info WHERE sha = '$(sha main)'")" \
    "$(sql "SELECT position FROM commit_info WHERE sha = '$(sha main)'")" "what was known stays"
sqlite3 y.db "DELETE FROM commit_info"
run "$sg" --db y.db commits --repo shallow
is "$(sqlite3 y.db "SELECT subject, position IS NULL FROM commit_info WHERE sha = '$(sha main)'")" "main 6|1" \
    "the rest is told all the same"

(cd shallow && cp ../repo/quick.json . && unset CI GITHUB_ACTIONS GITLAB_CI BUILDKITE TF_BUILD JENKINS_URL &&
    "$sg" --db ../s.db --quiet run quick.json) >/dev/null 2>&1
run "$sg" --db s.db show last
like "$(printf '%s\n' "$out" | tr -s ' \n' ' ')" "place in it is not known: the repository is a shallow clone" \
    "a run in a shallow clone says why its place is not known"
cp s.db t.db
sqlite3 t.db "UPDATE run SET extra = '[1,' WHERE id = 1"
run "$sg" --db t.db show last
is "$status" 0 "what is no JSON there does no harm"

mkdir plain
run "$sg" commits --repo plain
like "$status $err" "^2 .*plain: git: .*not a git repository" "a folder without a repository"
git init -q other
run "$sg" commits --repo other
like "$status $err" "^2 .*other has none of the 6 commits" "another repository"
run "$sg" --db none.db commits
is "$status" 4 "no database"
done_testing
