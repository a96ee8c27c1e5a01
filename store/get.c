/* get: reads back what put.c wrote. */
#include "schema/hist.h"
#include "schema/text.h"
#include "store/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool store_values(struct store *s, const struct run_list *runs, enum metric_id metric,
                  double *value, struct err *e)
{
    struct text json = {0};
    struct query q;
    bool done;

    for (size_t i = 0; i < runs->count; i++)
        value[i] = NAN;
    ids_json_of(runs, &json);
    done = db_query(s, &q, e,
                    "SELECT one.key, value.value FROM json_each(?1) AS one "
                    "CROSS JOIN value ON run_id = one.value AND metric_id = ?2",
                    BIND(json.data), BIND(s->metric_row[metric]));
    if (done) {
        while (query_next(&q, e))
            value[query_integer(&q, 0)] = query_real(&q, 1);
        done = query_end(&q);
    }
    text_free(&json);
    return done;
}

/* The metric that a row names; false for one that this program does not know. */
static bool metric_read(const struct query *q, int column, enum metric_id *metric)
{
    int64_t row = query_integer(q, column);

    for (int i = 0; i < METRIC_COUNT; i++) {
        if (q->store->metric_row[i] == row && row != 0) {
            *metric = (enum metric_id)i;
            return true;
        }
    }
    return false;
}

bool values_read(struct store *s, const struct ids *runs, double (*value)[METRIC_COUNT],
                 struct err *e)
{
    struct text json = {0};
    enum metric_id metric;
    struct query q;
    bool done;

    for (size_t i = 0; i < runs->count; i++)
        for (int m = 0; m < METRIC_COUNT; m++)
            value[i][m] = NAN;
    ids_json(runs, &json);
    done = db_query(s, &q, e,
                    "SELECT one.key, metric_id, value.value FROM json_each(?1) AS one "
                    "CROSS JOIN value ON run_id = one.value",
                    BIND(json.data));
    if (done) {
        while (query_next(&q, e))
            if (metric_read(&q, 1, &metric))
                value[query_integer(&q, 0)][metric] = query_real(&q, 2);
        done = query_end(&q);
    }
    text_free(&json);
    return done;
}

bool store_values_all(struct store *s, const struct run_list *runs, double *value, struct err *e)
{
    struct ids ids = {0};
    bool done;

    for (size_t i = 0; i < runs->count; i++)
        ids_add(&ids, runs->row[i].id);
    done = values_read(s, &ids, (double(*)[METRIC_COUNT])value, e);
    ids_free(&ids);
    return done;
}

static void environment_read(const struct query *q, int from, struct environment *env)
{
    env->key = query_text(q, from);
    env->name = query_text(q, from + 1);
    env->architecture = query_text(q, from + 2);
    env->cpu_model = query_text(q, from + 3);
    env->cores = query_integer(q, from + 4);
    env->memory_bytes = query_integer(q, from + 5);
    env->os = query_text(q, from + 6);
    env->container = query_text(q, from + 7);
    env->kernel = query_text(q, from + 8);
    env->libraries = query_text(q, from + 9);
    env->governor = query_text(q, from + 10);
}

#define RUN_SQL                                                                               \
    "SELECT run.id, run.uuid, project.name, run.branch, run.commit_sha, run.commit_time, "    \
    "commit_info.author, commit_info.subject, commit_info.parent_sha, commit_info.position, " \
    "run.dirty, run.pr, run.run_url, run.session, run.repeat, run.role, run.started_at, "     \
    "run.seed, run.tool_version, scenario.name, scenario.workload, scenario.definition, "     \
    "run.extra, environment.key, environment.name, architecture, cpu_model, cores, "          \
    "memory_bytes, os, container, kernel, libraries, governor FROM " ROW_TABLES               \
    "WHERE run.id = ?1"

