#!/bin/sh
# The tour of `make demo`: finds its regression, writes its report, and is over in a minute or two.
. "$(dirname "$0")/lib.sh"

# busy: the machine was. Runs are overloaded then, or so unlike one another that the gate cannot decide
# even about the median: both are honest answers, and not the subject.
busy() {
    case $status in
    3) printf '%s\n' "$err" | grep -q 'too busy to measure three times' ;;
    1) printf '%s\n' "$out" | grep -q '^latency\.p50 .* inconclusive' ;;
    *) false ;;
    esac
}

for attempt in 1 2 3; do
    began=$(date +%s)
    run "$tests/demo" "$work/demo"
    took=$(($(date +%s) - began))
    busy || break
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
# 65 on a machine that has nothing else to do.
[ "$took" -le $((150 + again * 40)) ]
ok $? "it took $took seconds"
done_testing
