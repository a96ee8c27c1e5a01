#!/bin/sh
# Event streams from a server (Express) that is busy: `retry_after` sends again what it puts off, and
# `reuse` says whether a connection serves one message or many.
. "$(dirname "$0")/run_lib.sh"
if ! [ -d "$BUILD/npm/node_modules/better-sse" ] || ! command -v node >/dev/null; then
    skip "no node with npm's express and better-sse" "a busy server"
    done_testing
fi
cp "$tests"/servers/sse_express.js .
express="NODE_PATH=$BUILD/npm/node_modules exec node sse_express.js {port}"

# scenario NAME EXCHANGE PATH MEMBERS
scenario() {
    echo "{\"name\": \"$1\", \"protocol\": \"sse\", \"exchange\": \"$2\",
      \"url\": \"http://127.0.0.1:{port}$3\", \"clients\": 8, \"ramp\": \"200ms\",
      \"warmup\": \"1500ms\", \"duration\": \"3s\", \"timeout\": \"8s\", $4}" >"$1.json"
}

reasons() {
    sql "select reason from failure where run_id = (select max(id) from run) order by reason"
}

rate='"rate": 2'
scenario busy echo /busy/echo "$rate, \"retry_after\": true"
measured Express busy "$express" 40
retried=$(metric messages.retried)
[ "${retried%.*}" -ge 5 ]
ok $? "messages that were put off are counted ($retried)"
like "$(metric latency.p95)" '^[1-7][0-9][0-9][0-9]\.|^9[0-9][0-9]\.' \
    "and their wait is latency ($(metric latency.p95) ms)"
is "$(reasons)" "" "no reason of a failure"

scenario refused echo /busy/echo "$rate"
calm refused.json --start-target "$express" --quiet
is "$(metric messages.retried)" "" "without retry_after nothing is sent again"
like "$(metric errors.count)" '^[1-9]' "what the server puts off is an error"
like "$(reasons)" 'HTTP 429, retry after 1s' "429 is a reason, with when to come again"
like "$(reasons)" 'HTTP 503' "so is 503"

scenario shut echo /shut "$rate, \"retry_after\": true"
calm shut.json --start-target "$express" --quiet
like "$(reasons)" 'HTTP 503, retry after 1h' "what is put off for longer than its timeout is an error at once"

scenario stream push /busy/events '"retry_after": true, "connect_timeout": "4s"'
calm stream.json --start-target "$express" --quiet
carried_out "$status" "a stream whose request is put off: measured"
is "$(metric connect.success)" 1.0 "every client has its stream in the end"
like "$(metric messages.retried)" '^[12]\.0' "those put off are counted"
like "$(metric connect.p99)" '^[1-3][0-9][0-9][0-9]\.|^9[0-9][0-9]\.' "their wait is time to connect"

scenario kept echo /echo "$rate"
calm kept.json --start-target "$express" --quiet
# Nine, one of which asked whether the server is up; a client whose reply is late may need another.
served=$(cat connections.txt)
[ "$served" -ge 9 ] && [ "$served" -le 20 ] && [ "$served" -lt "$(metric messages.sent | cut -d. -f1)" ]
ok $? "a connection serves one message after another ($served for $(metric messages.sent))"
scenario single echo /echo "$rate, \"reuse\": false"
measured Express single "$express" 40
[ "$(cat connections.txt)" -ge "${sent:-1}" ]
ok $? "reuse false: each message has its own ($(cat connections.txt) for $sent in the measured part)"
done_testing
