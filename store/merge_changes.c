/* The part of merge.c that takes change points and what people said of them. */
#include "store/merge.h"

/* Column of MERGE_CHANGES. */
enum { CHANGE_ID, CHANGE_SCENARIO, CHANGE_ENVIRONMENT, CHANGE_METRIC = 4, CHANGE_STARTED = 6 };
enum { CHANGE_COLUMNS = 18 };

/* Of two analyses the later one counts, as long as neither has seen all runs; then the series is
 * analysed again. */
#define CHANGE_SQL                                                                            \
    "INSERT INTO change_point (scenario_id, environment_id, branch, metric_id, run_uuid, "    \
    "started_at, commit_sha, previous_sha, before_value, after_value, change, change_low, "   \
    "change_high, p, state, found, analyzed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, " \
    "?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) "                                                \
    "ON CONFLICT (scenario_id, environment_id, branch, metric_id, run_uuid) DO UPDATE SET "   \
    "started_at = excluded.started_at, commit_sha = excluded.commit_sha, "                    \
    "previous_sha = excluded.previous_sha, before_value = excluded.before_value, "            \
    "after_value = excluded.after_value, change = excluded.change, "                          \
    "change_low = excluded.change_low, change_high = excluded.change_high, p = excluded.p, "  \
    "state = excluded.state, found = excluded.found, analyzed_at = excluded.analyzed_at "     \
    "WHERE (excluded.analyzed_at, excluded.found, excluded.state, excluded.before_value, "    \
    "excluded.after_value) > (analyzed_at, found, state, before_value, after_value)"

static bool change_differs(struct merge *m, const struct query *q, struct err *e)
{
    return sqlite3_changes(m->into->handle) == 0 ||
           db_run(m->into, e,
                  "DELETE FROM analyzed WHERE scenario_id = ?1 AND environment_id = ?2 "
                  "AND branch = ?3",
                  BIND(idmap_get(&m->scenarios, query_integer(q, CHANGE_SCENARIO))),
                  BIND(idmap_get(&m->environments, query_integer(q, CHANGE_ENVIRONMENT))),
                  bind_column(q, 3));
}

bool merge_change(struct merge *m, const struct query *q, struct err *e)
{
    struct bind binds[CHANGE_COLUMNS] = {{0}};
    int64_t id = 0, started_ms;

    for (int c = CHANGE_SCENARIO; c < CHANGE_COLUMNS; c++)
        binds[c] = bind_column(q, c);
    binds[CHANGE_SCENARIO] = BIND(idmap_get(&m->scenarios, query_integer(q, CHANGE_SCENARIO)));
    binds[CHANGE_ENVIRONMENT] =
        BIND(idmap_get(&m->environments, query_integer(q, CHANGE_ENVIRONMENT)));
    binds[CHANGE_METRIC] = BIND(idmap_get(&m->metrics, query_integer(q, CHANGE_METRIC)));
    if (!time_read(q, CHANGE_STARTED, &started_ms, e) ||
        !db_run_binds(m->into, e, CHANGE_SQL, binds, CHANGE_COLUMNS) || !change_differs(m, q, e) ||
        !db_integer(m->into, &id, e,
                    "SELECT id FROM change_point WHERE scenario_id = ?1 AND environment_id = ?2 "
                    "AND branch = ?3 AND metric_id = ?4 AND run_uuid = ?5",
                    binds[1], binds[2], binds[3], binds[4], binds[5]))
        return false;
    idmap_add(&m->changes, query_integer(q, CHANGE_ID), id);
    return true;
}

bool merge_annotation(struct merge *m, const struct query *q, struct err *e)
{
    int64_t run_id = idmap_get(&m->runs, query_integer(q, 1)), created_ms;
    int64_t change_id = idmap_get(&m->changes, query_integer(q, 2));

    if (!time_read(q, 3, &created_ms, e))
        return false;
    if (!run_id && !change_id)
        return true;
    return db_run(m->into, e,
                  "INSERT INTO annotation (uuid, run_id, change_id, created_at, state, note) "
                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
                  bind_column(q, 0), run_id ? BIND(run_id) : (struct bind){0},
                  change_id ? BIND(change_id) : (struct bind){0}, bind_column(q, 3),
                  bind_column(q, 4), bind_column(q, 5));
}

bool merge_states(struct merge *m, struct err *e)
{
    return db_run(m->into, e,
                  "UPDATE change_point SET state = said.state FROM "
                  "(SELECT change_id, state, max(created_at || uuid) FROM annotation "
                  "WHERE state IS NOT NULL GROUP BY change_id) AS said "
                  "WHERE said.change_id = change_point.id");
}
