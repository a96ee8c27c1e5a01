#!/bin/sh
# A mix of scenarios, against FastAPI: parts of one load on one server, each recorded as a run of its
# own; where one part fails, none is a measurement of the mix.
. "$(dirname "$0")/run_lib.sh"
cp "$tests/servers/ws_fastapi.py" .
echo '{"name": "echo", "protocol": "ws", "exchange": "echo", "rate": {"pattern": "poisson", "value": 20},
 "url": "ws://127.0.0.1:{port}/ws/echo", "clients": 999, "duration": "99s"}' >echo.json
mkdir -p chats
echo '{"name": "chat", "protocol": "ws", "exchange": "chat", "rate": 2, "url": "ws://127.0.0.1:{port}/ws/chat",
 "match": {"id": "/id", "content": "/delta", "done": {"/type": "end"}}}' >chats/chat.json
echo '{"name": "lost", "protocol": "ws", "exchange": "push", "url": "ws://127.0.0.1:{port}/nowhere"}' >lost.json
# mix NAME OTHER
mix() {
    printf '{"$schema": "x", "name": "%s", "clients": 10, "ramp": "200ms", "warmup": "300ms", "duration": "2s",
 "mix": [{"share": "70%%", "scenario": "echo.json"}, {"share": 0.3, "scenario": "%s"}]} // a mix\n' \
        "$1" "$2" >"$1.json"
}
mix office chats/chat.json
mix broken lost.json

# of PART COLUMN: of the newest run of a part
of() {
    sql "select $2 from run join scenario on scenario.id = scenario_id where name = '$1' order by run.id desc limit 1"
}

# value PART METRIC
value() {
    sql "select value from value join metric on metric.id = metric_id join run on run.id = run_id
        join scenario on scenario.id = scenario_id where metric.name = '$2' and scenario.name = '$1'
        order by run.id desc limit 1"
}

python=$(python_with fastapi)
if [ -n "$python" ] && "$python" -c 'import uvicorn' 2>/dev/null; then
    server="exec $python ws_fastapi.py {port}"
    calm ./office.json --start-target "$server" --seed 11 --quiet
    carried_out "$status" "a mix is carried out"
    for part in office/echo office/chat; do
        sent=$(value $part messages.sent)
        is "$(value $part messages.matched) $(value $part messages.lost) $(value $part errors.count)" \
            "$sent 0.0 0.0" "$part: sent = matched ($sent)"
    done
    is "$(sql "select group_concat(json_extract(definition, '\$.clients')) from (select definition from run
        join scenario on scenario.id = scenario_id order by run.id)")" "7,3" "clients are divided by share"
    like "$(value office/echo messages.sent) $(value office/chat messages.sent)" '^(2[2-9]|3[0-4])[0-9]\.0 12\.0$' \
        "each at its own rate"
    is "$(sql "select count(distinct session), count(distinct seed), count(*) from run")" "1|2|2" \
        "two runs of one session, each with a seed of its own"
    is "$(sql "select group_concat(distinct value) from label where key = 'mix'")" office "the label says which mix"
    near=$(sql "select max(julianday(started_at)) - min(julianday(started_at)) < 1e-6 from run")
    is "$near" 1 "at the same time"
    is "$(sql "select max(value) < 1.2 * min(value) and min(value) > 10 from value join metric
        on metric.id = metric_id where name = 'target.rss.peak'")" 1 "on the same server"
    first=$(sql "select sum(value) from value join metric on metric.id = metric_id where name = 'messages.sent'")
    calm ./office.json --start-target "$server" --seed 11 --quiet
    is "$(sql "select sum(value) from value join metric on metric.id = metric_id where name = 'messages.sent'")" \
        "$first" "the same seed, the same messages"

    "$sg" baseline set default last >/dev/null
    more ./office.json --start-target "$server" --quiet
    run "$sg" check
    like "$(printf '%s' "$out" | tr -s '\n ' '  ')" 'To decide: more sessions of both sides' \
        "what would decide is nothing that a mix cannot be given to"

    calm ./broken.json --start-target "$server" --quiet
    is "$status" 3 "a part that fails"
    is "$(sql "select group_concat(status) from run")" "failed,failed" "fails the mix"
    like "$(of broken/lost reason)" '^no connection succeeded: upgrade refused with HTTP 403' "and says why"
    like "$(of broken/echo reason)" '^another part of the mix, broken/lost: no connection succeeded' \
        "in the other part, too"

    rm -f streamgauge.db
    begin ./office.json --start-target "$server" --duration 20s --quiet
    kill -INT "$sup"
    end
    is "$status $(sql "select group_concat(status) from run")" "130 interrupted,interrupted" \
        "an interrupt ends all parts"
    is "$(ours)" "" "nothing is left running"
else
    skip "no python3-fastapi, python3-uvicorn" "FastAPI"
fi
target_begin
run "$sg" run ./office.json --dry-run
is "$(printf '%s\n' "$out" | grep -c '"name": "office/')" 2 "--dry-run shows the parts"
run sh -c "cat echo.json | '$sg' run /dev/stdin --dry-run"
is "$status" 0 "a scenario may come through a pipe, which can be read once"
for command in "ab --before true --after true" capacity; do
    # shellcheck disable=SC2086
    run "$sg" $command ./office.json
    is "$status $err" "2 streamgauge: ./office.json: mix: a mix of scenarios is carried out by \`run\` alone; name one of its parts" \
        "$command: refused"
done
done_testing
