/* What changed since a commit, a date or a tag: every series that was measured on both sides of it,
 * its level then against its level now. A level reaches from one change point to the next, so that
 * what came and was mended in between is a finding, not a difference. */
#include "report/cmd_report_since.h"

#include "analyze/analyze.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS_MOST = 300, SESSIONS_MOST = 20 };

static void all_free(struct all *a)
{
    for (size_t i = 0; i < a->count; i++) {
        struct course *c = &a->course[i];
        struct told_course *t = &a->told[i];

        for (size_t k = 0; k < t->findings; k++) {
            free(t->finding[k].point);
            free(t->finding[k].author);
            free(t->finding[k].subject);
        }
        free(t->finding);
        free(t->name);
        run_list_free(&c->runs);
        free(c->value);
        change_point_list_free(&c->points);
        budget_list_free(&c->budgets);
    }
    free(a->course);
    free(a->told);
    series_group_list_free(&a->groups);
    since_free(&a->since);
    judged_list_free(&a->list);
}

/* The first run that is not before the place; all before where the last one is. */
static size_t split_find(const struct course *c, const struct since *since)
{
    size_t i = c->runs.count;

    while (i > 0 && !since_holds(since, &c->runs.row[i - 1]))
        i--;
    return i;
}

/* Where the last sessions before `end` begin. */
static size_t sessions_back(const struct run_list *runs, size_t end)
{
    size_t sessions = 0, i = end;

    for (; i > 0; i--) {
        const char *one = runs->row[i - 1].session, *next = i < end ? runs->row[i].session : NULL;
        bool same = one && next && strcmp(one, next) == 0;

        if (!same && ++sessions > SESSIONS_MOST)
            break;
    }
    return i;
}

/* Where the level that holds just before `end` begins: at the metric's last change point. */
static size_t level_start(const struct course *c, enum metric_id metric, size_t from, size_t end)
{
    for (size_t i = end; i-- > from + 1;)
        for (size_t k = 0; k < c->points.count; k++) {
            const struct change_point *p = &c->points.point[k];

            if (p->metric == metric && p->state != CHANGE_FALSE_ALARM &&
                strcmp(p->run_uuid, c->runs.row[i].uuid) == 0)
                return i;
        }
    return from;
}

/* The runs from `from` to `end`, each metric of its last level alone. */
struct side {
    struct run_list runs; /* rows borrowed */
    double (*value)[METRIC_COUNT];
};

static struct side side_make(const struct course *c, size_t from, size_t end)
{
    struct side s = {{c->runs.row + from, end - from}, mem_get(end - from + 1, sizeof *s.value)};

    for (size_t i = from; i < end; i++)
        memcpy(s.value[i - from], c->value[i], sizeof *s.value);
    for (int m = 0; m < METRIC_COUNT; m++) {
        size_t start = level_start(c, (enum metric_id)m, from, end);

        for (size_t i = from; i < start; i++)
            s.value[i - from][m] = NAN;
    }
    return s;
}

static void course_judge(struct all *a, size_t i, const struct compare_options *options)
{
    const struct course *c = &a->course[i];
    struct told_course *t = &a->told[i];
    size_t newest = sessions_back(&c->runs, c->runs.count);
    struct side before = side_make(c, sessions_back(&c->runs, t->split), t->split);
    struct side after = side_make(c, newest > t->split ? newest : t->split, c->runs.count);
    const struct judge_subject subject = {
        .before = {&before.runs, before.value, c->connects},
        .after = {&after.runs, after.value, c->connects},
        .budgets = &c->budgets,
    };

    t->first = a->list.count;
    if (after.runs.count && before.runs.count)
        judge_add(&a->list, &subject, options);
    t->end = a->list.count;
    for (size_t k = t->first; k < t->end; k++) {
        free(a->list.row[k].scenario);
        a->list.row[k].scenario = mem_copy(t->name);
    }
    free(before.value);
    free(after.value);
}

