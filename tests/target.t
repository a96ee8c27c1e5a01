#!/bin/sh
# The built-in target and its faults, measured by a client from other hands.
. "$(dirname "$0")/lib.sh"

python=$(python_with websockets)
if [ -z "$python" ]; then
    skip "no python3-websockets" "the built-in target"
    done_testing
fi

# target OPTIONS...: starts one; its port in $port, its pid in $target.
target() {
    : >"$work/ready"
    start "$sg" target "$@" >"$work/ready"
    target=$!
    wait_for 'grep -q "^ready .*[0-9]$" "$work/ready"' || echo "# the target did not get ready"
    port=$(sed -n 's/^ready //p' "$work/ready")
}
client() { run "$python" "$tests/target_client.py" "$@"; }
# stopped SIGNAL: ends it, its exit status in $status
stopped() {
    kill -"$1" "$target"
    wait "$target"
    status=$?
}
between() { awk -v x="$1" -v lo="$2" -v hi="$3" 'BEGIN { exit !(x >= lo && x <= hi) }'; }

ulimit -Sn 256 # the target raises it
target
like "$(cat "$work/ready")" '^ready [0-9]+$' "says the port that it has got"
client statuses "$port"
is "$out" "404 426 404 404 101 404 426 400 400 405 404" \
    "404 where there is nothing, 426 where an upgrade is wanted, 400 for a query that is wrong"
client sizes "$port"
is "$out$err" "all equal" "echoes messages of any size, text and binary"
client fragments "$port"
is "$out$err" "all whole" "answers a message in fragments as a whole, and pings between"
client order "$port"
is "$out$err" "all in order" "keeps the order of messages sent at once"
client slow_reader "$port"
is "$out$err" "all came" "waits for a client that does not read"
client push "$port"
between "${out%% *}" -1 50
ok $? "/push: events in sequence, of the size asked for, when they are due ($out ms)$err"
client slow_push "$port"
is "$out$err" "none lost" "/push: waits for a client that does not read"
client resume "$port"
is "$out$err" "taken up" "/sse: goes on behind Last-Event-ID with what was missed"
client ids "$port"
is "$out$err" "all by id" "/request: answers by id, out of order"
client chat "$port"
between "${out%% *}" 50 500 && between "${out##* }" 15 25
ok $? "/chat: tokens at their times ($out ms)$err"
client broadcast "$port"
is "$out$err" "all received" "/broadcast: what one sends all receive"
client openai "$port"
is "$out$err" "as expected" "/v1/chat/completions: as a stream, whole, and refused"
client metrics "$port"
is "$out$err" "told" "/metrics: told, over a connection that is used again"
client many "$port" 3000
is "$out$err" 3000 "serves 3,000 connections from a limit of 256 descriptors"
client delay "$port"
base=${out%% *}
run "$sg" target --port "$port"
is "$status" 3 "a port in use: exit status 3"
like "$err" "^streamgauge: cannot listen on 127.0.0.1 port $port: Address already in use\$" \
    "... and a sentence"
start "$python" "$tests/target_client.py" hold "$port" >"$work/hold" 2>/dev/null
wait_for 'grep -q open "$work/hold"'
stopped TERM
is "$status" 0 "ends by SIGTERM, with connections open"

target --delay 10ms
client delay "$port"
ten=${out%% *}
between "$ten" 10 14 && between "${out##* }" 10 60
ok $? "--delay 10ms: each reply 10 ms later, many at a time ($out ms, $base without)"
client sizes "$port"
is "$out$err" "all equal" "... and all of them whole"
client push "$port"
between "${out%% *}" 10 60
ok $? "... events too, later than they are due ($out ms)$err"
client chat "$port"
between "${out%% *}" 60 500 && between "${out##* }" 15 25
ok $? "... tokens too, at the same distance ($out ms)$err"
stopped INT
is "$status" 0 "ends by SIGINT"
# One after the other, until nothing else on the machine comes between the two.
for attempt in 1 2 3 4 5; do
    target --delay 10ms
    client delay "$port"
    ten=${out%% *}
    stopped TERM
    target --delay 10.5ms
    client delay "$port"
    stopped TERM
    more=$(echo "${out%% *} $ten" | awk '{ print $1 - $2 }')
    between "$more" 0.3 0.7 && break
done
between "$more" 0.3 0.7
ok $? "--delay 10.5ms can be told from 10ms ($ten ms, and $more more; attempt $attempt)"

target --stall 200ms/1s
client stall "$port"
# shellcheck disable=SC2086
set -- $out 0 0 0
[ "$2" -gt 20 ] && [ "$1" -eq 0 ] && between "$3" 0 50
ok $? "--stall 200ms/1s: silent for the first 200 ms of each second ($1 of $2 answered early, others in $3 ms)"
stopped TERM

target --drop 10% --seed 7
client drop "$port"
first=$out
between "${out%% *}" 1730 1870
ok $? "--drop 10%: about 1,800 of 2,000 messages are answered (${out%% *})"
stopped TERM
target --drop 0.1 --seed 7
client drop "$port"
is "$out" "$first" "the same seed drops the same messages"
stopped TERM
target --drop 0.1 --seed 8
client drop "$port"
[ "$out" != "$first" ]
ok $? "another seed drops others"
stopped TERM

target --work 2ms
client delay "$port"
between "${out%% *}" 2 5 && between "${out##* }" 200 260
ok $? "--work 2ms: 2 ms for one message, 200 ms for a hundred at once ($out ms)"
client sizes "$port"
is "$out$err" "all equal" "... and all of them whole"
client push "$port"
between "${out%% *}" 2 60
ok $? "... events too ($out ms)$err"
stopped TERM

target --leak 64KiB
client leak "$port" "$target"
between "$out" 31.9 33
ok $? "--leak 64KiB: 512 messages leave 32 MiB ($out MiB)"
stopped TERM

for bad in '--stall 200ms' '--stall 1s/1s' '--stall x/1s' '--drop 2' '--leak many' '--work x' \
    '--port 70000' '--host nowhere'; do
    # shellcheck disable=SC2086
    run "$sg" target $bad
    is "$status:$out" "2:" "$bad is refused"
done
done_testing
