#!/bin/sh
# Event streams compressed by gzip, of node's zlib: asked for or not, whole and broken.
. "$(dirname "$0")/run_lib.sh"
command -v node >/dev/null || { skip "no node" "gzip"; done_testing; }
server="exec node $tests/servers/sse_gzip.js {port}"
head='"protocol": "sse", "clients": 5, "ramp": "200ms", "warmup": "300ms", "duration": "2s", "timeout": "5s"'
for asked in true false; do
    echo "{\"name\": \"push\", \"exchange\": \"push\", $head, \"compression\": $asked,
        \"url\": \"http://127.0.0.1:{port}/events\"}" >push-$asked.json
    for path in echo plain bomb garbage cut br; do
        echo "{\"name\": \"$path\", \"exchange\": \"echo\", $head, \"rate\": 20, \"compression\": $asked,
            \"message\": {\"size\": 300}, \"url\": \"http://127.0.0.1:{port}/$path\"}" >$path-$asked.json
    done
done

# measured NAME SCENARIO
measured() {
    calm "$2.json" --start-target "$server" --quiet
    carried_out "$status" "$1: measured"
    is "$(metric messages.matched) $(metric messages.lost) $(metric errors.count)" "$(metric messages.sent) 0.0 0.0" \
        "$1: sent = matched, none lost, none in error"
}
measured "a stream" push-true
received=$(metric bytes.received) compressed=$(metric bytes.compressed)
# Its timer does not make up for what a busy machine kept it from. Held back, they would be a second late.
like "$(metric throughput.received)" '^([3-9][0-9]|[12][0-9][0-9])\.' "a stream: each event"
is "$(sql "select value < 500 from value join metric on id = metric_id where name = 'latency.p50'")" 1 \
    "a stream: at its time ($(metric latency.p50) ms)"
awk -v all="$received" -v wire="$compressed" 'BEGIN { exit !(wire > 0 && wire < all / 3) }'
ok $? "a stream: both sizes are told ($received, compressed $compressed)"
measured "a stream, not asked for" push-false
is "$(metric bytes.compressed)" "" "nothing is compressed where nobody asks"
measured "answers of two members" echo-true
measured "answers, not asked for" echo-false
measured "asked for, and declined" plain-true
is "$(metric bytes.compressed)" "" "a target that does not compress"
run "$sg" run push-true.json --dry-run
like "$out" '"compression": true' "--dry-run tells it"

# fails NAME SCENARIO REASON
fails() {
    rm -f streamgauge.db
    run "$sg" run "$2.json" --start-target "$server" --target "http://127.0.0.1:{port}/$1" --quiet
    like "$status $(sql "select group_concat(distinct reason) from failure")" "^[03] .*$3" "$1: why"
    # No number at all where the last client was refused before the measured part.
    is "$(metric messages.matched | grep -v '^0\.0$')" "" "$1: matches nothing"
}
fails bomb bomb-true 'gzip: inflates beyond all measure'
fails garbage garbage-true 'gzip: broken'
fails cut cut-true 'answer ended without a reply'
fails br br-true 'a content encoding that was not asked for'
fails garbage garbage-false 'a content encoding that was not asked for'
done_testing
