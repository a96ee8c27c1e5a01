/* baseline: names for what later runs are compared with. */
#include "schema/units.h"
#include "store/rows.h"

#include <stdlib.h>
#include <time.h>

static int64_t unix_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / NS_PER_MS;
}

/* Makes the name anew, without runs. */
static bool baseline_make(struct store *s, const char *name, int64_t sessions, const char *branch,
                          int64_t *id, struct err *e)
{
    char now[UNITS_TEXT_SIZE];

    units_format_time(now, unix_ms());
    return db_run(s, e, "DELETE FROM baseline WHERE name = ?1", BIND(name)) &&
           db_integer(s, id, e,
                      "INSERT INTO baseline (name, sessions, branch, created_at) "
                      "VALUES (?1, ?2, ?3, ?4) RETURNING id",
                      BIND(name), sessions > 0 ? BIND(sessions) : (struct bind){0}, BIND(branch),
                      BIND(now));
}

static bool pinned_write(struct store *s, const char *name, const struct run_list *runs,
                         struct err *e)
{
    int64_t id = 0;
    struct query q;

    if (!baseline_make(s, name, 0, NULL, &id, e) ||
        !db_query(s, &q, e, "INSERT INTO baseline_run (baseline_id, run_id) VALUES (?1, ?2)"))
        return false;
    for (size_t i = 0; i < runs->count; i++)
        if (!query_run(&q, e, BIND(id), BIND(runs->row[i].id)))
            break;
    return query_end(&q);
}

bool store_baseline_set(struct store *s, const char *name, const struct run_list *runs,
                        struct err *e)
{
    for (size_t i = 0; i < runs->count; i++) {
        const struct run_row *r = &runs->row[i];

        if (r->status != RUN_OK)
            return err_set(e, ERR_USAGE,
                           "run %lld is %s%s%s; a baseline is made of runs that are ok",
                           (long long)r->id, run_status_name[r->status], r->reason ? ": " : "",
                           r->reason ? r->reason : "");
    }
    if (runs->count == 0)
        return err_set(e, ERR_USAGE, "baseline %s: no runs were named", name);
    return db_begin(s, e) && db_settle(s, pinned_write(s, name, runs, e), e);
}

bool store_baseline_window(struct store *s, const char *name, int64_t sessions, const char *branch,
                           struct err *e)
{
    int64_t id = 0;

    if (sessions > STORE_SESSIONS_MAX)
        return err_set(e, ERR_USAGE, "baseline %s: a window has at most %d sessions", name,
                       STORE_SESSIONS_MAX);
    return db_begin(s, e) && db_settle(s, baseline_make(s, name, sessions, branch, &id, e), e);
}

bool store_baseline_remove(struct store *s, const char *name, struct err *e)
{
    int64_t id = 0;

    return db_integer(s, &id, e, "DELETE FROM baseline WHERE name = ?1 RETURNING id", BIND(name)) &&
           (id || err_set(e, ERR_USAGE,
                          "there is no baseline %s; `streamgauge baseline list` "
                          "shows them",
                          name));
}

bool store_baseline_list(struct store *s, struct baseline **list, size_t *count, struct err *e)
{
    struct query q;
    bool done = true;

    *list = NULL;
    *count = 0;
    if (!db_query(s, &q, e,
                  "SELECT created_at, name, branch, sessions, (SELECT count(*) FROM baseline_run "
                  "WHERE baseline_id = baseline.id) FROM baseline ORDER BY name"))
        return false;
    while (done && query_next(&q, e)) {
        struct baseline *b;

        *list = mem_grow(*list, *count + 1, sizeof **list);
        b = &(*list)[(*count)++];
        *b = (struct baseline){.name = query_text(&q, 1),
                               .branch = query_text(&q, 2),
                               .window = query_integer(&q, 3),
                               .runs = query_integer(&q, 4)};
        done = time_read(&q, 0, &b->created_ms, e);
    }
    return query_end(&q) && done;
}

void baseline_list_free(struct baseline *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(list[i].name);
        free(list[i].branch);
    }
    free(list);
}

/* Runs that were ok when they were pinned; a merge may bring others. */
static bool pinned_read(struct store *s, int64_t id, const struct run_list *judged,
                        struct run_list *out, struct err *e)
{
    struct text json = {0};
    struct query q;
    bool done;

    ids_json_of(judged, &json);
    done = db_query(s, &q, e,
                    "SELECT " ROW_COLUMNS " FROM " ROW_TABLES
                    "WHERE run.id IN (SELECT run_id FROM baseline_run WHERE baseline_id = ?1) "
                    "AND run.id NOT IN (SELECT value FROM json_each(?2)) AND run.status = 'ok' "
                    "ORDER BY run.started_at DESC, run.id DESC",
                    BIND(id), BIND(json.data)) &&
           rows_read(&q, out, e);
    text_free(&json);
    return done;
}

/* One series of a window: a scenario row in an environment, seen from a point in time. */
struct view {
    struct run_row of;
    int64_t before_ms;
};

