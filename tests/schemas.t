#!/bin/sh
# The JSON Schemas for editors say what the program says: both take and refuse the same scenarios,
# those apart that a schema cannot express.
. "$(dirname "$0")/lib.sh"

python=
for candidate in python3 /usr/bin/python3; do
    "$candidate" -c 'import jsonschema' 2>/dev/null && python=$candidate && break
done
if [ -z "$python" ]; then
    skip "python3-jsonschema is missing" "the JSON Schemas agree with the program"
    done_testing
fi
"$python" -W ignore - "$tests/.." <<'END'
import glob, json, os, re, sys
import jsonschema

root = os.path.abspath(sys.argv[1])
count = failed = 0


def ok(good, name):
    global count, failed
    count += 1
    failed += not good
    print("ok" if good else "not ok", count, "-", name)


def load(path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return json.load(file)


scenario, budget = load("schema/scenario.schema.json"), load("schema/budget.schema.json")
mix = load("schema/mix.schema.json")
for schema in scenario, budget, mix:
    jsonschema.Draft202012Validator.check_schema(schema)
ok(True, "they are JSON Schemas of draft 2020-12")
base = "file://" + os.path.join(root, "schema/scenario.schema.json")
resolver = jsonschema.RefResolver(base, scenario, {
    "file://" + os.path.join(root, "schema/budget.schema.json"): budget})
scenarios = jsonschema.Draft202012Validator(scenario, resolver=resolver)
budgets = jsonschema.Draft202012Validator(budget)

for path in sorted(glob.glob(os.path.join(root, "schema/scenarios/*.json"))):
    ok(scenarios.is_valid(load(path)), "takes the built-in " + os.path.basename(path))
wrong = []
rows = 0
with open(os.path.join(root, "tests/scenarios.tsv"), encoding="utf-8") as table:
    for line in table:
        by, members, message = line.rstrip("\n").split("\t")
        if by == "program":
            continue
        rows += 1
        head = '{"name":"n","protocol":"ws","exchange":"echo",'
        text = head + members + "}" if re.match('"[^"]*":', members) else members
        if scenarios.is_valid(json.loads(text)) != (by == "good"):
            wrong.append(by + " " + members)
ok(rows > 100 and not wrong, "takes and refuses %d scenarios as the program does" % rows)
for row in wrong:
    print("#", row[:150])

# The schema of mixes names those of scenarios by their file.
here = "file://" + os.path.join(root, "schema/mix.schema.json")
mixes = jsonschema.Draft202012Validator(mix, resolver=jsonschema.RefResolver(here, mix, {base: scenario}))
parts = [{"share": "70%", "scenario": "a.json"}, {"share": 0.3, "scenario": "b.json"}]
good = {"name": "m", "clients": 10, "timeout": "3s", "mix": parts}
ok(mixes.is_valid(good), "a mix")
ok(not any(mixes.is_valid({**good, **bad}) for bad in (
    {"clients": 0}, {"mix": parts[:1]}, {"timeout": True}, {"rates": 1}, {"mix": [{"share": 1}] + parts},
    {"mix": [{"share": 0, "scenario": "a.json"}] + parts})), "what the program refuses in one")

# Those of answers stand alone, as whoever checks one answer has one file; what they share is the same.
answers = {os.path.basename(path).split(".")[0]: load(path)
           for path in glob.glob(os.path.join(root, "schema/json/*.json"))}
ok(not [name for name, schema in answers.items() if re.search(r'"\$ref": "[^#]', json.dumps(schema))],
   "no schema of an answer needs another file")


def part(name, key):
    shared = dict(answers[name]["properties"][key])
    shared.pop("description", None)
    return shared


ok(all(part("report", key) == part(of, key) for of, key in
       (("check", "verdict"), ("check", "rows"), ("list", "runs"))), "reports have rows and runs as others do")

with open(os.path.join(root, "schema/metrics.def"), encoding="utf-8") as file:
    rows = re.findall(r'^METRIC\(\w+, "([^"]+)", "[^"]*", (\w+), \w+, (\w+),', file.read(), re.M)
ok(set(budget["properties"]) - {"$schema"} ==
   {name for name, better, kind in rows if kind == "VALUE" and better != "NONE"},
   "the metrics that take a budget are all there and no others")
ok(budgets.is_valid({"$schema": "x", "latency.p95": {"warning": "50ms"}}), "a budget file")
ok(not budgets.is_valid({"latency.p59": {"warning": "50ms"}}), "no such metric")
ok(not budgets.is_valid({"latency.p95": {"warning": "50MiB"}}), "no such unit")
ok(not budgets.is_valid({"errors.rate": {"warning": 5}}), "a share beyond 1")
print("1..%d" % count)
sys.exit(failed > 0)
END
