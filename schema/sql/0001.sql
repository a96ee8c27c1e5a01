-- Version 1 of the streamgauge database. Later versions are 0002.sql and on; the views are
-- views.sql. What a user reads in `.schema` is what stands between the parentheses, so that each
-- table explains itself there. SQLite's STRICT: a column holds what its type says.

CREATE TABLE project (
    -- What is measured: usually one repository.
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE scenario (
    -- A load. The same name with another workload (other clients, rate, duration, message...) is
    -- another scenario row and starts a new series; both keep their history.
    id INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project(id),
    name TEXT NOT NULL,
    workload TEXT NOT NULL,   -- hex SHA-256 of what shapes the load, as canonical JSON
    definition TEXT NOT NULL, -- the scenario as JSON, secrets left out, as its newest run had it
    UNIQUE (project_id, name, workload)
) STRICT;

CREATE TABLE environment (
    -- The machine that measured. Runs of different environments are not compared.
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE, -- made of the columns up to container, or the name given
    name TEXT,                -- given by --environment, else NULL
    architecture TEXT,
    cpu_model TEXT,
    cores INTEGER,
    memory_bytes INTEGER,     -- its class: a power of 2 or 3/2 of one
    os TEXT,                  -- with its major version
    container TEXT,           -- kind of container or virtual machine
    kernel TEXT,              -- from here on: shown, not part of the key
    libraries TEXT,
    governor TEXT
) STRICT;

CREATE TABLE metric (
    -- What can be measured.
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE, -- latency.p95
    unit TEXT NOT NULL,        -- of every value of this metric: ms, MiB, %, ratio (0..1), msg/s...
    direction TEXT NOT NULL CHECK (direction IN ('lower', 'higher', 'none')), -- which is better
    scale TEXT NOT NULL CHECK (scale IN ('log', 'ratio', 'count')),           -- how it is compared
    kind TEXT NOT NULL CHECK (kind IN ('value', 'distribution')),
    gate INTEGER NOT NULL CHECK (gate IN (0, 1)), -- 1: can turn a gate red
    help TEXT NOT NULL
) STRICT;

CREATE TABLE commit_info (
    -- What git knows of a commit, so that the repository need not be at hand.
    sha TEXT PRIMARY KEY,
    position INTEGER,  -- commits before it in its history; NULL: not known
    parent_sha TEXT,   -- its first parent
    committed_at TEXT, -- UTC
    author TEXT,
    subject TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE tag (
    name TEXT PRIMARY KEY, -- v1.2
    sha TEXT NOT NULL      -- the commit it names
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
    -- One measurement. The row is written when the run starts ('running'), its results in one
    -- transaction when it ends; a run that stays 'running' was never finished.
    id INTEGER PRIMARY KEY,    -- in this file only
    uuid TEXT NOT NULL UNIQUE, -- version 7; the same in every file that the run is merged into
    scenario_id INTEGER NOT NULL REFERENCES scenario(id),
    environment_id INTEGER NOT NULL REFERENCES environment(id),
    branch TEXT,
    commit_sha TEXT,           -- commit_info tells more, where it is known
    commit_time TEXT,          -- UTC
    dirty INTEGER NOT NULL DEFAULT 0 CHECK (dirty IN (0, 1)), -- 1: with uncommitted changes
    pr TEXT,                   -- pull request
    run_url TEXT,              -- of the CI run
    session TEXT NOT NULL,     -- what ran together: one CI job or one invocation
    repeat INTEGER NOT NULL,   -- from 1, within one invocation
    role TEXT,                 -- 'before', 'after' in an ab, 'capacity' in its search, else NULL
    started_at TEXT NOT NULL,  -- UTC, 2026-11-23T16:05:00.123Z
    duration_s REAL,           -- of the measured part, as far as it went
    status TEXT NOT NULL
        CHECK (status IN ('running', 'ok', 'overloaded', 'interrupted', 'failed')),
    reason TEXT,               -- why the status is not ok
    seed INTEGER,              -- of every random choice in the run
    tool_version TEXT,
    extra TEXT                 -- a JSON object, or NULL
) STRICT;

CREATE INDEX run_by_series ON run (scenario_id, branch, started_at);
CREATE INDEX run_by_start ON run (started_at);
CREATE INDEX run_by_session ON run (session);
CREATE INDEX run_by_commit ON run (commit_sha) WHERE commit_sha IS NOT NULL;

CREATE TABLE label (
    -- Given by --label KEY=VALUE.
    run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX label_by_value ON label (key, value);

CREATE TABLE value (
    -- One number of a run, in the unit of its metric. A metric without a value has no row.
    run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    metric_id INTEGER NOT NULL REFERENCES metric(id),
    value REAL NOT NULL,
    PRIMARY KEY (run_id, metric_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE failure (
    -- Connections and messages of a run that failed, counted by reason.
    run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('connection', 'message')),
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (run_id, kind, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE timeseries (
    -- One number for each second of a run.
    run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    metric_id INTEGER NOT NULL REFERENCES metric(id),
    second INTEGER NOT NULL, -- of the measured part, from 0
    value REAL NOT NULL,
    PRIMARY KEY (run_id, metric_id, second)
) STRICT, WITHOUT ROWID;

CREATE TABLE histogram (
    -- A whole distribution, for the run and, of latency, for each second. Histograms can be
    -- merged, percentiles cannot be averaged: `.load streamgauge` brings hdr_merge() and friends.
    run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    metric_id INTEGER NOT NULL REFERENCES metric(id), -- of kind 'distribution'
    second INTEGER NOT NULL,  -- of the measured part, from 0; -1: the whole run
    count INTEGER NOT NULL,
    min REAL NOT NULL,        -- these three in the unit of the metric
    max REAL NOT NULL,
    mean REAL NOT NULL,
    unit_value REAL NOT NULL, -- one unit of the histogram (a nanosecond), in that of the metric
    hdr BLOB NOT NULL,        -- HdrHistogram, V2 compressed encoding
    PRIMARY KEY (run_id, metric_id, second)
) STRICT;

CREATE TABLE baseline (
    -- A name for what later runs are compared with: fixed runs (baseline_run), or a window that is
    -- looked up at each use.
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    sessions INTEGER CHECK (sessions > 0), -- of a window: how many before the judged one
    branch TEXT,                           -- of a window: on which branch
    created_at TEXT NOT NULL,              -- UTC
    CHECK ((sessions IS NULL) = (branch IS NULL))
) STRICT;

CREATE TABLE baseline_run (
    baseline_id INTEGER NOT NULL REFERENCES baseline(id) ON DELETE CASCADE,
    run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    PRIMARY KEY (baseline_id, run_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX baseline_run_by_run ON baseline_run (run_id);

CREATE TABLE budget (
    -- What a metric may cost in a scenario, as its newest run was given it. A limit is broken
    -- strictly beyond it, in the metric's worse direction.
    scenario_id INTEGER NOT NULL REFERENCES scenario(id) ON DELETE CASCADE,
    metric_id INTEGER NOT NULL REFERENCES metric(id),
    warning REAL,    -- in the unit of the metric; NULL: none
    critical REAL,
    regression REAL, -- share by which it may be worse than the baseline, 0.05 = 5 %
    by_default INTEGER NOT NULL CHECK (by_default IN (0, 1)), -- 1: comes with a built-in scenario
    PRIMARY KEY (scenario_id, metric_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE verdict (
    -- What check, compare and ab said: one row for each metric of one judgement.
    judgement TEXT NOT NULL,    -- UUID, the same for all rows of one invocation
    scenario_id INTEGER NOT NULL REFERENCES scenario(id) ON DELETE CASCADE,
    environment_id INTEGER NOT NULL REFERENCES environment(id),
    metric_id INTEGER NOT NULL REFERENCES metric(id),
    judged_at TEXT NOT NULL,    -- UTC
    command TEXT NOT NULL,      -- 'check', 'compare' or 'ab'
    session TEXT,               -- the judged one
    baseline TEXT,              -- its name; NULL: none, or other runs
    verdict TEXT CHECK (verdict IN ('same', 'better', 'worse', 'inconclusive')), -- NULL: none
    before_value REAL,          -- in the unit of the metric
    after_value REAL,
    change REAL,                -- 0.05: 5 % more, or 5 percentage points for a ratio
    change_low REAL,            -- its interval
    change_high REAL,
    p REAL,
    detectable REAL,            -- the smallest change that these runs would have shown
    before_runs INTEGER NOT NULL,
    after_runs INTEGER NOT NULL,
    budget TEXT CHECK (budget IN ('ok', 'warning', 'critical', 'inconclusive')), -- NULL: none
    gates INTEGER NOT NULL CHECK (gates IN (0, 1)), -- 1: counts for the exit status
    note TEXT,
    PRIMARY KEY (judgement, scenario_id, environment_id, metric_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX verdict_by_series ON verdict (scenario_id, environment_id, metric_id, judged_at);

CREATE TABLE meta (
    -- For the program itself: the hashes of the views and of the list of metrics that this file
    -- was given last, and the version of the program that gave them.
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What the query planner takes for the sizes of tables and indexes: a hundred thousand runs, as if
-- counted. With these figures the last runs of a scenario are found by walking run_by_start
-- backwards, under a millisecond through `results`; with none, or with those of ANALYZE, questions
-- without a LIMIT or those with one take 10 to 100 times as long. So nothing runs ANALYZE here.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('project', 'sqlite_autoindex_project_1', '2 1'),
    ('scenario', 'sqlite_autoindex_scenario_1', '20 20 1 1'),
    ('environment', 'sqlite_autoindex_environment_1', '5 1'),
    ('metric', 'sqlite_autoindex_metric_1', '70 1'),
    ('commit_info', 'commit_info', '20000 1'),
    ('run', 'run_by_series', '100000 60000 20000 1'),
    ('run', 'run_by_start', '100000 1'),
    ('run', 'run_by_session', '100000 5'),
    ('run', 'run_by_commit', '100000 10'),
    ('run', 'sqlite_autoindex_run_1', '100000 1'),
    ('value', 'value', '4000000 40 1');
