#!/bin/sh
# compare --input: one answer for each line, whatever the line.
. "$(dirname "$0")/lib.sh"

# field NAME: that member of the answer in $out, as it stands there.
field() {
    printf '%s\n' "$out" | sed -E 's/.*"'"$1"'":(\[[^]]*\]|"[^"]*"|[^,}]*).*/\1/'
}

# compare LINE [OPTION...]: compares one line.
compare() {
    printf '%s\n' "$1" >line
    shift
    run "$sg" compare --input line "$@"
}

history='[[9.992,9.939,9.793],[9.921,9.784,9.733],[10.045,9.781,10.237],[10.144,9.608,10.055],
[9.782,10.007,10.009],[9.61,9.953,9.949],[10.194,9.766,10.149],[9.783,9.934,9.833]]'
history=$(printf '%s' "$history" | tr -d '\n')
runs='"before":[10.1,10.4,9.9],"after":[11.2,11.0,11.5]'

compare "{\"id\":\"a\",$runs,\"history\":$history}"
is "$status" 0 "a regression is an answer, not a failure"
is "$(field id) $(field verdict) $(field more_runs)" '"a" "worse" 0' "11 % more is worse"
like "$(field change)" '^0\.108594909' "its change is a share"
like "$(field interval)" '^\[0\.0703902[0-9]*,0\.148163' "its interval is that of the unit test"
like "$(field p)" '^0\.00000542774|^5\.42774[0-9]*e-0?6' "so is its p"
compare "{\"id\":1,$runs,\"history\":$history,\"better\":\"higher\"}"
is "$(field id) $(field verdict)" '1 "better"' "of a rate it is better"
compare "{\"id\":null,$runs,\"history\":$history}" --minimum-effect 12%
is "$(field verdict)" '"same"' "the minimum effect is an option"
compare "{\"id\":[1],$runs,\"history\":$history}" --alpha 1e-7
is "$(field verdict)" '"inconclusive"' "so is alpha"
compare '{"before":[10,10.6,9.5],"after":[10,10.3,9.7],"before_session":[1,1,1],"after_session":[1,1,1]}'
is "$(field id) $(field verdict)" 'null "inconclusive"' "a line needs no id"
compare '{"before":[10,10.6,9.5],"after":[10,10.3,9.7],"before_session":[1,1,1],"after_session":[1,1,1]}' --tolerance 0.2
is "$(field verdict)" '"same"' "the tolerance is an option"

compare "{\"id\":2,$runs}"
like "$(field p)" '^0\.0389848' "two lone sessions are told apart with caution"
compare "{\"id\":2,$runs,\"before_session\":[4,4,4],\"after_session\":[4,4,4]}"
like "$(field p)" '^0\.0058855' "one session is compared within itself"

compare '{"id":"few","before":[10],"after":[11]}'
is "$(printf '%s\n' "$out" | sed 's/"change":0.0999999[0-9]*/"change":0.1/')" \
    '{"id":"few","verdict":"inconclusive","change":0.1,"interval":[null,null],"p":null,"detectable":null,"more_runs":null}' \
    "what cannot be said is null"
compare '{"id":"none","before":[],"after":[11,12,13]}'
is "$(field verdict) $(field change) $(field interval)" '"inconclusive" null [null,null]' "an empty side is an answer"
compare '{"id":"gap","before":[10,null,10.2],"after":[11.9,12,12.1,null]}'
like "$out" '"change":0\.188' "a missing run is left out"
compare '{"id":"flat","before":[10,10,10],"after":[10,10,10]}'
is "$(field verdict) $(field change) $(field p)" '"same" 0 1' "constant values are the same"
compare '{"id":"ends","before":[5e-324,5e-324],"after":[1.7e308,1.7e308]}'
is "$(field change) $status" 'null 0' "a change beyond all numbers is null"

