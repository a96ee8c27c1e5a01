#include "report/cmd_report_charts.h"

#include "report/chart.h"
#include "report/files.h"
#include "report/tell.h"

#include "analyze/analyze.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TREND_RUNS = 200, BUDGETS_MAX = 10 };

bool chart_folder_open(struct chart_folder *f, const char *report, struct err *e)
{
    f->wanted = true;
    f->path = mem_printf("%s/charts", report);
    return files_folder(f->path, e);
}

void chart_folder_close(struct chart_folder *f)
{
    for (size_t i = 0; i < f->stems; i++)
        free(f->stem[i]);
    for (size_t i = 0; i < f->count; i++)
        free(f->drawn[i]);
    free(f->stem);
    free(f->drawn);
    free(f->path);
}

static const char *stem_take(struct chart_folder *f, const char *scenario)
{
    f->stem = mem_grow(f->stem, f->stems + 1, sizeof *f->stem);
    f->stem[f->stems] = files_stem(scenario, f->stem, f->stems);
    return f->stem[f->stems++];
}

/* Both variants of a chart into their files, and the chart into the document. */
static bool chart_keep(struct chart_folder *f, struct chart *chart, const char *stem,
                       const char *kind, const char *alt, struct doc *d, struct err *e)
{
    char *name = mem_printf("%s-%s", stem, kind), *light = mem_printf("%s-light.svg", name),
         *dark = mem_printf("%s-dark.svg", name);
    bool done = !f->path || (files_write(f->path, light, &chart->light, e) &&
                             files_write(f->path, dark, &chart->dark, e));

    if (done)
        doc_chart(d, name, alt, &chart->page);
    f->drawn = mem_grow(f->drawn, f->count + 1, sizeof *f->drawn);
    f->drawn[f->count++] = name;
    free(light);
    free(dark);
    return done;
}

/* The budgets of latency that stand at a percentile. */
static size_t chart_budgets(const struct budget_list *budgets, struct chart_budget *out)
{
    static const struct {
        enum metric_id metric;
        double percentile;
        const char *name;
    } known[] = {{METRIC_LATENCY_P50, 50, "p50"},
                 {METRIC_LATENCY_P90, 90, "p90"},
                 {METRIC_LATENCY_P95, 95, "p95"},
                 {METRIC_LATENCY_P99, 99, "p99"},
                 {METRIC_LATENCY_P999, 99.9, "p99.9"}};
    size_t n = 0;

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct budget *b = budget_find(budgets, known[i].metric);

        if (b && isfinite(b->critical))
            out[n++] = (struct chart_budget){known[i].percentile, known[i].name, b->critical, true};
        if (b && isfinite(b->warning))
            out[n++] = (struct chart_budget){known[i].percentile, known[i].name, b->warning, false};
    }
    return n;
}

/* "p50 9.1 ms, p95 29.3 ms, p99 41.2 ms" */
static char *quantiles_name(const struct hist *h)
{
    char p50[UNITS_TEXT_SIZE], p95[UNITS_TEXT_SIZE], p99[UNITS_TEXT_SIZE];

    return mem_printf(
        "p50 %s, p95 %s, p99 %s",
        units_format_metric(p50, (double)hist_percentile(h, 50) * HIST_UNIT_MS, "ms"),
        units_format_metric(p95, (double)hist_percentile(h, 95) * HIST_UNIT_MS, "ms"),
        units_format_metric(p99, (double)hist_percentile(h, 99) * HIST_UNIT_MS, "ms"));
}

static bool percentiles_draw(struct chart_folder *f, const struct chart_subject *subject,
                             const struct hist sides[2], const char *stem, struct doc *d,
                             struct err *e)
{
    char *after = tell_runs_name(subject->runs),
         *before = subject->before ? tell_runs_name(subject->before) : mem_copy("");
    char *title = mem_printf("%s · latency by percentile", subject->runs->row[0].scenario);
    char *subtitle = subject->before
                         ? mem_printf("after: %s, before: %s (merged histograms)", after, before)
                         : mem_printf("%s (merged histograms)", after);
    char *quantiles = quantiles_name(&sides[1]), *alt = mem_printf("%s: %s", title, quantiles);
    char *const owned[] = {after, before, title, subtitle, quantiles, alt};
    struct chart_budget budgets[BUDGETS_MAX];
    struct chart_percentiles p = {.title = title,
                                  .subtitle = subtitle,
                                  .before = subject->before ? &sides[0] : NULL,
                                  .after = &sides[1],
                                  .budget = budgets,
                                  .budgets = chart_budgets(subject->budgets, budgets)};
    struct chart chart = {0};
    bool done = true;

    if (chart_percentiles(&p, &chart, &f->missing))
        done = chart_keep(f, &chart, stem, "percentiles", alt, d, e);
    chart_free(&chart);
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    return done;
}

static bool percentiles_put(struct chart_folder *f, struct store *s,
                            const struct chart_subject *subject, const char *stem, struct doc *d,
                            struct err *e)
{
    struct hist sides[2];
    bool done;

