/* changes: what the parts of the search for change points share; the method is in README.md,
 * "Change points". Not for other rooms. */
#ifndef ANALYZE_CHANGES_H
#define ANALYZE_CHANGES_H

#include <stdbool.h>
#include <stddef.h>

/* The most terms of a drift: Legendre polynomials of degree 1 to 4 over the whole series. */
enum { DRIFT_MAX = 4 };

/* A series without its gaps, on the scale on which its noise is of one size. */
struct trace {
    double *y;
    size_t count;
    double sigma;                /* of the noise of one point */
    double rho;                  /* its lag-1 autocorrelation, from 0 */
    double rho_most;             /* to this */
    double (*term)[DRIFT_MAX];   /* the polynomials at each point, */
    double (*before)[DRIFT_MAX]; /* and their sums over the points before it */
    double *work;                /* room for `count` numbers, for whoever needs it next */
};

/* By how much autocorrelation widens the variance of the mean of n points: exact for AR(1). */
double trace_factor(const struct trace *t, double n);
/* Sets sigma and rho from differences of neighbours, which know nothing of levels yet; or from the
 * residuals about `levels` of them. */
void trace_guess_noise(struct trace *t);
void trace_set_noise(struct trace *t, const double *residual, size_t levels);
/* The mean of n values, each pulled in to 2.5 sigma from it. */
double trace_mean(const struct trace *t, const double *x, size_t n);

/* A smooth course besides the levels. */
struct drift {
    int terms;
    double weight[DRIFT_MAX];
};
double drift_at(const struct drift *d, const struct trace *t, size_t i);

/* Starts of the stretches that have one level each, ascending, the first one 0. */
struct levels {
    size_t *start, count;
};
size_t levels_end(const struct levels *l, const struct trace *t, size_t k);

/* What the noise of one point looks like: minus the logarithm of its density. */
enum { SHAPE_BINS = 121 };
struct shape {
    double loss[SHAPE_BINS], width; /* of a bin; the middle one is at 0 */
};
void shape_get(struct shape *s, const struct trace *t, const double *residual);
double shape_loss(const struct shape *s, double residual);

/* The most probable course of levels of x[] (changes_path.c): the least sum of the losses of all
 * points, none above that of a residual of `reach`, and of `price` for each change of level. */
struct loss {
    double (*of)(const void *context, double residual);
    const void *context;
    double reach;
};
void course_find(const struct trace *t, const double *x, const struct loss *loss, double price,
                 struct levels *out);

/* Levels and drift fitted together, by least squares of pulled-in residuals (changes_fit.c). */
struct fit {
    struct drift drift;
    double inverse[DRIFT_MAX][DRIFT_MAX]; /* of the normal equations */
    double *level;                        /* of each stretch, without the drift */
    double (*middle)[DRIFT_MAX];          /* the means of the terms over it */
    double squares;
};
void fit_open(struct fit *f, const struct trace *t);
void fit_close(struct fit *f);
/* False where the terms cannot be told from the levels. */
bool fit_make(struct fit *f, const struct trace *t, const struct levels *l, int terms);

/* One change of level as the fit has it, with its standard error and how far it is from chance, in
 * standard deviations of a normal distribution that has df. */
struct found {
    double change, error, z, df;
};
void fit_test(const struct fit *f, const struct trace *t, const struct levels *l, size_t k,
              const struct shape *s, const double *x, struct found *out);

/* Takes away the changes of level that chance or a drift of up to DRIFT_MAX terms explains, and
 * says which drift that is (changes_prune.c). */
void levels_prune(const struct trace *t, const struct shape *s, struct levels *l, struct drift *d);

#endif
