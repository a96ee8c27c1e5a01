/* The trend: a point a run, the level it belongs to, the budgets it has to keep. */
#include "report/chart_trend.h"
#include "report/tell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    DATES = 6,
    CHANGE_HALF = 65, /* pixels that the label of a change takes to either side; its size alone; */
    SIZE_HALF = 32,
    ARROW_HALF = 6,   /* and the arrow alone */
    BESIDE_WIDTH = 64 /* and a value beside its mark */
};

static void date_text(char out[48], int64_t ms, int64_t span_ms)
{
    const int64_t day = INT64_C(86400000);
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;

    *out = '\0';
    if (gmtime_r(&seconds, &tm))
        strftime(out, 48,
                 span_ms > 300 * day ? "%b %Y"
                 : span_ms > 2 * day ? "%d %b"
                                     : "%d %b %H:%M",
                 &tm);
}

/* Evenly among the runs, dates where they change. */
static void dates_put(struct canvas *c, const struct chart_trend *t)
{
    size_t ticks = t->count < DATES ? t->count : DATES;
    char text[48], before[48] = "";

    for (size_t k = 0; k < ticks; k++) {
        size_t i = ticks > 1 ? (2 * k + 1) * t->count / (2 * ticks) : 0;

        date_text(text, t->started_ms[i], t->started_ms[t->count - 1] - t->started_ms[0]);
        if (strcmp(text, before) != 0)
            canvas_tick_x(c, (double)i, false, text);
        memcpy(before, text, sizeof before);
    }
}

/* The highest run of a level that is in the picture. */
static double highest_of(const struct chart_trend *t, const struct chart_level *l, double most)
{
    double highest = l->median;

    for (size_t i = l->first; i <= l->last; i++)
        if (t->value[i] <= most)
            highest = fmax(highest, t->value[i]);
    return highest;
}

/* Boxes: x, y, x low, x high, y low, y high. */
static void band_put(struct canvas *c, const struct chart_trend *t, double most, bool wide)
{
    static const char how[] = "using 1:2:3:4:5:6 with boxxyerror fs solid noborder";
    const struct frame *f = &c->frame;
    const char *name = wide ? "spread" : "band";

    canvas_data(c, name);
    for (size_t i = 0; i < t->levels; i++) {
        const struct chart_level *l = &t->level[i];
        double lo = wide ? l->spread_lo : l->lo, hi = wide ? l->spread_hi : l->hi;

        hi = hi > most ? highest_of(t, l, most) : hi;
        if (!isfinite(lo + hi) || hi <= f->y0 || lo >= f->y1)
            continue;
        canvas_row(c,
                   (double[]){(double)l->first, l->median, (double)l->first, (double)l->last,
                              fmax(lo, f->y0), fmin(hi, f->y1)},
                   6);
    }
    canvas_plot(c, name,
                wide ? (struct look){how, INK_BAND_WIDE, 0} : (struct look){how, INK_BAND, 0});
}

static void levels_put(struct canvas *c, const struct chart_trend *t, double most)
{
    band_put(c, t, most, true);
    band_put(c, t, most, false);
    canvas_data(c, "level");
    for (size_t i = 0; i < t->levels; i++) {
        const struct chart_level *l = &t->level[i];
        double more = l->last > l->first ? 0 : 0.2; /* one run still has a line */

        canvas_row(c, (double[]){(double)l->first - more, l->median}, 2);
        canvas_row(c, (double[]){(double)l->last + more, l->median}, 2);
        canvas_gap(c);
    }
    canvas_plot(c, "level", (struct look){"using 1:2 with lines lw 2.5", INK_LINE, 0});
}

static void points_put(struct canvas *c, const struct chart_trend *t)
{
    size_t newest = trend_newest(t);

    canvas_data(c, "runs");
    for (size_t i = 0; i < newest; i++)
        if (!(t->value[i] > c->frame.y1))
            canvas_row(c, (double[]){(double)i, t->value[i]}, 2);
    canvas_plot(c, "runs", (struct look){"using 1:2 with points pt 7 ps 0.45", INK_POINT, 80});
    canvas_data(c, "newest");
    if (newest < t->count && !(t->value[newest] > c->frame.y1))
        canvas_row(c, (double[]){(double)newest, t->value[newest]}, 2);
    canvas_plot(c, "newest", (struct look){"using 1:2 with points pt 7 ps 0.9", INK_LINE, 0});
}

