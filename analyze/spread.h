/* spread: how much runs of one session, and sessions of one series, vary.
 *
 * Values are the logs of runs. A cell is what one side (or the history) has of one session. */
#ifndef ANALYZE_SPREAD_H
#define ANALYZE_SPREAD_H

#include "analyze/analyze.h"

#include <stddef.h>

struct cell {
    const double *value; /* sorted */
    size_t runs, outliers;
    int session;
    double mad_sd;            /* 1.4826 MAD, corrected for the number of runs */
    double mean, squares, df; /* of the winsorised values; sum of squares about their mean */
};

struct side {
    struct cell *cell;
    double *value;
    size_t cells, runs, outliers;
    double mean;    /* of the cells' means: a session is the unit */
    double squares; /* within cells, winsorised */
    double df;      /* of `squares` */
};

/* Takes over the usable values of a sample (finite, above 0), as logs; free by side_free(). Where
 * the sample names no sessions all its runs are in `session`. */
void side_open(struct side *s, const struct sample *sample, int session);
void side_free(struct side *s);

/* 1.4826 MAD of values, corrected for their number, from 2 on; sorts and overwrites them. */
double values_mad_sd(double *value, size_t count, double *median);

/* The variance that rounding gives to values which come in steps (ticks of a clock): step^2 / 12,
 * the step being the smallest gap between values of which some are equal; 0 where none are, or all.
 * What ticks hide cannot be seen as quiet. Sorts the values. */
double rounding_variance(double *value, size_t count);

/* The noise floor: the standard deviation of runs within the history's sessions. `df` 0: none. */
struct noise_floor {
    double sd, df;
};
/* Winsorises the history by the floor that it yields, until the two agree. */
struct noise_floor history_winsorise(struct side *history);
void side_winsorise(struct side *s, const struct noise_floor *noise);

/* Between sessions: sum of squares of cell means about their own group's mean, and the mean of
 * 1/runs over the same cells. df 0: at most one session anywhere. */
struct between {
    double squares, df, inverse_runs;
};
void between_add(struct between *b, const struct cell *cell, size_t count);

/* The same for a history in order of time, whose level may have changed: each stretch of one level
 * is a group. `within` is the variance of runs within sessions. */
void between_add_history(struct between *b, const struct side *history, double within);

#endif
