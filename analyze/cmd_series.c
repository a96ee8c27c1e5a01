#include "analyze/cmd_series.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Places of one change may differ by this many points from metric to metric, and from one analysis
 * to the next. */
enum { REACH_METRICS = 3, REACH_ANALYSES = 5 };

/* Of a group, changes are looked for in its last runs. */
enum { RUNS_MAX = 10000 };

/* A change is confirmed when this many more runs agree; how old one is that needs no asking. */
enum { RUNS_MORE = 2, RUNS_OLD = 20 };

bool series_counts(enum metric_id metric)
{
    return metrics[metric].kind == KIND_VALUE && metrics[metric].better != BETTER_NONE;
}

bool series_metric(const char *name, int *metric, struct err *e)
{
    enum metric_id id;

    *metric = -1;
    if (!name)
        return true;
    if (!metric_find(name, &id, e))
        return err_wrap(e, "--metric");
    if (!series_counts(id))
        return err_set(e, ERR_USAGE,
                       "--metric %s: change points are looked for in metrics that have a value and "
                       "a better direction",
                       name);
    *metric = (int)id;
    return true;
}

bool series_read(struct store *s, const struct run_row *of, struct series_runs *out, struct err *e)
{
    bool done = store_series(s, of, RUNS_MAX, out, e);

    series_fold(out);
    return done;
}

double *series_values(const struct series *s)
{
    double *value = mem_get(s->count + 1, sizeof *value);

    for (size_t i = 0; i < s->count; i++)
        value[i] = s->point[i].value;
    return value;
}

/* The series of a group, each with its changes. */
struct searched {
    enum metric_id metric;
    struct series series;
    struct step_list steps;
    bool *settled, *confirmed; /* of each step */
};

struct search {
    struct series_runs runs;
    struct searched *of;
    size_t count;
};

static void search_free(struct search *a)
{
    for (size_t i = 0; i < a->count; i++) {
        series_free(&a->of[i].series);
        step_list_free(&a->of[i].steps);
        free(a->of[i].settled);
        free(a->of[i].confirmed);
    }
    free(a->of);
    series_runs_free(&a->runs);
}

/* What was found two runs ago, too, is confirmed. */
static void confirm(struct searched *one, const double *value)
{
    struct step_list earlier = {0};
    size_t count = one->series.count, n = one->steps.count;

    if (n > 0 && one->steps.step[n - 1].index + RUNS_OLD > count)
        changes_find(value, count - RUNS_MORE, metrics[one->metric].scale, &earlier);
    for (size_t k = 0; k < n; k++) {
        size_t at = one->steps.step[k].index;

        one->confirmed[k] = at + RUNS_OLD <= count;
        for (size_t j = 0; j < earlier.count && !one->confirmed[k]; j++)
            one->confirmed[k] = earlier.step[j].index <= at + REACH_ANALYSES &&
                                at <= earlier.step[j].index + REACH_ANALYSES;
    }
    step_list_free(&earlier);
}

static void metric_search(struct search *a, enum metric_id metric)
{
    struct searched one = {.metric = metric};
    double *value;

    series_get_folded(&a->runs, metric, &one.series);
    value = series_values(&one.series);
    changes_find(value, one.series.count, metrics[metric].scale, &one.steps);
    one.settled = mem_get(one.steps.count + 1, sizeof *one.settled);
    one.confirmed = mem_get(one.steps.count + 1, sizeof *one.confirmed);
    confirm(&one, value);
    free(value);
    a->of = mem_grow(a->of, a->count + 1, sizeof *a->of);
    a->of[a->count++] = one;
}

/* Where a run is in a series, at most `reach` points from `near`. */
static bool run_find(const struct series *s, const char *uuid, size_t near, size_t reach,
                     size_t *at)
{
    for (size_t i = near > reach ? near - reach : 0; i < s->count && i <= near + reach; i++)
        if (strcmp(s->point[i].run->uuid, uuid) == 0) {
            *at = i;
            return true;
        }
    return false;
}

/* How many standard errors a step is from none; p is 0 for the clearest ones. */
static double clearness(const struct step *s)
{
    double width = s->hi - s->lo;

    return width > 0 ? fabs(s->change) / width : s->p > 0 ? -log10(s->p) : INFINITY;
}

/* The clearest step whose place is not settled; false where all are. */
static bool clearest(const struct search *a, struct searched **one, size_t *k)
{
    double most = -1;

    for (size_t i = 0; i < a->count; i++)
        for (size_t j = 0; j < a->of[i].steps.count; j++) {
            double clear = clearness(&a->of[i].steps.step[j]);

            if (a->of[i].settled[j] || !(clear > most))
                continue;
            most = clear;
            *one = &a->of[i];
            *k = j;
        }
    return most >= 0;
}

