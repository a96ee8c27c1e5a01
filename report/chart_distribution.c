/* Two sides as whole distributions: the share of messages at or below a latency, and beside it by
 * how much each percentile moved, with its interval. */
#include "report/canvas.h"
#include "schema/change.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Changes beyond four times as much. */
#define MULTIPLES_FROM 3

enum { SAMPLES = 200, GAP = 64 /* pixels between the panels, for the labels of the second */ };

/* Where a percentile stands: both tails are stretched, so that 1 % and 0.1 % have room. */
static double place_of(double percentile)
{
    return log10(percentile / (100 - percentile));
}

static double value_at(const struct hist *h, double percentile)
{
    return (double)hist_percentile(h, percentile) * HIST_UNIT_MS;
}

static void curve_put(struct canvas *c, const struct hist *h, const char *name, struct look look)
{
    canvas_data(c, name);
    for (int i = 0; i <= SAMPLES; i++) {
        double percentile = 100.0 * i / SAMPLES, x = value_at(h, percentile);

        if (x >= c->frame.x0 && x <= c->frame.x1)
            canvas_row(c, (double[]){x, percentile}, 2);
    }
    canvas_plot(c, name, look);
}

/* Each name stands on its own side of the two curves, where they are steep: at half the messages.
 */
static void curves_name(struct canvas *c, const struct chart_distribution *p)
{
    double before = canvas_x(c, value_at(p->before, 42)),
           after = canvas_x(c, value_at(p->after, 42));
    double y = canvas_y(c, 42);
    bool slower = after >= before;
    struct style bold = {INK_LINE, 13, true, slower ? ANCHOR_LEFT : ANCHOR_RIGHT},
                 plain = {INK_MUTED, 13, false, slower ? ANCHOR_RIGHT : ANCHOR_LEFT};

    canvas_label(c, before + (slower ? -12 : 12), y, plain, "before");
    canvas_label(c, after + (slower ? 12 : -12), y, bold, "after");
}

static void shares_put(struct canvas *c, const struct chart_distribution *p)
{
    struct frame f = {.left = 72, .right = 470, .top = 90, .bottom = 350, .y1 = 100, .log_x = true};
    char text[UNITS_TEXT_SIZE];

    f.x0 = fmax(fmin(value_at(p->before, 0.5), value_at(p->after, 0.5)), HIST_UNIT_MS);
    f.x1 = fmax(fmax(value_at(p->before, 99.5), value_at(p->after, 99.5)), f.x0 * 1.5);
    canvas_panel(c, &f, p->title, "share of messages at or below a latency");
    for (int share = 0; share <= 100; share += 20) {
        snprintf(text, sizeof text, "%d %%", share);
        canvas_tick_y(c, share, text);
    }
    canvas_ticks_log_x(c, "ms");
    curve_put(c, p->before, "before", (struct look){"using 1:2 with lines lw 2", INK_OTHER, 0});
    curve_put(c, p->after, "after", (struct look){"using 1:2 with lines lw 2.5", INK_LINE, 0});
    curves_name(c, p);
}

/* The points that say something. */
static size_t points_get(const struct shift *s, const struct shift_point **out)
{
    size_t n = 0;

    for (size_t i = 0; i < s->count; i++) {
        const struct shift_point *p = &s->point[i];

        if (p->tested && isfinite(p->change) && p->percentile > 0 && p->percentile < 100)
            out[n++] = p;
    }
    return n;
}

/* Where a change stands on the axis: large ones are told as multiples, on a logarithmic scale. */
static double change_y(const struct canvas *c, double change)
{
    return c->frame.log_y ? fmax(1 + change, c->frame.y0) : change;
}

