/* The course of levels that explains a series best: README.md, "Change points". */
#include "analyze/changes.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Levels that a point can have lie on a grid, in blocks: no level is of use that is further from
 * all points than a loss reaches. */
struct grid {
    double step;   /* between two levels */
    double *place; /* of each point: the number of its level, with a fraction */
    size_t *first; /* the first level of its block */
    size_t *last;  /* the last one */
    size_t levels;
};

struct ranked {
    double x;
    size_t i;
};

static int ranked_order(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    return x->x != y->x ? (x->x > y->x) - (x->x < y->x) : (x->i > y->i) - (x->i < y->i);
}

/* Long series know their levels better: on a coarse grid they would jump between two of its levels
 * by chance. */
static double grid_step(const struct trace *t)
{
    return t->sigma / fmin(fmax(sqrt((double)t->count) / 3, 5), 64);
}

static void grid_make(struct grid *g, const struct trace *t, const double *x, double reach)
{
    size_t n = t->count;
    struct ranked *rank = mem_get(n, sizeof *rank);

    *g = (struct grid){.step = grid_step(t),
                       .place = mem_get(n, sizeof *g->place),
                       .first = mem_get(n, sizeof *g->first),
                       .last = mem_get(n, sizeof *g->last)};
    for (size_t i = 0; i < n; i++)
        rank[i] = (struct ranked){x[i], i};
    qsort(rank, n, sizeof *rank, ranked_order);
    for (size_t from = 0, end; from < n; from = end) {
        size_t first = g->levels, last;

        for (end = from + 1; end < n && rank[end].x - rank[end - 1].x <= 2 * reach; end++)
            ;
        last = first + (size_t)((rank[end - 1].x - rank[from].x) / g->step);
        for (size_t k = from; k < end; k++) {
            g->place[rank[k].i] = (double)first + (rank[k].x - rank[from].x) / g->step;
            g->first[rank[k].i] = first;
            g->last[rank[k].i] = last;
        }
        g->levels = last + 1;
    }
    free(rank);
}

static void grid_free(struct grid *g)
{
    free(g->place);
    free(g->first);
    free(g->last);
}

/* The losses at PARTS places between two levels of the grid, less the loss at the reach: so only
 * levels near a point change with it, and one that no point was near to costs 0. */
enum { PARTS = 4 };
struct table {
    double *loss; /* the middle one, at 0 */
    ptrdiff_t half;
};

static void table_make(struct table *t, const struct loss *loss, double step)
{
    double cap = fmax(loss->of(loss->context, -loss->reach), loss->of(loss->context, loss->reach));

    t->half = (ptrdiff_t)(loss->reach / step + 2) * PARTS;
    t->loss = (double *)mem_get((size_t)(2 * t->half + 1), sizeof *t->loss) + t->half;
    for (ptrdiff_t k = -t->half; k <= t->half; k++)
        t->loss[k] = fmin(0, loss->of(loss->context, (double)k * step / PARTS) - cap);
}

static void table_free(struct table *t)
{
    free(t->loss - t->half);
}

/* What it has cost to come to a level, and since when it has been that. */
struct cell {
    double cost;
    size_t start;
};

/* Takes one point into the levels near it, to any of which the best course so far may change at a
 * cost of `again`. That is decided only where a point comes near: as the least cost never rises,
 * the last offer is the best one. */
static void cells_add(struct cell *cell, const struct grid *g, const struct table *table, size_t i,
                      double cells, double again, struct cell *best)
{
    double place = g->place[i];
    size_t lo = g->first[i], hi = g->last[i];
    const double *loss;

    if (place - cells > (double)lo)
        lo = (size_t)ceil(place - cells);
    if (place + cells < (double)hi)
        hi = (size_t)(place + cells);
    loss = table->loss + (ptrdiff_t)floor((place - (double)lo) * PARTS + 0.5);
    for (size_t j = lo; j <= hi; j++, loss -= PARTS) {
        if (cell[j].cost > again)
            cell[j] = (struct cell){again, i};
        cell[j].cost += *loss;
        if (cell[j].cost < best->cost)
            *best = cell[j];
    }
}

/* Optimal partitioning (Jackson et al., 2005) by a recursion over levels as in Fearnhead & Rigaill
 * (Changepoint detection in the presence of outliers, 2019), on a grid instead of over intervals.
 */
void course_find(const struct trace *t, const double *x, const struct loss *loss, double price,
                 struct levels *out)
{
    size_t *start = mem_get(t->count + 1, sizeof *start), count = 0;
    struct cell *cell, best = {0, 0};
    struct table table;
    struct grid g;

    grid_make(&g, t, x, loss->reach);
    table_make(&table, loss, g.step);
    cell = mem_get(g.levels, sizeof *cell);
    for (size_t i = 0; i < t->count; i++) {
        cells_add(cell, &g, &table, i, loss->reach / g.step, best.cost + price, &best);
        start[i] = best.start;
    }
    for (size_t end = t->count; end > 0; end = start[end - 1])
        count++;
    out->count = count;
    for (size_t end = t->count; end > 0; end = start[end - 1])
        out->start[--count] = start[end - 1];
    free(cell);
    free(start);
    table_free(&table);
    grid_free(&g);
}
