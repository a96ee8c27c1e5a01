/* quantile: which value is meant by the median or a percentile of single numbers (runs, mostly),
 * wherever the program tells one. Durations in a histogram have their own rule, see hist.h. */
#ifndef SCHEMA_QUANTILE_H
#define SCHEMA_QUANTILE_H

#include <stddef.h>

/* Ascending, as quantile_sorted() wants it; no value may be NAN. */
void quantile_sort(double *value, size_t count);

/* The quantile of count >= 1 sorted values at share 0..1, linear between order statistics: type 7
 * of Hyndman and Fan, the default of R and numpy. Infinite values are ordinary ones; NAN where the
 * answer lies between -INFINITY and INFINITY. */
double quantile_sorted(const double *sorted, size_t count, double share);

#endif
