-- The views for a bare sqlite3 shell. A writing command drops and makes them anew when this text
-- has changed since (the hash is in table meta); they are never migrated, so an engineer's own
-- views belong under other names. The program itself never reads them.

DROP VIEW IF EXISTS results;
CREATE VIEW results AS
-- Every value of every run, whatever its status: the view to query.
SELECT project.name AS project,
       scenario.name AS scenario,
       run.branch AS branch,
       run.commit_sha AS commit_sha,
       commit_info.position AS position,   -- of the commit in its history; NULL: not known
       run.started_at AS started_at,       -- UTC
       metric.name AS metric,
       value.value AS value,
       metric.unit AS unit,
       environment.key AS environment,
       run.status AS status,
       run.id AS run
FROM run
JOIN scenario ON scenario.id = run.scenario_id
JOIN project ON project.id = scenario.project_id
JOIN environment ON environment.id = run.environment_id
JOIN value ON value.run_id = run.id
JOIN metric ON metric.id = value.metric_id
LEFT JOIN commit_info ON commit_info.sha = run.commit_sha;

DROP VIEW IF EXISTS runs;
CREATE VIEW runs AS
-- One line for each run, as narrow as its columns' names allow: 93 characters on ordinary names.
-- A terminal of 80 columns holds them without two of the quantiles.
SELECT run.id AS run,
       replace(substr(run.started_at, 6, 11), 'T', ' ') AS started, -- UTC
       scenario.name AS scenario,
       run.branch AS branch,
       substr(run.commit_sha, 1, 7) AS commit_sha,
       run.status AS status,
       (SELECT round(value, CASE WHEN value < 10 THEN 2 WHEN value < 100 THEN 1 ELSE 0 END)
        FROM value WHERE run_id = run.id
        AND metric_id = (SELECT id FROM metric WHERE name = 'latency.p50')) AS p50_ms,
       (SELECT round(value, CASE WHEN value < 10 THEN 2 WHEN value < 100 THEN 1 ELSE 0 END)
        FROM value WHERE run_id = run.id
        AND metric_id = (SELECT id FROM metric WHERE name = 'latency.p95')) AS p95_ms,
       (SELECT round(value, CASE WHEN value < 10 THEN 2 WHEN value < 100 THEN 1 ELSE 0 END)
        FROM value WHERE run_id = run.id
        AND metric_id = (SELECT id FROM metric WHERE name = 'latency.p99')) AS p99_ms,
       (SELECT CAST(round(value) AS INTEGER) FROM value WHERE run_id = run.id
        AND metric_id = (SELECT id FROM metric WHERE name = 'throughput.received')) AS msg_s,
       (SELECT CAST(sum(value) AS INTEGER) FROM value WHERE run_id = run.id -- lost ones too
        AND metric_id IN (SELECT id FROM metric
                          WHERE name IN ('errors.count', 'messages.lost'))) AS errors
FROM run
JOIN scenario ON scenario.id = run.scenario_id;

DROP VIEW IF EXISTS latest;
CREATE VIEW latest AS
-- As results, of the newest ok run of each scenario, branch and environment only.
SELECT results.*
FROM (SELECT id, max(started_at) FROM run
      WHERE status = 'ok' AND (role IS NULL OR role = 'after') -- not of an older server, no probe
      GROUP BY scenario_id, branch, environment_id) AS newest
JOIN results ON results.run = newest.id;

DROP VIEW IF EXISTS failures;
CREATE VIEW failures AS
-- Failed connections and messages, by reason.
SELECT project.name AS project,
       scenario.name AS scenario,
       run.branch AS branch,
       run.commit_sha AS commit_sha,
       run.started_at AS started_at,
       failure.kind AS kind,               -- connection or message
       failure.reason AS reason,
       failure.count AS count,
       run.status AS status,
       run.id AS run
FROM failure
JOIN run ON run.id = failure.run_id
JOIN scenario ON scenario.id = run.scenario_id
JOIN project ON project.id = scenario.project_id;

DROP VIEW IF EXISTS budget_status;
CREATE VIEW budget_status AS
-- How the newest ok run of each scenario, branch and environment stands against its budgets.
SELECT scenario.name AS scenario,
       run.branch AS branch,
       environment.key AS environment,
       metric.name AS metric,
       value.value AS value,
       metric.unit AS unit,
       budget.warning AS warning,
       budget.critical AS critical,
       CASE WHEN value.value IS NULL THEN 'inconclusive'
            WHEN metric.direction = 'lower' AND value.value > budget.critical THEN 'critical'
            WHEN metric.direction = 'lower' AND value.value > budget.warning THEN 'warning'
            WHEN metric.direction = 'higher' AND value.value < budget.critical THEN 'critical'
            WHEN metric.direction = 'higher' AND value.value < budget.warning THEN 'warning'
            ELSE 'ok' END AS status,
       run.id AS run
FROM (SELECT id, max(started_at) FROM run
      WHERE status = 'ok' AND (role IS NULL OR role = 'after') -- not of an older server, no probe
      GROUP BY scenario_id, branch, environment_id) AS newest
JOIN run ON run.id = newest.id
JOIN scenario ON scenario.id = run.scenario_id
JOIN environment ON environment.id = run.environment_id
JOIN budget ON budget.scenario_id = run.scenario_id
JOIN metric ON metric.id = budget.metric_id
LEFT JOIN value ON value.run_id = run.id AND value.metric_id = budget.metric_id
WHERE (budget.warning IS NOT NULL OR budget.critical IS NOT NULL)
AND (value.value IS NOT NULL OR NOT budget.by_default); -- a default without a value is skipped

DROP VIEW IF EXISTS regressions;
CREATE VIEW regressions AS
-- What check, compare and ab called worse; where a session was judged again, what was said last.
SELECT verdict.judged_at AS judged_at,     -- UTC
       verdict.session AS session,         -- the judged one; its branch and commit:
       (SELECT branch FROM run WHERE run.session = verdict.session LIMIT 1) AS branch,
       (SELECT commit_sha FROM run WHERE run.session = verdict.session LIMIT 1) AS commit_sha,
       scenario.name AS scenario,
       environment.key AS environment,
       metric.name AS metric,
       verdict.before_value AS before_value,
       verdict.after_value AS after_value,
       metric.unit AS unit,
       verdict.change AS change,           -- 0.05: 5 % more, or 5 percentage points for a ratio
       verdict.p AS p,
       verdict.baseline AS baseline,
       verdict.gates AS gates              -- 1: it turned a gate red
FROM verdict
JOIN scenario ON scenario.id = verdict.scenario_id
JOIN environment ON environment.id = verdict.environment_id
JOIN metric ON metric.id = verdict.metric_id
WHERE verdict.verdict = 'worse'
AND NOT EXISTS (SELECT 1 FROM verdict AS later
                WHERE later.scenario_id = verdict.scenario_id
                AND later.environment_id = verdict.environment_id
                AND later.metric_id = verdict.metric_id
                AND later.session IS verdict.session
                AND later.command = verdict.command
                AND later.judged_at > verdict.judged_at);
