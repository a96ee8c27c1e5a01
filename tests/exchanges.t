#!/bin/sh
# The exchanges against servers from other hands: every message accounted for, every fault counted,
# and the same counts again with the same seed.
. "$(dirname "$0")/run_lib.sh"

# scenario NAME MEMBERS: a file of a short load
scenario() {
    printf '{"name": "%s", "protocol": "ws", "clients": 3, "ramp": "100ms", "warmup": "400ms",
 "duration": "2s", "timeout": "2s", %s}\n' "$1" "$2" >"$1.json"
}

# measure NAME OPTIONS...: a run against the server; the counts are in $counts.
measure() {
    scenario=$1
    shift
    anyhow "./$scenario.json" --repeat 1 --seed 11 "$@"
    carried_out "$status" "$scenario: measured"
    counts=$(for name in sent matched lost duplicate reordered late; do
        printf '%s=%.0f ' $name "$(metric messages.$name)"
    done; printf 'errors=%.0f' "$(metric errors.count)")
    is "$(echo "$counts" | awk '{ for (i = 1; i <= NF; i++) { split($i, p, "="); v[p[1]] = p[2] }
        print v["sent"] - v["matched"] - v["lost"] - v["errors"] }')" 0 \
        "$scenario: sent = matched + lost + errors ($counts)"
}

auth='"hello": [{"send": {"type": "auth", "token": "${env:CHAT_TOKEN}"}, "expect": {"/type": "ready"}}]'
rules='"ignore": [{"/type": "typing"}, {"/type": "motd"}],
  "reply": [{"when": {"/type": "ping"}, "send": {"type": "pong"}}]'
scenario chat "\"exchange\": \"chat\", \"rate\": 2, $auth,
 \"message\": {\"json\": {\"type\": \"ask\", \"id\": \"\${id}\", \"prompt\": \"hello \${client}\"}},
 \"match\": {\"id\": \"/id\", \"content\": \"/delta\", \"done\": {\"/type\": \"end\"}, $rules}"
scenario request "\"exchange\": \"request\", \"rate\": 10, $auth,
 \"message\": {\"json\": {\"type\": \"ask\", \"id\": \"\${id}\", \"n\": \"\${seq}\"}},
 \"match\": {\"id\": \"/re\", \"error\": {\"/type\": \"error\"}, $rules}"
scenario push '"exchange": "push", "match": {"time": "/at", "sequence": "/seq"}'
scenario room '"exchange": "broadcast", "rate": 5, "match": {"id": "/said/id"},
 "message": {"json": {"id": "${id}", "text": "hello, it is ${now}"}}'
scenario hostile '"exchange": "request", "rate": 20, "match": {"id": "/id", "error": []},
 "message": {"json": {"id": "${id}", "n": "${seq}"}}'

