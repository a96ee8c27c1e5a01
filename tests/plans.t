#!/bin/sh
# What is asked most is found by index, and each index is needed by one of these questions.
. "$(dirname "$0")/lib.sh"
"$BUILD/tests/test_questions" x.db
ok $? "a database to ask"
"$sg" --db x.db changes >/dev/null
used=
# plan INDEX QUERY: the query is answered by way of INDEX, without walking over all runs or values.
# PRIMARY is the table's own order.
plan() {
    plan=$(sqlite3 x.db "EXPLAIN QUERY PLAN $2" 2>&1)
    used="$used $1"
    like "$plan" "USING (COVERING )?(INDEX )?$1( |$)" "$1: $(echo "$2" | tr -s ' \n' ' ' | cut -c1-60)"
    walked=$(printf '%s\n' "$plan" | grep -E 'SCAN (run|value|timeseries|histogram|verdict)( USING COVERING.*)?$')
    [ -z "$walked" ] || ok 1 "walks over a table: $walked"
}
plan run_by_series "SELECT v.value FROM run r JOIN value v ON v.run_id = r.id WHERE r.scenario_id = 1
    AND r.branch = 'main' AND v.metric_id = 9 ORDER BY r.started_at DESC LIMIT 200"
plan run_by_series "SELECT id FROM run WHERE branch = 'main'"
plan run_by_start "SELECT * FROM results WHERE metric = 'latency.p95' AND scenario = 'chat' AND
    branch = 'main' ORDER BY started_at DESC LIMIT 200"
plan run_by_start "SELECT * FROM results WHERE started_at > '2026-12-01'"
plan run_by_session "SELECT * FROM run WHERE session = 'a'"
plan run_by_session "SELECT * FROM regressions"
plan run_by_commit "SELECT * FROM run WHERE commit_sha >= 'abc' AND commit_sha < 'abd'"
plan run_by_commit "SELECT run.id FROM tag JOIN run ON run.commit_sha = tag.sha WHERE tag.name = 'v1'"
plan run_by_commit "SELECT * FROM results WHERE commit_sha = 'abc'"
plan "sqlite_autoindex_run_1" "SELECT * FROM run WHERE uuid >= 'abc' AND uuid < 'abd'"
plan PRIMARY "SELECT * FROM results WHERE run = 3"
plan PRIMARY "SELECT * FROM runs WHERE run = 3"
plan PRIMARY "SELECT * FROM failures WHERE run = 3"
plan PRIMARY "SELECT value FROM timeseries WHERE run_id = 1 AND metric_id = 2"
plan sqlite_autoindex_histogram_1 "SELECT hdr FROM histogram WHERE run_id = 1 AND metric_id = 2 AND second = -1"
plan sqlite_autoindex_metric_1 "SELECT * FROM latest WHERE metric = 'latency.p95'"
plan label_by_value "SELECT run_id FROM label WHERE key = 'a' AND value = 'b'"
plan verdict_by_series "SELECT * FROM verdict WHERE scenario_id = 1 AND environment_id = 1 AND metric_id = 2
    ORDER BY judged_at DESC LIMIT 1"
plan annotation_by_run "SELECT * FROM annotation WHERE run_id = 1"
plan annotation_by_change "SELECT * FROM annotation WHERE change_id = 1"
plan baseline_run_by_run "SELECT baseline_id FROM baseline_run WHERE run_id = 1"
# Asked before every verdict: which runs the series have. The index alone tells, in its own order.
is "$(sqlite3 x.db "EXPLAIN QUERY PLAN SELECT scenario_id, environment_id, branch, commit_sha, count(*),
    max(id) FROM run WHERE status = 'ok' AND role IS NULL AND (NULL IS NULL OR branch = 'main')
    GROUP BY commit_sha, scenario_id, environment_id, branch" | sed 1d)" \
    "\`--SCAN run USING COVERING INDEX run_by_commit" "run_by_commit: the runs of all series"
for index in $(sqlite3 x.db "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"); do
    case $used in
    *" $index"*) ok 0 "$index is needed" ;;
    *) ok 1 "$index is needed by none of these questions" ;;
    esac
done

is "$(sqlite3 x.db "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'run'
    EXCEPT SELECT idx FROM sqlite_stat1")" "" "and each one of runs has its statistics"

# What the extension adds has names of its own: other extensions (sqlean) have median, percentile,
# stats_*, and the like.
added() {
    sqlite3 x.db "SELECT DISTINCT name FROM pragma_function_list UNION SELECT name FROM pragma_module_list" |
        sort >before
    LD_PRELOAD=$(extension_runtime) sqlite3 -cmd ".load $BUILD/streamgauge" x.db \
        "SELECT DISTINCT name FROM pragma_function_list UNION SELECT name FROM pragma_module_list" |
        sort | comm -13 before -
}
is "$(added | grep -vE '^(hdr|sg)_[a-z]+$')" "" "every function begins with hdr_ or sg_"
[ "$(added | wc -l)" -ge 10 ]
ok $? "and there are ten or more"
done_testing