/* Room for all intervals and for no change. */
static void moved_frame(struct frame *f, const struct shift_point **point, size_t count)
{
    double lo = 0, hi = 0, span;

    f->x0 = count ? place_of(point[0]->percentile) : 0;
    f->x1 = count ? place_of(point[count - 1]->percentile) : 1;
    if (!(f->x1 > f->x0)) {
        f->x0 -= 1;
        f->x1 += 1;
    }
    for (size_t i = 0; i < count; i++) {
        lo = fmin(lo, isfinite(point[i]->lo) ? point[i]->lo : point[i]->change);
        hi = fmax(hi, isfinite(point[i]->hi) ? point[i]->hi : point[i]->change);
    }
    span = fmax(hi - lo, 0.02);
    f->log_y = hi > MULTIPLES_FROM;
    f->y0 = f->log_y ? (1 + lo) / 1.1 : lo - 0.08 * span;
    f->y1 = f->log_y ? (1 + hi) * 1.1 : hi + 0.08 * span;
}

static void moved_ticks(struct canvas *c)
{
    static const double known[] = {1, 5, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.99};
    double step = tick_step((c->frame.y1 - c->frame.y0) * 100) / 100, free_from = -INFINITY;
    char text[UNITS_TEXT_SIZE];

    if (c->frame.log_y)
        canvas_ticks_log(c, "×");
    for (double y = ceil(c->frame.y0 / step) * step; !c->frame.log_y && y <= c->frame.y1; y += step)
        canvas_tick_y(c, y, change_text(text, fabs(y) < step / 2 ? 0 : y, SCALE_LOG));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double x = place_of(known[i]);

        if (x < c->frame.x0 - 1e-9 || x > c->frame.x1 + 1e-9 || canvas_x(c, x) < free_from)
            continue;
        snprintf(text, sizeof text, "p%g", known[i]);
        canvas_tick_x(c, x, false, text);
        free_from = canvas_x(c, x) + 40;
    }
}

static void moved_curve(struct canvas *c, const struct shift_point **point, size_t count,
                        enum ink line, enum ink area)
{
    canvas_data(c, "interval");
    for (size_t i = 0; i < count; i++)
        canvas_row(c,
                   (double[]){place_of(point[i]->percentile), change_y(c, point[i]->lo),
                              change_y(c, point[i]->hi)},
                   3);
    canvas_plot(c, "interval", (struct look){"using 1:2:3 with filledcurves", area, 0});
    canvas_data(c, "moved");
    for (size_t i = 0; i < count; i++)
        canvas_row(c, (double[]){place_of(point[i]->percentile), change_y(c, point[i]->change)}, 2);
    canvas_plot(c, "moved", (struct look){"using 1:2 with linespoints lw 2 pt 7 ps 0.5", line, 0});
}

static void moved_put(struct canvas *c, const struct chart_distribution *p)
{
    const struct shift *s = p->shift;
    const struct shift_point **point = mem_get(s->count, sizeof *point);
    size_t count = points_get(s, point);
    struct frame f = {.left = 470 + GAP + 56, .right = 936, .top = 90, .bottom = 350};
    bool worse = s->outcome == OUTCOME_WORSE, better = s->outcome == OUTCOME_BETTER;

    moved_frame(&f, point, count);
    canvas_panel(c, &f, "how much each percentile moved",
                 s->test == SHIFT_POINTWISE ? "above 0: slower · 95 % intervals, each by itself"
                                            : "above 0: slower · 95 % intervals, valid together");
    moved_ticks(c);
    canvas_line_at(c, (double[]){f.left, canvas_y(c, change_y(c, 0))},
                   (double[]){f.right, canvas_y(c, change_y(c, 0))},
                   (struct stroke){INK_AXIS, 1.2, "solid", true});
    moved_curve(c, point, count,
                worse    ? INK_WORSE
                : better ? INK_BETTER
                         : INK_LINE,
                worse    ? INK_WORSE_AREA
                : better ? INK_BETTER_AREA
                         : INK_BAND_WIDE);
    free(point);
}

bool chart_distribution(const struct chart_distribution *p, struct chart *out, struct err *e)
{
    struct canvas c;
    bool done;

    canvas_open(&c, 0, p->title, "whole distributions, and how much each percentile moved");
    shares_put(&c, p);
    moved_put(&c, p);
    done = canvas_draw(&c, out, e);
    canvas_close(&c);
    return done;
}
