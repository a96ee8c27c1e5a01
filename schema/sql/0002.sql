-- Version 2: where the levels of series changed, and what people wrote about runs and changes.

CREATE TABLE change_point (
    -- Where the level of a series (scenario, environment, branch, metric) changed, as `changes`
    -- found it last. What people said of it stays when the series is analysed again.
    id INTEGER PRIMARY KEY,      -- in this file only; what `annotate change ID` takes
    scenario_id INTEGER NOT NULL REFERENCES scenario(id) ON DELETE CASCADE,
    environment_id INTEGER NOT NULL REFERENCES environment(id),
    branch TEXT NOT NULL,        -- '': of runs without one
    metric_id INTEGER NOT NULL REFERENCES metric(id),
    run_uuid TEXT NOT NULL,      -- the first run of the new level; the run itself may be pruned
    started_at TEXT NOT NULL,    -- its start, UTC
    commit_sha TEXT,             -- its commit: the change came with it, or with one of those
    previous_sha TEXT,           -- behind this, the last one that was measured before
    before_value REAL NOT NULL,  -- the levels, in the unit of the metric
    after_value REAL NOT NULL,
    change REAL,                 -- 0.05: 5 % more, or 5 percentage points for a ratio
    change_low REAL,             -- its interval
    change_high REAL,
    p REAL,
    state TEXT NOT NULL          -- the last three are set by people
        CHECK (state IN ('new', 'confirmed', 'expected', 'fixed', 'false-alarm')),
    found INTEGER NOT NULL CHECK (found IN (0, 1)), -- 0: no longer; kept for what people said
    analyzed_at TEXT NOT NULL,   -- UTC, the last time that this row changed
    UNIQUE (scenario_id, environment_id, branch, metric_id, run_uuid)
) STRICT;

CREATE TABLE annotation (
    -- What people wrote about a run or a change point. The newest state of a change point counts.
    uuid TEXT PRIMARY KEY,
    run_id INTEGER REFERENCES run(id) ON DELETE CASCADE,
    change_id INTEGER REFERENCES change_point(id) ON DELETE CASCADE,
    created_at TEXT NOT NULL, -- UTC
    state TEXT CHECK (state IN ('expected', 'fixed', 'false-alarm')), -- of a change; NULL: a note
    note TEXT,
    CHECK ((run_id IS NULL) <> (change_id IS NULL)),
    CHECK (state IS NULL OR change_id IS NOT NULL),
    CHECK (state IS NOT NULL OR note IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX annotation_by_run ON annotation (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX annotation_by_change ON annotation (change_id) WHERE change_id IS NOT NULL;

CREATE TABLE analyzed (
    -- For the program itself: with which runs the change points of all metrics of a scenario, on
    -- an environment and a branch, were looked for last. Where that is so still, nothing is to do.
    scenario_id INTEGER NOT NULL REFERENCES scenario(id) ON DELETE CASCADE,
    environment_id INTEGER NOT NULL REFERENCES environment(id),
    branch TEXT NOT NULL, -- '': of runs without one
    runs TEXT NOT NULL,   -- what tells these runs, in this order, from others
    PRIMARY KEY (scenario_id, environment_id, branch)
) STRICT, WITHOUT ROWID;
