/* Memory of the target over a run: a point a second (or the median of several, where they are
 * many), and the slope that was found of it behind its warm-up. */
#include "report/canvas.h"
#include "report/tell.h"

#include "schema/quantile.h"

#include <math.h>
#include <stdlib.h>

enum { POINTS_MOST = 360 };

struct curve {
    double *second, *mib;
    size_t count;
    double last; /* second */
};

static bool counts(const struct point *p)
{
    return p->metric == METRIC_TARGET_RSS_PEAK && p->second >= 0 && isfinite(p->value);
}

static void curve_get(struct curve *v, const struct chart_memory *m)
{
    double *share = mem_get(m->count + 1, sizeof *share);
    int64_t seconds = 0, each;

    for (size_t i = 0; i < m->count; i++)
        if (counts(&m->point[i]) && m->point[i].second >= seconds)
            seconds = (int64_t)m->point[i].second + 1;
    each = (seconds + POINTS_MOST - 1) / POINTS_MOST;
    v->second = mem_get(POINTS_MOST, sizeof *v->second);
    v->mib = mem_get(POINTS_MOST, sizeof *v->mib);
    v->last = seconds ? (double)seconds : 1;
    for (int64_t from = 0; from < seconds; from += each) {
        size_t n = 0;

        for (size_t i = 0; i < m->count; i++)
            if (counts(&m->point[i]) && m->point[i].second >= from &&
                m->point[i].second < from + each)
                share[n++] = m->point[i].value;
        if (n == 0)
            continue;
        quantile_sort(share, n);
        v->second[v->count] = (double)from + (double)each / 2;
        v->mib[v->count++] = quantile_sorted(share, n, 0.5);
    }
    free(share);
}

static enum ink slope_ink(enum news news)
{
    return news == NEWS_WORSE ? INK_WORSE : news == NEWS_BETTER ? INK_BETTER : INK_WARN;
}

/* The slope through the middle of the points that it was found of. */
static void slope_put(struct canvas *c, const struct curve *v, const struct chart_memory *m)
{
    double *above = mem_get(v->count + 1, sizeof *above), middle, from, to;
    size_t n = 0;

    for (size_t i = 0; i < v->count; i++)
        if (v->second[i] >= m->from_s && v->second[i] <= m->to_s + 1)
            above[n++] = v->mib[i] - v->second[i] / 3600 * m->mib_per_hour;
    if (n && isfinite(m->mib_per_hour)) {
        quantile_sort(above, n);
        middle = quantile_sorted(above, n, 0.5);
        from = middle + m->from_s / 3600 * m->mib_per_hour;
        to = middle + m->to_s / 3600 * m->mib_per_hour;
        canvas_line(c, (double[]){m->from_s, fmax(fmin(from, c->frame.y1), c->frame.y0)},
                    (double[]){m->to_s, fmax(fmin(to, c->frame.y1), c->frame.y0)},
                    slope_ink(m->news), "(6,3)");
    }
    free(above);
}

static void ends_name(struct canvas *c, const struct curve *v, const struct chart_memory *m)
{
    const struct style bold = {INK_LINE, 13, true, ANCHOR_LEFT},
                       small = {slope_ink(m->news), 11, false, ANCHOR_LEFT};
    char value[UNITS_TEXT_SIZE];
    struct ends ends = {0};

    ends_add(&ends, canvas_y(c, v->mib[v->count - 1]), bold, "%s",
             tell_value(value, METRIC_TARGET_RSS_PEAK, v->mib[v->count - 1]));
    if (isfinite(m->mib_per_hour))
        ends_add(&ends, canvas_y(c, v->mib[v->count - 1]) + 15, small, "%s%s",
                 m->mib_per_hour > 0 ? "+" : "",
                 tell_value(value, METRIC_TARGET_RSS_GROWTH, m->mib_per_hour));
    ends_put(c, &ends);
}

bool chart_memory(const struct chart_memory *m, struct chart *out, struct err *e)
{
    struct frame f = {.right = 842, .top = 90, .bottom = 362};
    double lo = INFINITY, hi = -INFINITY, span;
    struct curve v = {0};
    struct canvas c;
    bool done;

    curve_get(&v, m);
    for (size_t i = 0; i < v.count; i++) {
        lo = fmin(lo, v.mib[i]);
        hi = fmax(hi, v.mib[i]);
    }
    span = v.count ? fmax(hi - lo, 0.1 * hi) : 1;
    f.x1 = v.last;
    f.y0 = v.count ? fmax((lo + hi) / 2 - 0.62 * span, 0) : 0;
    f.y1 = v.count ? (lo + hi) / 2 + 0.62 * span : 1;
    f.left = tick_room(f.y0, f.y1, "MiB");
    canvas_open(&c, 0, m->title, m->subtitle);
    canvas_panel(&c, &f, m->title, m->subtitle);
    if (v.count) {
        canvas_ticks_y(&c, "MiB");
        canvas_ticks_seconds(&c);
        canvas_data(&c, "memory");
        for (size_t i = 0; i < v.count; i++)
            canvas_row(&c, (double[]){v.second[i], v.mib[i]}, 2);
        canvas_plot(&c, "memory", (struct look){"using 1:2 with lines lw 2", INK_LINE, 0});
        slope_put(&c, &v, m);
        ends_name(&c, &v, m);
    } else {
        canvas_label(&c, (f.left + f.right) / 2, (f.top + f.bottom) / 2,
                     (struct style){INK_MUTED, 13, false, ANCHOR_CENTER},
                     "the memory of the target was not observed");
    }
    done = canvas_draw(&c, out, e);
    canvas_close(&c);
    free(v.second);
    free(v.mib);
    return done;
}
