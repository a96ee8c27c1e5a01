-- What was measured last?
SELECT * FROM runs ORDER BY run DESC LIMIT 5;

-- What is the p95 of the last 20 runs of each branch?
SELECT scenario, branch, count(*) AS runs, round(avg(value), 2) AS mean_ms,
       round(min(value), 2) AS best_ms, round(max(value), 2) AS worst_ms
FROM (SELECT *, row_number() OVER (PARTITION BY scenario, branch ORDER BY started_at DESC) AS newest
      FROM results WHERE metric = 'latency.p95' AND status = 'ok')
WHERE newest <= 20
GROUP BY scenario, branch;

-- How did p99 go over the commits of main?
-- with our functions: a bar for each commit
SELECT scenario, count(*) AS runs, round(sg_median(value), 1) AS median_ms,
       sg_sparkline(position, value) AS trend
FROM results
WHERE metric = 'latency.p99' AND branch = 'main' AND status = 'ok'
  AND environment = 'x86_64, 8 cores, ci'
GROUP BY scenario;

-- Which commit, by whom, moved p99?
-- as `streamgauge changes` found it
SELECT scenario.name AS scenario, substr(c.commit_sha, 1, 7) AS commit_sha, author, subject,
       round(before_value, 1) AS before_ms, round(after_value, 1) AS after_ms,
       printf('%+.0f %%', 100 * c.change) AS change
FROM change_point AS c
JOIN scenario ON scenario.id = c.scenario_id
JOIN metric ON metric.id = c.metric_id
LEFT JOIN commit_info ON commit_info.sha = c.commit_sha
WHERE metric.name = 'latency.p99' AND c.found = 1
ORDER BY c.started_at;

-- Which regressions were found that are still so?
SELECT scenario, metric, round(before_value, 2) AS before, round(after_value, 2) AS after, unit,
       printf('%+.0f %%', 100 * change) AS change, gates
FROM regressions ORDER BY gates DESC, change DESC;

-- What failed, and why?
SELECT kind, reason, sum(count) AS failures, count(DISTINCT run) AS runs,
       date(max(started_at)) AS last_seen
FROM failures GROUP BY kind, reason ORDER BY failures DESC;

-- How noisy is a metric on each machine?
-- the spread between the repeats of one commit, which no change of code explains
SELECT environment, metric, count(*) AS commits,
       printf('%.1f %%', 100 * avg((highest - lowest) / middle)) AS spread
FROM (SELECT environment, metric, max(value) AS highest, min(value) AS lowest,
             avg(value) AS middle
      FROM results
      WHERE metric IN ('latency.p50', 'latency.p95', 'latency.p99') AND status = 'ok'
      GROUP BY scenario, environment, branch, commit_sha, metric HAVING count(*) > 1)
GROUP BY environment, metric;

-- How noisy is it from commit to commit?
-- the standard deviation as a share of the mean, of the newest ten commits
SELECT environment, count(*) AS runs,
       printf('%.1f %%', 100 * sqrt(avg(value * value) - avg(value) * avg(value)) / avg(value)) AS spread
FROM (SELECT *, dense_rank() OVER (PARTITION BY environment ORDER BY position DESC) AS newest
      FROM results WHERE metric = 'latency.p50' AND scenario = 'chat' AND branch = 'main'
        AND status = 'ok')
WHERE newest <= 10 GROUP BY environment;

-- Which was the worst second of the newest run with seconds?
-- a histogram for each second, with our functions
SELECT histogram.run_id AS run, second, histogram.count AS messages,
       round(hdr_percentile(hdr, 99) * unit_value, 1) AS p99_ms, round(max, 1) AS max_ms
FROM histogram JOIN metric ON metric.id = histogram.metric_id
WHERE metric.name = 'latency' AND second >= 0
  AND run_id = (SELECT max(run_id) FROM histogram WHERE second >= 0)
ORDER BY hdr_percentile(hdr, 99) DESC LIMIT 3;

-- What is the p99 of several runs together?
-- percentiles cannot be averaged, histograms can be merged
SELECT count(*) AS runs, sum(histogram.count) AS messages,
       round(hdr_percentile(hdr_merge(hdr), 50) * unit_value, 2) AS p50_ms,
       round(hdr_percentile(hdr_merge(hdr), 99) * unit_value, 2) AS p99_ms
