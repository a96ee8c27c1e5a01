#!/bin/sh
# Targets that misbehave (tests/hostile_server.py, where each path is one way to): whatever they do,
# a run ends in time, says why, and accounts for every message.
. "$(dirname "$0")/lib.sh"
[ -n "$(command -v python3)" ] || { skip "no python3" "hostile targets"; done_testing; }
cat >hostile.json <<'END'
{"name": "hostile", "protocol": "ws", "exchange": "echo", "clients": 3, "rate": 20, "ramp": 0,
 "warmup": "200ms", "duration": "2s", "timeout": "2s", "connect_timeout": "1500ms"}
END
longest=9200 # ramp + warm-up + duration + timeout + 5 s

start python3 "$tests/hostile_server.py" >port
wait_for '[ -s port ]'
base=ws://127.0.0.1:$(cat port)

# What comes twice is seen as long as a run lasts, which ends with each client's last reply.
# path | exit status | what table `failure` must hold (kind|reason|count, "" nothing) | SQL on counts
cat >expected <<'END'
403|3|connection|upgrade refused with HTTP 403|3|made = 0
401|3|connection|upgrade refused with HTTP 401|3|made = 0
200|3|connection|upgrade refused with HTTP 200|3|made = 0
302|3|connection|upgrade refused with HTTP 302|3|made = 0
garbage|3|connection|closed before the upgrade|3|made = 0
binary|3|connection|the reply to the upgrade is not HTTP|3|made = 0
half|3|connection|closed before the upgrade|3|made = 0
nothing|3|connection|closed before the upgrade|3|made = 0
reset|3|connection|closed before the upgrade|3|made = 0
silence|3|connection|no handshake within 1.5s|3|made = 0
headers|3|connection|the reply to the upgrade is not HTTP|3|made = 0
endless|3|connection|the reply to the upgrade is not HTTP|3|made = 0
no-accept|3|connection|upgrade without Sec-WebSocket-Accept|3|made = 0
bad-accept|3|connection|upgrade with a wrong Sec-WebSocket-Accept|3|made = 0
subprotocol|3|connection|the target chose another subprotocol|3|made = 0
extension|3|connection|the target chose an extension that was not offered|3|made = 0
4401|3|connection|closed 4401 bad token right after the handshake|3|made = 0
1013|3|connection|closed 1002, 1012, 1013 or 1014 busy right after the handshake|3|made = 0
dropped|3|connection|closed without a close frame right after the handshake|3|made = 0
opcode|3|connection|protocol error right after the handshake|3|made = 0
rsv|3|connection|protocol error right after the handshake|3|made = 0
mute|0|message|no reply within 2s||lost = sent and sent > 30
deaf|0|message|no reply within 2s||lost = sent and sent > 30
flood|0|message|reply differs from the message||errors = sent and sent > 30
pings|0|message|no reply within 2s||lost = sent and sent > 30
fragments|0|message|no reply within 2s||lost = sent and sent > 30
huge|0|connection|lost: reply larger than 1 MiB|3|errors > 30
large|0|connection|lost: reply larger than 1 MiB|3|errors > 30
echo|0|none|||matched = sent and duplicate = 0 and late = 0
slowly|0|none|||matched = sent and sent > 30
changed|0|message|reply differs from the message||errors = sent and sent > 30
binary-echo|0|message|reply differs from the message||errors = sent and sent > 30
twice|0|none|||matched = sent and duplicate between sent - 3 and sent and sent > 30
late|0|message|no reply within 2s||lost > 0 and late > 0 and matched > 0
reversed|0|message|no reply within 2s||reordered > 10 and matched > 2 * reordered - 6 and errors = 0
dies|0|connection|lost: closed without a close frame|3|errors > 30
1011|0|connection|lost: closed 1011 ?oops|3|errors > 30
cut-frame|0|connection|lost: closed without a close frame|3|errors > 30
nonsense|0|connection|lost: protocol error|3|errors > 30
END

