/* A run second by second, as a line of bars. */
#include "report/tell.h"
#include "schema/hist.h"

#include <math.h>
#include <stdlib.h>

enum { BARS = 40 };

struct bars {
    double value[BARS];
    size_t count;
    double least, most; /* of the seconds themselves */
    int64_t seconds;
};

/* Where several seconds share a bar it shows their worst one: a peak must not drown. */
static bool worse(enum metric_id metric, double a, double b)
{
    return isnan(b) || (metrics[metric].better == BETTER_HIGHER ? a < b : a > b);
}

static void bars_get(struct bars *b, const struct point *points, size_t count,
                     enum metric_id metric)
{
    *b = (struct bars){.least = INFINITY, .most = -INFINITY};
    for (size_t i = 0; i < count; i++)
        if (points[i].metric == metric && points[i].second >= b->seconds)
            b->seconds = (int64_t)points[i].second + 1;
    b->count = b->seconds < BARS ? (size_t)b->seconds : BARS;
    for (size_t k = 0; k < b->count; k++)
        b->value[k] = NAN;
    for (size_t i = 0; i < count; i++) {
        const struct point *p = &points[i];
        size_t k;

        if (p->metric != metric || p->second < 0 || !isfinite(p->value))
            continue;
        k = (size_t)(p->second * (int64_t)b->count / b->seconds);
        if (worse(metric, p->value, b->value[k]))
            b->value[k] = p->value;
        b->least = fmin(b->least, p->value);
        b->most = fmax(b->most, p->value);
    }
}

static void seconds_put(struct doc *d, const struct point *points, size_t count,
                        enum metric_id metric, const char *title)
{
    static const char *const steps[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    char least[UNITS_TEXT_SIZE], most[UNITS_TEXT_SIZE];
    struct text line = {0};
    struct bars b;

    bars_get(&b, points, count, metric);
    if (b.seconds < 2 || !isfinite(b.least))
        return;
    for (size_t k = 0; k < b.count; k++) {
        double share = b.most > 0 ? fmax(b.value[k], 0) / b.most : 0; /* from 0: no drama */

        text_add(&line, isnan(b.value[k]) ? "·" : steps[(int)(share * 7.999)]);
    }
    doc_item(d);
    doc_say(d, TONE_PLAIN, "%s by second: %s %s … %s", title, line.data,
            tell_number(least, metric, b.least), tell_number(most, metric, b.most));
    text_free(&line);
}

/* p95 of each second, out of the histograms that are kept for it; the caller frees it. */
static struct point *latency_points(const struct result *r, size_t *count)
{
    struct point *points = mem_get(r->histograms_count, sizeof *points);
    struct err ignored;
    struct hist h;

    *count = 0;
    hist_open(&h);
    for (size_t i = 0; i < r->histograms_count; i++) {
        const struct histogram *kept = &r->histograms[i];

        if (kept->metric == METRIC_LATENCY && kept->second >= 0 &&
            hist_decode(&h, kept->hdr, kept->hdr_length, &ignored) && h.total)
            points[(*count)++] = (struct point){METRIC_LATENCY_P95, kept->second,
                                                (double)hist_percentile(&h, 95) * HIST_UNIT_MS};
    }
    hist_close(&h);
    return points;
}

void tell_seconds(struct doc *d, const struct result *r)
{
    size_t count;
    struct point *latency = latency_points(r, &count);

    seconds_put(d, latency, count, METRIC_LATENCY_P95, "p95 ms");
    seconds_put(d, r->points, r->points_count, METRIC_THROUGHPUT_RECEIVED, "msg/s");
    free(latency);
}

void report_memory(struct doc *d, const struct result *r)
{
    seconds_put(d, r->points, r->points_count, METRIC_TARGET_RSS_PEAK, "MiB");
}