static bool run_read(const struct query *q, struct run *run, struct err *e)
{
    const char *uuid = query_raw(q, 1);

    run->id = query_integer(q, 0);
    strncpy(run->uuid, uuid ? uuid : "", UUID_SIZE - 1);
    text_clean(run->uuid);
    run->project = query_text(q, 2);
    run->branch = query_text(q, 3);
    run->commit_sha = query_text(q, 4);
    run->commit_time = query_text(q, 5);
    run->commit_author = query_text(q, 6);
    run->commit_subject = query_text(q, 7);
    run->commit_parent = query_text(q, 8);
    run->commit_position = query_null(q, 9) ? -1 : query_integer(q, 9);
    run->dirty = query_integer(q, 10) != 0;
    run->pr = query_text(q, 11);
    run->run_url = query_text(q, 12);
    run->session = query_text(q, 13);
    run->repeat = query_integer(q, 14);
    run->role = query_text(q, 15);
    run->seed = query_integer(q, 17);
    run->tool_version = query_text(q, 18);
    run->scenario = query_text(q, 19);
    run->workload = query_text(q, 20);
    run->definition = query_text(q, 21);
    run->extra = query_text(q, 22);
    environment_read(q, 23, &run->environment);
    return time_read(q, 16, &run->started_ms, e);
}

static bool labels_read(struct store *s, struct run *run, struct err *e)
{
    struct query q;

    if (!db_query(s, &q, e, "SELECT key, value FROM label WHERE run_id = ?1 ORDER BY key",
                  BIND(run->id)))
        return false;
    while (query_next(&q, e)) {
        run->labels = mem_grow(run->labels, run->labels_count + 1, sizeof *run->labels);
        run->labels[run->labels_count++] =
            (struct label){.key = query_text(&q, 0), .value = query_text(&q, 1)};
    }
    return query_end(&q);
}

bool store_run(struct store *s, int64_t run_id, struct run *run, struct err *e)
{
    struct query q;
    bool found = false, done = true;

    *run = (struct run){0};
    if (!db_query(s, &q, e, RUN_SQL, BIND(run_id)))
        return false;
    if (query_next(&q, e)) {
        found = true;
        done = run_read(&q, run, e);
    }
    if (!query_end(&q) || !done)
        return false;
    if (!found)
        return err_set(e, ERR_STORE, "%s: run %lld is not there any more", s->path,
                       (long long)run_id);
    return labels_read(s, run, e) && store_budgets(s, run_id, &run->budgets, e);
}

bool store_budgets(struct store *s, int64_t run_id, struct budget_list *out, struct err *e)
{
    int64_t scenario_id = 0;

    return db_integer(s, &scenario_id, e, "SELECT scenario_id FROM run WHERE id = ?1",
                      BIND(run_id)) &&
           budgets_read(s, scenario_id, out, e);
}

static bool points_read(struct store *s, int64_t run_id, struct result *result, struct err *e)
{
    enum metric_id metric;
    struct query q;

    if (!db_query(s, &q, e,
                  "SELECT metric_id, second, value FROM timeseries WHERE run_id = ?1 "
                  "ORDER BY metric_id, second",
                  BIND(run_id)))
        return false;
    while (query_next(&q, e))
        if (metric_read(&q, 0, &metric))
            result_add_point(result, metric, (int32_t)query_integer(&q, 1), query_real(&q, 2));
    return query_end(&q);
}

static void histogram_read(const struct query *q, struct result *result)
{
    struct histogram h = {.second = (int32_t)query_integer(q, 1),
                          .count = query_integer(q, 2),
                          .min = query_real(q, 3),
                          .max = query_real(q, 4),
                          .mean = query_real(q, 5)};
    const void *hdr;

    if (!metric_read(q, 0, &h.metric))
        return;
    hdr = query_blob(q, 6, &h.hdr_length);
    h.hdr = mem_get(h.hdr_length, 1);
    if (hdr)
        memcpy(h.hdr, hdr, h.hdr_length);
    result->histograms =
        mem_grow(result->histograms, result->histograms_count + 1, sizeof *result->histograms);
    result->histograms[result->histograms_count++] = h;
}

