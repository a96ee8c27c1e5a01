#!/bin/sh
# Event streams from other hands, started by `run --start-target`: FastAPI on uvicorn, Express with
# better-sse, nginx with nchan. Every message and event is accounted for on each.
. "$(dirname "$0")/run_lib.sh"
cp "$tests"/servers/sse_* "$tests"/servers/nchan.sh .
head='"protocol": "sse", "clients": 5, "ramp": "200ms", "warmup": "300ms", "duration": "2s",
 "timeout": "8s"'
echo "{\"name\": \"push\", \"exchange\": \"push\", $head, \"url\": \"http://127.0.0.1:{port}/events\"}" >push.json
echo "{\"name\": \"echo\", \"exchange\": \"echo\", $head, \"rate\": 20, \"url\": \"http://127.0.0.1:{port}/echo\"}" >echo.json
echo "{\"name\": \"chat\", \"exchange\": \"chat\", $head, \"rate\": 2,
  \"url\": \"http://127.0.0.1:{port}/chat/completions\"}" >chat.json

python=$(python_with fastapi)
if [ -n "$python" ] && "$python" -c 'import uvicorn' 2>/dev/null; then
    measured FastAPI push "exec $python sse_fastapi.py {port}" 100
    measured FastAPI echo "exec $python sse_fastapi.py {port}" 150
    measured FastAPI chat "exec $python sse_fastapi.py {port}" 18
    like "$(metric token.gap.p50)" '^(9|[1-7][0-9])\.' "FastAPI, chat: a token every 10 ms"
    like "$(metric token.rate)" '^[1-9][0-9]\.|^1[0-9][0-9]\.' "FastAPI, chat: tokens a second"
else
    skip "no python3-fastapi, python3-uvicorn" "FastAPI"
fi
if [ -d "$BUILD/npm/node_modules/better-sse" ] && command -v node >/dev/null; then
    express="NODE_PATH=$BUILD/npm/node_modules exec node sse_express.js {port}"
    measured Express push "$express" 100
    measured Express echo "$express" 150
else
    skip "no node with npm's express and better-sse" "Express"
fi
if [ -e /usr/lib/nginx/modules/ngx_nchan_module.so ] && command -v nginx >/dev/null; then
    measured nchan push "exec sh nchan.sh {port}" 100
else
    skip "no nginx with nchan" "nchan"
fi
done_testing
