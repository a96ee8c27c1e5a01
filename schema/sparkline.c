#include "schema/sparkline.h"

#include <math.h>
#include <stdlib.h>

/* The mean of what is there; NAN, a gap, where nothing is. */
static double mean_of(const double *value, size_t count)
{
    double sum = 0, n = 0;

    for (size_t i = 0; i < count; i++)
        n += !isnan(value[i]);
    for (size_t i = 0; i < count; i++)
        if (!isnan(value[i]))
            sum += value[i] / n;
    return n > 0 ? sum : (double)NAN;
}

/* Of 8 blocks. Halves, as the span of two doubles can be more than a double holds; a span that the
 * rounding of a mean makes is none. */
static int block_of(double x, double lo, double hi)
{
    double span = hi / 2 - lo / 2, share = (x / 2 - lo / 2) / span;

    if (isinf(x))
        return x > 0 ? 7 : 0;
    return !(span > 1e-12 * fmax(fabs(lo), fabs(hi))) ? 3 : share < 1 ? (int)(share * 8) : 7;
}

void sparkline_add(struct text *out, const double *value, size_t count, size_t columns)
{
    static const char *const block[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    size_t parts = count < columns ? count : columns;
    double *part = mem_get(parts + 1, sizeof *part), lo = INFINITY, hi = -INFINITY;

    for (size_t i = 0; i < parts; i++) {
        size_t first = i * count / parts, next = (i + 1) * count / parts;

        part[i] = mean_of(value + first, next - first);
        if (isfinite(part[i])) {
            lo = fmin(lo, part[i]);
            hi = fmax(hi, part[i]);
        }
    }
    for (size_t i = 0; i < parts; i++)
        text_add(out, isnan(part[i]) ? " " : block[block_of(part[i], lo, hi)]);
    free(part);
}
