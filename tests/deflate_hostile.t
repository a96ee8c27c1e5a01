#!/bin/sh
# Targets that misbehave over compression (tests/hostile_server.py): a run ends, says why, accounts
# for every message.
. "$(dirname "$0")/run_lib.sh"
[ -n "$(command -v python3)" ] || { skip "no python3" "hostile targets"; done_testing; }
cat >d.json <<'END'
{"name": "d", "protocol": "ws", "exchange": "echo", "clients": 3, "rate": 20, "ramp": 0,
 "warmup": "200ms", "duration": "1s", "timeout": "3s", "connect_timeout": "5s", "compression": true}
END
start python3 "$tests/hostile_server.py" >port
wait_for '[ -s port ]'
base=ws://127.0.0.1:$(cat port)

# path | exit status | what table `failure` must hold (reason|count; "" nothing) | SQL on counts
while IFS='|' read -r path expected reason count condition; do
    anyhow d.json --target "$base/$path" --seed 1 --repeat 1
    [ "$status $expected" = "3 0" ] && [ "$(last status)" = overloaded ] && status=0
    is "$status" "$expected" "$path: exit status"
    is "$(sql "with v as (select name, value from value join metric on metric.id = metric_id),
        c as (select ifnull((select value from v where name = 'messages.sent'), 0) as sent,
            ifnull((select value from v where name = 'messages.matched'), 0) as matched,
            ifnull((select value from v where name = 'messages.lost'), 0) as lost,
            ifnull((select value from v where name = 'errors.count'), 0) as errors,
            ifnull((select value from v where name = 'bytes.compressed'), 0) as packed,
            ifnull((select value from v where name = 'connect.success'), 0) as made)
        select sent = matched + lost + errors and ($condition) from c")" 1 \
        "$path: every message accounted for, $condition"
    is "$(sql "select reason, count from failure where kind = 'connection'")" "${reason:+$reason|$count}" "$path: says why"
done <<'END'
d-echo|0|||matched = sent and sent > 30 and packed > 0
d-declined|0|||matched = sent and sent > 30 and packed = 0
d-both|0|||matched = sent and packed > 0
d-pieces|0|||matched = sent and packed > 0
d-bfinal|0|||matched = sent and packed > 0
d-bomb|0|lost: reply larger than 1 MiB|3|errors > 30
d-broken|0|lost: compression: a message is broken|3|errors > 30
d-cut|0|lost: compression: a message is broken|3|errors > 30
d-continued|0|lost: protocol error|3|errors > 30
d-rsv2|0|lost: protocol error|3|errors > 30
d-close|0|lost: protocol error|3|errors > 30
d-unasked|3|protocol error right after the handshake|3|made = 0
d-forty|3|the target chose more than one extension|3|made = 0
d-four-hundred|3|the target chose more than one extension|3|made = 0
d-lines|3|the target chose more than one extension|3|made = 0
d-other|3|the target chose an extension that was not offered|3|made = 0
d-unknown|3|compression: the target chose a parameter that there is not|3|made = 0
d-twice|3|compression: the target chose a parameter twice|3|made = 0
d-bits|3|compression: the target chose a window that there is not|3|made = 0
d-no-bits|3|compression: the target's answer is malformed|3|made = 0
d-malformed|3|compression: the target's answer is malformed|3|made = 0
END
anyhow d.json --target "$base/d-declined" --repeat 1
like "$err" 'warning: the target did not agree to compression on 3 connections' "declined: told"
done_testing
