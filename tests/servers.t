#!/bin/sh
# Real input: echo servers from other hands, started by `run --start-target`. 100 clients at 10
# messages a second: every message accounted for, and 1,000 a second delivered.
. "$(dirname "$0")/run_lib.sh"

# metric NAME: of the one run in $out
metric() {
    printf '%s' "$out" | python3 -c "
import json, sys
print(json.load(sys.stdin)['runs'][0]['metrics'].get('$1', 'none'))"
}

# measure NAME COMMAND: what the issue asks of a run against it
measure() {
    calm hundred --duration 4s --warmup 1s --start-target "$2" \
        --target 'ws://127.0.0.1:{port}/' --repeat 1 --json
    carried_out "$status" "$1: measured"
    wait_for '[ -z "$(grep -lsF -f mark /proc/[0-9]*/cmdline)" ]' 2
    like "$err" '^recorded [0-9a-f-]{36}$' "$1: recorded"
    sent=$(metric messages.sent)
    is "$(metric messages.matched) $(metric messages.lost) $(metric errors.count)" "$sent 0 0" \
        "$1: sent = matched + lost + errors, none lost, none in error ($sent sent)"
    awk -v got="$(metric throughput.received)" -v sent="$sent" \
        'BEGIN { exit !(got >= 995 && got <= 1005 && sent >= 3980 && sent <= 4020) }'
    ok $? "$1: 1,000 messages a second within 0.5 % ($(metric throughput.received))"
    is "$(grep -lsF -f mark /proc/[0-9]*/cmdline)" "" "$1: nothing of the server is left"
}

# A path of this test's own, to find the servers' processes by.
mkdir servers
cp "$tests"/servers/echo_* servers/
echo "$work/servers" >mark
python=$(python_with websockets)
if [ -n "$python" ]; then
    measure python3-websockets "exec $python $work/servers/echo_websockets.py {port}"
else
    skip "no python3-websockets" "python3-websockets"
fi
if [ -d "$BUILD/npm/node_modules/ws" ] && command -v node >/dev/null; then
    measure ws "NODE_PATH=$BUILD/npm/node_modules node $work/servers/echo_ws.js {port}"
else
    skip "no node with npm's ws" "ws"
fi

# What goes wrong with a command is told with its last words.
run "$sg" run single --start-target 'echo cannot open the gate; exit 9' --db none.db \
    --target 'ws://127.0.0.1:{port}/'
is "$status" 3 "a server that ends at once: exit status 3"
like "$err" 'exit status 9 .*cannot open the gate' "... and the last that it wrote"
run "$sg" run single --start-target 'sleep 60' --start-timeout 300ms --db none.db \
    --target 'ws://127.0.0.1:{port}/'
is "$status" 3 "a server that never answers: exit status 3"
like "$err" 'not ready within 300ms: Connection refused' "... and why"
done_testing
