#!/bin/sh
# run, against the built-in target: what is recorded, and that it adds up.
. "$(dirname "$0")/run_lib.sh"
cat >quick.json <<'END'
{"name": "quick", "protocol": "ws", "exchange": "echo", "clients": 4, "rate": 50,
 "ramp": "100ms", "warmup": "200ms", "duration": "1s",
 "budgets": {"latency.p95": {"warning": "10s", "critical": "20s"}}}
END
value="select v.value from value v join metric m on m.id = v.metric_id where v.run_id"

calm ./quick.json --repeat 2 --seed 42 --commit c1 --branch main --label 'k=a=b' --label x= \
    --json
carried_out "$status" "two runs"
is "$(printf '%s\n' "$err" | grep -cE '^recorded [0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}$')" 2 \
    "each is said to be recorded"
printf '%s' "$out" >run.json
is "$(sql 'select count(*) from run where status in ("ok", "overloaded") and commit_sha = "c1" and branch = "main"')" \
    2 "both are in the database"
is "$(sql 'select group_concat(repeat) from run')" "1,2" "they are numbered"
is "$(sql 'select count(distinct session) || length(session) from run')" 136 "and of one session"
is "$(sql 'select seed from run where id = 1')" 42 "the first has the seed given"
is "$(sql 'select seed between 1 and 9007199254740991 and seed != 42 from run where id = 2')" 1 \
    "the second one derived from it"
is "$(sql 'select group_concat(key || ":" || value) from label where run_id = 2')" "k:a=b,x:" "labels"
is "$(sql 'select group_concat(duration_s) from run')" "1.0,1.0" "the measured part"
is "$(sql "select json_extract(extra, '\$.target') from run where id = 1")" built-in "the target"

for id in 1 2; do
    is "$(sql "$value = $id and m.name = 'messages.sent'")" 200.0 "run $id: all 200 were sent"
    is "$(sql "select sum(case m.name when 'messages.sent' then v.value else -v.value end)
        from value v join metric m on m.id = v.metric_id where v.run_id = $id and
        m.name in ('messages.sent', 'messages.matched', 'messages.lost', 'errors.count')")" 0.0 \
        "run $id: sent = matched + lost + errors"
    is "$(sql "select sum(t.value) from timeseries t join metric m on m.id = t.metric_id
        where run_id = $id and m.name = 'throughput.sent'")" 200.0 "run $id: so do its seconds"
    is "$(sql "select group_concat(x) from (select name || count x from histogram join metric
        on id = metric_id where run_id = $id and second = -1 order by name)")" \
        "connect4,latency200,service200" "run $id: so do its histograms"
done
is "$(sql "select count(*) from histogram where run_id = 1 and second = 0")" 1 "a second's latency"
is "$(sql "select p50 <= p95 and p95 <= p99 and p99 <= most and least <= p50 from (select
    max(value) filter (where name = 'latency.p50') p50, max(value) filter (where name = 'latency.p95') p95,
    max(value) filter (where name = 'latency.p99') p99, max(value) filter (where name = 'latency.max') most,
    max(value) filter (where name = 'latency.min') least
    from value join metric on id = metric_id where run_id = 1)")" 1 "quantiles are in order"
for metric in connect.p95 connect.success throughput.delivered target.cpu.mean target.cpu.max \
    target.rss.start target.rss.peak target.fds.max host.cpu.mean host.net.in generator.cpu.mean \
    generator.late.p99 bytes.sent; do
    like "$(sql "$value = 1 and m.name = '$metric'")" '^[0-9]' "$metric has a value"
done
is "$(sql "$value = 1 and m.name like 'target.rss.per_client'")" "" \
    "memory per client has none with 4 clients"
is "$(sql "$value = 1 and (m.name like 'token%' or m.name like 'heart%' or m.name like 'reconn%')")" \
    "" "what was not measured has none"
like "$(sql 'select key from environment')" '^[a-z0-9_]+, .+ cores?, .+ [MG]iB, ' "the environment"
sql 'select definition from scenario' >./definition.json
run "$sg" run ./definition.json --dry-run
is "$status" 0 "the stored definition is a scenario"
python3 - "$tests/../schema/json/run.schema.json" <<'END'
import json, sqlite3, sys

doc = json.load(open("run.json"))
db = sqlite3.connect("streamgauge.db")
good = len(doc["runs"]) == 2
for run in doc["runs"]:
    rows = dict(db.execute("select m.name, v.value from value v join metric m on m.id = v.metric_id"
                           " join run r on r.id = v.run_id where r.uuid = ?", [run["uuid"]]))
    good = good and run["metrics"] == rows and len(rows) > 30 and run["status"] in ("ok", "overloaded")
try:
    import jsonschema
    jsonschema.validate(doc, json.load(open(sys.argv[1])))
except ImportError:
    pass
sys.exit(not good)
END
ok $? "--json has the same numbers, and is as its schema says"


calm quick.json --quiet --clients 10 --rate max
carried_out "$status" "a closed loop"
like "$err" '^recorded [0-9a-f-]{36}$' "--quiet leaves the one line that counts"
like "$out" 'quick: (ok|overloaded)' "the result is on stdout"
is "$(metric throughput.delivered)" "" "nothing was offered to be delivered"
is "$(metric messages.sent)" "$(metric messages.matched)" "every message came back"
like "$(metric target.rss.per_client)" '^[0-9]' "10 clients: memory of each"

calm quick.json quick.json --repeat 2 --session s1 --environment lab
carried_out "$status" "several scenarios, several times"
is "$(sql 'select count(*) from run where session = "s1"')" 4 "are one session"
is "$(sql 'select count(*) from run join environment e on e.id = environment_id
    where session = "s1" and e.key = "lab"')" 4 "on the machine as it was named"
busy "what the repeats have in common is told" ||
    like "$out" 'median +lowest +highest' "what the repeats have in common is told"
like "$err" 'quick 2/2: 4 clients' "each run is announced"

printf '{"latency.p95": {"critical": "1us"}}' >strict.json
calm quick.json --budget strict.json --duration 500ms
busy "a critical budget is exit 1" || {
    is "$status" 1 "a critical budget is exit 1"
    like "$out" 'latency.p95.*critical' "and is told"
}
printf '{"latency.p95": {"warning": "1us"}}' >warn.json
calm quick.json --budget warn.json --duration 500ms
busy "a warning is not" || {
    is "$status" 0 "a warning is not"
    like "$out" 'warning' "but is told"
}

CI=1
export CI
run "$sg" run quick.json --clients 1 --duration 200ms
unset CI
is "$(sql 'select group_concat(repeat) from run where id > 1')" 1,2,3,4,5 "under CI there are five"
is "$(sql 'select count(*) from scenario')" 2 "another workload is another series, a budget is not"
done_testing
