/* The heat map: a column for each second of a run (or for several, where they are many), a cell for
 * each range of latencies, the more messages the darker; p50 and p99 over it. */
#include "report/canvas.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MOST = 130, ROWS = 42, SHADES = INK_HEAT_LAST - INK_HEAT + 1, NAME_SIZE = 16 };

struct heat {
    struct hist *column; /* merged seconds; opened */
    size_t columns;
    int64_t seconds, each; /* of the run, of a column */
    int64_t least, most;   /* nanoseconds */
};

static bool counts(const struct histogram *h)
{
    return h->metric == METRIC_LATENCY && h->second >= 0;
}

static void heat_get(struct heat *a, const struct chart_heat *h)
{
    struct err ignored;
    struct hist one;

    *a = (struct heat){.each = 1, .least = INT64_MAX};
    for (size_t i = 0; i < h->count; i++)
        if (counts(&h->histogram[i]) && h->histogram[i].second >= a->seconds)
            a->seconds = (int64_t)h->histogram[i].second + 1;
    a->each = (a->seconds + COLUMNS_MOST - 1) / COLUMNS_MOST;
    a->columns = a->seconds ? (size_t)((a->seconds + a->each - 1) / a->each) : 0;
    a->column = mem_get(a->columns, sizeof *a->column);
    for (size_t i = 0; i < a->columns; i++)
        hist_open(&a->column[i]);
    hist_open(&one);
    for (size_t i = 0; i < h->count; i++) {
        const struct histogram *kept = &h->histogram[i];

        if (!counts(kept) || !hist_decode(&one, kept->hdr, kept->hdr_length, &ignored))
            continue;
        hist_merge(&a->column[kept->second / a->each], &one);
        if (one.total && one.min < a->least)
            a->least = one.min;
        if (one.max > a->most)
            a->most = one.max;
    }
    hist_close(&one);
}

static void heat_free(struct heat *a)
{
    for (size_t i = 0; i < a->columns; i++)
        hist_close(&a->column[i]);
    free(a->column);
}

/* Seconds where column i begins. */
static double column_at(const struct heat *a, size_t i)
{
    return fmin((double)i * (double)a->each, (double)a->seconds);
}

/* Messages in each cell: cell[column * ROWS + row]. Returns the most of one. */
static int64_t cells_get(const struct heat *a, const struct frame *f, int64_t *cell)
{
    int64_t most = 0;

    for (size_t i = 0; i < a->columns; i++) {
        int64_t low, high, count;
        size_t cursor = 0;

        while (hist_next(&a->column[i], &cursor, &low, &high, &count)) {
            double ms = sqrt((double)low * (double)high) * HIST_UNIT_MS;
            double share = log(ms / f->y0) / log(f->y1 / f->y0);
            int row = (int)fmin(fmax(share * ROWS, 0), ROWS - 1);
            int64_t *at = &cell[i * ROWS + (size_t)row];

            *at += count;
            most = *at > most ? *at : most;
        }
    }
    return most;
}

/* The shade of a cell, on a logarithmic scale: a single message can still be seen. */
static int shade_of(int64_t count, int64_t most)
{
    double share = most > 1 ? log((double)count) / log((double)most) : 1;

    return (int)fmin(share * SHADES, SHADES - 1);
}

/* Cells of one shade are one set of data; those that stand upon each other are one box. */
static void shade_put(struct canvas *c, const struct heat *a, const int64_t *cell, int64_t most,
                      int shade)
{
    static const char how[] = "using 1:2:3:4:5:6 with boxxyerror fs solid noborder";
    const struct frame *f = &c->frame;
    char name[NAME_SIZE];

    snprintf(name, sizeof name, "shade%d", shade);
    canvas_data(c, name);
    for (size_t i = 0; i < a->columns; i++) {
        for (int row = 0, end; row < ROWS; row = end) {
            const int64_t *at = &cell[i * ROWS];
            double ratio = f->y1 / f->y0, low, high;

            end = row + 1;
            if (at[row] == 0 || shade_of(at[row], most) != shade)
                continue;
            while (end < ROWS && at[end] && shade_of(at[end], most) == shade)
                end++;
            low = f->y0 * pow(ratio, (double)row / ROWS);
            high = f->y0 * pow(ratio, (double)end / ROWS);
            canvas_row(
                c,
                (double[]){column_at(a, i), low, column_at(a, i), column_at(a, i + 1), low, high},
                6);
        }
    }
    canvas_plot(c, name, (struct look){how, (enum ink)(INK_HEAT + shade), 0});
}

/* A line through the middles of the columns; seconds without a message leave a gap. */
static double line_put(struct canvas *c, const struct heat *a, double percentile, const char *name,
                       enum ink ink)
{
    double last = NAN;

    canvas_data(c, name);
    for (size_t i = 0; i < a->columns; i++) {
        double x = (column_at(a, i) + column_at(a, i + 1)) / 2;
        double y = (double)hist_percentile(&a->column[i], percentile) * HIST_UNIT_MS;

        if (a->column[i].total == 0) {
            canvas_gap(c);
            continue;
        }
        if (a->columns == 1)
            canvas_row(c, (double[]){column_at(a, 0), y}, 2);
        canvas_row(c, (double[]){a->columns == 1 ? column_at(a, 1) : x, y}, 2);
        last = y;
    }
    canvas_plot(c, name, (struct look){"using 1:2 with lines lw 1.8", ink, 0});
    return last;
}

static void heat_put(struct canvas *c, const struct heat *a)
{
    int64_t *cell = mem_get(a->columns * ROWS, sizeof *cell), most;
    const struct style gold = {INK_WARN, 13, true, ANCHOR_LEFT},
                       plain = {INK_MUTED, 13, false, ANCHOR_LEFT};
    struct ends ends = {0};
    double y;

    most = cells_get(a, &c->frame, cell);
    for (int shade = 0; shade < SHADES; shade++)
        shade_put(c, a, cell, most, shade);
    free(cell);
    y = line_put(c, a, 99, "p99", INK_WARN);
    ends_add(&ends, canvas_y(c, y), gold, "p99");
    y = line_put(c, a, 50, "p50", INK_HEAT_LINE);
    ends_add(&ends, canvas_y(c, y), plain, "p50");
    ends_put(c, &ends);
}

bool chart_heat(const struct chart_heat *h, struct chart *out, struct err *e)
{
    struct frame f = {.left = 82, .right = 862, .top = 90, .bottom = 371, .log_y = true};
    struct canvas c;
    struct heat a;
    bool done;

    heat_get(&a, h);
    f.x1 = a.seconds ? (double)a.seconds : 1;
    f.y0 = a.most ? (double)a.least * HIST_UNIT_MS / 1.05 : 1;
    f.y1 = a.most ? fmax((double)a.most * HIST_UNIT_MS * 1.05, f.y0 * 4) : 100;
    canvas_open(&c, 0, h->title, h->subtitle);
    canvas_panel(&c, &f, h->title, h->subtitle);
    if (a.most) {
        canvas_ticks_seconds(&c);
        canvas_ticks_log(&c, "ms");
        heat_put(&c, &a);
    } else {
        canvas_label(&c, (f.left + f.right) / 2, (f.top + f.bottom) / 2,
                     (struct style){INK_MUTED, 13, false, ANCHOR_CENTER},
                     "no second of this run has messages");
    }
    done = canvas_draw(&c, out, e);
    canvas_close(&c);
    heat_free(&a);
    return done;
}
