#include "store/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool time_read(const struct query *q, int column, int64_t *ms, struct err *e)
{
    const char *text = query_raw(q, column);
    struct err ignored;

    if (text && units_time(text, ms, &ignored))
        return true;
    return err_set(e, ERR_STORE, "%s: the file is damaged: \"%.40s\" is not a time", q->store->path,
                   text ? text : "");
}

bool status_read(const struct query *q, int column, enum run_status *status, struct err *e)
{
    for (int i = RUN_RUNNING; i <= RUN_FAILED; i++) {
        if (query_is(q, column, run_status_name[i])) {
            *status = (enum run_status)i;
            return true;
        }
    }
    return err_set(e, ERR_STORE, "%s: the file is damaged: a run has an unknown status",
                   q->store->path);
}

void uuid_read(const struct query *q, int column, char out[UUID_SIZE])
{
    const char *uuid = query_raw(q, column);

    snprintf(out, UUID_SIZE, "%s", uuid ? uuid : "");
    text_clean(out);
}

void now_text(char out[UNITS_TEXT_SIZE])
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    units_format_time(out, (int64_t)t.tv_sec * 1000 + t.tv_nsec / NS_PER_MS);
}

bool name_make(struct store *s, char out[UUID_SIZE], struct err *e)
{
    struct query q;

    if (!db_query(s, &q, e, "SELECT lower(hex(randomblob(16)))"))
        return false;
    if (query_next(&q, e))
        snprintf(out, UUID_SIZE, "%s", query_raw(&q, 0));
    return query_end(&q);
}

static bool row_read(const struct query *q, struct run_row *row, struct err *e)
{
    const char *committed = query_raw(q, 16);
    struct err unreadable = {0};

    row->id = query_integer(q, 0);
    row->scenario_id = query_integer(q, 1);
    row->environment_id = query_integer(q, 2);
    uuid_read(q, 3, row->uuid);
    row->project = query_text(q, 4);
    row->scenario = query_text(q, 5);
    row->workload = query_text(q, 6);
    row->environment = query_text(q, 7);
    row->branch = query_text(q, 8);
    row->commit_sha = query_text(q, 9);
    row->session = query_text(q, 10);
    row->reason = query_text(q, 11);
    row->position = query_null(q, 12) ? -1 : query_integer(q, 12);
    row->repeat = query_integer(q, 13);
    if (!committed || !units_time(committed, &row->commit_ms, &unreadable))
        row->commit_ms = -1;
    return time_read(q, 14, &row->started_ms, e) && status_read(q, 15, &row->status, e);
}

bool rows_read(struct query *q, struct run_list *out, struct err *e)
{
    size_t capacity = out->count;

    while (query_next(q, e)) {
        if (out->count == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            out->row = mem_grow(out->row, capacity, sizeof *out->row);
        }
        out->row[out->count] = (struct run_row){0};
        if (!row_read(q, &out->row[out->count++], e)) {
            query_end(q);
            return false;
        }
    }
    return query_end(q);
}

void ids_add(struct ids *ids, int64_t id)
{
    if ((ids->count & (ids->count - 1)) == 0) /* full at each power of two */
        ids->id = mem_grow(ids->id, ids->count ? 2 * ids->count : 1, sizeof *ids->id);
    ids->id[ids->count++] = id;
}

void ids_free(struct ids *ids)
{
    free(ids->id);
    *ids = (struct ids){0};
}

bool ids_read(struct query *q, struct ids *ids, struct err *e)
{
    while (query_next(q, e))
        ids_add(ids, query_integer(q, 0));
    return query_end(q);
}

void ids_json(const struct ids *ids, struct text *out)
{
    text_add(out, "[");
    for (size_t i = 0; i < ids->count; i++)
        text_addf(out, "%s%lld", i ? "," : "", (long long)ids->id[i]);
    text_add(out, "]");
}

void ids_json_of(const struct run_list *runs, struct text *out)
{
    struct ids ids = {0};

    for (size_t i = 0; runs && i < runs->count; i++)
        ids_add(&ids, runs->row[i].id);
    ids_json(&ids, out);
    ids_free(&ids);
}

bool names_add(struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->name[i], name) == 0)
            return false;
    names->name = mem_grow(names->name, names->count + 1, sizeof *names->name);
    names->name[names->count++] = mem_copy(name);
    return true;
}

