/* plan: what a look at pairs of runs may say, so that all looks together keep their level. The
 * methods and their sources are in README.md, "Pairs, looked at more than once". */
#ifndef ANALYZE_PLAN_H
#define ANALYZE_PLAN_H

#include "analyze/analyze.h"

/* P(|Z_k| >= constant sqrt(I_last / I_k) at any look k), where nothing differs: O'Brien and
 * Fleming's boundary, by recursive integration. The information I_k rises. */
double plan_crossing(const double *information, size_t looks, double constant);
/* The constant at which that is alpha, 0 < alpha < 1. */
double plan_constant(const double *information, size_t looks, double alpha);

/* At n pairs (of those with a value), where t has v degrees of freedom (INFINITY: normal): how far
 * out t must be for the interval to leave 0 out, and the two one-sided tests to say "same"; and the
 * p-value that this and every earlier look at such data share. */
double plan_critical(const struct ab_plan *plan, double n, double v);
double plan_same_critical(const struct ab_plan *plan, double n, double v);
double plan_p(const struct ab_plan *plan, double n, double t, double v);

/* change = mu + order s by least squares, s = 1 where before ran first and -1 else. */
struct pair_fit {
    double mu, order, squares;
    double information; /* 1 / the variance of mu, in variances of a change: the number of pairs */
    double df;
};
void pair_fit_get(const double *change, const bool *before_first, size_t count, struct pair_fit *f);

/* About what plan_critical() would be at another level than the plan's: to say what would be seen.
 */
double plan_critical_at(const struct ab_plan *plan, double alpha, double n, double v);

#endif
