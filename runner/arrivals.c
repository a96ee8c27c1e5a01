#include "runner/arrivals.h"

#include "schema/units.h"

#include <math.h>

/* What lies within this share of a period before its end is the next period's beginning: the
 * rounding of L and its inverse must not move a message across a gap in the load. */
#define SNAP 1e-9

static double seconds(int64_t ns)
{
    return (double)ns / NS_PER_S;
}

/* L(t): messages of one client from the window's start to t_s. */
static double rate_integral(const struct scenario *s, double t_s)
{
    const struct rate *r = &s->rate;
    double half = seconds(r->period_ns) / 2, whole, rest;

    switch (r->pattern) {
    case RATE_RAMP:
        return t_s <= 0 ? r->from * t_s
                        : t_s * (r->from + (r->to - r->from) * t_s / seconds(s->duration_ns) / 2);
    case RATE_BURST:
        whole = floor(t_s / (2 * half));
        rest = t_s - whole * 2 * half;
        return whole * half * (r->high + r->low) +
               (rest < half ? r->high * rest : r->high * half + r->low * (rest - half));
    default:
        return r->value * t_s;
    }
}

static double ramp_inverse(const struct scenario *s, double messages)
{
    const struct rate *r = &s->rate;
    double slope = (r->to - r->from) / seconds(s->duration_ns), root;

    if (messages <= 0)
        return r->from > 0 ? messages / r->from : 0;
    root = r->from * r->from + 2 * slope * messages;
    return root < 0 ? INFINITY : 2 * messages / (r->from + sqrt(root));
}

static double burst_inverse(const struct rate *r, double messages)
{
    double half = seconds(r->period_ns) / 2, high = r->high * half, each = high + r->low * half;
    double whole = floor(messages / each + SNAP), rest = fmax(0, messages - whole * each);

    return whole * 2 * half + (rest < high ? rest / r->high : half + (rest - high) / r->low);
}

/* The latest t with L(t) = messages; INFINITY when there is none. */
static double rate_inverse(const struct scenario *s, double messages)
{
    switch (s->rate.pattern) {
    case RATE_RAMP:
        return ramp_inverse(s, messages);
    case RATE_BURST:
        return burst_inverse(&s->rate, messages);
    default:
        return messages / s->rate.value;
    }
}

static int64_t nanoseconds(double t_s)
{
    return t_s < 1e9 ? llround(t_s * NS_PER_S) : ARRIVALS_END;
}

static int64_t poisson_next(struct arrivals *a)
{
    double now_s = a->at_s, batch = (double)a->scenario->message.batch;

    a->at_s += -log(rng_share(&a->rng)) * batch / a->scenario->rate.value;
    return nanoseconds(now_s);
}

static void poisson_open(struct arrivals *a, int64_t seed, int64_t client, int64_t from_ns)
{
    const struct scenario *s = a->scenario;

    rng_open(&a->rng, seed, client);
    a->at_s = -seconds(s->ramp_ns + s->warmup_ns);
    poisson_next(a);
    while (nanoseconds(a->at_s) < from_ns)
        poisson_next(a);
}

/* No message ever: a rate of 0. */
static bool rate_is_zero(const struct rate *r)
{
    return r->pattern == RATE_RAMP    ? r->from <= 0 && r->to <= 0
           : r->pattern == RATE_BURST ? r->low <= 0 && r->high <= 0
                                      : r->value <= 0;
}

/* When batch k of a pattern without chance is due. */
static int64_t batch_due(const struct arrivals *a, int64_t k)
{
    double batch = (double)a->scenario->message.batch;

    return nanoseconds(rate_inverse(a->scenario, batch * ((double)k + a->phase)));
}

static int64_t trace_next(struct arrivals *a)
{
    return a->number < a->trace_end ? a->trace->line[a->number++].at_ns : ARRIVALS_END;
}

static void trace_enter(struct arrivals *a, int64_t client, int64_t from_ns)
{
    a->number = (int64_t)a->trace->first[client];
    a->trace_end = (int64_t)a->trace->first[client + 1];
    while (a->number < a->trace_end && a->trace->line[a->number].at_ns < from_ns)
        a->number++;
}

void arrivals_open(struct arrivals *a, const struct scenario *s, const struct trace *trace,
                   int64_t seed, int64_t client, int64_t from_ns)
{
    *a = (struct arrivals){.scenario = s, .trace = trace};
    if (s->rate.pattern == RATE_TRACE) {
        trace_enter(a, client, from_ns);
        return;
    }
    a->none = rate_is_zero(&s->rate);
    if (s->phase == PHASE_SPREAD)
        a->phase = (double)client / (double)s->clients;
    if (a->none)
        return;
    if (s->rate.pattern == RATE_POISSON) {
        poisson_open(a, seed, client, from_ns);
        return;
    }
    a->number = (int64_t)floor(rate_integral(s, seconds(from_ns)) / (double)s->message.batch) - 1;
    if (s->rate.pattern == RATE_RAMP && s->rate.from <= 0 && a->number < 0)
        a->number = 0; /* nothing before the window: the rate there is 0 */
    while (batch_due(a, a->number) < from_ns)
        a->number++;
}

int64_t arrivals_next(struct arrivals *a)
{
    if (a->none)
        return ARRIVALS_END;
    if (a->scenario->rate.pattern == RATE_TRACE)
        return trace_next(a);
    return a->scenario->rate.pattern == RATE_POISSON ? poisson_next(a) : batch_due(a, a->number++);
}
