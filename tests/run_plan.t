#!/bin/sh
# run, before anything starts: what a scenario becomes by options, and what is refused.
. "$(dirname "$0")/lib.sh"
cat >chat.json <<'END'
// a comment
{"name": "chat", "protocol": "ws", "exchange": "echo", "url": "ws://u:pw@h/echo?token=t0ken",
 "headers": {"Authorization": "Bearer s3cret", "X-Plain": "shown"}, "clients": 3, "duration": "1s"}
END

# refused ARGUMENTS... : exit 2, and $err matches $want
refused() {
    name=$1 want=$2
    shift 2
    run "$sg" run "$@"
    is "$status" 2 "$name: exit 2"
    like "$err" "$want" "$name: says why"
    is "$out" "" "$name: nothing on stdout"
}

run "$sg" run hundred --dry-run
is "$status" 0 "--dry-run succeeds"
is "$(printf '%s' "$out" | tail -1)" "// offered: 1,000 msg/s" "it tells the total rate"
printf '%s' "$out" >again.json
run "$sg" run ./again.json --dry-run
is "$out" "$(cat again.json)" "its output is a scenario file that says the same"
is "$(ls -A | grep -c db)" 0 "no database was made"

run "$sg" run chat.json --dry-run --json --clients 7 --rate 2.5 --duration 9s --warmup 0 \
    --header 'X-More: 1' --header 'x-plain: other' --target 'ws://host/p?key=k3y&token=t0ken'
is "$status" 0 "options override a file's fields"
for want in '"clients": 7' '"rate": 2.5' '"duration": "9s"' '"warmup": "0s"' '"X-More": "1"' \
    '"Authorization": "\*\*\*"' 'host/p'; do
    like "$out" "$want" "the scenario has $want"
done
like "$out" '"[Xx]-[Pp]lain": "other"' "a header of the same name is replaced"
is "$(printf '%s' "$out" | grep -cE 's3cret|t0ken|pw@|shown')" 0 "no secret is shown"
run "$sg" run single ten fifty --dry-run --json
is "$(printf '%s' "$out" | python3 -c 'import json, sys; print([s["clients"] for s in json.load(sys.stdin)])')" \
    "[1, 10, 50]" "several are one document, too"
run "$sg" run single chat.json --rate max --dry-run
is "$(printf '%s' "$out" | grep -c '^// offered: as fast as the server answers')" 2 \
    "each scenario is told; a closed loop offers no rate"

refused "unknown scenario" 'hundert.*hundred' hundert
refused "no such file" './none.json: No such file' ./none.json
refused "a folder" 'Is a directory' ./
printf '{"name": "x",\n "name": "y"}' >twice.json
refused "duplicate key" 'twice.json.*name' twice.json
head -c 2000000 /dev/zero | tr '\0' ' ' >large.json
refused "a huge file" 'large.json: larger than 1 MiB' large.json
printf '\000\377[[[' >broken.json
refused "no JSON" 'broken.json' broken.json
head -c 100000 /dev/zero | tr '\0' '[' >deep.json
refused "deep nesting" 'deep.json' deep.json
: >empty.json
refused "an empty file" 'empty.json' empty.json
refused "one bad of two" 'hundert' single hundert
refused "too many clients" 'single: clients' single --clients 10000000
refused "a bad rate" '--rate' single --rate fast
refused "no duration" 'single: duration' single --duration 0
refused "a bad header" '--header' single --header nocolon
refused "a header that splits" 'headers.A: .*0x0d' single --header "$(printf 'A: b\r\nC: d')"
refused "a bad url" 'url' single --target http//nowhere
refused "a missing variable" 'SG_NONE' single --header 'X: ${env:SG_NONE}' --target ws://h/
run "$sg" run single --header 'X: ${env:SG_NONE}' --target ws://h/ --dry-run
is "$status" 0 "a dry run needs no variables"
refused "a bad label" '--label' single --label nokey
refused "a bad budget file" 'none.json' single --budget none.json
printf '{"latency.p59": {"critical": 1}}' >budget.json
refused "a budget of no metric" 'budget.json.*latency.p59' single --budget budget.json
refused "too many workers" '--workers: expected 1 to 64' single --workers 65
refused "a knob that is none" 'dely' single --target-option dely=5ms
refused "a knob for another's server" 'target-option' single --target ws://h/ --target-option delay=5ms
refused "a process for our own target" 'observe-pid' single --observe-pid 1
refused "a process that is not there" 'no process' single --target ws://h/ --observe-pid 4194301
refused "an unknown option" 'client.*--clients' single --client 5
run "$sg" run
is "$status" 2 "no operand: exit 2"
is "$(ls -A | grep -c 'streamgauge.db')" 0 "none of this made a database"
done_testing
