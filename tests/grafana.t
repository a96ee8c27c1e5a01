#!/bin/sh
# The dashboard for Grafana over what `export prometheus` tells: every query of it, with its variables
# filled as Grafana fills them, finds something in the metrics of a run.
. "$(dirname "$0")/run_lib.sh"
dashboard=$tests/../report/ci/grafana.json

cat >chat.json <<'END'
{"name": "chat", "protocol": "sse", "exchange": "chat", "clients": 2, "ramp": "0s", "warmup": "0s",
 "duration": "2s", "rate": 2, "match": {"content": "/choices/0/delta/content"},
 "message": {"json": {"model": "any", "stream": true, "messages": [{"role": "user", "content": "hello"}]}}}
END
calm chat.json --branch main --commit 3f2a9c1 --quiet
carried_out "$status" "a run that streams tokens"
sql "update run set status = 'ok'" # what is exported; a busy machine is not the subject
"$sg" export prometheus >metrics.prom
grep -q '^streamgauge_token_first_p95_seconds{' metrics.prom
ok $? "its metrics are exported"

if ! command -v python3 >/dev/null; then
    skip "python3 is missing" "the dashboard"
    done_testing
fi
[ "$(wc -l <"$dashboard")" -lt 250 ]
ok $? "the dashboard is small"
cat >read.py <<'END'
import json, re, sys

dashboard, metrics, values = json.load(open(sys.argv[1])), open("metrics.prom").read(), json.loads(sys.argv[2])
exported = dict(re.findall(r"^# HELP (\S+) (.*)", metrics, re.M))
variables = {v["name"]: v for v in dashboard["templating"]["list"]}
queries, units = [], {"_seconds": "s", "_messages_per_second": "msg/s", "_ratio": "percentunit", "_bytes": "bytes"}


def filled(text):
    """Names of variables in double quotes, as Grafana fills several chosen values in."""
    for name in variables:
        text = re.sub(r"\$%s\b" % name, values.get(name, ".*").replace("\\", "\\\\\\\\"), text)
    assert "$" not in text, text
    return text


ids, taken = set(), set()
for panel in dashboard["panels"]:
    at, title = panel["gridPos"], panel["title"]
    cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
    assert panel["id"] not in ids and title, "a title and a number of its own"
    assert not cells & taken and at["x"] + at["w"] <= 24, title + " lies upon another"
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, title
    ids.add(panel["id"])
    taken |= cells
    assert len({t["refId"] for t in panel["targets"]}) == len(panel["targets"]), title
    for target in panel["targets"]:
        names = re.findall(r"\bstreamgauge_\w+", target["expr"])
        assert len(names) == 1 and names[0] in exported, target["expr"]
        queries.append(filled(target["expr"]))
        if panel["type"] == "table":
            continue
        expected = [unit for end, unit in units.items() if names[0].endswith(end)][:1]
        assert expected == [panel["fieldConfig"]["defaults"]["unit"]], title + ": its unit"
        legend = target["legendFormat"]
        assert set(re.findall(r"{{(\w+)}}", legend)) <= {"scenario", "branch"} and "{{scenario}}" in legend, legend
        assert len({t["legendFormat"] for t in panel["targets"]}) == len(panel["targets"]), title + ": its legends"
for v in variables.values():
    if v["type"] == "query":
        series, label = re.fullmatch(r"label_values\((.*), (\w+)\)", v["query"]["query"]).groups()
        assert v["definition"] == v["query"]["query"], v["name"]
        selector = filled(series)
        queries.append(selector[:-1] + ',%s!=""}' % label if "{" in selector else selector + '{%s!=""}' % label)

# JSON's strings are YAML's, too.
rules = [{"record": "dashboard:query:%d" % i, "expr": q} for i, q in enumerate(queries)]
json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, open("rules.yml", "w"))
series = [re.fullmatch(r"(.*}) (\S+)", line).groups() for line in metrics.splitlines() if line[0] != "#"]
json.dump({"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [{
    "interval": "1m",
    "input_series": [{"series": name, "values": "%s %s" % (value, value)} for name, value in series],
    "promql_expr_test": [{"expr": "count(%s) > bool 0" % r["record"], "eval_time": "1m",
                          "exp_samples": [{"labels": "{}", "value": 1}]} for r in rules]}]}, open("test.yml", "w"))
print(len(queries))
END

# found NAME VALUES: the queries with those values chosen.
found() {
    run python3 read.py "$dashboard" "$2"
    is "$status$err" 0 "$1: panels lie side by side, with titles, units and legends, and ask for what is exported"
    queries=$out
    if ! command -v promtool >/dev/null; then
        skip "promtool is missing" "$1: what its queries find"
        return
    fi
    run promtool check rules rules.yml
    like "$status $(printf '%s' "$out" | tr '\n' ' ')" "^0 .*SUCCESS: $queries rules found" \
        "$1: promtool takes all its queries"
    run promtool test rules test.yml
    is "$status" 0 "$1: each finds something"
}
found "everything" '{}'
found "one of each chosen" '{"project": "default", "scenario": "(chat|other)", "branch": "main"}'
if command -v promtool >/dev/null; then
    python3 read.py "$dashboard" '{"branch": "gone"}' >/dev/null
    run promtool test rules test.yml
    is "$status" 1 "a query that finds nothing is seen"
fi
sed 's/streamgauge_errors_rate_ratio/streamgauge_error_ratio/' "$dashboard" >wrong.json
run python3 read.py wrong.json '{}'
is "$status" 1 "so is a metric that is none"
done_testing
