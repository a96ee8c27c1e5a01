# run_lib.sh: what the tests of `run` share, on top of lib.sh.
. "$(dirname "$0")/lib.sh"
unset CI GITHUB_ACTIONS GITLAB_CI BUILDKITE TF_BUILD JENKINS_URL

sql() {
    sqlite3 streamgauge.db "$1"
}

# One column of the newest run.
last() {
    sql "select $1 from run order by id desc limit 1"
}

# A metric of the newest run.
metric() {
    sql "select value from value join metric on id = metric_id
        where name = '$1' and run_id = (select max(id) from run)"
}

# calm ARGUMENTS...: `run ARGUMENTS` on a new database. On a machine that is busy with other things a
# run can be overloaded, which is an honest answer, but not the subject: then it is tried again.
calm() {
    for attempt in 1 2 3; do
        [ "$attempt" = 1 ] || sleep "$attempt"
        rm -f streamgauge.db
        run "$sg" run "$@"
        [ "$(sql "select count(*) from run where status = 'overloaded'")" != 0 ] || break
    done
    [ "$attempt" = 1 ] || echo "# attempt $attempt"
}

# anyhow ARGUMENTS...: the same where nothing that is asked depends on how late messages were sent.
anyhow() {
    rm -f streamgauge.db
    run "$sg" run "$@"
}

# more ARGUMENTS...: as calm(), on the database that there is; what was overloaded stays in it.
more() {
    for attempt in 1 2 3; do
        [ "$attempt" = 1 ] || sleep "$attempt"
        run "$sg" run "$@"
        printf '%s' "$err" | grep -q overloaded || break
    done
}

# busy NAME: true where the last run was overloaded to the end, so that what depends on an answer cannot
# be told, which is said.
busy() {
    [ "$status" = 3 ] && printf '%s' "$err" | grep -q overloaded || return
    unsaid "the generator is overloaded here" "$1"
}

# carried_out STATUS NAME: a run that ended well, or overloaded where that is not the subject.
carried_out() {
    [ "$1" = 0 ] || { [ "$1" = 3 ] && printf '%s' "$err" | grep -q overloaded; }
    ok $? "$2"
    [ "$1" = 0 ] || printf '%s\n' "$err" | sed 's/^/# /'
}

# measured NAME SCENARIO COMMAND LEAST: a server of other hands, started by COMMAND: all that was sent is
# matched, at least LEAST messages.
measured() {
    calm "$2.json" --start-target "$3" --quiet
    carried_out "$status" "$1, $2: measured"
    sent=$(metric messages.sent)
    sent=${sent%.*}
    is "$(metric messages.matched) $(metric messages.lost) $(metric errors.count)" "$sent.0 0.0 0.0" \
        "$1, $2: sent = matched, none lost, none in error"
    [ "${sent:-0}" -ge "$4" ]
    ok $? "$1, $2: about as many as there should be ($sent)"
    is "$(metric connect.success) $(metric messages.duplicate)" "1.0 0.0" \
        "$1, $2: all connected, nothing twice"
}

now_ms() {
    date +%s%3N
}

# begin ARGUMENTS...: a run in the background, well under way when this returns; its pid is in $sup.
# All that it starts inherits a mark in its environment. It does not inherit that the tests themselves
# may run under nohup; hangup=--ignore-signal=HUP is nohup's.
begin() {
    mark=$$-$(now_ms)
    SG_MARK=$mark env "${hangup:---default-signal=HUP}" "$sg" run "$@" >bg.out 2>bg.err </dev/null &
    sup=$!
    started="$started $sup"
    wait_for 'connected'
    sleep 1.2
}

# The workers have sockets of their own, beside those to their supervisor.
connected() {
    for pid in $(worker); do
        [ "$(find "/proc/$pid/fd" -lname 'socket:*' 2>/dev/null | wc -l)" -ge 3 ] && return
    done
    return 1
}

# left_behind NAME: nothing of ours, and that soon: long before a run of that length would end by itself.
left_behind() {
    wait_for '[ -z "$(ours)" ]' 5
    is "$(ours)" "" "$1"
}

# Its end, as run() tells it.
end() {
    wait "$sup"
    status=$?
    out=$(cat bg.out)
    err=$(cat bg.err)
}

# The processes with the mark that are alive: supervisor, worker, guardian, target.
ours() {
    grep -lsz "^SG_MARK=$mark\$" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3 |
        while read -r pid; do
            grep -qs '^State:.[ZX]' "/proc/$pid/status" || echo "$pid"
        done
}

worker() {
    for pid in $(ours); do
        cat "/proc/$pid/cmdline" 2>/dev/null | tr '\0' ' ' | grep -q ' worker ' && echo "$pid"
    done
}

# target_begin OPTIONS...: a built-in target of our own; its pid is in $target, $url leads to it.
target_begin() {
    "$sg" target --port 0 "$@" >port.txt 2>/dev/null &
    target=$!
    started="$started $target"
    wait_for 'grep -q "^ready .*[0-9]$" port.txt'
    url=ws://127.0.0.1:$(cut -d' ' -f2 port.txt)/echo
}
