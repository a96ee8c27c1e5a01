#include "analyze/analyze.h"
#include "analyze/distributions.h"

#include "schema/quantile.h"
#include "schema/text.h"

#include <math.h>
#include <stdlib.h>

/* The largest k for which the k-th smallest and the k-th largest of n values enclose the median
 * with a probability of 95 % or more: P(B < k) <= 0.025 for B binomial (n, 1/2); 0: there is none.
 * Conover, Practical Nonparametric Statistics, section 3.2. */
static size_t median_rank(size_t n)
{
    double below = 0;
    size_t k = 0;

    while (k < n && (below += binomial_pmf((int64_t)k, (int64_t)n, 0.5)) <= 0.025)
        k++;
    return k;
}

void level_get(const double *value, size_t count, struct level *out)
{
    double *sorted = mem_get(count, sizeof *sorted);
    size_t n = 0, k;

    *out = (struct level){0, NAN, NAN, NAN, NAN, NAN};
    for (size_t i = 0; i < count; i++)
        if (isfinite(value[i]))
            sorted[n++] = value[i];
    quantile_sort(sorted, n);
    out->count = n;
    if (n) {
        out->median = quantile_sorted(sorted, n, 0.5);
        out->spread_lo = quantile_sorted(sorted, n, 0.05);
        out->spread_hi = quantile_sorted(sorted, n, 0.95);
        if ((k = median_rank(n)) > 0) {
            out->lo = sorted[k - 1];
            out->hi = sorted[n - k];
        }
    }
    free(sorted);
}