python=$(python_with websockets)
if [ -n "$python" ]; then
    export CHAT_TOKEN='open sesame'
    start "$python" "$tests/servers/chat_websockets.py" >port
    wait_for '[ -s port ]'
    base=ws://127.0.0.1:$(cat port)

    measure chat --target "$base/chat"
    is "$counts" "sent=12 matched=12 lost=0 duplicate=0 reordered=0 late=0 errors=0" "chat: all of it"
    is "$(sql "select count from histogram join metric on id = metric_id
        where name = 'token.first'")$(sql "select ' ' || count from histogram join metric
        on id = metric_id where name = 'token.gap'")" "12 36" "chat: 4 tokens each, 3 gaps between them"
    is "$(sql "select group_concat(value > 0) from value join metric on id = metric_id
        where name in ('token.first.p50', 'token.gap.p95', 'token.gap.max', 'token.rate')")" 1,1,1,1 \
        "chat: time to the first token, gaps, tokens per second"
    is "$(sql "select (select value from value join metric on id = metric_id where name =
        'token.first.p50') >= 40")" 1 "chat: an empty chunk is no token"

    measure request --target "$base/request"
    is "$(echo "$counts" | sed 's/reordered=[0-9]* //')" \
        "sent=60 matched=48 lost=6 duplicate=6 late=0 errors=6" \
        "request: a tenth is lost, a tenth comes twice, a tenth is refused"
    before=$(echo "$counts" | sed 's/reordered=[0-9]* //')
    measure request --target "$base/request" --workers 2
    is "$(echo "$counts" | sed 's/reordered=[0-9]* //')" "$before" \
        "request: the same seed, the same counts, by two workers"
    is "$(sql 'select group_concat(reason || count) from failure')" "error reply6,no reply within 2s6" \
        "request: with their reasons"

    measure push --target "$base/push"
    is "$(echo "$counts" | awk '{ for (i = 1; i <= NF; i++) { split($i, p, "="); v[p[1]] = p[2] }
        lost = v["lost"] / v["sent"]; dup = v["duplicate"] / v["sent"]; re = v["reordered"] / v["sent"]
        print (lost > 0.09 && lost < 0.11), (dup > 0.09 && dup < 0.11), (re > 0.09 && re < 0.11),
              v["late"] + v["errors"], (v["sent"] > 100) }')" "1 1 1 0 1" \
        "push: a tenth lost, a tenth twice, a tenth out of order ($counts)"
    is "$(sql "select group_concat(value between 0 and 400) from value join metric on id = metric_id
        where name in ('latency.p50', 'latency.min')")" 1,1 "push: one-way latency"

    measure room --target "$base/room"
    is "$counts" "sent=90 matched=90 lost=0 duplicate=0 reordered=0 late=0 errors=0" \
        "room: 30 messages to 3 receivers each"
    is "$(metric throughput.sent) $(metric throughput.received)" "15.0 45.0" "room: sent once, received thrice"

    measure hostile --target "$base/hostile"

    CHAT_TOKEN=wrong run "$sg" run ./chat.json --target "$base/chat" --repeat 1
    is "$status" 3 "chat: a wrong token is no connection"
    like "$err" 'closed 4401 bad token before hello was done' "chat: and says why"
    is "$(sql "select count(*) from scenario where definition like '%sesame%'")" 0 "the token is nowhere"
else
    skip "no python3-websockets" "exchanges against an ordinary chat backend"
fi

# What is sent, from files beside the scenario; and what is wrong with them.
mkdir data
printf '{"id": 1, "q": "one"}\n\n{"id": 2, "q": "two"}\r\n{"id": 3, "q": "three"}' >data/asks.ndjson
printf '{"name": "lines", "protocol": "ws", "exchange": "echo", "clients": 2, "rate": 10, "ramp": 0,
 "warmup": "300ms", "duration": "1s", "message": {"lines": "asks.ndjson"}}' >data/lines.json
anyhow data/lines.json --repeat 1
is "$(metric messages.matched)" 20.0 "lines of a data set, beside the scenario"
workload=$(sql 'select workload from scenario')
mv data/asks.ndjson data/again.ndjson
sed 's/asks/again/' data/lines.json >data/renamed.json
anyhow data/renamed.json --repeat 1
is "$(sql 'select workload from scenario')" "$workload" "renamed, it is the same workload"
printf '\n{"id": 4}\n' >>data/again.ndjson
anyhow data/renamed.json --repeat 1
is "$(metric messages.matched) $(sql "select workload <> '$workload' from scenario")" "20.0 1" \
    "changed, it is another"
printf 'PNG\000\377\376' >data/file.bin
printf '{"name": "file", "protocol": "ws", "exchange": "echo", "duration": "500ms", "rate": 10, "ramp": 0,
 "warmup": "300ms", "message": {"file": "file.bin", "binary": true, "fragment": 4}}' >data/file.json
anyhow data/file.json --repeat 1
is "$(metric messages.matched) $(metric bytes.sent)" "5.0 60.0" "the bytes of a file, in fragments"
for broken in missing empty nojson; do
    sed "s/asks/$broken/" data/lines.json >data/$broken.json
done
: >data/empty.ndjson
printf '{"a": 1}\nnot json\n' >data/nojson.ndjson
run "$sg" run data/missing.json
is "$status" 2 "a data set that is missing"
like "$err" 'data/missing.json: message: data/missing.ndjson: No such file' "is named"
run "$sg" run data/empty.json
like "$err" 'data/empty.ndjson: is empty' "so is one that is empty"
run "$sg" run data/nojson.json
like "$err" 'data/nojson.ndjson, line 2: is no JSON' "and a line that is no JSON"
printf '{"name": "n", "protocol": "ws", "exchange": "request", "message": {"text": "hi"}}' >noid.json
run "$sg" run noid.json
is "$status" 2 "a request without an id"
like "$err" 'noid.json: message: has no id that a reply could be found by' "is refused"
done_testing
