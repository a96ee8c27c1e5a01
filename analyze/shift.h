/* shift: parts of the comparison of whole distributions. Not for other rooms. */
#ifndef ANALYZE_SHIFT_H
#define ANALYZE_SHIFT_H

#include "analyze/decide.h"

/* One percentile of both sides: its estimate and what it is tested by. */
struct shift_test_point {
    struct variance variance;
    double change;   /* of logs */
    double t;        /* absolute, studentised */
    double p;        /* bare, two-sided; of pairs over all looks */
    double critical; /* of t, at the level that all tested points share */
    double around;   /* of t, of either test behind "same", each point by itself */
};

/* What the tests of the columns are worth in independent ones, by the correlation of their
 * residuals (rows x columns): J. Li & L. Ji, Adjusting multiple testing in multilocus analyses
 * using the eigenvalues of a correlation matrix, 2005. At least 1. With few degrees of
 * freedom residuals look more alike than they are: correlations are taken as 1 - 1/(2 df) times
 * theirs. */
double tests_worth(const double *rest, size_t rows, size_t columns, double df);

/* The largest studentised difference of two groups of rows (the first `first` are one) among the
 * ways to deal them out: *p is the share of ways that are as extreme, *critical what a share
 * `alpha` of the ways exceeds where the groups do not differ. `floor` is the least variance of a
 * value. */
void permute_largest(const double *value, size_t first, size_t rows, size_t columns, double floor,
                     double alpha, double *p, double *critical);

#endif
