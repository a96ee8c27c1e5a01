/* The capacity curve: throughput by load as measured, the fitted law, what it would be without any
 * contention, and where it peaks. Nothing is drawn beyond twice the largest load measured. */
#include "report/canvas.h"
#include "schema/units.h"

#include <math.h>
#include <stdio.h>

enum { SAMPLES = 240 };

/* The Universal Scalability Law, as analyze/ fits it. */
static double law(const struct chart_capacity *p, double load)
{
    return p->gamma * load / (1 + p->alpha * (load - 1) + p->beta * load * (load - 1));
}

static void curve_put(struct canvas *c, const struct chart_capacity *p, double from, double to,
                      const char *name, struct look look)
{
    canvas_data(c, name);
    for (int i = 0; i <= SAMPLES && to > from; i++) {
        double load = from + (to - from) * i / SAMPLES;

        canvas_row(c, (double[]){load, law(p, load)}, 2);
    }
    canvas_plot(c, name, look);
}

/* As far as it stays in the picture. */
static void ideal_put(struct canvas *c, const struct chart_capacity *p, struct ends *ends)
{
    const struct style plain = {INK_MUTED, 11, false, ANCHOR_LEFT};
    double load = fmin(c->frame.x1, c->frame.y1 / p->gamma);

    canvas_line(c, (double[]){0, 0}, (double[]){load, p->gamma * load}, INK_OTHER, "(2,3)");
    if (load == c->frame.x1)
        ends_add(ends, canvas_y(c, p->gamma * load), plain, "no contention");
    else
        canvas_label(c, canvas_x(c, load) + 8, c->frame.top + 8, plain, "no contention");
}

/* Above its place; below the curve, where nothing else is, if the other name stands there. */
static void peak_put(struct canvas *c, const struct chart_capacity *p)
{
    enum { NAMES_WIDTH = 160 }; /* of both, in pixels */
    double ideal = fmin(c->frame.x1, c->frame.y1 / p->gamma), away;
    struct style bold = {INK_WARN, 11, true, ANCHOR_CENTER};
    char load[UNITS_TEXT_SIZE], most[UNITS_TEXT_SIZE], text[160];

    if (!isfinite(p->peak_load) || p->peak_load > c->frame.x1)
        return;
    canvas_line(c, (double[]){p->peak_load, 0}, (double[]){p->peak_load, law(p, p->peak_load)},
                INK_WARN, "(6,3)");
    snprintf(text, sizeof text, "peak %s at %s",
             units_format_metric(most, law(p, p->peak_load), ""),
             units_format_metric(load, p->peak_load, ""));
    away = canvas_x(c, p->peak_load) - canvas_x(c, ideal);
    if (away < NAMES_WIDTH) {
        bold.anchor = ANCHOR_LEFT;
        canvas_label(c, canvas_x(c, p->peak_load) + 6, c->frame.bottom - 12, bold, text);
    } else {
        canvas_label(c, canvas_x(c, p->peak_load), canvas_y(c, law(p, p->peak_load)) - 14, bold,
                     text);
    }
}

static void ticks_put(struct canvas *c)
{
    double step = tick_step(c->frame.x1);
    char text[UNITS_TEXT_SIZE];

    canvas_ticks_y(c, "");
    for (double x = 0; x <= c->frame.x1 * (1 + 1e-9); x += step)
        canvas_tick_x(c, x, false, units_format_metric(text, x, ""));
}

bool chart_capacity(const struct chart_capacity *p, struct chart *out, struct err *e)
{
    const struct style bold = {INK_LINE, 13, true, ANCHOR_LEFT};
    struct frame f = {.right = 842, .top = 90, .bottom = 362};
    double most = 0, highest = 0;
    struct ends ends = {0};
    struct canvas c;
    bool done;

    for (size_t i = 0; i < p->count; i++) {
        most = fmax(most, p->load[i]);
        highest = fmax(highest, p->throughput[i]);
    }
    f.x1 =
        isfinite(p->peak_load) ? fmin(fmax(1.2 * p->peak_load, 1.1 * most), 2 * most) : 1.25 * most;
    for (int i = 1; i <= SAMPLES; i++)
        highest = fmax(highest, law(p, f.x1 * i / SAMPLES));
    f.y1 = 1.12 * highest;
    f.left = tick_room(f.y0, f.y1, "");
    canvas_open(&c, 0, p->title, p->subtitle);
    canvas_panel(&c, &f, p->title, p->subtitle);
    ticks_put(&c);
    ideal_put(&c, p, &ends);
    curve_put(&c, p, 0, most, "law", (struct look){"using 1:2 with lines lw 2.5", INK_LINE, 0});
    curve_put(&c, p, most, f.x1, "beyond",
              (struct look){"using 1:2 with lines lw 2 dt (5,4)", INK_LINE, 0});
    canvas_data(&c, "measured");
    for (size_t i = 0; i < p->count; i++)
        canvas_row(&c, (double[]){p->load[i], p->throughput[i]}, 2);
    canvas_plot(&c, "measured", (struct look){"using 1:2 with points pt 7 ps 0.7", INK_POINT, 0});
    peak_put(&c, p);
    ends_add(&ends, canvas_y(&c, law(p, f.x1)), bold, "fit");
    ends_put(&c, &ends);
    done = canvas_draw(&c, out, e);
    canvas_close(&c);
    return done;
}
