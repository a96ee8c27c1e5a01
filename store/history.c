/* history: earlier sessions, and the series over all of them. */
#include "store/rows.h"

#include "schema/units.h"

#include <stdlib.h>

/* The runs of one series, newest first; sessions are met in the order of their last run. What an ab
 * measured (it has a role) belongs to no series: half of it is of another commit. */
#define WALK_BRANCH                                                           \
    "SELECT session FROM run WHERE scenario_id = ?1 AND environment_id = ?2 " \
    "AND branch = ?3 AND status = 'ok' AND role IS NULL AND started_at < ?4 ORDER BY started_at DESC"
#define WALK_ANY                                                                                      \
    "SELECT session FROM run INDEXED BY run_by_start WHERE scenario_id = ?1 AND environment_id = ?2 " \
    "AND ?3 IS NULL AND status = 'ok' AND role IS NULL AND started_at < ?4 ORDER BY started_at DESC"

/* The runs of a session: whether each is of the series, and whether it started before a time. */
#define SESSION_RUNS                                                         \
    "SELECT id, scenario_id = ?2 AND environment_id = ?3 AND status = 'ok' " \
    "AND (?4 IS NULL OR branch IS ?4), role IS NULL, started_at < ?5 FROM run WHERE session = ?1"

/* What is asked for, and the statements that answer. */
struct history {
    const struct run_row *of;
    const char *branch, *before;
    struct ids except; /* in their order */
    struct query walk, runs;
    struct names seen;
    struct ids ids;
};

static int id_order(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void except_open(struct history *h, const struct run_list *runs)
{
    for (size_t i = 0; runs && i < runs->count; i++)
        ids_add(&h->except, runs->row[i].id);
    if (h->except.count)
        qsort(h->except.id, h->except.count, sizeof *h->except.id, id_order);
}

static bool is_excepted(const struct history *h, int64_t id)
{
    return h->except.count &&
           bsearch(&id, h->except.id, h->except.count, sizeof *h->except.id, id_order);
}

static bool history_open(struct history *h, struct store *s, struct err *e)
{
    return db_query(s, &h->walk, e, h->branch ? WALK_BRANCH : WALK_ANY, BIND(h->of->scenario_id),
                    BIND(h->of->environment_id), BIND(h->branch), BIND(h->before)) &&
           db_query(s, &h->runs, e, SESSION_RUNS);
}

/* Adds the runs of a session, if it is an earlier one; *taken tells. One that has been judged is
 * none, nor is one that had not ended before: which a retry adds to is not its own history. */
static bool session_take(struct history *h, const char *session, bool *taken, struct err *e)
{
    size_t before = h->ids.count;

    *taken = true;
    if (!query_again(&h->runs, e, BIND(session), BIND(h->of->scenario_id),
                     BIND(h->of->environment_id), BIND(h->branch), BIND(h->before)))
        return false;
    while (*taken && query_next(&h->runs, e)) {
        int64_t id = query_integer(&h->runs, 0);
        bool mine = query_integer(&h->runs, 1) != 0;

        *taken = !is_excepted(h, id) && (!mine || query_integer(&h->runs, 3));
        if (mine && query_integer(&h->runs, 2))
            ids_add(&h->ids, id);
    }
    if (!*taken)
        h->ids.count = before;
    return !h->runs.failed;
}

static bool history_walk(struct history *h, int64_t sessions, struct err *e)
{
    bool done = true, taken;

    if (sessions > STORE_SESSIONS_MAX) /* a baseline of a stranger's file may say anything */
        sessions = STORE_SESSIONS_MAX;
    for (int64_t n = 0; done && n < sessions && query_next(&h->walk, e);) {
        const char *session = query_raw(&h->walk, 0);

        if (!session || !names_add(&h->seen, session))
            continue;
        done = session_take(h, session, &taken, e);
        n += taken;
    }
    return done && !h->walk.failed;
}

bool store_history(struct store *s, const struct run_row *of, const char *branch, int64_t before_ms,
                   int64_t sessions, const struct run_list *except, struct run_list *out,
                   struct err *e)
{
    char before[UNITS_TEXT_SIZE];
    struct history h = {.of = of, .branch = branch, .before = before};
    bool done;

    units_format_time(before, before_ms);
    except_open(&h, except);
    done = history_open(&h, s, e) && history_walk(&h, sessions, e);
    query_end(&h.walk);
    query_end(&h.runs);
    done = done && rows_of_ids(s, &h.ids, out, e);
    names_free(&h.seen);
    ids_free(&h.ids);
    ids_free(&h.except);
    return done;
}

#define SERIES_SQL                                                                                \
    "SELECT run.id, commit_info.position, run.started_at, run.commit_sha, run.session, run.uuid " \
    "FROM run LEFT JOIN commit_info ON commit_info.sha = run.commit_sha " GROUP_IN_ORDER

static bool series_run_read(const struct query *q, struct series_run *r, struct err *e)
{
    r->id = query_integer(q, 0);
    r->position = query_null(q, 1) ? -1 : query_integer(q, 1);
    r->commit_sha = query_text(q, 3);
    r->session = query_text(q, 4);
    uuid_read(q, 5, r->uuid);
    return time_read(q, 2, &r->started_ms, e);
}

/* The query gives the newest first. */
static void series_reverse(struct series_runs *r)
{
    for (size_t i = 0, j = r->count; i + 1 < j; i++) {
        struct series_run swap = r->run[i];

        r->run[i] = r->run[--j];
        r->run[j] = swap;
    }
}

static bool series_values(struct store *s, struct series_runs *r, struct err *e)
{
    struct ids ids = {0};
    bool done;

    r->value = mem_get(r->count + 1, sizeof *r->value);
    for (size_t i = 0; i < r->count; i++)
        ids_add(&ids, r->run[i].id);
    done = values_read(s, &ids, r->value, e);
    ids_free(&ids);
    return done;
}

bool store_series(struct store *s, const struct run_row *of, size_t limit, struct series_runs *out,
                  struct err *e)
{
    size_t capacity = 0;
    struct query q;
    bool done = true;

    *out = (struct series_runs){0};
    if (!db_query(s, &q, e, SERIES_SQL, BIND(of->scenario_id), BIND(of->environment_id),
                  BIND(of->id)))
        return false;
    while (done && out->count < limit && query_next(&q, e)) {
        if (out->count == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            out->run = mem_grow(out->run, capacity, sizeof *out->run);
        }
        out->run[out->count] = (struct series_run){0};
        done = series_run_read(&q, &out->run[out->count++], e);
    }
    series_reverse(out);
    return query_end(&q) && done && series_values(s, out, e);
}
