#!/bin/sh
# run: a secret is nowhere but in the handshake.
. "$(dirname "$0")/run_lib.sh"
SG_SECRET=s3cr3t-from-environment
export SG_SECRET
cat >quick.json <<'END'
{"name": "quick", "protocol": "ws", "exchange": "echo", "clients": 2, "rate": 20,
 "headers": {"Authorization": "Bearer ${env:SG_SECRET}", "Cookie": "s3cr3t-in-file"},
 "message": {"text": "hello ${env:SG_SECRET}"}, "ramp": 0, "warmup": 0, "duration": "2s"}
END
target_begin
begin quick.json --target "ws://user:s3cr3t-in-url@${url#ws://}?token=s3cr3t-in-query" \
    --header 'X-Api-Key: s3cr3t-in-option' --session s
for pid in $(ours); do
    tr '\0' '\n' <"/proc/$pid/cmdline"
done >cmdlines.txt
end
carried_out "$status" "the run is carried out"
like "$(last status)" "^(ok|overloaded)$" "to its end"
like "$(cat cmdlines.txt)" '^worker$' "the worker's command line was looked at"
like "$(cat cmdlines.txt)" '^X-Api-Key:\*+$' "the supervisor's own is blanked"
is "$(grep -c 's3cr3t' cmdlines.txt)" 0 "no command line holds a secret"
is "$(printf "%s" "$out$err" | grep -c 's3cr3t')" 0 "no output holds one"
is "$(grep -c 's3cr3t' streamgauge.db)" 0 "the database holds none"
is "$(ls -A | grep -vE '^(quick.json|port.txt|bg.out|bg.err|cmdlines.txt|streamgauge.db|\.out|\.err)$')" \
    "" "no other file is left"
like "$(sqlite3 streamgauge.db 'select definition from scenario')" 'env:SG_SECRET' \
    "the definition names the variable"
# A server that is started here, which logs and quotes what it is asked with.
server="exec python3 $tests/telltale_server.py {port}"
rm -f streamgauge.db
run "$sg" run quick.json --target 'ws://127.0.0.1:{port}/private' --start-target "$server" \
    --header 'X-Auth-Token: s3cr3t-in-option'
like "$err" 'HTTP 401 No, ?\*\*\*; its last output: .*X-Auth-Token: ?\*\*\*' \
    "what a started server has logged is told"
is "$(printf '%s' "$out$err$(sqlite3 streamgauge.db .dump)" | grep -c 's3cr3t')" 0 \
    "but for what it quotes of secrets"
sed 's/"Authorization"/"X-Mine"/' quick.json >mine.json
run "$sg" run mine.json --target 'ws://ann:p%40sS-w0rd@127.0.0.1:{port}/private' \
    --start-target "$server"
like "$err" 'closed 4001 bad token \*\*\* right after the handshake' \
    "whether it is ready is asked with the url's user info, which is hidden as well"
unset SG_SECRET
run "$sg" run quick.json --target ws://127.0.0.1:1/
is "$status" 2 "a variable that is not set: exit 2"
like "$err" 'SG_SECRET' "a variable that is not set: is named"
run "$sg" run quick.json --target 'ws://u:s3cr3t@127.0.0.1:1/?token=s3cr3t' \
    --header 'Authorization: s3cr3t' --header 'Cookie: s3cr3t' --duration bad
is "$(printf '%s' "$out$err" | grep -c s3cr3t)" 0 "nor does a message about a bad command line"
done_testing
