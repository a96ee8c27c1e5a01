#!/bin/sh
# WebSocket servers from other hands, started by `run --start-target`, with compression and without:
# FastAPI on uvicorn, npm's ws, python3-websockets, nginx with nchan. Every message is accounted for on
# each.
. "$(dirname "$0")/run_lib.sh"
cp "$tests"/servers/ws_* "$tests"/servers/deflate_ws.js "$tests"/servers/nchan.sh .
text='"message": {"json": {"id": "${id}", "text": "streams of words, and words, and words, and words again"}}'

# scenario NAME PATH EXCHANGE KEYS: in NAME.json, and with compression in NAME-packed.json
scenario() {
    for packed in false true; do
        file=$1
        [ $packed = false ] || file=$1-packed
        echo "{\"name\": \"$file\", \"protocol\": \"ws\", \"exchange\": \"$3\", \"compression\": $packed,
            \"url\": \"ws://127.0.0.1:{port}$2\", \"clients\": 5, \"ramp\": \"200ms\", \"warmup\": \"300ms\",
            \"duration\": \"2s\", \"timeout\": \"8s\", $4}" >"$file.json"
    done
}
scenario echo /ws/echo echo "\"rate\": 20, $text"
scenario chat /ws/chat chat "\"rate\": 2, $text"
scenario room /ws/room broadcast "\"rate\": 4, $text"
scenario root / echo "\"rate\": 20, $text"
scenario forgets /forgets echo "\"rate\": 20, $text"
scenario small /small echo "\"rate\": 20, $text"
scenario large / echo '"rate": 5, "message": {"size": "100KiB", "fragment": 30720}'
scenario push /ws push '"match": {"sequence": "/sequence", "time": "/time"}'
scenario all /all broadcast "\"rate\": 4, $text"

# packed ARGUMENTS...: as measured; and what came compressed is less than what it holds.
packed() {
    measured "$@"
    is "$(sql "select (select value from value join metric on id = metric_id where name = 'bytes.compressed')
        < (select value from value join metric on id = metric_id where name = 'bytes.received')")" 1 \
        "$1, $2: compressed ($(metric bytes.compressed) of $(metric bytes.received) B/s)"
}

python=$(python_with fastapi)
if [ -n "$python" ] && "$python" -c 'import uvicorn, websockets' 2>/dev/null; then
    fastapi="exec $python ws_fastapi.py {port}"
    measured FastAPI echo "$fastapi" 150
    measured FastAPI chat "$fastapi" 18
    like "$(metric token.gap.p50)" '^(9|[1-7][0-9])\.' "FastAPI, chat: a token every 10 ms"
    measured FastAPI room "$fastapi" 150
    packed FastAPI echo-packed "$fastapi" 150
    packed FastAPI chat-packed "$fastapi" 18
    packed FastAPI room-packed "$fastapi" 150
else
    skip "no python3-fastapi, python3-uvicorn, python3-websockets" "FastAPI"
fi
if [ -d "$BUILD/npm/node_modules/ws" ] && command -v node >/dev/null; then
    ws="NODE_PATH=$BUILD/npm/node_modules exec node deflate_ws.js {port}"
    measured ws root "$ws" 150
    is "$(metric bytes.compressed)" "" "ws, root: not compressed unasked"
    packed ws root-packed "$ws" 150
    packed ws forgets-packed "$ws" 150
    packed ws small-packed "$ws" 150
    packed ws large-packed "$ws" 35
else
    skip "no node with npm's ws" "ws"
fi
if [ -e /usr/lib/nginx/modules/ngx_nchan_module.so ] && command -v nginx >/dev/null; then
    measured nchan push "exec sh nchan.sh {port}" 100
    measured nchan all "exec sh nchan.sh {port}" 150
    measured nchan push-packed "exec sh nchan.sh {port}" 100
    measured nchan all-packed "exec sh nchan.sh {port}" 150
else
    skip "no nginx with nchan" "nchan"
fi
done_testing
