/* distributions: the probability functions that the comparisons need. Pure; ranges and sources
 * stand with each. Checked against scipy in tests/test_distributions.c. */
#ifndef ANALYZE_DISTRIBUTIONS_H
#define ANALYZE_DISTRIBUTIONS_H

#include <stdint.h>

/* The standard normal distribution: P(Z <= z), and its inverse for 0 <= p <= 1. */
double normal_cdf(double z);
double normal_quantile(double p);

/* The regularised incomplete beta function I_x(a, b), a, b > 0. y is 1 - x, taken apart so that an
 * x next to 1 loses nothing. */
double beta_cdf(double x, double y, double a, double b);

/* Student's t with df > 0 degrees of freedom (any real number): P(|T| >= |t|), P(T <= t), and the
 * inverse of the latter. */
double student_two_sided(double t, double df);
double student_cdf(double t, double df);
double student_quantile(double p, double df);

/* The shift, in standard errors, that a t test with this critical value shows with `power`
 * (one-sided; the far tail is negligible for power > 0.5). */
double student_shift(double critical, double df, double power);

/* P(X = x) for X binomial of n trials with probability p. */
double binomial_pmf(int64_t x, int64_t n, double p);

/* The exact two-sided test of x events in n trials against probability p: the probability of all
 * outcomes that are not likelier than x. */
double binomial_two_sided(int64_t x, int64_t n, double p);

/* Fisher's exact two-sided test: x1 events of n1 trials against x2 of n2. */
double fisher_two_sided(int64_t x1, int64_t n1, int64_t x2, int64_t n2);

#endif
