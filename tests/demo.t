#!/bin/sh
# The tour of `make demo`: finds its regression, writes its report, and is over in 90 seconds.
. "$(dirname "$0")/lib.sh"

# On a machine that is busy with other things runs are overloaded, or so unlike one another that the
# gate cannot decide: both are honest answers, and not the subject.
for attempt in 1 2 3; do
    began=$(date +%s)
    run "$tests/demo" "$work/demo"
    took=$(($(date +%s) - began))
    case $status$(printf '%s' "$out$err" | tr -s ' \n' '  ') in
    3*'too busy to measure three times'* | 1*'undecided'*'was to find the regression'*) ;;
    *) break ;;
    esac
    if [ "$attempt" = 3 ]; then
        echo "ok 1 - the tour # SKIP the machine is too busy with other things"
        echo 1..1
        exit
    fi
done
is "$status" 0 "the tour ends well"
[ "$status" -eq 0 ] || printf '%s\n' "$out" "$err" | sed 's/^/# /'
like "$out" 'p95 latency' "it shows the regression of the latency"
like "$out" '^exit status 1$' "the gate ends with status 1"
[ -s demo/report/report.md ]
ok $? "the report is written"
printf '%s\n' "$out" | tr -d "'" >transcript
sed -n '/^## A minute/,/^## What/p' "$tests/../README.md" |
    grep -E '^\$ (streamgauge|sqlite3) ' | tr -d "'" >commands
[ -s commands ] && ! grep -vxFf transcript commands
ok $? "README shows the tour's own commands"
is "$(find demo/report/charts -name '*-light.svg' | grep -c .)" \
    "$(find demo/report/charts -name '*-dark.svg' | grep -c .)" "every chart is there twice"
[ "$(find demo/report/charts -name '*-light.svg' | grep -c .)" -ge 2 ]
ok $? "there are at least two charts"
is "$(sqlite3 demo/streamgauge.db "select count(*) >= 10 from run where status = 'ok'")" 1 \
    "ten runs are recorded"
again=$(printf '%s\n' "$out" | grep -c 'too busy to measure')
[ "$took" -le $((90 + again * 30)) ]
ok $? "it took $took of 90 seconds"
done_testing