/* One cause moves several metrics at one run: the clearest of them tells which. */
static void places_agree(struct search *a)
{
    struct searched *first = NULL;
    size_t k = 0;

    for (size_t i = 0; i < a->count; i++)
        for (size_t j = 0; j < a->of[i].steps.count; j++)
            if (!isfinite(clearness(&a->of[i].steps.step[j])))
                a->of[i].settled[j] = isnan(clearness(&a->of[i].steps.step[j]));
    while (clearest(a, &first, &k)) {
        const char *run = first->series.point[first->steps.step[k].index].run->uuid;

        first->settled[k] = true;
        for (size_t i = 0; i < a->count; i++) {
            struct searched *other = &a->of[i];

            for (size_t j = 0; j < other->steps.count && other != first; j++) {
                struct step *step = other->steps.step;
                size_t at;

                if (other->settled[j] ||
                    !run_find(&other->series, run, step[j].index, REACH_METRICS, &at) ||
                    (j > 0 && at <= step[j - 1].index) ||
                    (j + 1 < other->steps.count && at >= step[j + 1].index) || at == 0)
                    continue;
                step[j].index = at;
                other->settled[j] = true;
            }
        }
    }
}

/* The stored change point that a step is: nearest to it, rather one that people spoke of; of the
 * same direction, unless it is of the very same run. */
static int64_t stored_id(struct change_point_list *stored, const struct searched *one,
                         const struct step *step)
{
    struct change_point *best = NULL;
    size_t least = 0;

    for (size_t i = 0; i < stored->count; i++) {
        struct change_point *p = &stored->point[i];
        bool said = p->state >= CHANGE_EXPECTED || p->note;
        size_t at, away;

        if (p->metric != one->metric || p->id == 0 ||
            !run_find(&one->series, p->run_uuid, step->index, REACH_ANALYSES, &at))
            continue;
        away = at > step->index ? at - step->index : step->index - at;
        if (away > 0 && (p->step.after > p->step.before) != (step->after > step->before))
            continue;
        away = 2 * away + !said;
        if (best && away >= least)
            continue;
        best = p;
        least = away;
    }
    if (!best)
        return 0;
    least = (size_t)best->id;
    best->id = 0; /* taken */
    return (int64_t)least;
}

static void point_add(struct change_point_list *out, struct change_point_list *stored,
                      const struct series_group *group, const struct searched *one, size_t k)
{
    const struct step *step = &one->steps.step[k];
    const struct series_run *at = one->series.point[step->index].run;
    struct change_point *p;

    out->point = mem_grow(out->point, out->count + 1, sizeof *out->point);
    p = &out->point[out->count++];
    *p = (struct change_point){
        .id = stored_id(stored, one, step),
        .scenario_id = group->newest.scenario_id,
        .environment_id = group->newest.environment_id,
        .metric = one->metric,
        .scenario = mem_copy(group->newest.scenario),
        .environment = mem_copy(group->newest.environment),
        .branch = mem_copy(group->newest.branch),
        .started_ms = at->started_ms,
        .position = at->position,
        .commit_sha = mem_copy(at->commit_sha),
        .previous_sha = mem_copy(one->series.point[step->index - 1].run->commit_sha),
        .step = *step,
        .state = one->confirmed[k] ? CHANGE_CONFIRMED : CHANGE_NEW,
        .found = true,
    };
    memcpy(p->run_uuid, at->uuid, sizeof p->run_uuid);
}

static void point_drop(struct change_point_list *l, size_t i)
{
    struct change_point_list one = {mem_get(1, sizeof *one.point), 1};

    *one.point = l->point[i];
    change_point_list_free(&one);
    l->count--;
    memmove(l->point + i, l->point + i + 1, (l->count - i) * sizeof *l->point);
}

/* The stored points of a group, of one metric (-1: of all). A branch is told by what rows say of
 * it, which was cleaned; in the database it may be anything. */
static bool stored_get(struct store *s, const struct series_group *group, int metric,
                       struct change_point_list *out, struct err *e)
{
    const struct change_filter filter = {.scenario_id = group->newest.scenario_id,
                                         .environment_id = group->newest.environment_id,
                                         .without_branch = !group->newest.branch,
                                         .metric = metric};
    bool done = store_changes(s, &filter, out, e);

    for (size_t i = 0; group->newest.branch && i < out->count;)
        if (!out->point[i].branch || strcmp(out->point[i].branch, group->newest.branch) != 0)
            point_drop(out, i);
        else
            i++;
    return done;
}

bool series_search(struct store *s, const struct series_group *group, int metric,
                   struct change_point_list *out, struct err *e)
{
    struct change_point_list stored = {0};
    struct search a = {0};
    bool enough = group->points >= SERIES_POINTS_MIN;
    bool done = stored_get(s, group, -1, &stored, e) &&
                (!enough || series_read(s, &group->newest, &a.runs, e));

