#!/bin/sh
# observe.prometheus: CPU and memory of a target that is no process of this machine, as it tells them
# itself; beside what /proc says of the same one.
. "$(dirname "$0")/run_lib.sh"

# scenario NAME OBSERVED
scenario() {
    printf '{"name": "%s", "protocol": "ws", "exchange": "echo", "clients": 10, "rate": 20, "ramp": "200ms",
        "warmup": "300ms", "duration": "2s", "timeout": "5s", "observe": %s}\n' "$1" "$2" >"$1.json"
}
# close_to A B: within a tenth, and 2 MiB
close_to() { awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; exit !(a > 0 && b > 0 && d * d < (b / 10 + 2) ^ 2) }'; }

# told_of ARGUMENTS...: as anyhow(), and as long as it takes that CPU is surely known: asked every half
# second, the target has to have told within a tenth of both ends. Once more where it was too slow for that.
told_of() {
    for _ in 1 2 3; do
        anyhow "$@" --duration 6s
        [ -z "$(metric target.cpu.mean)" ] || break
    done
}

# The built-in target, which this program did not start.
start "$sg" target --port 0 >ready
wait_for '[ -s ready ]'
port=$(sed 's/ready //' ready)
scenario told "{\"prometheus\": \"http://127.0.0.1:$port/metrics\"}"
told_of told.json --target "ws://127.0.0.1:$port/echo"
carried_out "$status" "a target that tells of itself"
told=$(metric target.rss.peak) fds=$(metric target.fds.max)
[ -n "$(metric target.cpu.mean)" ] && [ -n "$(metric target.rss.start)" ] && [ -n "$(metric target.rss.per_client)" ]
ok $? "its CPU and memory are known"
anyhow told.json --target "ws://127.0.0.1:$port/echo" --observe-pid "${started##* }"
close_to "$told" "$(metric target.rss.peak)"
ok $? "as /proc has it ($told MiB, by /proc $(metric target.rss.peak))"
like "$fds" '^1[4-9]|^2[0-9]' "its descriptors are those of ten clients and its own ($fds)"

# A server that is started here, and asked by its port.
scenario asked '{"prometheus": "http://127.0.0.1:{port}/metrics"}'
told_of asked.json --target-option delay=1ms
carried_out "$status" "a target that is started here"
[ -n "$(metric target.rss.peak)" ]
ok $? "is asked at its port"
run "$sg" run asked.json --target "ws://127.0.0.1:$port/echo"
like "$status $err" '^2 .*\{port\} is that of a server started here' "where none is started, there is no port"

# One that has nothing to tell.
scenario silent "{\"prometheus\": \"http://127.0.0.1:$port/echo\"}"
anyhow silent.json --target "ws://127.0.0.1:$port/echo"
carried_out "$status" "a target that does not tell"
is "$(metric target.rss.peak)$(metric target.cpu.mean)" "" "has no row"
like "$(printf '%s' "$err" | tr -s '\n ' '  ')" "warning: the target's CPU and memory are not known: observe.prometheus: HTTP 426" \
    "and that is said"
is "$(printf '%s\n' "$err" | grep -c 'not known')" 1 "once"
scenario gone '{"prometheus": "http://127.0.0.1:1/metrics"}'
anyhow gone.json --target "ws://127.0.0.1:$port/echo"
like "$(printf '%s' "$err" | tr -s '\n ' '  ')" "observe.prometheus: Connection refused" "neither has a port where nobody is"
scenario nowhere '{"prometheus": "http://no.such.host.invalid/metrics"}'
run "$sg" run nowhere.json --target "ws://127.0.0.1:$port/echo"
like "$status $(printf '%s' "$err" | tr -s '\n ' '  ')" '^3 .*observe.prometheus: host no.such.host.invalid: ' "or a host that is none"

python=$(python_with websockets)
if [ -n "$python" ] && "$python" -c 'import prometheus_client' 2>/dev/null; then
    start "$python" "$tests/servers/echo_prometheus.py" 0 metrics >echo
    wait_for '[ -s echo ] && [ -s metrics ]'
    scenario client "{\"prometheus\": \"http://127.0.0.1:$(cat metrics)/metrics\"}"
    told_of client.json --target "ws://127.0.0.1:$(cat echo)/"
    carried_out "$status" "python3-prometheus-client"
    told=$(metric target.rss.peak) cpu=$(metric target.cpu.mean)
    anyhow client.json --target "ws://127.0.0.1:$(cat echo)/" --observe-pid "${started##* }"
    # Its answers are made in threads, which have memory of their own.
    awk -v a="$told" -v b="$(metric target.rss.peak)" 'BEGIN { exit !(a > b / 2 && a < b * 2) }'
    ok $? "python3-prometheus-client: memory as /proc has it ($told, $(metric target.rss.peak))"
    awk -v cpu="$cpu" 'BEGIN { exit !(cpu > 0 && cpu < 100) }'
    ok $? "python3-prometheus-client: CPU ($cpu %)"
    for odd in 'absent:HTTP 404' 'empty:no process_cpu_seconds_total' 'huge:more than 4 MiB' \
        'garbage:no process_cpu_seconds_total' 'slow:no answer within 2 s'; do
        scenario odd "{\"prometheus\": \"http://127.0.0.1:$(cat metrics)/${odd%%:*}\"}"
        # The first answer decides; on a busy machine it may come too late, which is said.
        for _ in 1 2 3; do
            anyhow odd.json --target "ws://127.0.0.1:$(cat echo)/"
            case $err in *'no answer within'*) ;; *) break ;; esac
            [ "$odd" != 'slow:no answer within 2 s' ] || break
        done
        carried_out "$status" "what is none is no failure"
        like "$(printf '%s' "$err" | tr -s '\n ' '  ')" "observe.prometheus: ${odd#*:}" "what is none: ${odd%%:*}"
    done
else
    skip "no python3-websockets, python3-prometheus-client" "python3-prometheus-client"
fi
done_testing
