/* chart: pictures of numbers, drawn by gnuplot as SVG, each in a light and a dark variant.
 *
 * A chart is described by a struct of arrays and drawn by one process of gnuplot. What gnuplot
 * reads is made by us alone: user text never enters it. Labels and colours go in as marks
 * ("T0007T", #010203) and are exchanged in what comes out, the text escaped for XML; so the same
 * drawing serves both variants, and the same data gives the same bytes. Where a chart cannot be
 * drawn the functions fail with ERR_MEASURE and a sentence: the report goes without it.
 */
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include "schema/err.h"
#include "schema/hist.h"
#include "schema/judged.h"
#include "schema/metric.h"
#include "schema/run.h"
#include "schema/text.h"

#include <stdint.h>

/* The finished variants, two files and an element for a page whose style has chart_palette(); a
 * zeroed one is empty, free by chart_free(). */
struct chart {
    struct text light, dark, page;
};
void chart_free(struct chart *c);

/* Declarations of the custom properties that the colours of `page` are, for a light or a dark
 * page: "--i0:#fff;--i1:...". */
void chart_palette(struct text *css, bool dark);

/* A stretch of runs at one level. NAN where a bound cannot be said. */
struct chart_level {
    size_t first, last; /* runs */
    double median, lo, hi;
    double spread_lo, spread_hi; /* where most of its runs are */
};

/* The step from one level to the next. */
struct chart_change {
    size_t first; /* the first run after it */
    double change;
    bool worse;
    const char *commit; /* NULL: not known */
};

/* Where the runs go on elsewhere: levels on the two sides are not to be compared. */
struct chart_break {
    size_t first;     /* the first run there */
    const char *name; /* of the machine */
};

/* The course of one metric, a point a run, in the order of the commits. */
struct chart_trend {
    const char *title, *subtitle;
    enum metric_id metric;
    const double *value; /* NAN leaves a gap */
    const int64_t *started_ms;
    size_t count;
    const struct chart_level *level;
    size_t levels;
    const struct chart_change *change;
    size_t changes;
    const struct chart_break *breaks;
    size_t break_count;
    size_t mark;              /* a run before which there is a line with a name; 0: none */
    const char *mark_name;    /* NULL: none */
    double warning, critical; /* budgets; NAN: none */
};
bool chart_trend(const struct chart_trend *t, struct chart *out, struct err *e);

/* Latency by percentile, of one or two merged histograms. */
struct chart_budget {
    double percentile; /* 95 */
    const char *name;  /* "p95" */
    double limit_ms;
    bool critical; /* else a warning */
};
struct chart_percentiles {
    const char *title, *subtitle;
    const struct hist *before, *after; /* before: NULL for one side */
    const struct chart_budget *budget;
    size_t budgets;
};
bool chart_percentiles(const struct chart_percentiles *p, struct chart *out, struct err *e);

/* Two sides of a comparison as whole distributions, and how much each percentile moved. */
struct chart_distribution {
    const char *title;
    const struct hist *before, *after; /* merged; neither is empty */
    const struct shift *shift;
};
bool chart_distribution(const struct chart_distribution *p, struct chart *out, struct err *e);

/* Every second of a run: how many messages had which latency, and p50 and p99 of each second. */
struct chart_heat {
    const char *title, *subtitle;
    const struct histogram *histogram; /* of any metric; those of latency by second are taken */
    size_t count;
};
bool chart_heat(const struct chart_heat *h, struct chart *out, struct err *e);

/* What a chart's colours say beside its words. */
enum news { NEWS_NONE, NEWS_BETTER, NEWS_WORSE };

/* Memory of the target by second, out of a run's points, and the slope of a stretch of them, as the
 * search for leaks found it (NAN: not known). */
struct chart_memory {
    const char *title, *subtitle;
    const struct point *point; /* of any metric; those of target.rss.peak are taken */
    size_t count;
    double mib_per_hour, from_s, to_s;
    enum news news; /* NEWS_WORSE: it is a leak; NEWS_BETTER: it is none */
};
bool chart_memory(const struct chart_memory *m, struct chart *out, struct err *e);

/* Many series at a glance, a cell each. */
struct chart_cell {
    const char *name, *said; /* "p95 latency 36.9 ms, +23 %" */
    enum news news;
    const double *value; /* a run each; NAN leaves a gap */
    size_t count;
    const struct chart_level *level;
    size_t levels;
};
struct chart_multiples {
    const char *title, *subtitle;
    const struct chart_cell *cell;
    size_t count;
};
bool chart_multiples(const struct chart_multiples *m, struct chart *out, struct err *e);

/* Throughput by load, and the law fitted to it; peak_load NAN: it has none that is known. */
struct chart_capacity {
    const char *title, *subtitle;
    const double *load, *throughput;
    size_t count;
    double gamma, alpha, beta, peak_load;
};
bool chart_capacity(const struct chart_capacity *p, struct chart *out, struct err *e);

#endif