/* Below the line of a budget that is drawn there. */
static double beyond_y(const struct canvas *c, const struct chart_trend *t)
{
    const double limits[] = {t->critical, t->warning};
    double y = c->frame.top + 12;

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (fabs(canvas_y(c, limits[i]) - y) < 9)
            y = canvas_y(c, limits[i]) + 13;
    return y;
}

/* Runs above the picture: an arrow each at its edge, and the highest value of those that stand
 * together; the newest run's value stands at the right end. */
static void beyond_put(struct canvas *c, const struct chart_trend *t, double most)
{
    const struct style arrow = {INK_MUTED, 11, false, ANCHOR_CENTER},
                       last = {INK_LINE, 13, true, ANCHOR_CENTER},
                       beside = {INK_MUTED, 11, false, ANCHOR_LEFT};
    size_t newest = trend_newest(t);
    char value[UNITS_TEXT_SIZE];
    double highest = 0, y = beyond_y(c, t), after = NAN;

    for (size_t i = 0; i < t->count; i++) {
        double x = canvas_x(c, (double)i);

        if (x > after + BESIDE_WIDTH && highest > 0) {
            canvas_label(c, after, y, beside, tell_value(value, t->metric, highest));
            highest = 0;
        }
        if (!(t->value[i] > most))
            continue;
        canvas_label(c, x, y, i == newest ? last : arrow, "▲");
        if (i == newest)
            break;
        highest = fmax(highest, t->value[i]);
        after = x + 9;
    }
    if (highest > 0)
        canvas_label(c, after, y, beside, tell_value(value, t->metric, highest));
}

static double change_x(const struct canvas *c, const struct chart_change *change)
{
    return canvas_x(c, (double)change->first - 0.5);
}

/* What there is room for: arrow, size and commit; arrow and size; the arrow; nothing. */
static void change_name(struct canvas *c, const struct chart_trend *t, size_t i)
{
    const struct chart_change *change = &t->change[i];
    double x = change_x(c, change), room = fmin(x - c->frame.left + 40, CANVAS_WIDTH - x);
    struct style style = {change->worse ? INK_WORSE : INK_BETTER, 11, false, ANCHOR_CENTER};
    const char *arrow = change->change > 0 ? "▲" : "▼";
    char size[UNITS_TEXT_SIZE], text[96];

    if (i > 0)
        room = fmin(room, (x - change_x(c, change - 1)) / 2);
    if (i + 1 < t->changes)
        room = fmin(room, (change_x(c, change + 1) - x) / 2);
    change_text(size, change->change, metrics[t->metric].scale);
    if (room >= CHANGE_HALF)
        snprintf(text, sizeof text, "%s %s  %.7s", arrow, size,
                 change->commit ? change->commit : "");
    else if (room >= SIZE_HALF)
        snprintf(text, sizeof text, "%s %s", arrow, size);
    else
        snprintf(text, sizeof text, "%s", room >= ARROW_HALF ? arrow : "");
    canvas_label(c, x, c->frame.top - 10, style, text);
}

static void changes_put(struct canvas *c, const struct chart_trend *t)
{
    for (size_t i = 0; i < t->changes; i++) {
        const struct chart_change *change = &t->change[i];
        double at = (double)change->first - 0.5;

        canvas_line(c, (double[]){at, c->frame.y0}, (double[]){at, c->frame.y1},
                    change->worse ? INK_WORSE : INK_BETTER, "(2,3)");
        change_name(c, t, i);
    }
}

/* A broad line in the colour of the paper, as if the picture were torn, and who measures from
 * there on. */
static void breaks_put(struct canvas *c, const struct chart_trend *t)
{
    const struct frame *f = &c->frame;

    for (size_t i = 0; i < t->break_count; i++) {
        double x = canvas_x(c, (double)t->breaks[i].first - 0.5);
        size_t room = (size_t)fmax((f->right - x - 10) / 6.2, 0);
        struct style style = {INK_MUTED, 11, false, ANCHOR_LEFT};
        char *name = mem_printf("new machine: %s", t->breaks[i].name);

        canvas_line_at(c, (double[]){x, f->top - 4}, (double[]){x, f->bottom + 4},
                       (struct stroke){INK_PAPER, 7, "solid", true});
        for (int side = -1; side <= 1; side += 2)
            canvas_line_at(c, (double[]){x + 3.5 * side, f->top - 4},
                           (double[]){x + 3.5 * side, f->bottom + 4},
                           (struct stroke){INK_AXIS, 1, "solid", true});
        if (room < text_width(name) / 2 && x - f->left > f->right - x) {
            style.anchor = ANCHOR_RIGHT;
            room = (size_t)((x - f->left - 10) / 6.2);
        }
        canvas_label_cut(c, x + (style.anchor == ANCHOR_LEFT ? 10 : -10), f->bottom - 10, style,
                         room, name);
        free(name);
    }
}