    hist_open(&sides[0]);
    hist_open(&sides[1]);
    done = store_histogram(s, subject->runs, METRIC_LATENCY, &sides[1], e) &&
           (!subject->before || store_histogram(s, subject->before, METRIC_LATENCY, &sides[0], e));
    if (done && sides[1].total)
        done = percentiles_draw(f, subject, sides, stem, d, e);
    hist_close(&sides[0]);
    hist_close(&sides[1]);
    return done;
}

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
    while (first > 0 && holds_run(subject->runs, series->point[first - 1].run_id))
        first--;
    return first ? first : series->count;
}

static struct chart_level level_make(const double *value, size_t first, size_t end)
{
    struct level l;

    level_get(value + first, end - first, &l);
    return (struct chart_level){first, end - 1, l.median, l.lo, l.hi, l.spread_lo, l.spread_hi};
}

/* What a trend points to. */
struct trend {
    double *value;
    int64_t *started_ms;
    struct chart_level level[2];
    struct chart_change change;
    char *title, *subtitle, *alt;
};

static void trend_free(struct trend *a)
{
    free(a->value);
    free(a->started_ms);
    free(a->title);
    free(a->subtitle);
    free(a->alt);
}

/* The level of the whole series, or that of what was before and that of the told runs. */
static void trend_levels(struct trend *a, struct chart_trend *t, const struct series *series,
                         const struct chart_subject *subject)
{
    size_t split = series_split(series, subject);

    a->level[t->levels++] = level_make(a->value, 0, split);
    if (split < t->count) {
        a->level[t->levels++] = level_make(a->value, split, t->count);
    }
    if (split < t->count && differs(subject->judged)) {
        a->change = (struct chart_change){split, subject->judged->comparison.change,
                                          subject->judged->comparison.outcome == OUTCOME_WORSE,
                                          series->point[split].commit_sha};
        t->change = &a->change;
        t->changes = 1;
    }
    t->level = a->level;
}

static void trend_words(struct trend *a, struct chart_trend *t, const struct run_row *newest)
{
    char runs[UNITS_TEXT_SIZE], level[UNITS_TEXT_SIZE], last[UNITS_TEXT_SIZE];

    a->title = mem_printf("%s · p95 latency", newest->scenario);
    a->subtitle =
        mem_printf("%s%s%s · points are runs, line and band are %s (median, 95 %% interval)",
                   newest->branch ? newest->branch : "", newest->branch ? ", " : "",
                   tell_count(runs, (int64_t)t->count, "run"),
                   t->levels > 1 ? "the levels before and of these" : "their level");
    a->alt = mem_printf("%s: %s, level %s, last %s", a->title, runs,
                        tell_value(level, t->metric, a->level[t->levels - 1].median),
                        tell_value(last, t->metric, t->value[t->count - 1]));
    t->title = a->title;
    t->subtitle = a->subtitle;
}

static bool trend_draw(struct chart_folder *f, const struct series *series,
                       const struct chart_subject *subject, const char *stem, struct doc *d,
                       struct err *e)
{
    const struct budget *b = budget_find(subject->budgets, METRIC_LATENCY_P95);
    struct trend a = {.value = mem_get(series->count, sizeof *a.value),
                      .started_ms = mem_get(series->count, sizeof *a.started_ms)};
    struct chart_trend t = {.metric = METRIC_LATENCY_P95,
                            .value = a.value,
                            .started_ms = a.started_ms,
                            .count = series->count,
                            .warning = b ? b->warning : NAN,
                            .critical = b ? b->critical : NAN};
    struct chart chart = {0};
    bool done = true;

    for (size_t i = 0; i < series->count; i++) {
        a.value[i] = series->point[i].value;
        a.started_ms[i] = series->point[i].started_ms;
    }
    trend_levels(&a, &t, series, subject);
    trend_words(&a, &t, &subject->runs->row[0]);
    if (chart_trend(&t, &chart, &f->missing))
        done = chart_keep(f, &chart, stem, "trend", a.alt, d, e);
    chart_free(&chart);
    trend_free(&a);
    return done;
}

static bool trend_put(struct chart_folder *f, struct store *s, const struct chart_subject *subject,
                      const char *stem, struct doc *d, struct err *e)
{
    struct series series;
    bool done = store_series(s, &subject->runs->row[0], METRIC_LATENCY_P95, TREND_RUNS, &series, e);

    if (done && series.count)
        done = trend_draw(f, &series, subject, stem, d, e);
    series_free(&series);
    return done;
}

bool charts_put(struct chart_folder *f, struct store *s, const struct chart_subject *subject,
                struct doc *d, struct err *e)
{
    const char *stem;

    if (!f->wanted || f->missing.kind != ERR_NONE) /* what failed once is not waited for again */
        return true;
    stem = stem_take(f, subject->runs->row[0].scenario);
    return trend_put(f, s, subject, stem, d, e) &&
           (f->missing.kind != ERR_NONE || percentiles_put(f, s, subject, stem, d, e));
}