/* What gates tells most, then what is surest. */
static int point_order(const void *a, const void *b)
{
    const struct change_point *x = *(const struct change_point *const *)a,
                              *y = *(const struct change_point *const *)b;

    if (metrics[x->metric].gate != metrics[y->metric].gate)
        return metrics[x->metric].gate ? -1 : 1;
    if (x->step.p != y->step.p)
        return x->step.p > y->step.p ? 1 : -1;
    return (int)x->metric - (int)y->metric;
}

/* The change points of one run after the place; those of metrics that do not gate go with them, and
 * are none by themselves. */
static bool finding_add(struct told_course *t, const struct course *c, const char *uuid,
                        struct store *s, struct err *e)
{
    struct told_finding f = {.point = mem_get(c->points.count + 1, sizeof *f.point)};
    struct told_finding *kept;

    for (size_t k = 0; k < c->points.count; k++)
        if (strcmp(c->points.point[k].run_uuid, uuid) == 0)
            f.point[f.count++] = &c->points.point[k];
    qsort(f.point, f.count, sizeof *f.point, point_order);
    if (f.count == 0 || !metrics[f.point[0]->metric].gate) {
        free(f.point);
        return true;
    }
    t->finding = mem_grow(t->finding, t->findings + 1, sizeof *t->finding);
    kept = &t->finding[t->findings++];
    *kept = f;
    return store_commit_text(s, f.point[0]->commit_sha, &kept->author, &kept->subject, e);
}

static bool course_get(struct all *a, size_t i, struct store *s, struct err *e)
{
    struct course *c = &a->course[i];
    struct told_course *t = &a->told[i];
    const struct run_row *of = &a->groups.group[i].newest;
    bool done;

    c->group = &a->groups.group[i];
    done = store_group_runs(s, of, RUNS_MOST, &c->runs, e);
    c->value = mem_get(c->runs.count + 1, sizeof *c->value);
    done = done && store_values_all(s, &c->runs, &c->value[0][0], e) &&
           changes_recorded(s, c->group, -1, &c->points, e) &&
           store_budgets(s, of->id, &c->budgets, e) && run_connects(s, of->id, &c->connects, e);
    t->runs = &c->runs;
    t->value = (const double(*)[METRIC_COUNT])c->value;
    t->split = split_find(c, &a->since);
    for (size_t k = t->split; done && k < c->runs.count; k++)
        done = k == 0 || finding_add(t, c, c->runs.row[k].uuid, s, e);
    return done;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The scenario's name; with its branch, load and machine where others have the same. */
static void course_name(struct all *a, size_t i)
{
    const struct run_row *of = &a->groups.group[i].newest;
    bool branches = false, loads = false, machines = false;
    struct text name = {0};

    for (size_t k = 0; k < a->count; k++) {
        const struct run_row *other = &a->groups.group[k].newest;

        if (k == i || strcmp(other->scenario, of->scenario) != 0)
            continue;
        if (!same_text(other->branch, of->branch)) {
            branches = true;
        } else {
            loads |= other->scenario_id != of->scenario_id;
            machines |= other->environment_id != of->environment_id;
        }
    }
    text_add(&name, of->scenario);
    if (branches)
        text_addf(&name, " (%s)", of->branch ? of->branch : "no branch");
    if (loads)
        text_addf(&name, " [workload %.7s]", of->workload);
    if (machines)
        text_addf(&name, " [%s]", of->environment);
    a->told[i].name = name.data;
}

/* The same scenario and branch on another machine, which ended before this one began. */
static void courses_link(struct all *a)
{
    for (size_t i = 0; i < a->count; i++)
        for (size_t k = 0; k < a->count; k++) {
            struct course *c = &a->course[i], *other = &a->course[k];
            const struct run_row *of = &c->group->newest, *was = &other->group->newest;

            if (k == i || was->scenario_id != of->scenario_id ||
                !same_text(was->branch, of->branch) || !c->runs.count || !other->runs.count ||
                other->runs.row[other->runs.count - 1].started_ms >= c->runs.row[0].started_ms)
                continue;
            c->earlier = other;
            a->told[i].moved |= a->told[i].split == 0;
            a->told[k].moved |= a->told[k].split == other->runs.count;
        }
}

static bool any_since(const struct all *a, struct err *e)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->told[i].split < a->course[i].runs.count)
            return true;
    return err_set(e, ERR_USAGE, "--since %.80s: nothing was measured since", a->since.name);
}