# One run against a path: its exit status and time go to PATH.end. Eight at a time, those apart whose
# server never stops sending: the others would wait for it, and it has to send much in time.
cat >attempt <<'END'
began=$(date +%s%3N)
"$1" run hostile.json --target "$2/$3" --clients "$4" --seed 1 --repeat 1 --db "$3.db" \
    >/dev/null 2>"$3.err" </dev/null
echo "$? $(($(date +%s%3N) - began))" >"$3.end"
END
loud='^(endless|flood|pings|fragments|huge)$'
cut -d'|' -f1 expected | grep -vE "$loud" | xargs -P 8 -I PATH sh attempt "$sg" "$base" PATH 3
cut -d'|' -f1 expected | grep -E "$loud" | xargs -P 2 -I PATH sh attempt "$sg" "$base" PATH 3
# Beside others on a busy machine one may take too long; by itself, it must not.
for path in $(cut -d'|' -f1 expected); do
    for _ in 1 2 3; do
        read -r status took <"$path.end"
        [ "$took" -ge $longest ] || break
        rm -f "$path.db"
        sh attempt "$sg" "$base" "$path" 3
    done
done
sh attempt "$sg" "$base" cut 310

# sql PATH QUERY: the counts are at hand as columns of `c`.
sql() {
    sqlite3 "$1.db" "with v as (select name, value from value join metric on metric.id = metric_id),
        c as (select ifnull((select value from v where name = 'messages.sent'), 0) as sent,
            ifnull((select value from v where name = 'messages.matched'), 0) as matched,
            ifnull((select value from v where name = 'messages.lost'), 0) as lost,
            ifnull((select value from v where name = 'errors.count'), 0) as errors,
            ifnull((select value from v where name = 'messages.duplicate'), 0) as duplicate,
            ifnull((select value from v where name = 'messages.reordered'), 0) as reordered,
            ifnull((select value from v where name = 'messages.late'), 0) as late,
            ifnull((select value from v where name = 'connect.success'), 0) as made)
        $2"
}

# judge PATH STATUS CONDITION: what holds for every target, and the condition on its counts.
judge() {
    read -r status took <"$1.end"
    if [ "$2" = 0 ] && [ "$status" = 3 ] && grep -q overloaded "$1.err"; then
        status=0 # a machine that is busy with other things is not the subject
    fi
    is "$status" "$2" "$1: exit status"
    [ "$took" -lt $longest ]
    ok $? "$1: ends in time ($took ms)"
    is "$(sql "$1" "select sent = matched + lost + errors and ($3) from c")" 1 \
        "$1: every message accounted for, $3" || sql "$1" "select * from c" | sed 's/^/# /'
}

while IFS='|' read -r path expected_status kind reason count condition; do
    judge "$path" "$expected_status" "$condition"
    if [ "$kind" = none ]; then
        is "$(sql "$path" "select * from failure")" "" "$path: no failures"
    else
        is "$(sql "$path" "select 1 from failure where kind = '$kind' and reason = '$reason'
            and count = ifnull(nullif('$count', '') + 0, count)")" 1 "$path: says why"
    fi
    if [ "$expected_status" = 3 ]; then
        like "$(cat "$path.err")" "no connection succeeded.*$reason" "$path: in one sentence"
    fi
done <expected

# Cut off after every number of bytes, in the handshake, a message and the close frame.
judge cut "$(cut -d' ' -f1 cut.end)" "made < 1"
is "$(sql cut "select sum(count) >= 310 from failure where kind = 'connection'")" 1 \
    "cut: each of the 310 connections has its reason"

# And one that is particular about how it is asked.
sed 's/"rate"/"subprotocol": "chat.v1", "headers": {"X-Plain": "A Value"}, "rate"/' hostile.json \
    >asked.json
run "$sg" run asked.json --target "ws://ann:p%40s%20s@${base#ws://}/asked" --repeat 1 --db asked.db
echo "$status 0" >asked.end
cp .err asked.err
judge asked 0 "matched = sent and made = 1"
run "$sg" run hostile.json --target "$base/asked" --repeat 1 --db unasked.db
like "$err" 'upgrade refused with HTTP 400' "asked otherwise, it refuses"
done_testing
