#!/bin/sh
# What README shows works as it stands there: its scenarios, its queries, its commands. The commands
# of the tour are held against the tour itself in demo.t.
. "$(dirname "$0")/run_lib.sh"
readme=$tests/../README.md

# blocks LANGUAGE: the text of README's blocks in that language, each ended by a line of "====".
blocks() {
    awk -v fence="\`\`\`$1" '$0 == fence {inside = 1; next}
        inside && /^```$/ {inside = 0; print "===="; next}
        inside' "$readme"
}

calm typical --clients 2 --warmup 100ms --duration 1s
calm typical --clients 2 --warmup 100ms --duration 1s
carried_out "$status" "a run to ask about"

blocks sql | grep -v '^====$' >all.sql
[ "$(grep -c ';' all.sql)" -ge 5 ]
ok $? "README has five queries or more"
run sqlite3 -bail streamgauge.db '.read all.sql'
is "$status$err" 0 "every query runs in a bare sqlite3 shell"
[ -n "$out" ]
ok $? "and there is something to see"

# The files that they name.
echo '{"user": "ann", "room": "blue"}' >users.ndjson
for name in idle chat; do
    echo "{\"name\": \"$name\", \"protocol\": \"ws\", \"exchange\": \"echo\"}" >$name.json
done
blocks json | awk -v RS='====\n' '{printf "%s", $0 > ("scenario" NR ".json")}'
for file in scenario[0-9]*.json; do
    run env TOKEN=x "$sg" run "$file" --dry-run
    is "$status$err" 0 "$file of README is a scenario"
done

# Rows of the table of exit statuses are those that the program knows.
for code in $("$sg" help exit-status | grep -oE '^ +[0-9]+' | tr -d ' '); do
    grep -qE "^\| .*\b$code\b.* \|" "$readme"
    ok $? "README explains exit status $code"
done

# Every command is named, every file and folder that README links to is there.
for command in $("$sg" help | awk '/^  [a-z]+ /{print $1}'); do
    grep -qE "\`(streamgauge )?$command\b|streamgauge $command\b" "$readme"
    ok $? "README names $command"
done
for link in $(grep -oE '\]\([^)#:]+\)' "$readme" | tr -d '()]'); do
    [ -e "$tests/../$link" ]
    ok $? "README's link $link leads somewhere"
done
! grep -q '@@' "$readme"
ok $? "nothing is left to be filled in"
done_testing
