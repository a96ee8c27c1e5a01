/* How much sessions differ: README.md, "Comparing two sets of runs". */
#include "analyze/spread.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>

/* A level is another one where that explains more than this many variances of a session mean; a
 * chance of some 1 in 10,000 for each place. */
static const double level_price = 16;

/* The search compares all stretches; a longer history than anyone has is taken as one level. */
enum { LEVELS_MAX = 2000 };

void between_add(struct between *b, const struct cell *cell, size_t count)
{
    double share = 1 - 1 / (double)count, mean = 0;

    if (count < 2)
        return;
    for (size_t i = 0; i < count; i++)
        mean += (cell[i].mean - cell[0].mean) / (double)count;
    b->inverse_runs *= b->df;
    for (size_t i = 0; i < count; i++) {
        double rest = cell[i].mean - cell[0].mean - mean;

        b->squares += rest * rest;
        b->inverse_runs += share / (double)cell[i].runs;
    }
    b->df += (double)(count - 1);
    b->inverse_runs /= b->df;
}

static int number_order(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The variance of a session mean without regard to its level: from the median difference of one
 * session to the next, but no less than what is assumed where nothing is known (half the variance
 * within), so that only a change of level that stands out from any ordinary machine's is one. */
static double level_variance(const struct cell *cell, size_t count, double within)
{
    double *step = mem_get(count, sizeof *step), inverse = 0, sd;

    for (size_t i = 0; i < count; i++) {
        step[i] = i > 0 ? fabs(cell[i].mean - cell[i - 1].mean) : -1;
        inverse += 1 / (double)cell[i].runs / (double)count;
    }
    qsort(step, count, sizeof *step, number_order);
    sd = 1.4826 * step[count / 2] / M_SQRT2; /* the lower median: step[0] is none */
    free(step);
    return fmax(sd * sd, within * (0.5 + inverse));
}

/* Where the stretch that ends before each cell begins, so that the sum of squares about the
 * stretches' means and the price of each of them is least: B. Jackson et al., An algorithm for
 * optimal partitioning of data on an interval, 2005. */
static void levels_find(const struct cell *cell, size_t count, double price, size_t *start)
{
    double *best = mem_get(count + 1, sizeof *best);

    best[0] = 0;
    for (size_t end = 1; end <= count; end++) {
        double sum = 0, squares = 0;

        best[end] = INFINITY;
        for (size_t from = end; from-- > 0;) {
            double x = cell[from].mean - cell[end - 1].mean, cost;

            sum += x;
            squares += x * x;
            cost = best[from] + squares - sum * sum / (double)(end - from) + price;
            if (cost < best[end]) {
                best[end] = cost;
                start[end] = from;
            }
        }
    }
    free(best);
}

void between_add_history(struct between *b, const struct side *history, double within)
{
    size_t count = history->cells, *start;
    double variance;

    if (count < 3 || count > LEVELS_MAX) {
        between_add(b, history->cell, count);
        return;
    }
    variance = level_variance(history->cell, count, within);
    start = mem_get(count + 1, sizeof *start);
    levels_find(history->cell, count, level_price * variance, start);
    for (size_t end = count; end > 0; end = start[end])
        between_add(b, history->cell + start[end], end - start[end]);
    free(start);
}
