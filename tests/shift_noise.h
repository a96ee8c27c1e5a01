/* shift_noise: simulated runs as histograms with known truth. A run is what its messages are like
 * (lognormal around 10 ms, a tail of stalls) times what it is like itself: as a whole, and its
 * stalls. Messages of a run are no replicates: the run's own noise is in all of them. */
#ifndef TESTS_SHIFT_NOISE_H
#define TESTS_SHIFT_NOISE_H

#include "analyze/analyze.h"
#include "tests/noise.h"

struct shift_load {
    int messages;
    double noise;   /* sd of runs, in logs */
    double session; /* sd of the session, in logs */
    double slower;  /* in logs, all messages */
    double tail;    /* in logs, the stalled ones only */
};

static inline void shift_run(struct noise *r, const struct shift_load *load, double session,
                             struct hist *h, struct quantiles *out)
{
    double level = log(10e6) + load->noise * noise_normal(r) + session + load->slower;
    double stall = 0.5 + 2 * load->noise * noise_normal(r) + load->tail;

    hist_reset(h);
    for (int i = 0; i < load->messages; i++) {
        double x = level + 0.25 * noise_normal(r);

        if (noise_uniform(r) < 0.02)
            x += stall + 0.3 * fabs(noise_normal(r));
        hist_add(h, (int64_t)exp(x));
    }
    quantiles_get(h, HIST_UNIT_MS, out);
}

static inline void shift_session(struct noise *r, const struct shift_load *load, struct hist *h,
                                 struct quantiles *out, size_t runs)
{
    double session = load->session * noise_normal(r);

    for (size_t i = 0; i < runs; i++)
        shift_run(r, load, session, h, &out[i]);
}

#endif
