/* put: a run is written twice, when it starts and when it ends. */
#include "schema/text.h"
#include "schema/units.h"
#include "store/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool limit_equal(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static bool budgets_equal(const struct budget_list *a, const struct budget_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct budget *x = &a->item[i], *y = budget_find(b, x->metric);

        if (!y || !limit_equal(x->warning, y->warning) || !limit_equal(x->critical, y->critical) ||
            !limit_equal(x->regression, y->regression) || x->by_default != y->by_default)
            return false;
    }
    return true;
}

/* A scenario row keeps the definition and the budgets of its newest run. */
static bool scenario_renew(struct store *s, int64_t scenario_id, const struct run *run,
                           const char *started_at, struct err *e)
{
    struct budget_list known = {0};
    int64_t same = 0, newer = 0;
    bool done = budgets_read(s, scenario_id, &known, e) &&
                db_integer(s, &same, e, "SELECT definition = ?2 FROM scenario WHERE id = ?1",
                           BIND(scenario_id), BIND(run->definition));
    bool equal = done && same && budgets_equal(&known, &run->budgets);

    budget_list_free(&known);
    if (!done || equal)
        return done;
    return db_integer(s, &newer, e,
                      "SELECT EXISTS (SELECT 1 FROM run WHERE scenario_id = ?1 "
                      "AND started_at > ?2)",
                      BIND(scenario_id), BIND(started_at)) &&
           (newer || (db_run(s, e, "UPDATE scenario SET definition = ?2 WHERE id = ?1",
                             BIND(scenario_id), BIND(run->definition)) &&
                      budgets_replace(s, scenario_id, &run->budgets, e)));
}

static bool commit_write(struct store *s, const struct run *run, struct err *e)
{
    struct bind position = run->commit_position < 0 ? (struct bind){0} : BIND(run->commit_position);
    int64_t changed = 0;

    return !run->commit_sha ||
           (db_run(s, e, COMMIT_PUT, BIND(run->commit_sha), position, BIND(run->commit_parent),
                   BIND(run->commit_time), BIND(run->commit_author), BIND(run->commit_subject)) &&
            tags_put(s, &run->commit_tags, &changed, e));
}

static bool labels_write(struct store *s, int64_t run_id, const struct run *run, struct err *e)
{
    struct query q;

    if (run->labels_count == 0)
        return true;
    if (!db_query(s, &q, e,
                  "INSERT INTO label (run_id, key, value) VALUES (?1, ?2, ?3) "
                  "ON CONFLICT (run_id, key) DO UPDATE SET value = excluded.value"))
        return false;
    for (size_t i = 0; i < run->labels_count; i++)
        if (!query_run(&q, e, BIND(run_id), BIND(run->labels[i].key), BIND(run->labels[i].value)))
            break;
    return query_end(&q);
}

static bool run_insert(struct store *s, const struct run *run, int64_t scenario_id,
                       int64_t environment_id, const char *started_at, int64_t *id, struct err *e)
{
    return db_integer(
        s, id, e,
        "INSERT INTO run (uuid, scenario_id, environment_id, branch, commit_sha, commit_time, "
        "dirty, pr, run_url, session, repeat, role, started_at, status, seed, tool_version, extra) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 'running', ?14, ?15, ?16) "
        "RETURNING id",
        BIND(run->uuid), BIND(scenario_id), BIND(environment_id), BIND(run->branch),
        BIND(run->commit_sha), BIND(run->commit_time), BIND(run->dirty), BIND(run->pr),
        BIND(run->run_url), BIND(run->session ? run->session : run->uuid), BIND(run->repeat),
        BIND(run->role), BIND(started_at), BIND(run->seed), BIND(run->tool_version),
        BIND(run->extra));
}

static bool begin_all(struct store *s, const struct run *run, int64_t *id, struct err *e)
{
    int64_t scenario_id = 0, environment_id = 0;
    char started_at[UNITS_TEXT_SIZE];

    units_format_time(started_at, run->started_ms);
    return scenario_row(s, run->project ? run->project : "default", run->scenario, run->workload,
                        run->definition, &scenario_id, e) &&
           environment_row(s, &run->environment, &environment_id, e) && commit_write(s, run, e) &&
           scenario_renew(s, scenario_id, run, started_at, e) &&
           run_insert(s, run, scenario_id, environment_id, started_at, id, e) &&
           labels_write(s, *id, run, e);
}

bool store_begin(struct store *s, struct run *run, struct err *e)
{
    return db_begin(s, e) && db_settle(s, begin_all(s, run, &run->id, e), e);
}

static bool values_write(struct store *s, int64_t run_id, const struct result *result,
                         struct err *e)
{
    struct query q;

    if (!db_query(s, &q, e, "INSERT INTO value (run_id, metric_id, value) VALUES (?1, ?2, ?3)"))
        return false;
    for (int i = 0; i < METRIC_COUNT; i++)
        if (isfinite(result->value[i]) &&
            !query_run(&q, e, BIND(run_id), BIND(s->metric_row[i]), BIND(result->value[i])))
            break;
    return query_end(&q);
}