# refused LINE REGEX NAME: the line cannot be used, and the answer says why.
refused() {
    compare "$1"
    is "$status" 2 "$3: exit status"
    like "$out" "$2" "$3"
}
refused '{"id":1,"before":[1,2,0],"after":[1]}' '^\{"id":1,"error":"line 1: before\[2\]: 0 is not above 0' "a zero has no share"
refused '{"id":1,"before":[1],"after":[1,-3]}' 'line 1: after\[1\]: -3 is not above 0' "nor has a negative value"
refused '{"id":1,"before":[1,1e999],"after":[1]}' 'line 1: ' "nor infinity"
refused '{"id":1,"before":[NaN],"after":[1]}' '^\{"id":1,"error":"line 1: ' "NaN is no JSON"
refused '{"id":1,"after":[1]}' 'line 1: before: ' "a side must be there"
refused '{"id":1,"before":"1","after":[1]}' 'line 1: before: expected an array' "and be an array"
refused '{"id":1,"before":[1],"after":[true]}' 'line 1: after\[0\]: expected a number' "of numbers"
refused '{"id":1,"before":[1],"after":[1],"history":[1]}' 'line 1: history\[0\]: expected an array' "the history is sessions"
refused '{"id":1,"before":[1],"after":[1],"history":[[1],[0]]}' 'line 1: history\[1\]\[0\]: 0 is not' "of usable values"
refused '{"id":1,"before":[1,2],"after":[1],"before_session":[1]}' 'before_session: expected one session for each of 2 runs' "each run has a session"
refused '{"id":1,"before":[1],"after":[1],"after_session":[0.5]}' 'after_session\[0\]: expected a whole number' "which is a whole number"
refused '{"id":1,"before":[1],"after":[1],"better":"faster"}' 'better: expected "?\\?"?lower' "better is lower or higher"
refused '{"id":1,"before_hdr":["x"],"after_hdr":["x"]}' 'before_hdr\[0\]: this is no base64' "a histogram is base64"
refused '{"id":1,"before_hdr":["AAAA"],"after_hdr":["AAAA"]}' 'before_hdr\[0\]: ' "of a histogram"
refused '{"id":1,"before_hdr":[]}' 'after_hdr: is missing' "on both sides"
refused '{"id":1,"before_hdr":[7],"after_hdr":[]}' 'before_hdr\[0\]: expected a histogram' "and a text"
refused '[1]' 'line 1: expected an object' "a line is an object"
refused '{"id":1' 'line 1: ' "a broken line is told"

printf '%s\n' "{\"id\":1,$runs}" '{' "{\"id\":3,$runs}" >lines
run "$sg" compare --input lines
is "$status" 2 "one bad line is told by the exit status"
is "$(printf '%s\n' "$out" | cut -c1-8 | tr '\n' ' ')" '{"id":1, {"id":nu {"id":3, ' "and work goes on, in order"
like "$err" 'lines.*1 of 3' "the message counts it"
out=$(printf '%s\n' "{\"id\":1,$runs}" | "$sg" compare --input -)
is "$(field id)" 1 "- is stdin"

awk 'BEGIN { printf "{\"id\":\"long\",\"before\":[1"; for (i = 0; i < 200000; i++) printf ",%d", 1 + i % 7; print "],\"after\":[1,2,3]}" }' >long
run "$sg" compare --input long
is "$status $(field id)" '0 "long"' "a line of 200,000 runs"

run "$sg" compare --input nowhere
is "$status" 2 "a file that is not there"
for option in '--alpha 0' '--alpha 1' '--alpha nan' '--minimum-effect -1' '--tolerance x'; do
    # shellcheck disable=SC2086
    run "$sg" compare --input lines $option
    is "$status" 2 "refused: $option"
done

# hdr ARGUMENTS...: compares one line of histograms.
hdr() {
    python3 "$tests/hdr_lines.py" "$@" >line
    run "$sg" compare --input line
}
hdr 5 1000 0.2 0 1 1 session
is "$(field verdict) $(field test)" '"worse" "permutation"' "distributions of one session are permuted"
is "$(field p)" 0.007936507936507936 "252 ways, of which two are as extreme"
like "$out" '"percentile":99.5,"before":[0-9.]*,"after":[0-9.]*,"change":[-0-9.e]*,"interval":\[[-0-9.e]*,[-0-9.e]*\],"tested":false' \
    "with 5 messages expected beyond it a percentile is not tested"
hdr 5 1000 0 0 1 2 session
is "$(field verdict)" '"inconclusive"' "unchanged ones are not worse"
hdr 3 1000 0.3 0 1 3
is "$(field verdict) $(field test)" '"worse" "parametric"' "those of two sessions are tested with caution"
hdr 1 1000 0.3 0 1 3
is "$(field verdict) $(field p) $(field test)" '"inconclusive" null "pointwise"' "one run a side tells no noise"
hdr 5 1000 -0.2 0 1 4 session
is "$(field verdict)" '"better"' "faster is better"
if python3 -c 'import jsonschema' 2>/dev/null; then
    { cat line; printf '%s\n' "{\"id\":1,$runs}" '{"id":2}'; } >lines
    "$sg" compare --input lines 2>/dev/null | python3 -W ignore -c 'import json, jsonschema, sys
v = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
for line in sys.stdin:
    v.validate(json.loads(line))' "$tests/../schema/json/compare-input.schema.json" >&2
    ok $? "answers are as their schema says"
else
    skip "python3-jsonschema is missing" "answers are as their schema says"
fi
compare '{"id":1,"before_hdr":[],"after_hdr":[null]}'
is "$(field verdict) $(field change) $status" '"inconclusive" null 0' "sides without histograms are an answer"
done_testing