void names_free(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->name[i]);
    free(names->name);
    *names = (struct names){0};
}

bool rows_of_ids(struct store *s, const struct ids *ids, struct run_list *out, struct err *e)
{
    struct text json = {0};
    struct query q;
    bool done;

    ids_json(ids, &json);
    done = db_query(s, &q, e,
                    "SELECT " ROW_COLUMNS " FROM " ROW_TABLES
                    "WHERE run.id IN (SELECT value FROM json_each(?1)) "
                    "ORDER BY run.started_at DESC, run.id DESC",
                    BIND(json.data)) &&
           rows_read(&q, out, e);
    text_free(&json);
    return done;
}

bool scenario_row(struct store *s, const char *project, const char *name, const char *workload,
                  const char *definition, int64_t *id, struct err *e)
{
    int64_t project_id = 0;

    *id = 0;
    return db_run(s, e, "INSERT INTO project (name) VALUES (?1) ON CONFLICT DO NOTHING",
                  BIND(project)) &&
           db_integer(s, &project_id, e, "SELECT id FROM project WHERE name = ?1", BIND(project)) &&
           db_run(s, e,
                  "INSERT INTO scenario (project_id, name, workload, definition) "
                  "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                  BIND(project_id), BIND(name), BIND(workload), BIND(definition)) &&
           db_integer(s, id, e,
                      "SELECT id FROM scenario WHERE project_id = ?1 AND name = ?2 "
                      "AND workload = ?3",
                      BIND(project_id), BIND(name), BIND(workload));
}

/* What is not part of the key is that of the newest run, and of two files that are merged the
 * later in the order of text: so the order of merging does not matter. */
bool environment_row(struct store *s, const struct environment *env, int64_t *id, struct err *e)
{
    *id = 0;
    return db_run(s, e,
                  "INSERT INTO environment (key, name, architecture, cpu_model, cores, "
                  "memory_bytes, os, container, kernel, libraries, governor) "
                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
                  "ON CONFLICT (key) DO UPDATE SET kernel = excluded.kernel, "
                  "libraries = excluded.libraries, governor = excluded.governor "
                  "WHERE (kernel, libraries, governor) IS NOT "
                  "(excluded.kernel, excluded.libraries, excluded.governor)",
                  BIND(env->key), BIND(env->name), BIND(env->architecture), BIND(env->cpu_model),
                  BIND(env->cores), BIND(env->memory_bytes), BIND(env->os), BIND(env->container),
                  BIND(env->kernel), BIND(env->libraries), BIND(env->governor)) &&
           db_integer(s, id, e, "SELECT id FROM environment WHERE key = ?1", BIND(env->key));
}

bool budgets_read(struct store *s, int64_t scenario_id, struct budget_list *out, struct err *e)
{
    struct query q;

    if (!db_query(s, &q, e,
                  "SELECT metric.name, warning, critical, regression, by_default "
                  "FROM budget JOIN metric ON metric.id = budget.metric_id "
                  "WHERE scenario_id = ?1 ORDER BY metric.name",
                  BIND(scenario_id)))
        return false;
    while (query_next(&q, e)) {
        struct budget b = {.warning = query_real(&q, 1),
                           .critical = query_real(&q, 2),
                           .regression = query_real(&q, 3),
                           .by_default = query_integer(&q, 4) != 0};
        struct err ignored;

        if (!query_null(&q, 0) && metric_find(query_raw(&q, 0), &b.metric, &ignored))
            budget_list_put(out, &b);
    }
    return query_end(&q);
}

bool budgets_replace(struct store *s, int64_t scenario_id, const struct budget_list *budgets,
                     struct err *e)
{
    struct query q;

    if (!db_run(s, e, "DELETE FROM budget WHERE scenario_id = ?1", BIND(scenario_id)) ||
        !db_query(s, &q, e,
                  "INSERT INTO budget (scenario_id, metric_id, warning, critical, regression, "
                  "by_default) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"))
        return false;
    for (size_t i = 0; i < budgets->count; i++) {
        const struct budget *b = &budgets->item[i];

        if (!query_run(&q, e, BIND(scenario_id), BIND(s->metric_row[b->metric]), BIND(b->warning),
                       BIND(b->critical), BIND(b->regression), BIND(b->by_default)))
            break;
    }
    return query_end(&q);
}
