#!/bin/sh
# Clients that are somebody: rows of a file (clients_from) and a token for each (jwt), against FastAPI
# with PyJWT; what is refused before anything connects; and that no secret is left anywhere.
. "$(dirname "$0")/run_lib.sh"
cp "$tests/servers/who_fastapi.py" .

cat >users.ndjson <<'END'
{"user": "ann", "pin": "4711-PINOFANN", "age": 41, "room": "blue"}

{"user": "b \"o\" b\\/?&#%+é 漢", "pin": "PINOFBOB\n\t\u20ac", "age": 1.50e1, "room": "a b", "member": true}
{"user": "<script>", "pin": "PINOFCAT", "age": -3, "room": "gr%20een", "note": null, "list": [1]}
END

# scenario NAME MEMBERS: a file of a short load
scenario() {
    printf '{"name": "%s", "clients": 7, "ramp": "200ms", "warmup": "300ms", "duration": "2s", "rate": 10,
 "timeout": "8s", "clients_from": "users.ndjson", "exchange": "request", "match": {"id": "/id",
 "error": {"/type": "error"}}, "headers": {"Authorization": "Bearer ${jwt}"}, %s,
 "jwt": {"secret": "${env:JWT_SECRET}", "lifetime": "10m",
   "claims": {"sub": "${row:user}", "room": "${row:room}", "client": "${client}"}},
 "message": {"json": {"id": "${id}", "user": "${row:user}", "age": "${row:age}"}}}\n' "$1" "$2" >"$1.json"
}
scenario ws '"protocol": "ws", "url": "ws://127.0.0.1:{port}/ws/${row:room}?user=${row:user}",
 "hello": [{"send": {"pin": "${row:pin}"}, "expect": {"/type": "ready"}}]'
scenario sse '"protocol": "sse", "url": "http://127.0.0.1:{port}/ask/${row:room}?user=${row:user}"'

python=$(python_with fastapi)
if [ -n "$python" ] && "$python" -c 'import uvicorn, jwt' 2>/dev/null; then
    export JWT_SECRET='KEYOFTOKENS ü"$'
    for protocol in ws sse; do
        measured FastAPI $protocol "exec $python who_fastapi.py {port}" 100
        is "$("$python" -c '
import json
seen = json.load(open("seen.txt"))
print(sorted(int(client) for user, client in seen), len({user for user, client in seen}))')" \
            "[0, 1, 2, 3, 4, 5, 6] 3" "$protocol: client k is the user of line k modulo 3"
        leaked=$(sqlite3 streamgauge.db .dump | grep -aE 'PINOF|KEYOF|<script|Bearer ey')
        is "$leaked$(printf '%s' "$out$err" | grep -E 'PINOF|KEYOF|Bearer ey')" "" \
            "$protocol: no value of a row, no secret and no token in the database or the output"
    done

    # What is in messages is a part of the load, who sends them is none.
    workload() {
        "$sg" run "$1" --dry-run --json | sed -n 's/.*"workload": *"\([^"]*\)".*/\1/p'
    }
else
    skip "no python3-fastapi, python3-uvicorn, python3-jwt" "FastAPI"
fi

# A server that quotes what it was given does not bring it into the history.
export JWT_SECRET=KEYOFTOKENS
for protocol in ws sse; do
    echo "{\"name\": \"told\", \"protocol\": \"$protocol\", \"exchange\": \"echo\", \"clients\": 2,
     \"ramp\": 0, \"warmup\": 0, \"duration\": \"1s\", \"clients_from\": \"users.ndjson\", \"jwt\":
     {\"secret\": \"\${env:JWT_SECRET}\"}, \"headers\": {\"Authorization\": \"Bearer \${jwt}\"}}" >told.json
    rm -f streamgauge.db
    run "$sg" run told.json --start-target "exec python3 $tests/telltale_server.py {port}" \
        --target "$([ $protocol = ws ] && echo ws || echo http)://127.0.0.1:{port}/" --quiet
    said=$(sql "select group_concat(distinct reason) from failure")
    like "$said" '(bad token|Transfer-Encoding:) ?\*\*\*' "$protocol: what a server quotes of a token is hidden"
    is "$(sqlite3 streamgauge.db .dump | grep -a eyJ)$(printf '%s' "$out$err" | grep eyJ)" "" \
        "$protocol: in the database and the output"
done

# refused NAME MEMBERS SENTENCE
refused() {
    url='"url": "ws://127.0.0.1:9/", '
    case $2 in *'"url"'*) url= ;; esac
    printf '{"name": "n", "protocol": "ws", "exchange": "echo", %s%s}' "$url" "$2" >bad.json
    rm -f streamgauge.db
    run "$sg" run ./bad.json
    is "$status $err" "2 streamgauge: $3" "$1"
    [ ! -e streamgauge.db ]
    ok $? "$1: nothing was recorded"
}
text='"message": {"text": "${row:user}"}'
refused "no such file" "\"clients_from\": \"none.ndjson\", $text" \
    "./bad.json: clients_from: ./none.ndjson: No such file or directory"
: >empty.ndjson
refused "an empty file" "\"clients_from\": \"empty.ndjson\", $text" \
    "./bad.json: clients_from: ./empty.ndjson: is empty, expected an object a line"
printf '{"user": "a"}\n\n["b"]\n' >list.ndjson
refused "a line that is no object" "\"clients_from\": \"list.ndjson\", $text" \
    "./bad.json: clients_from: ./list.ndjson, line 3: expected an object, a client's row"
printf '{"user": "a"}\n{"user": PINOFANN}\n' >broken.ndjson
refused "a line that is no JSON" "\"clients_from\": \"broken.ndjson\", $text" \
    "./bad.json: clients_from: ./broken.ndjson, line 2: expected a value, found P"
refused "a member that a row does not have" \
    '"clients_from": "users.ndjson", "message": {"text": "${row:member}"}' \
    './bad.json: message: ${row:member}: ./users.ndjson, line 1: expected a member "member" that is a string, a number, true or false'
refused "a value that no header can have" \
    '"clients_from": "users.ndjson", "headers": {"X-Pin": "${row:pin}"}' \
    './bad.json: headers: ${row:pin}: ./users.ndjson, line 3: the value holds a control character'
printf '{"user": "a"}\n{"user": "%020000d"}\n' 0 >long.ndjson
refused "a value longer than headers may be" \
    '"clients_from": "long.ndjson", "clients": 2, "headers": {"X-User": "${row:user}"}' \
    "./bad.json: the scenario's headers are longer than 16384 bytes"
refused "a value longer than urls may be" \
    '"clients_from": "long.ndjson", "clients": 2, "url": "ws://127.0.0.1:9/${row:user}"' \
    "./bad.json: the path of the url is longer than 1024 bytes"
unset JWT_SECRET
jwt='"jwt": {"secret": "${env:JWT_SECRET}"}, "headers": {"Authorization": "Bearer ${jwt}"}'
refused "a secret that is not set" "$jwt" \
    './bad.json: jwt.secret: ${env:JWT_SECRET}: there is no such environment variable'
export JWT_SECRET=k
refused "claims longer than headers may be" \
    '"clients_from": "long.ndjson", "clients": 2, "jwt": {"secret": "${env:JWT_SECRET}", "claims": {"u": "${row:user}"}},
     "headers": {"Authorization": "Bearer ${jwt}"}' \
    "./bad.json: the scenario's headers are longer than 16384 bytes"
export JWT_SECRET=
refused "an empty secret" "$jwt" './bad.json: jwt.secret: ${env:JWT_SECRET} is empty'
done_testing
