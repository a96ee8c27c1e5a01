/* decide: from an estimate and its spread to a verdict. */
#ifndef ANALYZE_DECIDE_H
#define ANALYZE_DECIDE_H

#include "analyze/analyze.h"

#define SAME_LEVEL 0.05  /* of either one-sided test; the interval is 90 % */
#define WANTED_POWER 0.8 /* of what is said to be detectable */
enum { MORE_RUNS_MAX = 1000 };

struct variance {
    double value, df;
};

/* What the variance of a change is made of:
 * share_between * between + share_before * before + share_after * after. */
struct spread {
    struct variance before, after, between;
    struct variance cautious; /* `between` as p_gate takes it */
    double share_before, share_after, share_between;
    size_t runs_before, runs_after;
    bool welch; /* before and after are not the same variance */
};

/* The level of either test behind "same". */
double decide_same_level(const struct compare_options *options);

/* Critical values of |t|, for the interval and for "same", and the two-sided p. */
struct test {
    double critical, around, p;
};

/* Fills *out for a difference of logs whose variance is v, by a test that the caller chose; its
 * p_gate is the test's p. */
void decide_tested(double change, const struct variance *v, const struct test *test,
                   const struct compare_options *options, struct comparison *out);

/* The smallest change that would be called worse with 80 % power where |t| must reach `critical`.
 */
double decide_detectable(const struct variance *v, double critical,
                         const struct compare_options *options);

/* Runs a side after which some verdict is 80 % likely, were the change (of logs) what it looks like
 * now; -1: no number of runs. */
int64_t decide_more_runs(double change, const struct spread *spread,
                         const struct compare_options *options);

/* Fills the verdict, change, interval, p, detectable and more_runs of *out for a change that is a
 * difference of logs. */
void decide_log(double change, const struct spread *spread, const struct compare_options *options,
                struct comparison *out);

/* The variance of a change. */
struct variance decide_variance(const struct spread *spread);

/* What two sides of a log metric and the history say, before anything is decided. */
struct estimate {
    double before, after;     /* mean logs */
    struct variance variance; /* of after - before; df 0: nothing is known of the noise */
    size_t before_runs, after_runs;
    bool together; /* all runs in one session */
};
/* False where a side has no usable run. */
bool compare_estimate(const struct sample *before, const struct sample *after,
                      const struct sample *history, struct estimate *out);

/* There is nothing to compare. */
void decide_nothing(struct comparison *out);

#endif
