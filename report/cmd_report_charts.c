#include "report/cmd_report_charts.h"

#include "report/chart.h"
#include "report/files.h"
#include "report/tell.h"

#include "analyze/analyze.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUDGETS_MAX = 10,
    MEMORY_SECONDS = 60,
};

void chart_folder_open(struct chart_folder *f, const char *report)
{
    f->wanted = true;
    f->path = mem_printf("%s/charts", report);
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

const char *chart_stem(struct chart_folder *f, const char *scenario)
{
    f->stem = mem_grow(f->stem, f->stems + 1, sizeof *f->stem);
    f->stem[f->stems] = files_stem(scenario, f->stem, f->stems);
    return f->stem[f->stems++];
}

/* The folder is made with its first file: a report that is refused leaves none. */
bool chart_keep(struct chart_folder *f, struct chart *chart, const char *stem, const char *kind,
                const char *alt, struct doc *d, struct err *e)
{
    char *name = mem_printf("%s-%s", stem, kind), *light = mem_printf("%s-light.svg", name),
         *dark = mem_printf("%s-dark.svg", name);
    bool done =
        !f->path || (files_folder(f->path, e) && files_write(f->path, light, &chart->light, e) &&
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

/* What the chart adds at its end is kept room for; long branches give way, the longer one first. */
static char *percentiles_subtitle(const struct chart_subject *subject)
{
    enum { SUBTITLE_MOST = 106, BRANCH_MOST = 80, BRANCH_LEAST = 8 };
    char *subtitle = NULL;

    for (size_t most = BRANCH_MOST; most >= BRANCH_LEAST; most--) {
        char *after = tell_runs_name(subject->runs, most),
             *before = subject->before ? tell_runs_name(subject->before, most) : mem_copy("");

        free(subtitle);
        subtitle = subject->before
                       ? mem_printf("after: %s, before: %s (merged histograms)", after, before)
                       : mem_printf("%s (merged histograms)", after);
        free(after);
        free(before);
        if (text_width(subtitle) <= SUBTITLE_MOST)
            break;
    }
    return subtitle;
}

static bool percentiles_draw(struct chart_folder *f, const struct chart_subject *subject,
                             const struct hist sides[2], const char *stem, struct doc *d,
                             struct err *e)
{
    char *title = mem_printf("%s · latency by percentile", subject->runs->row[0].scenario);
    char *subtitle = percentiles_subtitle(subject);
    char *quantiles = quantiles_name(&sides[1]), *alt = mem_printf("%s: %s", title, quantiles);
    char *const owned[] = {title, subtitle, quantiles, alt};
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

/* "burst-load · before and after": what moved, and how far. */
static bool distribution_draw(struct chart_folder *f, const struct chart_subject *subject,
                              const struct hist sides[2], const char *stem, struct doc *d,
                              struct err *e)
{
    const struct shift_point *most = &subject->shift->point[subject->shift->most];
    char *title = mem_printf("%s · before and after", subject->runs->row[0].scenario), *alt;
    const struct chart_distribution p = {title, &sides[0], &sides[1], subject->shift};
    char change[UNITS_TEXT_SIZE];
    struct chart chart = {0};
    bool done = true;

    alt = mem_printf("%s: p%g of latency moved most, by %s", title, most->percentile,
                     change_text(change, most->change, SCALE_LOG));
    if (chart_distribution(&p, &chart, &f->missing))
        done = chart_keep(f, &chart, stem, "distribution", alt, d, e);
    chart_free(&chart);
    free(title);
    free(alt);
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
    if (done && sides[1].total && sides[0].total && subject->shift && subject->shift->count)
        done = distribution_draw(f, subject, sides, stem, d, e);
    hist_close(&sides[0]);
    hist_close(&sides[1]);
    return done;
}

bool chart_multiples_put(struct chart_folder *f, const struct chart_multiples *m, const char *name,
                         struct doc *d, struct err *e)
{
    struct chart chart = {0};
    bool done = true;

    if (chart_multiples(m, &chart, &f->missing))
        done = chart_keep(f, &chart, chart_stem(f, name), "glance", m->title, d, e);
    chart_free(&chart);
    return done;
}

static bool heat_put(struct chart_folder *f, const struct chart_subject *subject, const char *stem,
                     struct doc *d, struct err *e)
{
    const struct result *r = subject->result;
    char *title = mem_printf("%s · every second of the run", subject->runs->row[0].scenario);
    struct chart_heat h = {.title = title,
                           .subtitle = "colour: messages with this latency (logarithmic) · lines: "
                                       "p50 and p99 of each second",
                           .histogram = r->histograms,
                           .count = r->histograms_count};
    char *alt = NULL;
    struct chart chart = {0};
    bool done = true, any = false;

    for (size_t i = 0; i < r->histograms_count; i++)
        any |= r->histograms[i].metric == METRIC_LATENCY && r->histograms[i].second >= 0;
    alt = mem_printf("%s: how latency is spread within each of its seconds", title);
    if (any && chart_heat(&h, &chart, &f->missing))
        done = chart_keep(f, &chart, stem, "seconds", alt, d, e);
    chart_free(&chart);
    free(title);
    free(alt);
    return done;
}

/* A minute of it or more says something of memory; what, is said as `leak` says it. */
static bool memory_put(struct chart_folder *f, const struct chart_subject *subject,
                       const char *stem, struct doc *d, struct err *e)
{
    static const enum news news[] = {NEWS_NONE, NEWS_BETTER, NEWS_WORSE}; /* by verdict */
    const struct result *r = subject->result;
    char *title = mem_printf("%s · memory of the target", subject->runs->row[0].scenario), *alt;
    struct chart_memory m = {.title = title, .point = r->points, .count = r->points_count};
    char peak[UNITS_TEXT_SIZE];
    struct chart chart = {0};
    struct text said = {0};
    struct leak leak;
    bool done = true;
    size_t n = 0;

    for (size_t i = 0; i < r->points_count; i++)
        n += r->points[i].metric == METRIC_TARGET_RSS_PEAK;
    if (n >= MEMORY_SECONDS && leak_recorded(r, LEAK_BUDGET, &leak)) {
        text_add(&said, leak_news(&leak));
        leak_figures(&leak, LEAK_BUDGET, &said);
        m.subtitle = said.data;
        m.mib_per_hour = leak.bytes_per_hour / (1 << 20);
        m.from_s = leak.from_s;
        m.to_s = leak.to_s;
        m.news = news[leak.verdict];
        alt =
            mem_printf("%s: %s; at most %s", title, said.data,
                       tell_value(peak, METRIC_TARGET_RSS_PEAK, r->value[METRIC_TARGET_RSS_PEAK]));
        if (chart_memory(&m, &chart, &f->missing))
            done = chart_keep(f, &chart, stem, "memory", alt, d, e);
        free(alt);
    }
    chart_free(&chart);
    text_free(&said);
    free(title);
    return done;
}

bool charts_put(struct chart_folder *f, struct store *s, const struct chart_subject *subject,
                struct doc *d, struct err *e)
{
    const char *stem;

    if (!f->wanted || f->missing.kind != ERR_NONE) /* what failed once is not waited for again */
        return true;
    stem = chart_stem(f, subject->runs->row[0].scenario);
    return trend_put(f, s, subject, stem, d, e) &&
           (f->missing.kind != ERR_NONE || percentiles_put(f, s, subject, stem, d, e)) &&
           (f->missing.kind != ERR_NONE || !subject->result ||
            (heat_put(f, subject, stem, d, e) && memory_put(f, subject, stem, d, e)));
}
