/* The part of merge.c that takes runs. */
#include "store/merge.h"

#include <string.h>

/* Column of MERGE_RUNS. */
enum {
    ID,
    UUID,
    SCENARIO,
    ENVIRONMENT,
    STATUS,
    BRANCH,
    STARTED = 14,
    DURATION,
    REASON,
    EXTRA = 19
};

/* What belongs to a run: the columns behind run_id, and whether the first is a metric's id. */
static const struct {
    const char *read, *write;
    int columns;
    bool metric;
} children[MERGE_CHILDREN] = {
    {"SELECT metric_id, value FROM value WHERE run_id = ?1 ORDER BY metric_id",
     "INSERT INTO value (run_id, metric_id, value) VALUES (?1, ?2, ?3)", 2, true},
    {"SELECT metric_id, second, value FROM timeseries WHERE run_id = ?1 "
     "ORDER BY metric_id, second",
     "INSERT INTO timeseries (run_id, metric_id, second, value) VALUES (?1, ?2, ?3, ?4)", 3, true},
    {"SELECT metric_id, second, count, min, max, mean, unit_value, hdr FROM histogram "
     "WHERE run_id = ?1 ORDER BY metric_id, second",
     "INSERT INTO histogram (run_id, metric_id, second, count, min, max, mean, unit_value, hdr) "
     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
     8, true},
    {"SELECT kind, reason, count FROM failure WHERE run_id = ?1",
     "INSERT INTO failure (run_id, kind, reason, count) VALUES (?1, ?2, ?3, ?4)", 3, false},
};

bool merge_runs_open(struct merge *m, struct err *e)
{
    bool done =
        db_query(m->into, &m->find, e, "SELECT id, status FROM run WHERE uuid = ?1") &&
        db_query(m->into, &m->insert, e,
                 "INSERT INTO run (uuid, scenario_id, environment_id, status, branch, commit_sha, "
                 "commit_time, dirty, pr, run_url, session, repeat, role, started_at, duration_s, "
                 "reason, seed, tool_version, extra) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
                 "?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)") &&
        db_query(m->into, &m->finish, e,
                 "UPDATE run SET status = ?2, duration_s = ?3, reason = ?4, extra = ?5 "
                 "WHERE id = ?1");

    for (int i = 0; done && i < MERGE_CHILDREN; i++)
        done = db_query(m->from, &m->read[i], e, children[i].read) &&
               db_query(m->into, &m->write[i], e, children[i].write);
    return done;
}

void merge_runs_close(struct merge *m)
{
    query_end(&m->find);
    query_end(&m->insert);
    query_end(&m->finish);
    for (int i = 0; i < MERGE_CHILDREN; i++) {
        query_end(&m->read[i]);
        query_end(&m->write[i]);
    }
}

static bool child_copy(struct merge *m, int i, int64_t from, int64_t to, struct err *e)
{
    enum { COLUMNS_MAX = 10 };
    struct bind binds[COLUMNS_MAX] = {{0}, BIND(to)};
    struct query *read = &m->read[i];

    if (!query_again(read, e, BIND(from)))
        return false;
    while (query_next(read, e)) {
        for (int c = 0; c < children[i].columns; c++)
            binds[2 + c] = bind_column(read, c);
        if (children[i].metric)
            binds[2] = BIND(idmap_get(&m->metrics, query_integer(read, 0)));
        if (!query_run_binds(&m->write[i], e, binds, (size_t)children[i].columns + 2))
            return false;
    }
    return !read->failed;
}

static bool children_copy(struct merge *m, int64_t from, int64_t to, struct err *e)
{
    for (int i = 0; i < MERGE_CHILDREN; i++)
        if (!child_copy(m, i, from, to, e))
            return false;
    m->added++;
    return true;
}

/* UUIDs become parts of file names and of what users type. */
static bool uuid_good(const char *uuid)
{
    return uuid && strlen(uuid) == UUID_SIZE - 1 &&
           strspn(uuid, "0123456789abcdef-") == UUID_SIZE - 1;
}

static bool run_add(struct merge *m, const struct query *q, int64_t *id, struct err *e)
{
    struct bind binds[EXTRA + 1] = {{0}};

    for (int c = UUID; c <= EXTRA; c++)
        binds[c] = bind_column(q, c);
    binds[SCENARIO] = BIND(idmap_get(&m->scenarios, query_integer(q, SCENARIO)));
    binds[ENVIRONMENT] = BIND(idmap_get(&m->environments, query_integer(q, ENVIRONMENT)));
    if (!query_run_binds(&m->insert, e, binds, EXTRA + 1))
        return false;
    /* Not by RETURNING: with it, SQLite copies every page that the row goes to into a journal of
     * the statement, 28 KiB a run. */
    *id = sqlite3_last_insert_rowid(m->into->handle);
    return true;
}

/* A run is taken once. One that is only known as started here, and finished there (a .pending file
 * for one), is finished here. */
bool merge_run(struct merge *m, const struct query *q, struct err *e)
{
    int64_t id = 0, started_ms;
    bool running = false;

    if (!uuid_good(query_raw(q, UUID)))
        return merge_damaged(m, "a run has no UUID", e);
    if (!time_read(q, STARTED, &started_ms, e) || !query_again(&m->find, e, bind_column(q, UUID)))
        return false;
    if (query_next(&m->find, e)) {
        id = query_integer(&m->find, 0);
        running = query_is(&m->find, 1, run_status_name[RUN_RUNNING]);
    }
    if (m->find.failed || !query_again(&m->find, e))
        return false;
    if (id) {
        idmap_add(&m->runs, query_integer(q, ID), id);
        return !running || query_is(q, STATUS, run_status_name[RUN_RUNNING]) ||
               (query_run(&m->finish, e, BIND(id), bind_column(q, STATUS), bind_column(q, DURATION),
                          bind_column(q, REASON), bind_column(q, EXTRA)) &&
                children_copy(m, query_integer(q, ID), id, e));
    }
    if (!run_add(m, q, &id, e))
        return false;
    idmap_add(&m->runs, query_integer(q, ID), id);
    return children_copy(m, query_integer(q, ID), id, e);
}
