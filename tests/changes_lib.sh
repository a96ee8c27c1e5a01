# changes_lib.sh: a database with a history of commits, on top of check_lib.sh.
. "$(dirname "$0")/check_lib.sh"

sql "with recursive n(i) as (select 0 union all select i + 1 from n where i < 400)
    insert into commit_info (sha, position, parent_sha)
    select printf('%07x%033x', 1000 * i + 0xabc0000, i), i,
        case when i > 0 then printf('%07x%033x', 1000 * (i - 1) + 0xabc0000, i - 1) end from n"

# The commit at a position, and as it is shown.
sha() { printf '%07x%033x' $((1000 * $1 + 0xabc0000)) "$1"; }
short() { sha "$1" | cut -c1-7; }

# history FROM TO FACTOR [STEP [RUNS]]: a session for every STEP-th position, with RUNS runs of 2 %
# noise, latencies multiplied by FACTOR; on main, or $branch.
history() {
    sql "with recursive n(i) as (select $1 union all select i + ${4:-1} from n where i + ${4:-1} <= $2),
            r(k) as (select 1 union all select k + 1 from r where k < ${5:-1})
        insert into run (uuid, scenario_id, environment_id, branch, commit_sha, session, repeat,
            started_at, duration_s, status)
        select printf('01a20afe-%04x-7000-8000-%012d', i, k), 1, 1, '${branch:-main}',
            printf('%07x%033x', 1000 * i + 0xabc0000, i), '${branch:-main}-' || i, k,
            strftime('%Y-%m-%dT%H:%M:%fZ', '2026-01-01', '+' || i || ' hours', '+' || k || ' seconds'),
            30, 'ok' from n, r;
        insert or ignore into value
        select run.id, metric.id, case when scale = 'log' then
                10 * case when name like 'latency.%' then $3 else 1 end
                * (1 + 0.07 * ((run.id * run.id * 48271 + run.id * metric.id * 40503
                    + metric.id * 104729) % 99991 / 99991.0 - 0.5))
            when name in ('connect.success', 'throughput.delivered') then 1 else 0 end
        from run join metric where kind = 'value' and direction <> 'none'
            and name not like 'token.%' and name not like 'reconnect.%'
            and run.id not in (select run_id from value)"
}
