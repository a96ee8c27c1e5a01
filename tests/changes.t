#!/bin/sh
# changes: series from a file.
. "$(dirname "$0")/lib.sh"

cat >series.ndjson <<'END'
{"id":"step","values":[10,10.1,9.9,10,10.2,9.8,10,10.1,9.9,10,12,12.1,11.9,12,12.2,11.8,12,12.1]}
{"id":2,"values":[10,null,10.1,9.9,10,10.2,9.8,10,10.1,9.9,10,12,12.1,11.9,12,12.2,11.8,12,12.1]}
{"id":null,"values":[]}
{"values":[5]}
{"id":"bad","values":[1,"2"]}
{"id":"none"}

{"id":"zero","values":[0,0,0,0,0,0,0,0,-1,-1,-1,-1,-1,-1,-1]}
END
run "$sg" changes --input series.ndjson
is "$status" 2 "a file with broken lines: status 2"
is "$(printf '%s\n' "$out" | wc -l)" 8 "one line out for each line in"
line() { printf '%s\n' "$out" | sed -n "$1p"; }
like "$(line 1)" '^\{"id":"step","changes":\[\{"index":10,"before":(10|9\.9[0-9]+),"after":12(\.[0-9]+)?,"change":0\.(19|20)[0-9]*,"interval":\[0\.1[0-9]*,0\.2[0-9]*\],"p":[0-9.e-]+\}\]\}$' \
    "a step, its levels, share, interval and p"
like "$(line 2)" '^\{"id":2,"changes":\[\{"index":11,' "a run that is missing counts"
is "$(line 3)" '{"id":null,"changes":[]}' "an empty series"
is "$(line 4)" '{"id":null,"changes":[]}' "one value, and no id"
like "$(line 5)" '^\{"id":"bad","error":"line 5: values\[1\]: expected a number' "what is no number is named"
like "$(line 6)" '^\{"id":"none","error":"line 6: values' "so is what is not there"
like "$(line 7)" '^\{"id":null,"error":"line 7: ' "and an empty line"
like "$(line 8)" '"index":8,"before":0,"after":-1,"change":null,"interval":\[null,null\]' \
    "what has no share is null"
run "$sg" changes --input none.ndjson
like "$status $err" "^2 .*none.ndjson" "no such file"
done_testing
