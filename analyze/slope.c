/* The slope of a series: README.md, "Trend". */
#include "analyze/analyze.h"
#include "analyze/distributions.h"

#include "schema/quantile.h"
#include "schema/text.h"

#include <math.h>
#include <stdlib.h>

enum { INTERVAL_POINTS = 5 };

/* More residual memory than that is a course that no straight line has. */
static const double rho_max = 0.8;

/* Points that are there; of very many the medians of SLOPE_POINTS parts. */
static size_t points_take(const double *x, const double *y, size_t count, double *px, double *py,
                          size_t *there)
{
    double *good = mem_get(2 * count + 1, sizeof *good), *part = good + count;
    size_t n = 0, parts;

    for (size_t i = 0; i < count; i++)
        if (isfinite(x[i]) && isfinite(y[i])) {
            good[n] = y[i];
            part[n++] = x[i];
        }
    *there = n;
    parts = n < SLOPE_POINTS ? n : SLOPE_POINTS;
    for (size_t k = 0; k < parts; k++) {
        size_t first = k * n / parts, end = (k + 1) * n / parts;

        px[k] = (part[first] + part[end - 1]) / 2;
        quantile_sort(good + first, end - first);
        py[k] = quantile_sorted(good + first, end - first, 0.5);
    }
    free(good);
    return parts;
}

/* Var(S) of Kendall's S with the ties of y, times what the autocorrelation of the residuals adds to
 * the variance of a mean. */
static double kendall_variance(const double *x, double *y, size_t count, double slope)
{
    double n = (double)count, ties = 0, squares = 0, products = 0, mean = 0, last = 0, rho;

    for (size_t i = 0; i < count; i++)
        mean += (y[i] - slope * x[i]) / n;
    for (size_t i = 0; i < count; i++) {
        double r = y[i] - slope * x[i] - mean;

        squares += r * r;
        products += r * last;
        last = r;
    }
    rho = squares > 0 ? fmin(fmax(products / squares, 0), rho_max) : 0;
    quantile_sort(y, count);
    for (size_t from = 0, end; from < count; from = end) {
        double t;

        for (end = from + 1; end < count && y[end] == y[from];)
            end++;
        t = (double)(end - from);
        ties += t * (t - 1) * (2 * t + 5);
    }
    return (n * (n - 1) * (2 * n + 5) - ties) / 18 * (1 + rho) / (1 - rho);
}

void slope_get(const double *x, const double *y, size_t count, struct slope *out)
{
    double px[SLOPE_POINTS], py[SLOPE_POINTS], *pair, reach, middle;
    size_t n = points_take(x, y, count, px, py, &out->count), pairs = 0;

    *out = (struct slope){NAN, NAN, NAN, out->count};
    pair = mem_get(n * (n > 0 ? n - 1 : 0) / 2 + 1, sizeof *pair);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            if (px[j] > px[i])
                pair[pairs++] = (py[j] - py[i]) / (px[j] - px[i]);
    if (pairs > 0) {
        quantile_sort(pair, pairs);
        out->slope = quantile_sorted(pair, pairs, 0.5);
    }
    if (pairs > 0 && n >= INTERVAL_POINTS) {
        reach = normal_quantile(0.975) * sqrt(kendall_variance(px, py, n, out->slope)) / 2;
        middle = (double)pairs / 2;
        out->lo = pair[(size_t)fmax(0, floor(middle - reach))];
        out->hi = pair[(size_t)fmin((double)(pairs - 1), floor(middle + reach))];
    }
    free(pair);
}
