# check_lib.sh: a database for the tests of check, on top of run_lib.sh. It is made by one real run;
# the runs that are judged are written into it, so that they are the same every time.
. "$(dirname "$0")/run_lib.sh"

cat >chat.json <<'END'
{"name": "chat", "protocol": "ws", "exchange": "echo", "clients": 2, "ramp": "0s", "warmup": "0s",
 "duration": "200ms", "rate": 10, "timeout": "1s",
 "budgets": {"latency.p95": {"warning": "50ms", "critical": "100ms"}}}
END
run "$sg" run chat.json --session made
[ "$status" = 0 ] || [ "$status" = 3 ]
ok $? "a run makes the database"
sql "delete from value; delete from run; update scenario set definition = json_set(definition,
    '$.clients', 100)
    ; insert into scenario select 2, project_id, name, 'other', json_set(definition, '$.clients', 50)
    from scenario; insert into environment select 2, 'big', null, architecture, cpu_model, 64,
    memory_bytes, os, container, kernel, libraries, governor from environment
    ; insert into scenario select 3, project_id, 'sum', workload, definition from scenario where id = 1
    ; update environment set cores = 4 where id = 1"

# session NAME MINUTE FACTOR RUNS [STATUS [SCENARIO [ENVIRONMENT]]]: runs of 1 % noise, their
# latencies multiplied by FACTOR; on main, or $branch.
session() {
    sql "with recursive n(i) as (select 1 union all select i + 1 from n where i < $4)
        insert into run (uuid, scenario_id, environment_id, branch, session, repeat, started_at,
            duration_s, status, reason)
        select printf('01a20afe-%04d-7000-8000-%012d', $2, i), ${6:-1}, ${7:-1}, '${branch:-main}', '$1', i,
            strftime('%Y-%m-%dT%H:%M:%fZ', '2026-01-01', '+$2 minutes', '+' || i || ' seconds'), 30,
            '${5:-ok}', case '${5:-ok}' when 'ok' then null else 'too slow' end from n;
        insert or ignore into value
        select run.id, metric.id, case when scale = 'log' then
            case name when 'latency.p50' then 10 * $3 when 'latency.p95' then 30 * $3
                when 'latency.p99' then 50 * $3 when 'connect.p95' then 3 else 40 end
            * (1 + 0.03 * ((run.id * 7919 + metric.id * 104729) % 1000 / 1000.0 - 0.5))
            when name in ('connect.success', 'throughput.delivered') then 1
            when name like 'messages.%' and better then 30000 else 0 end
        from run join (select *, name in ('messages.sent', 'messages.matched') as better from metric)
            as metric where session = '$1' and status = 'ok' and (gate = 1 and name not like 'token.%'
            and name <> 'throughput.received' or name in ('latency.p90', 'messages.sent',
            'messages.matched', 'messages.lost'))"
}
