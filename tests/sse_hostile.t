#!/bin/sh
# Servers of event streams that misbehave (tests/hostile_stream.py, where each path is one way to):
# whatever they do, a run ends in time, says why, and accounts for every message.
. "$(dirname "$0")/lib.sh"
[ -n "$(command -v python3)" ] || { skip "no python3" "hostile streams"; done_testing; }
times='"clients": 3, "ramp": 0, "warmup": "200ms", "duration": "2s", "timeout": "2s",
 "connect_timeout": "1500ms"'
echo "{\"name\": \"post\", \"protocol\": \"sse\", \"exchange\": \"echo\", \"rate\": 20, $times}" >POST.json
echo "{\"name\": \"get\", \"protocol\": \"sse\", \"exchange\": \"push\", $times}" >GET.json
echo "{\"name\": \"again\", \"protocol\": \"sse\", \"exchange\": \"push\",
  \"reconnect\": {\"first\": \"1ms\", \"max\": \"20ms\"}, $times}" >AGAIN.json
longest=9200 # ramp + warm-up + duration + timeout + 5 s

start python3 "$tests/hostile_stream.py" >port
wait_for '[ -s port ]'
base=http://127.0.0.1:$(cat port)

# scenario path | exit status | what table `failure` must hold (kind|reason, none) | SQL on counts
cat >expected <<'END'
POST 503|3|connection|HTTP 503|made = 0
GET 503|3|connection|HTTP 503|made = 0
POST 429|3|connection|HTTP 429, retry after 2s|made = 0
GET 204|3|connection|HTTP 204|made = 0
POST 302|3|connection|HTTP 302|made = 0
GET 302|3|connection|HTTP 302|made = 0
POST html|3|connection|content type text/html|made = 0
GET html|3|connection|content type text/html|made = 0
GET untyped|3|connection|no content type|made = 0
GET gzip|3|connection|a content encoding that was not asked for|made = 0
POST length|3|connection|Content-Length: -1|made = 0
GET length|3|connection|Content-Length: -1|made = 0
GET coding|3|connection|Transfer-Encoding: gzip|made = 0
POST garbage|3|connection|closed inside the answer''s head|made = 0
POST binary|3|connection|the answer''s head is larger than 16 KiB|made = 0
GET nothing|3|connection|closed before the answer|made = 0
POST nothing|3|connection|closed before the answer|made = 0
GET half|3|connection|closed inside the answer''s head|made = 0
GET reset|3|connection|closed before the answer|made = 0
GET silence|3|connection|no handshake within 1.5s|made = 0
POST silence|3|connection|no answer by the end of the run|made = 0 and lost = sent
GET headers|3|connection|the answer''s head is larger than 16 KiB|made = 0
POST header|3|connection|the answer''s head is larger than 16 KiB|made = 0
GET continue|3|connection|the answer''s head is larger than 16 KiB|made = 0
POST echo|0|none||matched = sent and sent > 30
POST bytewise|0|none||matched = sent and sent > 30
POST once|0|none||matched = sent and sent > 30
POST later|0|message|HTTP 500|errors > 5 and matched > 20 and errors < sent
POST empty|0|message|the answer ended without a reply|errors = sent and sent > 30
POST changed|0|message|reply differs from the message|errors = sent and sent > 30
POST mute|0|message|no reply within 2s|lost = sent and sent > 30
POST comments|0|message|no reply within 2s|lost = sent and sent > 30
POST line|0|message|event larger than 1 MiB|errors > 0
POST data|0|message|event larger than 1 MiB|errors > 0
POST lines|0|message|event larger than 1 MiB|errors > 0
POST chunk|0|message|event larger than 1 MiB|errors > 0
POST chunks|0|message|a chunk without a size|errors = sent and sent > 30
GET flood|0|any||matched = sent and sent > 100
GET ends|0|connection|lost: the stream ended|made = 1
GET dies|0|connection|lost: the stream ended|made = 1
GET goes|0|none||matched = sent and sent > 50
AGAIN resumable|0|connection|lost: the stream ended|matched = sent and sent > 50 and duplicate = 0
END
cat >attempt <<'END'
began=$(date +%s%3N)
"$1" run "$3.json" --target "$2/$4" --seed 1 --repeat 1 --db "$3-$4.db" \
    >/dev/null 2>"$3-$4.err" </dev/null
echo "$? $(($(date +%s%3N) - began))" >"$3-$4.end"
END
# Four at a time, those apart whose server never stops sending: the others would wait for it, and it
# has to send much in time.
loud='(headers|header|continue|comments|line|data|lines|chunk|flood)$'
cut -d'|' -f1 expected | grep -vE "$loud" | xargs -P 4 -L 1 sh attempt "$sg" "$base"
cut -d'|' -f1 expected | grep -E "$loud" | xargs -P 2 -L 1 sh attempt "$sg" "$base"
# Beside others on a busy machine one may take too long; by itself, it must not.
cut -d'|' -f1 expected | while read -r scenario path; do
    for _ in 1 2 3; do
        read -r status took <"$scenario-$path.end"
        [ "$took" -ge $longest ] || break
        rm -f "$scenario-$path.db"
        sh attempt "$sg" "$base" "$scenario" "$path"
    done
done
sed 's/"clients": 3/"clients": 40/' POST.json >MANY.json
sh attempt "$sg" "$base" MANY cut

# sql RUN QUERY: the counts are at hand as columns of `c`.
sql() {
    sqlite3 "$1.db" "with v as (select name, value from value join metric on metric.id = metric_id),
        c as (select ifnull((select value from v where name = 'messages.sent'), 0) as sent,
            ifnull((select value from v where name = 'messages.matched'), 0) as matched,
            ifnull((select value from v where name = 'messages.lost'), 0) as lost,
            ifnull((select value from v where name = 'errors.count'), 0) as errors,
            ifnull((select value from v where name = 'messages.duplicate'), 0) as duplicate,
            ifnull((select value from v where name = 'connect.success'), 0) as made)
        $2"
}

# judge RUN STATUS CONDITION: what holds for every target, and the condition on its counts.
judge() {
    read -r status took <"$1.end"
    if [ "$2" = 0 ] && [ "$status" = 3 ] && grep -q overloaded "$1.err"; then
        status=0 # a machine that is busy with other things is not the subject
    fi
    is "$status" "$2" "$1: exit status"
    [ "$took" -lt $longest ]
    ok $? "$1: ends in time ($took ms)"
    is "$(sql "$1" "select sent = matched + lost + errors and ($3) from c")" 1 \
        "$1: every message accounted for, $3" ||
        sql "$1" "select * from c" | sed 's/^/# /'
}

while IFS='|' read -r scenario expected_status kind reason condition; do
    run=$(echo "$scenario" | tr ' ' -)
    judge "$run" "$expected_status" "$condition"
    case $kind in
    none) is "$(sql "$run" "select * from failure")" "" "$run: no failures" ;;
    any) ;;
    *) is "$(sql "$run" "select 1 from failure where kind = '$kind' and reason = '$reason'")" 1 \
        "$run: says why ($(sql "$run" "select reason, count from failure limit 3" | tr '\n' ';'))" ;;
    esac
done <expected
judge MANY-cut "$(cut -d' ' -f1 MANY-cut.end)" "errors > 100 and matched > 100"
done_testing
