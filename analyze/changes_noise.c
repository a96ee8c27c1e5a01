/* The noise of a series: its size, its memory, its shape. README.md, "Change points". */
#include "analyze/changes.h"

#include "schema/quantile.h"

#include <math.h>

/* Beyond that, what looks like memory in residuals is a level that was missed, or a drift, unless
 * the differences of neighbours, which know of neither, have as much of it. */
static const double rho_residual = 0.6, rho_max = 0.95;

/* Residuals count up to this many sigma where the size of the noise is estimated, and up to that
 * where a mean is. */
static const double edge_noise = 3, edge_mean = 2.5;

static double clamp(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/* Some of n values, evenly spread but in step with no period: where a rough quantile is enough, as
 * what follows does not depend on it. */
enum { SOME = 400 };
static size_t some_of(const double *x, size_t n, double *out)
{
    size_t count = n < SOME ? n : SOME;

    for (size_t i = 0; i < count; i++) {
        double turn = (double)i * 0.6180339887498949;

        out[i] = x[count == n ? i : (size_t)((turn - floor(turn)) * (double)n)];
    }
    return count;
}

static void swap(double *a, double *b)
{
    double c = *a;

    *a = *b;
    *b = c;
}

/* The value that would be at `rank` were they sorted, by Hoare's selection; reorders x. */
static double selected(double *x, size_t n, size_t rank)
{
    size_t lo = 0, hi = n - 1;

    while (lo < hi) {
        double pivot = x[lo + (hi - lo) / 2];
        size_t i = lo, j = hi;

        for (;;) {
            while (x[i] < pivot)
                i++;
            while (pivot < x[j])
                j--;
            if (i >= j)
                break;
            swap(&x[i++], &x[j--]);
        }
        if (i == j && x[i] < pivot)
            j = i;
        if (rank <= j)
            hi = j;
        else
            lo = j + 1;
    }
    return x[rank];
}

/* Standard deviation by the median of absolute values; by a higher quantile where more than half of
 * them are 0, as is where values are rounded or counted. */
static double rough_scale(const double *x, size_t n)
{
    static const double share[] = {0.5, 0.75, 0.9, 0.95}, normal[] = {0.6745, 1.1503, 1.6449, 1.96};
    double some[SOME];
    size_t count = some_of(x, n, some);

    for (size_t i = 0; i < count; i++)
        some[i] = fabs(some[i]);
    for (size_t i = 0; i < sizeof share / sizeof *share && count > 0; i++) {
        double quantile = selected(some, count, (size_t)(share[i] * (double)(count - 1)));

        if (quantile > 0)
            return quantile / normal[i];
    }
    return 0;
}

/* Half the variance of the differences of points that are `lag` apart. */
static double lag_variance(const struct trace *t, size_t lag)
{
    size_t n = t->count > lag ? t->count - lag : 0;
    double edge, sum = 0;

    for (size_t i = 0; i < n; i++)
        t->work[i] = t->y[i + lag] - t->y[i];
    edge = edge_noise * rough_scale(t->work, n);
    for (size_t i = 0; i < n; i++) {
        double d = clamp(t->work[i], -edge, edge);

        sum += d * d;
    }
    return n ? sum / (double)n / 2 : 0;
}

/* What rounding alone does to values that are mostly equal. */
static double rounding(const struct trace *t)
{
    double least = INFINITY, size = 0;

    for (size_t i = 0; i < t->count; i++)
        t->work[i] = t->y[i];
    quantile_sort(t->work, t->count);
    for (size_t i = 0; i < t->count; i++) {
        size = fmax(size, fabs(t->work[i]));
        if (i > 0 && t->work[i] > t->work[i - 1])
            least = fmin(least, t->work[i] - t->work[i - 1]);
    }
    return fmax(isfinite(least) ? least / sqrt(12) : 0, 1e-9 * (1 + size));
}

/* Var(y[i + 1] - y[i]) is 2 s2 (1 - rho), Var(y[i + 2] - y[i]) is 2 s2 (1 - rho^2). */
void trace_guess_noise(struct trace *t)
{
    double one = lag_variance(t, 1), two = lag_variance(t, 2);

    t->rho = one > 0 ? clamp(two / one - 1, 0, rho_max) : 0;
    t->rho_most = fmax(t->rho - 3 / sqrt((double)t->count), rho_residual);
    t->rho = fmin(t->rho, t->rho_most);
    t->sigma = sqrt(one / (1 - t->rho));
    if (!(t->sigma > 0))
        t->sigma = rounding(t);
}

void trace_set_noise(struct trace *t, const double *residual, size_t levels)
{
    double n = (double)t->count, left = fmax(1, n - (double)levels), squares = 0, products = 0,
           last;
    double edge = edge_noise * rough_scale(residual, t->count) * sqrt(n / left);

    last = 0;
    for (size_t i = 0; i < t->count; i++) {
        double r = clamp(residual[i], -edge, edge);

        squares += r * r;
        products += r * last;
        last = r;
    }
    if (!(squares > 0)) {
        t->rho = 0;
        t->sigma = rounding(t);
        return;
    }
    /* Residuals about a mean of few points are drawn to one another's opposite. */
    t->rho = clamp(products / squares + (double)levels / n, 0, t->rho_most);
    t->sigma = fmax(sqrt(squares / left), 1e-12);
}

double trace_factor(const struct trace *t, double n)
{
    double rho = t->rho, rest = 1 - rho;

    return (1 + rho) / rest - 2 * rho * (1 - pow(rho, n)) / (n * rest * rest);
}

double trace_mean(const struct trace *t, const double *x, size_t n)
{
    double some[SOME], edge = edge_mean * t->sigma, mean;
    size_t count = some_of(x, n, some);

    if (count == 0)
        return 0;
    mean = selected(some, count, (count - 1) / 2);
    for (int round = 0; round < 3; round++) {
        double sum = 0;

        for (size_t i = 0; i < n; i++)
            sum += clamp(x[i] - mean, -edge, edge);
        mean += sum / (double)n;
    }
    return mean;
}

/* The bins of a shape reach 6 sigma to both sides. */
enum { SHAPE_MIDDLE = SHAPE_BINS / 2 };

/* Counts residuals; *spread is the narrower of their standard deviation and what the quartiles say
 * of it (Silverman, Density Estimation, section 3.4.2), in bins. */
static void bins_fill(const struct shape *s, const struct trace *t, const double *residual,
                      double *bin, double *spread)
{
    double below = 0, total = 0, quartile[2] = {0, SHAPE_BINS}, sd = t->sigma / s->width;

    for (size_t i = 0; i < t->count; i++) {
        double at = residual[i] / s->width + SHAPE_MIDDLE + 0.5;

        if (at >= 0 && at < SHAPE_BINS) {
            bin[(int)at]++;
            total++;
        }
    }
    for (int i = 0; i < SHAPE_BINS; i++) {
        for (int q = 0; q < 2; q++)
            if (below < total * (0.25 + 0.5 * q) && below + bin[i] >= total * (0.25 + 0.5 * q))
                quartile[q] = i + (total * (0.25 + 0.5 * q) - below) / bin[i];
        below += bin[i];
    }
    *spread = fmin(sd, fmax((quartile[1] - quartile[0]) / 1.349, 1));
}

static void bins_smooth(const double *bin, double width, double *out)
{
    double kernel[SHAPE_BINS] = {0}, sum = 0;
    int reach = (int)fmin(4 * width + 1, SHAPE_BINS - 1);

    for (int i = 0; i <= reach; i++)
        kernel[i] = exp(-(double)(i * i) / (2 * width * width));
    for (int i = 0; i < SHAPE_BINS; i++) {
        out[i] = 0;
        for (int j = i > reach ? i - reach : 0; j < SHAPE_BINS && j <= i + reach; j++)
            out[i] += bin[j] * kernel[i > j ? i - j : j - i];
        sum += out[i];
    }
    for (int i = 0; i < SHAPE_BINS && sum > 0; i++)
        out[i] /= sum;
}

/* A kernel estimate, mixed with Student's t of 3 degrees of freedom: a tenth of it for what was
 * never seen, more where there are few points. */
void shape_get(struct shape *s, const struct trace *t, const double *residual)
{
    double bin[SHAPE_BINS] = {0}, smooth[SHAPE_BINS], spread, n = (double)t->count;
    double seen = 0.9 * n / (n + 30);

    s->width = 6 * t->sigma / SHAPE_MIDDLE;
    bins_fill(s, t, residual, bin, &spread);
    bins_smooth(bin, fmax(0.9 * spread * pow(n, -0.2), 0.5), smooth);
    for (int i = 0; i < SHAPE_BINS; i++) {
        double x = (i - SHAPE_MIDDLE) * s->width / t->sigma, y = 1 + x * x / 3;
        double student = 0.36755 / (y * y) * s->width / t->sigma;

        s->loss[i] = -log(seen * smooth[i] + (1 - seen) * student);
    }
}

double shape_loss(const struct shape *s, double residual)
{
    double at = residual / s->width + SHAPE_MIDDLE;
    int i;

    if (!(at > 0))
        return s->loss[0];
    if (!(at < SHAPE_BINS - 1))
        return s->loss[SHAPE_BINS - 1];
    i = (int)at;
    return s->loss[i] + (at - i) * (s->loss[i + 1] - s->loss[i]);
}
