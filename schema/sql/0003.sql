-- Version 3: whether the change points of all series are those of the runs that are recorded is
-- told from an index alone, without reading a run.

-- Of a commit, which series have how many runs of it. The commit stands first, so that the runs of
-- a commit are still found by it; a second index for the series would cost every run 90 bytes, this
-- one costs 12.
DROP INDEX IF EXISTS run_by_commit;
CREATE INDEX run_by_commit ON run (commit_sha, scenario_id, environment_id, branch, status, role);
ANALYZE sqlite_schema; -- makes the table of statistics where somebody dropped it
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('run', 'run_by_commit', '100000 10 5 5 5 5 5');

DROP TABLE analyzed;
CREATE TABLE analyzed (
    -- For the program itself: with which runs the change points of all metrics of a scenario, on
    -- an environment and a branch, were looked for last. Where that is so still, nothing is to do.
    scenario_id INTEGER NOT NULL REFERENCES scenario(id) ON DELETE CASCADE,
    environment_id INTEGER NOT NULL REFERENCES environment(id),
    branch TEXT NOT NULL,    -- '': of runs without one
    runs TEXT NOT NULL,      -- what tells these runs, in this order, from others
    points INTEGER NOT NULL, -- how many sessions and commits they are of
    PRIMARY KEY (scenario_id, environment_id, branch)
) STRICT, WITHOUT ROWID;