static bool histograms_read(struct store *s, int64_t run_id, struct result *result, struct err *e)
{
    struct query q;

    if (!db_query(s, &q, e,
                  "SELECT metric_id, second, count, min, max, mean, hdr FROM histogram "
                  "WHERE run_id = ?1 ORDER BY metric_id, second",
                  BIND(run_id)))
        return false;
    while (query_next(&q, e))
        histogram_read(&q, result);
    return query_end(&q);
}

static bool failures_read(struct store *s, int64_t run_id, struct result *result, struct err *e)
{
    struct query q;

    if (!db_query(s, &q, e,
                  "SELECT kind, reason, count FROM failure WHERE run_id = ?1 "
                  "ORDER BY count DESC, kind, reason",
                  BIND(run_id)))
        return false;
    while (query_next(&q, e)) {
        char *reason = query_text(&q, 1);

        result_add_failure(result,
                           query_is(&q, 0, "connection") ? FAILURE_CONNECTION : FAILURE_MESSAGE,
                           reason ? reason : "", query_integer(&q, 2));
        free(reason);
    }
    return query_end(&q);
}

bool store_result(struct store *s, int64_t run_id, struct result *result, struct err *e)
{
    struct run_row row = {.id = run_id};
    bool done = true;
    struct query q;

    result_init(result);
    if (!db_query(s, &q, e, "SELECT status, reason, duration_s, extra FROM run WHERE id = ?1",
                  BIND(run_id)))
        return false;
    if (query_next(&q, e)) {
        done = status_read(&q, 0, &result->status, e);
        result->reason = query_text(&q, 1);
        result->duration_s = query_real(&q, 2);
        result->extra = query_text(&q, 3);
    }
    return query_end(&q) && done &&
           store_values_all(s, &(struct run_list){&row, 1}, result->value, e) &&
           points_read(s, run_id, result, e) && histograms_read(s, run_id, result, e) &&
           failures_read(s, run_id, result, e);
}

/* Adds a histogram whose unit is `scale` nanoseconds. */
static void merge_scaled(struct hist *into, const struct hist *from, double scale)
{
    int64_t lowest, highest, count;
    size_t cursor = 0;

    while (hist_next(from, &cursor, &lowest, &highest, &count)) {
        double ns = ((double)lowest + (double)highest) / 2 * scale;

        hist_add_n(into, ns < (double)HIST_MAX ? (int64_t)ns : HIST_MAX, count);
    }
}

static bool histogram_merge(const struct query *q, struct hist *into, struct err *e)
{
    struct hist one;
    size_t length;
    const void *hdr = query_blob(q, 0, &length);
    double scale = query_real(q, 1) / HIST_UNIT_MS;
    bool done;

    hist_open(&one);
    done = hist_decode(&one, hdr, length, e);
    if (done && fabs(scale - 1) < 1e-9)
        hist_merge(into, &one);
    else if (done && isfinite(scale) && scale > 0)
        merge_scaled(into, &one, scale);
    hist_close(&one);
    return done || err_wrap(e, "%s: a histogram", q->store->path);
}

bool store_histogram(struct store *s, const struct run_list *runs, enum metric_id metric,
                     struct hist *h, struct err *e)
{
    struct query q;
    bool done = true;

    if (!db_query(s, &q, e,
                  "SELECT hdr, unit_value FROM histogram "
                  "WHERE run_id = ?1 AND metric_id = ?2 AND second = -1"))
        return false;
    for (size_t i = 0; done && i < runs->count && !q.failed; i++)
        if (query_again(&q, e, BIND(runs->row[i].id), BIND(s->metric_row[metric])) &&
            query_next(&q, e))
            done = histogram_merge(&q, h, e);
    return query_end(&q) && done;
}
