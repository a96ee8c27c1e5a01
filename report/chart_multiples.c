/* Small multiples: many series at a glance, each in a cell of its own with its own scale; what
 * moved stands out by its colour. */
#include "report/canvas.h"

#include "schema/quantile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    COLUMNS = 4,
    CELL_WIDTH = 210,
    CELL_HEIGHT = 92,
    CELL_GAP = 22,
    HEAD = 96, /* above the first row */
    BARS = 70, /* points of a cell: more would not be seen */
    NAME_WIDE = 27
};

struct spot {
    double left, top; /* of the cell, in pixels */
};

static struct spot spot_of(size_t i)
{
    return (struct spot){36 + (double)(i % COLUMNS) * (CELL_WIDTH + CELL_GAP),
                         HEAD + (double)(i / COLUMNS) * (CELL_HEIGHT + CELL_GAP)};
}

/* The medians of equal shares of the runs, NAN for none. Returns how many there are. */
static size_t bars_get(const struct chart_cell *cell, double *bar)
{
    size_t bars = cell->count < BARS ? cell->count : BARS;
    double *share = mem_get(cell->count + 1, sizeof *share);

    for (size_t k = 0; k < bars; k++) {
        size_t n = 0;

        for (size_t i = k * cell->count / bars; i < (k + 1) * cell->count / bars; i++)
            if (isfinite(cell->value[i]))
                share[n++] = cell->value[i];
        quantile_sort(share, n);
        bar[k] = n ? quantile_sorted(share, n, 0.5) : (double)NAN;
    }
    free(share);
    return bars;
}

/* All bars and levels; noise of a percent is not to fill the cell. */
static void range_fit(struct frame *f, const struct chart_cell *cell, const double *bar,
                      size_t bars)
{
    double lo = INFINITY, hi = -INFINITY, span;

    for (size_t k = 0; k < bars; k++) {
        lo = fmin(lo, bar[k]);
        hi = fmax(hi, bar[k]);
    }
    for (size_t k = 0; k < cell->levels; k++) {
        lo = fmin(lo, cell->level[k].median);
        hi = fmax(hi, cell->level[k].median);
    }
    if (!isfinite(lo + hi)) {
        lo = 0;
        hi = 1;
    }
    span = fmax(fmax(hi - lo, 0.2 * fabs(hi)), 1e-9);
    f->y0 = (lo + hi) / 2 - 0.6 * span;
    f->y1 = (lo + hi) / 2 + 0.6 * span;
}

static enum ink news_ink(enum news news)
{
    return news == NEWS_WORSE ? INK_WORSE : news == NEWS_BETTER ? INK_BETTER : INK_LINE;
}

static void cell_lines(struct canvas *c, const struct chart_cell *cell, size_t i)
{
    double *bar = mem_get(BARS, sizeof *bar);
    size_t bars = bars_get(cell, bar);
    char name[32];

    range_fit(&c->frame, cell, bar, bars);
    snprintf(name, sizeof name, "runs%zu", i);
    canvas_data(c, name);
    for (size_t k = 0; k < bars; k++)
        canvas_row(c, (double[]){((double)k + 0.5) * (double)cell->count / (double)bars, bar[k]},
                   2);
    canvas_plot(c, name, (struct look){"using 1:2 with points pt 7 ps 0.28", INK_POINT, 90});
    snprintf(name, sizeof name, "levels%zu", i);
    canvas_data(c, name);
    for (size_t k = 0; k < cell->levels; k++) {
        if (!isfinite(cell->level[k].median))
            continue;
        canvas_row(c, (double[]){(double)cell->level[k].first, cell->level[k].median}, 2);
        canvas_row(c, (double[]){(double)cell->level[k].last + 1, cell->level[k].median}, 2);
        canvas_gap(c);
    }
    canvas_plot(c, name, (struct look){"using 1:2 with lines lw 2.2", news_ink(cell->news), 0});
    free(bar);
}

static void cell_put(struct canvas *c, const struct chart_cell *cell, size_t i)
{
    const struct style name = {INK_TITLE, 12, true, ANCHOR_LEFT};
    struct style said = {cell->news == NEWS_NONE ? INK_MUTED : news_ink(cell->news), 11, false,
                         ANCHOR_LEFT};
    struct spot at = spot_of(i);
    struct frame f = {.left = at.left,
                      .right = at.left + CELL_WIDTH,
                      .top = at.top + 36,
                      .bottom = at.top + CELL_HEIGHT,
                      .x1 = cell->count ? (double)cell->count : 1};

    c->frame = f;
    cell_lines(c, cell, i);
    canvas_line_at(c, (double[]){f.left, f.bottom}, (double[]){f.right, f.bottom},
                   (struct stroke){INK_GRID, 1, "solid", false});
    canvas_label_cut(c, at.left, at.top + 6, name, NAME_WIDE, cell->name);
    canvas_label_cut(c, at.left, at.top + 23, said, 36, cell->said);
}

bool chart_multiples(const struct chart_multiples *m, struct chart *out, struct err *e)
{
    const struct style large = {INK_TITLE, 17, true, ANCHOR_LEFT},
                       small = {INK_MUTED, 11, false, ANCHOR_LEFT};
    int rows = (int)((m->count + COLUMNS - 1) / COLUMNS);
    struct canvas c;
    bool done;

    canvas_open(&c, HEAD + rows * (CELL_HEIGHT + CELL_GAP) + 8, m->title, m->subtitle);
    canvas_label(&c, 36, 34, large, m->title);
    canvas_label(&c, 36, 60, small, m->subtitle);
    for (size_t i = 0; i < m->count; i++)
        cell_put(&c, &m->cell[i], i);
    done = canvas_draw(&c, out, e);
    canvas_close(&c);
    return done;
}
