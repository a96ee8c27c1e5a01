/* arrivals: when the messages of one client are due.
 *
 * The schedule is fixed by scenario, seed and client number alone: not by what the target does, nor
 * by the number of workers. Times are nanoseconds from the start of the measured window; what is
 * due during ramp and warm-up is negative. A batch of messages is due together.
 *
 * With L(t) the integral of a client's rate from the window's start to t, its batch k is due when
 * L(t) = batch * (k + phase), for all integers k; phase is client/clients when the load is spread
 * and 0 when it is in step. So every whole period and the whole window hold exactly the offered
 * number of messages. Poisson draws independent exponential gaps instead; a trace has its own
 * times.
 */
#ifndef RUNNER_ARRIVALS_H
#define RUNNER_ARRIVALS_H

#include "runner/rng.h"
#include "runner/trace.h"
#include "schema/scenario.h"

#include <stdbool.h>
#include <stdint.h>

#define ARRIVALS_END INT64_MAX

struct arrivals {
    const struct scenario *scenario; /* borrowed */
    const struct trace *trace;       /* borrowed, of RATE_TRACE */
    bool none;                       /* the rate is 0 throughout */
    double phase;
    int64_t number;    /* k of the next batch; the next line of the trace */
    int64_t trace_end; /* behind the client's last one */
    double at_s;       /* Poisson: time of the next */
    struct rng rng;    /* Poisson */
};

/* Sets *a before the first batch that is due at or after from_ns. `trace`, of RATE_TRACE alone, was
 * scheduled. Not for RATE_MAX. */
void arrivals_open(struct arrivals *a, const struct scenario *s, const struct trace *trace,
                   int64_t seed, int64_t client, int64_t from_ns);

/* When the next batch is due; ARRIVALS_END when there is none any more. */
int64_t arrivals_next(struct arrivals *a);

#endif