FROM histogram JOIN metric ON metric.id = histogram.metric_id
WHERE metric.name = 'latency' AND second = -1;

-- How did throughput go, second by second?
SELECT second, value AS msg_s
FROM timeseries JOIN metric ON metric.id = metric_id
WHERE metric.name = 'throughput.received' AND run_id = (SELECT max(run_id) FROM timeseries)
ORDER BY second;

-- Does the branch differ from main?
-- the newest six commits of each, by the program's own test
SELECT json_extract(told, '$.verdict') AS verdict,
       printf('%+.1f %%', 100 * json_extract(told, '$.change')) AS change,
       printf('%+.1f .. %+.1f %%', 100 * json_extract(told, '$.interval[0]'),
              100 * json_extract(told, '$.interval[1]')) AS interval
FROM (SELECT sg_compare(branch <> 'main', value) AS told
      FROM results WHERE metric = 'latency.p50' AND scenario = 'chat'
        AND environment = 'x86_64, 8 cores, ci' AND position > 34);

-- How does each scenario stand against its budgets?
SELECT scenario, branch, metric, round(value, 1) AS value, warning, critical, unit, status
FROM budget_status ORDER BY status DESC, scenario;

-- Which was the best release?
SELECT tag.name AS release, round(avg(value), 2) AS p95_ms, count(*) AS runs
FROM tag
JOIN results ON results.commit_sha = tag.sha
WHERE metric = 'latency.p95' AND scenario = 'chat' AND environment = 'x86_64, 8 cores, ci'
GROUP BY tag.name ORDER BY p95_ms;

-- What changed between two releases, and who worked on it?
SELECT author, count(*) AS commits, group_concat(DISTINCT subject) AS subjects
FROM commit_info
WHERE position > (SELECT position FROM commit_info JOIN tag USING (sha) WHERE name = 'v1.0')
  AND position <= (SELECT position FROM commit_info JOIN tag USING (sha) WHERE name = 'v1.1')
GROUP BY author ORDER BY commits DESC, author;

-- Which commits of main were never measured with a scenario?
SELECT scenario.name AS scenario, count(*) AS commits
FROM scenario CROSS JOIN commit_info
WHERE sha IN (SELECT commit_sha FROM run WHERE branch = 'main')
  AND NOT EXISTS (SELECT 1 FROM run WHERE run.scenario_id = scenario.id
                  AND run.commit_sha = commit_info.sha)
GROUP BY scenario.name;

-- Which runs cannot be trusted, and why?
SELECT status, count(*) AS runs, reason FROM run WHERE status <> 'ok' GROUP BY status, reason;

-- Does it matter on which instance it runs?
SELECT label.value AS instance, metric, round(avg(results.value), 2) AS mean, unit,
       count(*) AS runs
FROM results JOIN label ON label.run_id = results.run
WHERE label.key = 'instance' AND metric IN ('latency.p95', 'target.cpu.mean')
  AND scenario = 'chat' AND status = 'ok'
GROUP BY instance, metric;

-- How much memory does a client take, and does that grow with the commits?
-- the slope by least squares
SELECT scenario, round(avg(value), 2) AS mean_mib,
       round((avg(position * value) - avg(position) * avg(value)) /
             (avg(position * position) - avg(position) * avg(position)), 4) AS mib_a_commit
FROM results
WHERE metric = 'target.rss.per_client' AND branch = 'main' AND status = 'ok'
GROUP BY scenario;

-- What is a baseline made of, and what did people write about its runs?
SELECT baseline.name AS baseline, run.id AS run, run.session, note
FROM baseline
JOIN baseline_run ON baseline_run.baseline_id = baseline.id
JOIN run ON run.id = baseline_run.run_id
LEFT JOIN annotation ON annotation.run_id = run.id
ORDER BY run.id;

-- What takes the room in this file?
SELECT 'runs' AS what, count(*) AS rows FROM run
UNION ALL SELECT 'values', count(*) FROM value
UNION ALL SELECT 'values by the second', count(*) FROM timeseries
UNION ALL SELECT 'histograms', count(*) FROM histogram;