/* The series of the judged runs, each seen from the start of its first judged run. */
static struct view *views_of(const struct run_list *judged, size_t *count)
{
    struct view *views = mem_get(judged->count, sizeof *views);

    *count = 0;
    for (size_t i = 0; i < judged->count; i++) {
        const struct run_row *r = &judged->row[i];
        size_t n = 0;

        while (n < *count && (views[n].of.scenario_id != r->scenario_id ||
                              views[n].of.environment_id != r->environment_id))
            n++;
        if (n == *count)
            views[(*count)++] = (struct view){*r, r->started_ms};
        else if (r->started_ms < views[n].before_ms)
            views[n].before_ms = r->started_ms;
    }
    return views;
}

/* Every series on the branch, seen from now. */
static bool views_all(struct store *s, const char *branch, struct view **views, size_t *count,
                      struct err *e)
{
    struct query q;

    *views = NULL;
    *count = 0;
    if (!db_query(s, &q, e,
                  "SELECT DISTINCT scenario_id, environment_id FROM run "
                  "WHERE branch = ?1 AND status = 'ok'",
                  BIND(branch)))
        return false;
    while (query_next(&q, e)) {
        *views = mem_grow(*views, *count + 1, sizeof **views);
        (*views)[(*count)++] = (struct view){
            {.scenario_id = query_integer(&q, 0), .environment_id = query_integer(&q, 1)},
            unix_ms() + 1};
    }
    return query_end(&q);
}

static int newest_first(const void *a, const void *b)
{
    const struct run_row *x = a, *y = b;

    return x->started_ms != y->started_ms ? (x->started_ms < y->started_ms ? 1 : -1)
                                          : (x->id < y->id) - (x->id > y->id);
}

/* A change of level that is accepted, of what gates: what was before it is no measure any more. */
static bool is_accepted(const struct change_point *p, int64_t before_ms)
{
    bool accepted = (p->state == CHANGE_CONFIRMED && p->found) || p->state == CHANGE_EXPECTED;

    return accepted && metrics[p->metric].gate && p->started_ms < before_ms;
}

static bool is_before(const struct run_row *r, const struct change_point *p)
{
    if (r->position >= 0 && p->position >= 0)
        return r->position < p->position;
    return r->started_ms < p->started_ms;
}

/* Leaves of a series those runs that no accepted change has come after. */
static bool level_keep(struct store *s, const struct view *view, const char *branch,
                       struct run_list *runs, struct err *e)
{
    struct change_filter filter = {.scenario_id = view->of.scenario_id,
                                   .environment_id = view->of.environment_id,
                                   .branch = branch,
                                   .metric = -1};
    struct change_point_list points;
    bool done = store_changes(s, &filter, &points, e);

    for (size_t k = 0; done && k < points.count; k++)
        for (size_t i = 0; is_accepted(&points.point[k], view->before_ms) && i < runs->count;)
            if (is_before(&runs->row[i], &points.point[k]))
                run_list_drop(runs, i);
            else
                i++;
    change_point_list_free(&points);
    return done;
}

static bool view_read(struct store *s, const struct view *view, int64_t sessions,
                      const char *branch, const struct run_list *judged, struct run_list *out,
                      struct err *e)
{
    struct run_list runs = {0};
    bool done = store_history(s, &view->of, branch, view->before_ms, sessions, judged, &runs, e) &&
                level_keep(s, view, branch, &runs, e);

    if (runs.count)
        out->row = mem_grow(out->row, out->count + runs.count, sizeof *out->row);
    for (size_t i = 0; i < runs.count; i++)
        out->row[out->count++] = runs.row[i];
    free(runs.row);
    return done;
}

static bool window_read(struct store *s, int64_t sessions, const char *branch,
                        const struct run_list *judged, struct run_list *out, struct err *e)
{
    struct view *views = NULL;
    size_t count = 0;
    bool done = true;

    if (judged)
        views = views_of(judged, &count);
    else
        done = views_all(s, branch, &views, &count, e);
    for (size_t i = 0; done && i < count; i++)
        done = view_read(s, &views[i], sessions, branch, judged, out, e);
    if (out->count)
        qsort(out->row, out->count, sizeof *out->row, newest_first);
    free(views);
    return done;
}

bool store_baseline_runs(struct store *s, const char *name, const struct run_list *judged,
                         struct run_list *out, bool *exists, struct err *e)
{
    int64_t id = 0, sessions = 0;
    char *branch = NULL;
    struct query q;
    bool done;

    *out = (struct run_list){0};
    if (!db_query(s, &q, e, "SELECT id, sessions, branch FROM baseline WHERE name = ?1",
                  BIND(name)))
        return false;
    if ((*exists = query_next(&q, e))) {
        id = query_integer(&q, 0);
        sessions = query_integer(&q, 1);
        branch = query_text(&q, 2);
    }
    done = query_end(&q);
    if (done && *exists)
        done = sessions > 0 ? window_read(s, sessions, branch, judged, out, e)
                            : pinned_read(s, id, judged, out, e);
    free(branch);
    return done;
}
