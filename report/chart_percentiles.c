/* Latency by percentile: the whole distribution, its tail stretched so that 99 %, 99.9 %, ... are
 * as far apart as 90 % and 99 %. The place of the quantile q is log10(1 / (1 - q)); a curve ends
 * where its last message stands. */
#include "report/canvas.h"
#include "report/tell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 240, BUDGET_WIDTH = 120, BUDGET_HEIGHT = 15 /* of its name, in pixels */ };

/* Where the largest is so many times the median, a linear axis would show nothing but the tail. */
#define LOG_FROM 40

struct curve {
    double end, most; /* the place and the latency of its last message */
    double y[SAMPLES + 1];
};

static double place_of(double percentile)
{
    return -log10(1 - percentile / 100);
}

static double value_at(const struct hist *h, double percentile)
{
    return (double)hist_percentile(h, percentile) * HIST_UNIT_MS;
}

/* Samples from place 0 to `width`. */
static void curve_get(struct curve *v, const struct hist *h, double width)
{
    v->end = log10(fmax((double)h->total, 2));
    v->most = value_at(h, 100);
    for (int i = 0; i <= SAMPLES; i++) {
        double place = width * i / SAMPLES;

        v->y[i] = place < v->end ? value_at(h, 100 * (1 - pow(10, -place))) : v->most;
    }
}

static void curve_put(struct canvas *c, const struct curve *v, double width, const char *name,
                      struct look look)
{
    canvas_data(c, name);
    for (int i = 0; i <= SAMPLES && width * i / SAMPLES < v->end; i++)
        canvas_row(c, (double[]){width * i / SAMPLES, v->y[i]}, 2);
    canvas_row(c, (double[]){v->end, v->most}, 2);
    canvas_plot(c, name, look);
}

/* Between the curves as far as both go: what got slower, what got faster. */
static void between_put(struct canvas *c, const struct curve *before, const struct curve *after,
                        double width)
{
    static const struct {
        const char *name;
        struct look look;
    } ways[] = {
        {"slower", {"using 1:2:3 with filledcurves above", INK_WORSE_AREA, 0}},
        {"faster", {"using 1:2:3 with filledcurves below", INK_BETTER_AREA, 0}},
    };
    double end = fmin(before->end, after->end);

    for (size_t way = 0; way < 2; way++) {
        bool any = false;

        for (int i = 0; i <= SAMPLES && width * i / SAMPLES <= end; i++)
            any |= way ? after->y[i] < before->y[i] : after->y[i] > before->y[i];
        if (!any)
            continue;
        canvas_data(c, ways[way].name);
        for (int i = 0; i <= SAMPLES && width * i / SAMPLES <= end; i++)
            canvas_row(c, (double[]){width * i / SAMPLES, after->y[i], before->y[i]}, 3);
        canvas_plot(c, ways[way].name, ways[way].look);
    }
}

static void places_put(struct canvas *c)
{
    static const struct {
        double place;
        const char *text;
    } ticks[] = {{0, "0 %"},      {0.30103, "50 %"}, {1, "90 %"},
                 {2, "99 %"},     {3, "99.9 %"},     {4, "99.99 %"},
                 {5, "99.999 %"}, {6, "99.9999 %"},  {7, "99.99999 %"}};

    for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++) {
        bool narrow = i == 1 && canvas_x(c, ticks[1].place) - c->frame.left < 34;

        if (ticks[i].place <= c->frame.x1 + 1e-9)
            canvas_tick_x(c, ticks[i].place, true, narrow ? "" : ticks[i].text);
    }
}

/* Drawn as a bracket at its percentile, whose corner the curve has to pass below, its name at `y`;
 * or, beyond the picture, named alone. */
static void budget_put(struct canvas *c, const struct chart_budget *b, double y)
{
    struct style style = {b->critical ? INK_BUDGET : INK_WARN, 11, false, ANCHOR_RIGHT};
    double place = place_of(b->percentile), x = canvas_x(c, place) - 4;
    bool inside = b->limit_ms <= c->frame.y1;
    char limit[UNITS_TEXT_SIZE], text[96];

    if (inside) {
        canvas_line(c, (double[]){c->frame.x0, b->limit_ms}, (double[]){place, b->limit_ms},
                    style.ink, "(6,3)");
        canvas_line(c, (double[]){place, b->limit_ms}, (double[]){place, c->frame.y0}, style.ink,
                    "(6,3)");
    }
    if (x - c->frame.left < BUDGET_WIDTH) {
        style.anchor = ANCHOR_LEFT;
        x = c->frame.left + 6;
    }
    snprintf(text, sizeof text, "%s %s ≤ %s%s", b->critical ? "budget" : "warn", b->name,
             units_format_metric(limit, b->limit_ms, "ms"), inside ? "" : " ↑");
    canvas_label(c, x, y, style, text);
}