/* Where all runs are later, there is no then to hold them against, but what changed since. */
static void all_new_say(struct all *a)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->told[i].split > 0)
            return;
    free(a->list.summary);
    a->list.summary =
        mem_printf("no run is older than %.80s: nothing to compare with", a->since.name);
}

static bool is_undecided(const struct all *a, const struct told_course *t, enum metric_id metric)
{
    for (size_t i = t->first; i < t->end; i++)
        if (a->list.row[i].metric == metric)
            return a->list.row[i].gates &&
                   a->list.row[i].comparison.outcome == OUTCOME_INCONCLUSIVE;
    return false;
}

/* The newest change for the worse that nobody has spoken of, of a metric whose level has not
 * changed again and whose sides are undecided. NULL: there is none. */
static const struct change_point *change_open(const struct all *a, const struct told_course *t)
{
    bool moved[METRIC_COUNT] = {false};

    for (size_t i = t->findings; i-- > 0;)
        for (size_t k = 0; k < t->finding[i].count; k++) {
            const struct change_point *p = t->finding[i].point[k];

            if (!moved[p->metric] && tell_finding_state(&t->finding[i]) <= CHANGE_CONFIRMED &&
                p->state <= CHANGE_CONFIRMED && tell_change_worse(p) &&
                metrics[p->metric].scale == SCALE_LOG && is_undecided(a, t, p->metric))
                return p;
            moved[p->metric] |= p->state != CHANGE_FALSE_ALARM;
        }
    return NULL;
}

/* Whole sessions that stand apart leave the two sides undecided where the course, run by run, shows
 * a change of level: the sentence must not say that none was seen. */
static void change_open_say(struct all *a)
{
    const struct change_point *p = NULL;
    char title[64], size[UNITS_TEXT_SIZE], place[UNITS_TEXT_SIZE], *sides = a->list.summary;
    size_t i = 0;

    for (; a->list.outcome == OUTCOME_INCONCLUSIVE && i < a->count; i++)
        if ((p = change_open(a, &a->told[i])))
            break;
    if (!p)
        return;
    a->list.summary = mem_printf(
        "%s: %s became worse by %s with %s (%s). Side by side, then and now: %s", a->told[i].name,
        metric_title(p->metric, title), change_size_text(size, p->step.change, SCALE_LOG),
        p->commit_sha ? tell_commit(place, p->commit_sha) : tell_time(place, p->started_ms),
        change_state_name[p->state], sides);
    free(sides);
}

bool since_report(struct work *w, const char *since, struct err *e)
{
    struct compare_options options = compare_defaults;
    struct all a = {0};
    bool done = store_since(w->store, since, &a.since, e) &&
                store_series_groups(w->store, NULL, NULL, &a.groups, e);

    options.tolerance = NAN; /* each metric's own */
    options.look = 1;        /* as check */
    a.course = mem_get(a.groups.count + 1, sizeof *a.course);
    a.told = mem_get(a.groups.count + 1, sizeof *a.told);
    for (size_t i = 0; done && i < a.groups.count; i++)
        done = course_get(&a, a.count++, w->store, e);
    for (size_t i = 0; i < a.count; i++)
        course_name(&a, i);
    done = done && any_since(&a, e);
    if (done) {
        courses_link(&a);
        for (size_t i = 0; i < a.count; i++)
            course_judge(&a, i, &options);
        judge_end(&a.list, &options);
        all_new_say(&a);
        change_open_say(&a);
        done = since_tell(w, &a, e);
    }
    all_free(&a);
    return done;
}
