/* The trend of a metric: a point a run, the levels between its changes. */
#include "report/cmd_report_charts.h"

#include "report/chart.h"
#include "report/tell.h"

#include "analyze/analyze.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TREND_RUNS = 200,
    NEAR = 6 /* runs that a change may lie from where it is looked for */
};

static bool holds_run(const struct run_list *runs, int64_t id)
{
    for (size_t i = 0; i < runs->count; i++)
        if (runs->row[i].id == id)
            return true;
    return false;
}

static bool differs(const struct judged *j)
{
    return j && (j->comparison.outcome == OUTCOME_WORSE || j->comparison.outcome == OUTCOME_BETTER);
}

/* Where the told runs begin, if they are the end of the series: there one level ends and another
 * begins, unless they were compared and found to be the same. Else the length of the series. */
static size_t series_split(const struct series *series, const struct chart_subject *subject)
{
    size_t first = series->count;

    if (subject->judged && subject->judged->comparison.outcome == OUTCOME_SAME)
        return series->count;
    while (first > 0 && holds_run(subject->runs, series->point[first - 1].run->id))
        first--;
    return first ? first : series->count;
}

static struct chart_level level_make(const double *value, size_t first, size_t end)
{
    struct level l;

    level_get(value + first, end - first, &l);
    return (struct chart_level){first, end - 1, l.median, l.lo, l.hi, l.spread_lo, l.spread_hi};
}

static bool is_bound(const struct chart_trend *t, size_t i)
{
    for (size_t k = 0; k < t->changes; k++)
        if (t->change[k].first == i)
            return true;
    for (size_t k = 0; k < t->break_count; k++)
        if (t->breaks[k].first == i)
            return true;
    return i == t->mark || i == t->count;
}

struct chart_level *chart_levels(const struct chart_trend *t, size_t *count)
{
    struct chart_level *level = mem_get(t->changes + t->break_count + 2, sizeof *level);

    *count = 0;
    for (size_t first = 0, end = 1; end <= t->count; end++)
        if (is_bound(t, end)) {
            level[(*count)++] = level_make(t->value, first, end);
            first = end;
        }
    return level;
}

bool chart_trend_put(struct chart_folder *f, struct chart_trend *t, const char *name,
                     const char *alt, struct doc *d, struct err *e)
{
    struct chart_level *level = chart_levels(t, &t->levels);
    struct chart chart = {0};
    bool done = true;

    t->level = level;
    if (chart_trend(t, &chart, &f->missing))
        done = chart_keep(f, &chart, name, "trend", alt, d, e);
    chart_free(&chart);
    free(level);
    return done;
}

size_t chart_changes(const struct change_point_list *points, enum metric_id metric,
                     const char *const *uuid, size_t runs, struct chart_change **out)
{
    size_t n = 0;

    *out = mem_get(points->count + 1, sizeof **out);
    for (size_t i = 1; i < runs; i++)
        for (size_t k = 0; k < points->count; k++) {
            const struct change_point *p = &points->point[k];

            if (p->metric != metric || p->state == CHANGE_FALSE_ALARM ||
                strcmp(p->run_uuid, uuid[i]) != 0)
                continue;
            (*out)[n++] = (struct chart_change){i, p->step.change,
                                                (metrics[metric].better == BETTER_LOWER) ==
                                                    (p->step.after > p->step.before),
                                                p->commit_sha};
            break;
        }
    return n;
}

/* What the trend of a subject shows. */
struct trend {
    struct series_runs runs;
    struct series series;
    struct change_point_list points;
    double *value;
    int64_t *started_ms;
    const char **uuid;
    struct chart_change *change;
    size_t changes;
    char *title, *subtitle, *alt;
};

static void trend_free(struct trend *a)
{
    series_free(&a->series);
    series_runs_free(&a->runs);
    change_point_list_free(&a->points);
    free(a->value);
    free(a->started_ms);
    free(a->uuid);
    free(a->change);
    free(a->title);
    free(a->subtitle);
    free(a->alt);
}

/* The change points of the series that a run belongs to. */
static bool points_get(struct store *s, const struct run_row *of, struct change_point_list *out,
                       struct err *e)
{
    struct series_group_list groups;
    bool done = store_series_groups(s, of->scenario, of->branch, &groups, e);

    for (size_t i = 0; done && i < groups.count; i++) {
        const struct run_row *r = &groups.group[i].newest;

        if (r->scenario_id == of->scenario_id && r->environment_id == of->environment_id &&
            !r->branch == !of->branch) {
            done = changes_recorded(s, &groups.group[i], METRIC_LATENCY_P95, out, e);
            break;
        }
    }
    series_group_list_free(&groups);
    return done;
}