/* Above its line, or below where the line of another one is close above. */
static double budget_name_y(const struct canvas *c, const struct chart_percentiles *p, size_t i)
{
    double y = canvas_y(c, p->budget[i].limit_ms);

    for (size_t k = 0; k < p->budgets; k++) {
        double above = y - canvas_y(c, p->budget[k].limit_ms);

        if (above > 0 && above < 20)
            return y + 10;
    }
    return y - 10;
}

static void budgets_put(struct canvas *c, const struct chart_percentiles *p)
{
    double free_y = c->frame.top + 8; /* frame_fit() left room here for those beyond */

    for (size_t i = 0; i < p->budgets; i++) {
        const struct chart_budget *b = &p->budget[i];

        if (place_of(b->percentile) > c->frame.x1 || b->limit_ms <= c->frame.y0)
            continue;
        if (b->limit_ms <= c->frame.y1) {
            budget_put(c, b, budget_name_y(c, p, i));
        } else {
            budget_put(c, b, free_y);
            free_y += BUDGET_HEIGHT;
        }
    }
}

/* The range of latencies; budgets that lie near belong to it, the others leave their names. */
static void frame_fit(struct frame *f, const struct chart_percentiles *p, double least, double most,
                      double median)
{
    double top = most, room = (f->bottom - f->top) / BUDGET_HEIGHT, share;
    int beyond = 0;

    f->log_y = median > 0 && most / median >= LOG_FROM;
    for (size_t i = 0; i < p->budgets; i++) {
        double limit = p->budget[i].limit_ms;

        if (limit <= (f->log_y ? 3 : 1.5) * most)
            top = fmax(top, limit * (f->log_y ? 1.5 : 1.08));
        else
            beyond++;
    }
    top = top > 0 ? top : 1;
    share = fmax(1 - (beyond + 0.6) / room, 0.5); /* what is left of the height */
    if (f->log_y) {
        f->y0 = fmax(least, most / 1e6) / 1.3;
        f->y1 = f->y0 * pow(top / f->y0, 1 / share);
    } else {
        double step = tick_step(top);

        f->y1 = beyond ? top / share : ceil(top / step) * step;
    }
    f->left = f->log_y ? 82 : tick_room(f->y0, f->y1, "ms");
}

static void names_put(struct canvas *c, const struct curve *before, const struct curve *after)
{
    const struct style bold = {INK_LINE, 13, true, ANCHOR_LEFT},
                       plain = {INK_MUTED, 13, false, ANCHOR_LEFT};
    struct ends ends = {0};
    char most[UNITS_TEXT_SIZE];

    if (before)
        ends_add(&ends, canvas_y(c, before->most), plain, "before");
    ends_add(&ends, canvas_y(c, after->most), bold, "%s",
             before ? "after" : units_format_metric(most, after->most, "ms"));
    ends_put(c, &ends);
}

bool chart_percentiles(const struct chart_percentiles *p, struct chart *out, struct err *e)
{
    struct frame f = {.right = 842, .top = 82, .bottom = 350};
    bool two = p->before && p->before->total;
    struct curve before = {0}, after;
    struct canvas c;
    char *subtitle;
    bool done;

    f.x1 = log10(fmax((double)p->after->total, 10));
    if (two)
        f.x1 = fmax(f.x1, log10((double)p->before->total));
    curve_get(&after, p->after, f.x1);
    if (two)
        curve_get(&before, p->before, f.x1);
    frame_fit(&f, p, two ? fmin(before.y[0], after.y[0]) : after.y[0],
              fmax(before.most, after.most),
              two ? fmin(value_at(p->before, 50), value_at(p->after, 50)) : value_at(p->after, 50));
    subtitle = mem_printf("%s%s", p->subtitle, f.log_y ? " · logarithmic scale" : "");
    canvas_open(&c, 0, p->title, subtitle);
    canvas_panel(&c, &f, p->title, subtitle);
    free(subtitle);
    places_put(&c);
    if (f.log_y)
        canvas_ticks_log(&c, "ms");
    else
        canvas_ticks_y(&c, "ms");
    if (p->after->total == 0)
        canvas_label(&c, (f.left + f.right) / 2, (f.top + f.bottom) / 2,
                     (struct style){INK_MUTED, 13, false, ANCHOR_CENTER},
                     "no message was measured");
    if (two && p->after->total) {
        between_put(&c, &before, &after, f.x1);
        curve_put(&c, &before, f.x1, "before",
                  (struct look){"using 1:2 with lines lw 2", INK_OTHER, 0});
    }
    if (p->after->total)
        curve_put(&c, &after, f.x1, "after",
                  (struct look){"using 1:2 with lines lw 2.5", INK_LINE, 0});
    budgets_put(&c, p);
    if (p->after->total)
        names_put(&c, two ? &before : NULL, &after);
    done = canvas_draw(&c, out, e);
    canvas_close(&c);
    return done;
}
