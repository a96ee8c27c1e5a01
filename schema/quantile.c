#include "schema/quantile.h"

#include <stdlib.h>

static int number_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

void quantile_sort(double *value, size_t count)
{
    qsort(value, count, sizeof *value, number_order);
}

double quantile_sorted(const double *sorted, size_t count, double share)
{
    double at = share * (double)(count - 1), part;
    size_t below = (size_t)at;

    if (below + 1 >= count)
        return sorted[count - 1];
    part = at - (double)below;
    /* Equal neighbours and whole ranks are exact, and infinities do not meet. */
    if (part == 0 || sorted[below] == sorted[below + 1])
        return sorted[below];
    return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}
