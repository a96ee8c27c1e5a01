/* leak_noise: simulated memory of a server over a run, with known truth, in bytes. One sample is
 * `step_s` seconds. */
#ifndef TESTS_LEAK_NOISE_H
#define TESTS_LEAK_NOISE_H

#include "tests/noise.h"

#define LEAK_MIB (1024.0 * 1024.0)

enum memory_kind {
    MEMORY_AR,       /* AR(.8) of standard deviation `size` */
    MEMORY_SAWTOOTH, /* a collector: grows by `size` within `shape` samples, then falls, jittered */
    MEMORY_RAMP,     /* straight up by `size` within the share `shape` of the run */
    MEMORY_CURVE,    /* up by `size` as 1 - exp(-t/tau), tau the share `shape` of the run */
    MEMORY_LOG,      /* up by `size` as the logarithm, from the share `shape` of the run on */
    MEMORY_STEP      /* one step of `size` at the share `shape` of the run */
};

struct memory {
    enum memory_kind kind;
    double size, shape; /* MiB */
    double noise;       /* MiB: AR(.5) on top, of this standard deviation */
    double leak;        /* MiB per hour */
};

static inline void memory_make(struct noise *r, const struct memory *m, double step_s, double *t,
                               double *y, int n)
{
    double ar = noise_normal(r), noise = noise_normal(r), tooth = noise_uniform(r);
    double length = m->shape * (0.9 + 0.2 * noise_uniform(r));

    for (int i = 0; i < n; i++) {
        double at = (double)i / n, mib = 100 + m->leak * i * step_s / 3600;

        ar = 0.8 * ar + 0.6 * noise_normal(r);
        noise = 0.5 * noise + sqrt(0.75) * noise_normal(r);
        if (m->kind == MEMORY_AR)
            mib += m->size * ar;
        if (m->kind == MEMORY_SAWTOOTH) {
            mib += m->size * tooth;
            tooth += 1 / length;
            if (tooth >= 1) {
                tooth = 0;
                length = m->shape * (0.9 + 0.2 * noise_uniform(r));
            }
        }
        if (m->kind == MEMORY_RAMP)
            mib += m->size * fmin(at / m->shape, 1);
        if (m->kind == MEMORY_CURVE)
            mib += m->size * (1 - exp(-at / m->shape));
        if (m->kind == MEMORY_LOG)
            mib += m->size * log1p(at / m->shape) / log1p(1 / m->shape);
        if (m->kind == MEMORY_STEP)
            mib += at >= m->shape ? m->size : 0;
        t[i] = i * step_s;
        y[i] = (mib + m->noise * noise) * LEAK_MIB;
    }
}

#endif
