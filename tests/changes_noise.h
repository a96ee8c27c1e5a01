/* changes_noise: series with changes of level at known places, as histories of benchmarks show
 * them. What is multiplied is the level; the noise has the standard deviation `cv` in logs. */
#ifndef TESTS_CHANGES_NOISE_H
#define TESTS_CHANGES_NOISE_H

#include "tests/noise.h"

#include <stdbool.h>

enum series_kind {
    SERIES_NORMAL,
    SERIES_HEAVY,   /* Student's t with 3 df, and stalls of 15 to 60 % in 3 % of the runs */
    SERIES_BIMODAL, /* two modes, 1.9 cv apart */
    SERIES_DRIFT,   /* a slow wave of 1 cv beside the noise */
    SERIES_AR1,     /* each run remembers half of the one before */
    SERIES_MIXED,   /* some of the memory, the tails, the stalls and the wave */
    SERIES_KINDS
};
static const char *const series_kind_name[] = {"lognormal", "heavy", "bimodal",
                                               "drift",     "ar1",   "mixed"};

enum { SERIES_MAX = 10000, SERIES_CHANGES = 4 };
struct made {
    double value[SERIES_MAX];
    size_t count, change[SERIES_CHANGES], changes;
    double cv, step; /* in logs */
};

/* Student's t with 4 degrees of freedom, of standard deviation 1. */
static inline double noise_t4(struct noise *r)
{
    double chi2 = 0, z = noise_normal(r);

    for (int i = 0; i < 4; i++) {
        double x = noise_normal(r);

        chi2 += x * x;
    }
    return z / sqrt(chi2 / 4) / sqrt(2);
}

/* One point of standard deviation 1; *last is what an autocorrelated one remembers. */
static inline double series_point_noise(struct noise *r, enum series_kind kind, double *last,
                                        double wave)
{
    switch (kind) {
    case SERIES_HEAVY:
        return noise_heavy(r);
    case SERIES_BIMODAL:
        return (noise_uniform(r) < 0.3 ? 0.7 : -0.3) * 1.9 +
               sqrt(1 - 0.21 * 1.9 * 1.9) * noise_normal(r);
    case SERIES_DRIFT:
        return noise_normal(r) + wave;
    case SERIES_AR1:
        return *last = 0.5 * *last + sqrt(0.75) * noise_normal(r);
    case SERIES_MIXED:
        *last = 0.3 * *last + sqrt(0.91) * noise_t4(r);
        return *last + wave / 2;
    default:
        return noise_normal(r);
    }
}

static inline double series_stall(struct noise *r, enum series_kind kind)
{
    double share = kind == SERIES_HEAVY ? 0.03 : kind == SERIES_MIXED ? 0.02 : 0;

    return share > 0 && noise_uniform(r) < share ? log(1.15 + 0.45 * noise_uniform(r)) : 0;
}

/* Fills m->value; the changes are those that m has. */
static inline void series_fill(struct made *m, struct noise *r, enum series_kind kind)
{
    double level = log(0.5) + noise_uniform(r) * log(1000), phase = noise_uniform(r);
    double last = noise_normal(r), sign[SERIES_CHANGES];

    for (size_t k = 0; k < m->changes; k++)
        sign[k] = noise_uniform(r) < 0.5 ? 1 : -1;
    for (size_t i = 0, next = 0; i < m->count; i++) {
        double wave = sin(2 * M_PI * ((double)i / (1.2 * (double)m->count) + phase));

        if (next < m->changes && m->change[next] == i)
            level += sign[next++] * m->step;
        m->value[i] =
            exp(level + m->cv * series_point_noise(r, kind, &last, wave) + series_stall(r, kind));
    }
}

/* `least` to `most` changes, 15 points apart or more. */
static inline void series_places(struct made *m, struct noise *r, size_t least, size_t most)
{
    enum { APART = 15 };
    bool good;

    m->changes = least + (size_t)(noise_uniform(r) * (double)(most - least + 1));
    do {
        size_t before = 0;

        good = true;
        for (size_t k = 0; k < m->changes; k++)
            m->change[k] = APART + (size_t)(noise_uniform(r) * (double)(m->count - 2 * APART));
        for (size_t k = 1; k < m->changes; k++) /* by insertion */
            for (size_t j = k; j > 0 && m->change[j] < m->change[j - 1]; j--) {
                size_t swap = m->change[j];

                m->change[j] = m->change[j - 1];
                m->change[j - 1] = swap;
            }
        for (size_t k = 0; k < m->changes; k++) {
            good &= m->change[k] - before >= APART;
            before = m->change[k];
        }
    } while (!good);
}

#endif