/* A budget's line and its name at the right end; where it lies beyond the picture, an arrow. */
static void budget_put(struct canvas *c, struct ends *ends, const struct chart_trend *t,
                       double limit, const char *name, enum ink color)
{
    const struct style style = {color, 11, false, ANCHOR_LEFT};
    char value[UNITS_TEXT_SIZE];

    if (!isfinite(limit))
        return;
    tell_value(value, t->metric, limit);
    if (limit > c->frame.y1) {
        ends_add(ends, c->frame.top - 18, style, "%s %s ↑", name, value);
    } else if (limit < c->frame.y0) {
        ends_add(ends, c->frame.bottom, style, "%s %s ↓", name, value);
    } else {
        canvas_line(c, (double[]){c->frame.x0, limit}, (double[]){c->frame.x1, limit}, color,
                    "(6,3)");
        ends_add(ends, canvas_y(c, limit), style, "%s %s", name, value);
    }
}

/* What the last level and the last run are. */
static void newest_name(struct canvas *c, struct ends *ends, const struct chart_trend *t)
{
    const struct style bold = {INK_LINE, 13, true, ANCHOR_LEFT},
                       plain = {INK_LINE, 11, false, ANCHOR_LEFT};
    double level = t->levels ? t->level[t->levels - 1].median : NAN;
    size_t newest = trend_newest(t);
    char value[UNITS_TEXT_SIZE], last[UNITS_TEXT_SIZE] = "";

    tell_value(value, t->metric, level);
    if (isfinite(level))
        ends_add(ends, canvas_y(c, level), bold, "%s", value);
    if (newest == t->count || strcmp(value, tell_value(last, t->metric, t->value[newest])) == 0)
        return;
    ends_add(ends, canvas_y(c, fmin(t->value[newest], c->frame.y1)), plain, "last %s", last);
}

/* Where what is told begins. A change that begins there too says it better. */
static void mark_put(struct canvas *c, const struct chart_trend *t)
{
    struct style style = {INK_MUTED, 11, false, ANCHOR_RIGHT};
    double at = (double)t->mark - 0.5, x = canvas_x(c, at);

    if (t->mark == 0 || t->mark >= t->count)
        return;
    for (size_t i = 0; i < t->changes; i++)
        if (t->change[i].first == t->mark)
            return;
    canvas_line(c, (double[]){at, c->frame.y0}, (double[]){at, c->frame.y1}, INK_OTHER, "(1,3)");
    if (!t->mark_name)
        return;
    if (x - c->frame.left < 130)
        style.anchor = ANCHOR_LEFT;
    canvas_label_cut(c, x + (style.anchor == ANCHOR_LEFT ? 6 : -6),
                     c->frame.bottom - (t->break_count ? 24 : 10), style, 20, t->mark_name);
}

bool chart_trend(const struct chart_trend *t, struct chart *out, struct err *e)
{
    struct range r = trend_range(t);
    double runs = t->count > 1 ? (double)t->count : 1, pad = runs > 1 ? 0.3 + 0.012 * runs : 1;
    const char *unit = metrics[t->metric].unit;
    const struct frame frame = {.left = tick_room(r.lo, r.hi, unit),
                                .right = 842,
                                .top = 100,
                                .bottom = 362,
                                .x0 = -pad,
                                .x1 = runs - 1 + pad,
                                .y0 = r.lo,
                                .y1 = r.hi};
    struct ends ends = {0};
    struct canvas c;
    bool done;

    canvas_open(&c, 0, t->title, t->subtitle);
    canvas_panel(&c, &frame, t->title, t->subtitle);
    if (isfinite(r.most)) {
        canvas_ticks_y(&c, unit);
        dates_put(&c, t);
    } else {
        canvas_label(&c, (frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2,
                     (struct style){INK_MUTED, 13, false, ANCHOR_CENTER},
                     "no run has a value of this metric yet");
    }
    levels_put(&c, t, r.most);
    points_put(&c, t);
    beyond_put(&c, t, r.most);
    breaks_put(&c, t);
    mark_put(&c, t);
    changes_put(&c, t);
    budget_put(&c, &ends, t, t->critical, "budget", INK_BUDGET);
    budget_put(&c, &ends, t, t->warning, "warn", INK_WARN);
    newest_name(&c, &ends, t);
    ends_put(&c, &ends);
    done = canvas_draw(&c, out, e);
    canvas_close(&c);
    return done;
}
