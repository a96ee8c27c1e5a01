/* streamgauge trend: where each series stands since its last change, and where it goes. */
#include "analyze/cmd_trend.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct trend_args {
    const char *scenario, *branch, *metric;
    bool all;
};

static const struct option_spec options[] = {
    OPTION(struct trend_args, scenario, "scenario", "NAME", "of this scenario"),
    OPTION(struct trend_args, branch, "branch", "NAME", "on this branch"),
    OPTION(struct trend_args, metric, "metric", "NAME", "of this metric"),
    OPTION(struct trend_args, all, "all", NULL, "of all metrics, not only of those that gate"),
    OPTION_END,
};

static void trends_free(struct trends *t)
{
    for (size_t i = 0; i < t->groups; i++) {
        for (size_t k = 0; k < t->group[i].count; k++)
            series_free(&t->group[i].trend[k].series);
        free(t->group[i].trend);
        series_runs_free(&t->group[i].runs);
    }
    free(t->group);
}

/* Changes from one level to another, as change points tell them. */
static double level_change(enum metric_scale scale, double before, double after)
{
    if (scale != SCALE_LOG)
        return after - before;
    return before > 0 ? after / before - 1 : (double)NAN;
}

/* The place of a change point in the series; its count where it is not there. */
static size_t place_of(const struct series *s, const struct change_point *p)
{
    size_t i = 0;

    while (i < s->count && strcmp(s->point[i].run->uuid, p->run_uuid) != 0)
        i++;
    return i;
}

/* The stretch of one level that a point lies in. What people call a false alarm parts nothing. */
static void stretch_of(const struct series *s, const struct change_point_list *changes, size_t at,
                       size_t *first, size_t *end)
{
    *first = 0;
    *end = s->count;
    for (size_t k = 0; k < changes->count; k++) {
        size_t place = place_of(s, &changes->point[k]);

        if (changes->point[k].state == CHANGE_FALSE_ALARM)
            continue;
        if (place <= at && place > *first)
            *first = place;
        if (place > at && place < *end)
            *end = place;
    }
}

static void slope_fill(struct trend *t, const double *value, size_t count)
{
    bool logs = metrics[t->metric].scale == SCALE_LOG;
    double *x = mem_get(2 * count + 1, sizeof *x), *y = x + count;

    for (size_t i = 0; i < count; i++)
        logs &= value[i] > 0;
    for (size_t i = 0; i < count; i++) {
        x[i] = (double)i;
        y[i] = logs ? log(value[i]) : value[i];
    }
    slope_get(x, y, count, &t->slope);
    if (logs) {
        t->slope.slope = expm1(t->slope.slope);
        t->slope.lo = expm1(t->slope.lo);
        t->slope.hi = expm1(t->slope.hi);
    } else if (metrics[t->metric].scale ==
               SCALE_LOG) { /* there is no share of what is not above 0 */
        t->slope.slope = t->slope.lo = t->slope.hi = (double)NAN;
    }
    free(x);
}

/* The newest measured commit that has a tag, the last one apart. */
static void release_fill(struct trend *t, const double *value,
                         const struct change_point_list *changes, const struct tag_list *tags)
{
    struct level level;
    size_t first, end;

    for (size_t i = t->series.count - 1; i-- > 0 && !t->release;)
        for (size_t k = 0; k < tags->count && !t->release; k++) {
            const char *sha = t->series.point[i].run->commit_sha;

            if (!sha || !tags->tag[k].sha || strcmp(sha, tags->tag[k].sha) != 0)
                continue;
            t->release = &tags->tag[k];
            stretch_of(&t->series, changes, i, &first, &end);
            level_get(value + first, end - first, &level);
            t->release_level = level.median;
        }
    if (t->release)
        t->release_change =
            level_change(metrics[t->metric].scale, t->release_level, t->level.median);
}

static bool trend_get(struct trend *t, const struct series_view *v, const struct trend_group *g,
                      const struct tag_list *tags, struct err *e)
{
    struct change_point_list changes = {0};
    size_t end;
    double *value;

    series_get_folded(&g->runs, t->metric, &t->series);
    if (t->series.count == 0)
        return true;
    if (!series_changes(v, g->group, (int)t->metric, &changes, e)) {
        change_point_list_free(&changes);
        return false;
    }
    value = series_values(&t->series);
    stretch_of(&t->series, &changes, t->series.count - 1, &t->first, &end);
    t->changed = t->first > 0;
    level_get(value + t->first, end - t->first, &t->level);
    slope_fill(t, value + t->first, end - t->first);
    release_fill(t, value, &changes, tags);
    free(value);
    change_point_list_free(&changes);
    return true;
}

static bool is_wanted(const struct trend_args *args, int wanted, int metric)
{
    if (wanted >= 0)
        return metric == wanted;
    return series_counts((enum metric_id)metric) && (args->all || metrics[metric].gate);
}

static bool group_fill(struct trend_group *g, const struct series_view *v,
                       const struct trend_args *args, int wanted, const struct tag_list *tags,
                       struct err *e)
{
    bool done = series_read(v->store, &g->group->newest, &g->runs, e);

    g->trend = mem_get(METRIC_COUNT, sizeof *g->trend);
    for (int m = 0; done && m < METRIC_COUNT; m++) {
        struct trend *t = &g->trend[g->count];

        if (!is_wanted(args, wanted, m))
            continue;
        *t = (struct trend){.metric = (enum metric_id)m};
        done = trend_get(t, v, g, tags, e);
        if (t->series.count > 0)
            g->count++;
        else
            series_free(&t->series);
    }
    free(g->runs.value); /* the series have theirs */
    g->runs.value = NULL;
    return done;
}

static bool trends_fill(struct trends *t, const struct series_view *v,
                        const struct trend_args *args, int wanted, const struct tag_list *tags,
                        struct err *e)
{
    bool done = true;

    t->all = &v->groups;
    t->group = mem_get(v->groups.count + 1, sizeof *t->group);
    for (size_t i = 0; done && i < v->groups.count; i++) {
        struct trend_group *g = &t->group[t->groups++];

        g->group = &v->groups.group[i];
        done = group_fill(g, v, args, wanted, tags, e);
    }
    return done;
}

static int trend_run(const struct call *call, struct err *e)
{
    const struct trend_args *args = call->args;
    struct trends trends = {0};
    struct tag_list tags = {0};
    struct series_view view = {0};
    struct text out = {0};
    int metric;

    if (series_metric(args->metric, &metric, e) &&
        series_open(&view, call->globals, args->scenario, args->branch, e) &&
        store_tags(view.store, &tags, e) && trends_fill(&trends, &view, args, metric, &tags, e)) {
        if (call->globals->json) {
            trends_json(&trends, &out);
            fputs(out.data, stdout);
        } else {
            trends_text(&trends, call->globals);
        }
    }
    text_free(&out);
    trends_free(&trends);
    tag_list_free(&tags);
    series_close(&view);
    return (int)e->kind;
}

const struct command cmd_trend = {
    .name = "trend",
    .summary = "where each series stands since its last change, and where it goes",
    .details =
        "The level is the median of the sessions since the last change of level, the slope the\n"
        "median of the slopes between any two of them (Theil and Sen), with its interval at 95 %.\n"
        "Where a release was measured, what became of its level is told, too.",
    .options = options,
    .args_size = sizeof(struct trend_args),
    .run = trend_run,
};