    *out = (struct change_point_list){0};
    for (int m = 0; done && enough && m < METRIC_COUNT; m++)
        if (series_counts((enum metric_id)m) && (metric < 0 || m == metric))
            metric_search(&a, (enum metric_id)m);
    places_agree(&a);
    for (size_t i = 0; done && i < a.count; i++)
        for (size_t k = 0; k < a.of[i].steps.count; k++)
            point_add(out, &stored, group, &a.of[i], k);
    search_free(&a);
    change_point_list_free(&stored);
    return done;
}

static bool group_update(struct store *s, const struct series_group *group, struct err *e)
{
    struct change_point_list found;
    bool done = series_search(s, group, -1, &found, e) && store_put_changes(s, group, &found, e);

    change_point_list_free(&found);
    return done;
}

static bool is_among(const struct run_list *runs, const char *scenario)
{
    for (size_t i = 0; i < runs->count; i++)
        if (strcmp(runs->row[i].scenario, scenario) == 0)
            return true;
    return false;
}

/* Searches the groups that are not up to date, of these runs' scenarios; NULL: of all. */
static bool groups_update(struct store *s, const struct series_group_list *groups,
                          const struct run_list *runs, struct err *e)
{
    for (size_t i = 0; i < groups->count; i++) {
        const struct series_group *group = &groups->group[i];

        if (!group->analyzed && (!runs || is_among(runs, group->newest.scenario)) &&
            !group_update(s, group, e))
            return false;
    }
    return true;
}

bool series_update(const struct globals *g, const struct run_list *runs, const char *branch,
                   struct err *e)
{
    struct series_group_list groups = {0};
    struct store *s = NULL;
    bool done;

    if (access(g->db, W_OK) != 0)
        return true;
    done = store_open(&s, g->db, STORE_UPDATE, g->wait.ns, e) &&
           store_series_groups(s, NULL, branch, &groups, e) && groups_update(s, &groups, runs, e);
    series_group_list_free(&groups);
    store_close(s);
    return done;
}

bool series_open(struct series_view *v, const struct globals *g, const char *scenario,
                 const char *branch, struct err *e)
{
    *v = (struct series_view){.writes = access(g->db, W_OK) == 0};
    if (!store_open(&v->store, g->db, v->writes ? STORE_UPDATE : STORE_READ, g->wait.ns, e) ||
        !store_series_groups(v->store, scenario, branch, &v->groups, e) ||
        (v->writes && !groups_update(v->store, &v->groups, NULL, e)))
        return false;
    return v->groups.count > 0 || (!scenario && !branch) ||
           err_set(e, ERR_USAGE,
                   "no run of %s%s%s is recorded that is ok; `streamgauge list` shows all",
                   scenario ? scenario : "any scenario", branch ? " on branch " : "",
                   branch ? branch : "");
}

static int point_order(const void *a, const void *b)
{
    const struct change_point *x = a, *y = b;

    return x->started_ms != y->started_ms ? (x->started_ms > y->started_ms ? 1 : -1)
                                          : (int)x->metric - (int)y->metric;
}

/* What people said of a stored point counts for the one that it is now. */
static void words_keep(struct change_point_list *now, const struct change_point_list *stored)
{
    for (size_t i = 0; i < now->count; i++)
        for (size_t k = 0; k < stored->count; k++) {
            const struct change_point *p = &stored->point[k];

            if (now->point[i].id == 0 || p->id != now->point[i].id)
                continue;
            now->point[i].note = mem_copy(p->note);
            if (p->state >= CHANGE_EXPECTED)
                now->point[i].state = p->state;
        }
}

static void points_settle(struct change_point_list *l, int metric)
{
    for (size_t i = 0; i < l->count;)
        if (!l->point[i].found || (metric >= 0 && (int)l->point[i].metric != metric))
            point_drop(l, i);
        else
            i++;
    if (l->count)
        qsort(l->point, l->count, sizeof *l->point, point_order);
}

bool changes_recorded(struct store *s, const struct series_group *group, int metric,
                      struct change_point_list *out, struct err *e)
{
    struct change_point_list stored = {0};
    bool done = stored_get(s, group, group->analyzed ? metric : -1, &stored, e);

    *out = (struct change_point_list){0};
    if (done && group->analyzed) {
        *out = stored;
    } else {
        done = done && series_search(s, group, metric, out, e);
        words_keep(out, &stored);
        change_point_list_free(&stored);
    }
    points_settle(out, metric);
    return done;
}

bool series_changes(const struct series_view *v, const struct series_group *group, int metric,
                    struct change_point_list *out, struct err *e)
{
    struct series_group now = *group;

    now.analyzed |= v->writes; /* by series_open() */
    return changes_recorded(v->store, &now, metric, out, e);
}

void series_close(struct series_view *v)
{
    store_close(v->store);
    series_group_list_free(&v->groups);
    *v = (struct series_view){0};
}