/* The rows of a WITHOUT ROWID table are written fastest, and most compactly, in its own order. */
static int point_order(const void *a, const void *b)
{
    const struct point *x = a, *y = b;

    return x->metric != y->metric ? (x->metric > y->metric) - (x->metric < y->metric)
                                  : (x->second > y->second) - (x->second < y->second);
}

static bool points_write(struct store *s, int64_t run_id, const struct result *result,
                         struct err *e)
{
    struct point *point = mem_get(result->points_count, sizeof *point);
    struct query q;

    if (result->points_count)
        memcpy(point, result->points, result->points_count * sizeof *point);
    qsort(point, result->points_count, sizeof *point, point_order);
    if (!db_query(s, &q, e,
                  "INSERT INTO timeseries (run_id, metric_id, second, value) "
                  "VALUES (?1, ?2, ?3, ?4)")) {
        free(point);
        return false;
    }
    for (size_t i = 0; i < result->points_count; i++)
        if (isfinite(point[i].value) &&
            !query_run(&q, e, BIND(run_id), BIND(s->metric_row[point[i].metric]),
                       BIND(point[i].second), BIND(point[i].value)))
            break;
    free(point);
    return query_end(&q);
}

static bool histograms_write(struct store *s, int64_t run_id, const struct result *result,
                             struct err *e)
{
    struct query q;

    if (!db_query(s, &q, e,
                  "INSERT INTO histogram (run_id, metric_id, second, count, min, max, mean, "
                  "unit_value, hdr) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"))
        return false;
    for (size_t i = 0; i < result->histograms_count; i++) {
        const struct histogram *h = &result->histograms[i];

        if (!query_run(&q, e, BIND(run_id), BIND(s->metric_row[h->metric]), BIND(h->second),
                       BIND(h->count), BIND(h->min), BIND(h->max), BIND(h->mean),
                       BIND(HIST_UNIT_MS), bind_blob(h->hdr, h->hdr_length)))
            break;
    }
    return query_end(&q);
}

static bool failures_write(struct store *s, int64_t run_id, const struct result *result,
                           struct err *e)
{
    struct query q;

    if (!db_query(s, &q, e,
                  "INSERT INTO failure (run_id, kind, reason, count) VALUES (?1, ?2, ?3, ?4)"))
        return false;
    for (size_t i = 0; i < result->failures_count; i++) {
        const struct failure *f = &result->failures[i];

        if (!query_run(&q, e, BIND(run_id), BIND(failure_kind_name[f->kind]), BIND(f->reason),
                       BIND(f->count)))
            break;
    }
    return query_end(&q);
}

/* The run is found by its UUID: its row may be gone by now, pruned or in a file that was replaced,
 * and is then written again, since nothing that was measured may be lost. */
static bool finish_all(struct store *s, const struct run *run, const struct result *result,
                       struct err *e)
{
    int64_t id = 0;

    if (!db_integer(s, &id, e, "SELECT id FROM run WHERE uuid = ?1", BIND(run->uuid)) ||
        (!id && !begin_all(s, run, &id, e)))
        return false;
    return db_run(s, e,
                  "UPDATE run SET status = ?2, reason = ?3, duration_s = ?4, "
                  "extra = coalesce(?5, extra) WHERE id = ?1",
                  BIND(id), BIND(run_status_name[result->status]), BIND(result->reason),
                  BIND(result->duration_s), BIND(result->extra)) &&
           values_write(s, id, result, e) && points_write(s, id, result, e) &&
           histograms_write(s, id, result, e) && failures_write(s, id, result, e);
}

bool store_finish(struct store *s, const struct run *run, const struct result *result,
                  struct err *e)
{
    return db_begin(s, e) && db_settle(s, finish_all(s, run, result, e), e);
}

static bool add_all(struct store *s, const struct store_finished *list, size_t count,
                    int64_t *added, struct err *e)
{
    *added = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t known = 0;

        if (!db_integer(s, &known, e, "SELECT 1 FROM run WHERE uuid = ?1",
                        BIND(list[i].run->uuid)) ||
            (!known && !finish_all(s, list[i].run, list[i].result, e)))
            return false;
        *added += !known;
    }
    return true;
}

bool store_add(struct store *s, const struct store_finished *list, size_t count, int64_t *added,
               struct err *e)
{
    return db_begin(s, e) && db_settle(s, add_all(s, list, count, added, e), e);
}

bool store_pending(const char *path, struct run *run, const struct result *result, char **file,
                   struct err *e)
{
    struct store *s;
    bool done;

    *file = mem_printf("%s.%s.pending", path, run->uuid);
    unlink(*file); /* of an earlier try for the same run */
    done = store_open(&s, *file, STORE_WRITE, 0, e) && store_finish(s, run, result, e);
    store_close(s);
    if (!done) {
        unlink(*file);
        free(*file);
        *file = NULL;
    }
    return done;
}