/* Whether the level changed within a few runs of the place where the judged ones begin, or earlier,
 * but after those that they are compared with, and by at least half of what was judged: then that
 * is where it changed. */
static bool explained(const struct trend *a, const struct chart_subject *subject, size_t split)
{
    double judged = differs(subject->judged) ? subject->judged->comparison.change : (double)NAN;
    size_t from = 0;

    while (from < split && subject->before &&
           !holds_run(subject->before, a->series.point[from].run->id))
        from++;
    for (size_t i = 0; i < a->changes; i++) {
        const struct chart_change *c = &a->change[i];

        if (c->first + NEAR >= split && c->first <= split + NEAR)
            return true;
        if (from < c->first && c->first < split && (c->change > 0) == (judged > 0) &&
            fabs(c->change) >= fabs(judged) / 2)
            return true;
    }
    return false;
}

/* A judged change is one, where none was found that is the same. */
static void judged_add(struct trend *a, const struct chart_subject *subject)
{
    size_t split = series_split(&a->series, subject), at = a->changes;

    if (split >= a->series.count || !differs(subject->judged) || explained(a, subject, split))
        return;
    while (at > 0 && a->change[at - 1].first > split)
        at--;
    memmove(a->change + at + 1, a->change + at, (a->changes++ - at) * sizeof *a->change);
    a->change[at] = (struct chart_change){split, subject->judged->comparison.change,
                                          subject->judged->comparison.outcome == OUTCOME_WORSE,
                                          a->series.point[split].run->commit_sha};
}

static void trend_words(struct trend *a, const struct run_row *newest)
{
    char *branch = tell_branch(newest->branch, TREND_BRANCH_MOST, ", ");
    char runs[UNITS_TEXT_SIZE], last[UNITS_TEXT_SIZE];

    tell_count(runs, (int64_t)a->series.count, "run");
    a->title = mem_printf("%s · p95 latency", newest->scenario);
    a->subtitle =
        mem_printf("%s%s · points are runs, line and band are the level%s (median, 95 %% interval)",
                   branch, runs, a->changes ? "s between changes" : "");
    free(branch);
    a->alt = mem_printf("%s: %s, %zu change%s, the last run %s", a->title, runs, a->changes,
                        a->changes == 1 ? "" : "s",
                        tell_value(last, METRIC_LATENCY_P95, a->value[a->series.count - 1]));
}

static bool trend_draw(struct chart_folder *f, struct trend *a, const struct chart_subject *subject,
                       const char *stem, struct doc *d, struct err *e)
{
    const struct budget *b = budget_find(subject->budgets, METRIC_LATENCY_P95);
    size_t count = a->series.count;
    struct chart_trend t = {.metric = METRIC_LATENCY_P95,
                            .count = count,
                            .warning = b ? b->warning : NAN,
                            .critical = b ? b->critical : NAN};

    a->value = mem_get(count, sizeof *a->value);
    a->started_ms = mem_get(count, sizeof *a->started_ms);
    a->uuid = mem_get(count, sizeof *a->uuid);
    for (size_t i = 0; i < count; i++) {
        a->value[i] = a->series.point[i].value;
        a->started_ms[i] = a->series.point[i].run->started_ms;
        a->uuid[i] = a->series.point[i].run->uuid;
    }
    a->changes = chart_changes(&a->points, METRIC_LATENCY_P95, a->uuid, count, &a->change);
    judged_add(a, subject);
    trend_words(a, &subject->runs->row[0]);
    t.value = a->value;
    t.started_ms = a->started_ms;
    t.change = a->change;
    t.changes = a->changes;
    t.title = a->title;
    t.subtitle = a->subtitle;
    if (subject->before && !explained(a, subject, series_split(&a->series, subject)))
        t.mark = series_split(&a->series, subject);
    return chart_trend_put(f, &t, stem, a->alt, d, e);
}

bool trend_put(struct chart_folder *f, struct store *s, const struct chart_subject *subject,
               const char *stem, struct doc *d, struct err *e)
{
    const struct run_row *of = &subject->runs->row[0];
    struct trend a = {0};
    bool done = store_series(s, of, TREND_RUNS, &a.runs, e);

    if (done)
        series_get(&a.runs, METRIC_LATENCY_P95, &a.series);
    done = done && (a.series.count == 0 || points_get(s, of, &a.points, e));
    if (done && a.series.count)
        done = trend_draw(f, &a, subject, stem, d, e);
    trend_free(&a);
    return done;
}
