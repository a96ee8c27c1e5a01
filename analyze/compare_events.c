/* Two sets of runs of a metric that counts events: README.md, "Ratios and counts". */
#include "analyze/analyze.h"
#include "analyze/decide.h"
#include "analyze/distributions.h"

#include <math.h>
#include <string.h>

const struct compare_options events_defaults = {0.05, 0.001, 0.01,  BETTER_LOWER, 0,
                                                0,    0,     false, NULL};

/* One side: totals, and how its runs scatter about their common rate. */
struct tally {
    double events, trials, chi2;
    size_t runs, sessions;
};

/* Both sides as they are judged: totals divided by the dispersion, so that they count as
 * independent events would. */
struct odds {
    enum metric_scale scale;
    struct tally before, after;
    double dispersion, df; /* df INFINITY: no more than chance, the normal distribution serves */
    bool from_sessions;    /* the dispersion is that of sessions: more runs do not help */
};

static bool usable(const struct events *e, size_t i)
{
    return isfinite(e->event[i]) && isfinite(e->trial[i]) && e->event[i] >= 0 && e->trial[i] > 0;
}

static double rate_of(const struct tally *t)
{
    return t->events / t->trials;
}

/* Pearson's contribution of `events` of `trials` to chi squared; 0 where chance has no room. */
static double pearson(enum metric_scale scale, double rate, double events, double trials)
{
    double variance = trials * rate * (scale == SCALE_RATIO ? 1 - rate : 1);
    double rest = events - trials * rate;

    return variance > 0 ? rest * rest / variance : 0;
}

static int session_of(const struct events *e, size_t i)
{
    return e->session ? e->session[i] : 0;
}

/* Whether i is the first usable run of its session. */
static bool session_starts(const struct events *e, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (usable(e, k) && session_of(e, k) == session_of(e, i))
            return false;
    return true;
}

static void tally_get(const struct events *e, enum metric_scale scale, struct tally *t)
{
    *t = (struct tally){0};
    for (size_t i = 0; i < e->count; i++) {
        if (!usable(e, i))
            continue;
        t->events += e->event[i];
        t->trials += e->trial[i];
        t->runs++;
        t->sessions += session_starts(e, i);
    }
    for (size_t i = 0; i < e->count; i++)
        if (usable(e, i))
            t->chi2 += pearson(scale, rate_of(t), e->event[i], e->trial[i]);
}

/* Chi squared over the history's sessions; *df is their number less 1. */
static double sessions_chi2(const struct events *e, enum metric_scale scale, double *df)
{
    double chi2 = 0;
    struct tally all;

    tally_get(e, scale, &all);
    *df = (double)all.sessions - 1;
    for (size_t i = 0; i < e->count; i++) {
        double events = 0, trials = 0;

        if (!usable(e, i) || !session_starts(e, i))
            continue;
        for (size_t k = i; k < e->count; k++) {
            bool here = usable(e, k) && session_of(e, k) == session_of(e, i);

            events += here ? e->event[k] : 0;
            trials += here ? e->trial[k] : 0;
        }
        chi2 += pearson(scale, rate_of(&all), events, trials);
    }
    return chi2;
}

static bool same_session(const struct events *a, const struct events *b)
{
    for (size_t i = 0; i < a->count; i++)
        for (size_t k = 0; k < b->count; k++)
            if (a->session && b->session && a->session[i] == b->session[k])
                return true;
    return false;
}

static void disperse(struct odds *o, const struct events *before, const struct events *after,
                     const struct events *history)
{
    double df = (double)(o->before.runs + o->after.runs) - 2, sessions_df;
    double runs = df > 0 ? (o->before.chi2 + o->after.chi2) / df : 0, sessions;

    o->dispersion = 1;
    o->df = INFINITY;
    if (runs > 1) {
        o->dispersion = runs;
        o->df = df;
    }
    sessions = sessions_chi2(history, o->scale, &sessions_df);
    if (sessions_df > 0 && sessions / sessions_df > o->dispersion && !same_session(before, after)) {
        o->dispersion = sessions / sessions_df;
        o->df = sessions_df;
        o->from_sessions = true;
    }
    o->before.events /= o->dispersion;
    o->before.trials /= o->dispersion;
    o->after.events /= o->dispersion;
    o->after.trials /= o->dispersion;
}

static double quantile(const struct odds *o, double p)
{
    return isinf(o->df) ? normal_quantile(p) : student_quantile(p, o->df);
}

/* No event, or no trial without one. */
static bool extreme(const struct odds *o, const struct tally *t)
{
    return t->events <= 0 || (o->scale == SCALE_RATIO && t->events >= t->trials);
}

/* The exact test given the number of all events. */
static double p_exact(const struct odds *o)
{
    int64_t xb = (int64_t)o->before.events, xa = (int64_t)o->after.events;

    if (o->scale == SCALE_COUNT)
        return binomial_two_sided(xa, xa + xb,
                                  o->after.trials / (o->after.trials + o->before.trials));
    /* An event that dispersion leaves a part of is none, and one that did not happen stays so. */
    return fisher_two_sided(o->before.events >= o->before.trials ? (int64_t)o->before.trials : xb,
                            (int64_t)o->before.trials,
                            o->after.events >= o->after.trials ? (int64_t)o->after.trials : xa,
                            (int64_t)o->after.trials);
}

static double p_of(const struct odds *o)
{
    double pooled, variance, z;

    if (extreme(o, &o->before) || extreme(o, &o->after))
        return p_exact(o);
    pooled = (o->before.events + o->after.events) / (o->before.trials + o->after.trials);
    variance = pooled * (o->scale == SCALE_RATIO ? 1 - pooled : 1) *
               (1 / o->before.trials + 1 / o->after.trials);
    z = (rate_of(&o->after) - rate_of(&o->before)) / sqrt(variance);
    return isinf(o->df) ? 2 * normal_cdf(-fabs(z)) : student_two_sided(z, o->df);
}

/* Wilson's score interval of a rate. */
static void wilson(enum metric_scale scale, const struct tally *t, double z, double *lo, double *hi)
{
    double ratio = scale == SCALE_RATIO ? 1 : 0, centre = 2 * t->events + z * z;
    double reach = z * sqrt(z * z + 4 * t->events * (1 - ratio * rate_of(t)));
    double scaled = 2 * (t->trials + ratio * z * z);

    *lo = fmax(0, (centre - reach) / scaled);
    *hi = (centre + reach) / scaled;
}

/* R. G. Newcombe, Interval estimation for the difference between independent proportions, 1998:
 * method 10. */
static void difference(const struct odds *o, double z, double *lo, double *hi)
{
    double b = rate_of(&o->before), a = rate_of(&o->after), b_lo, b_hi, a_lo, a_hi;

    wilson(o->scale, &o->before, z, &b_lo, &b_hi);
    wilson(o->scale, &o->after, z, &a_lo, &a_hi);
    *lo = a - b - hypot(a - a_lo, b_hi - b);
    *hi = a - b + hypot(a_hi - a, b - b_lo);
}

/* Rates on a scale where their variance is 1 / (4 trials): arc sine and square root. */
static double steady(enum metric_scale scale, double rate)
{
    return scale == SCALE_RATIO ? asin(sqrt(fmin(rate, 1))) : sqrt(rate);
}

static double unsteady(enum metric_scale scale, double x)
{
    double root = scale == SCALE_RATIO ? sin(fmin(x, M_PI_2)) : x;

    return root * root;
}

/* The rate of what is bad, so that more of it is worse. */
static double bad_rate(const struct odds *o, enum metric_better better)
{
    double rate = rate_of(&o->before);

    return o->scale == SCALE_RATIO && better == BETTER_HIGHER ? 1 - rate : rate;
}

static void plan(const struct odds *o, const struct compare_options *options,
                 struct comparison *out)
{
    double shares = 1 / o->before.trials + 1 / o->after.trials;
    double level = options->gate_level > 0 ? options->gate_level : options->alpha;
    double reach = (quantile(o, 1 - level / 2) + normal_quantile(WANTED_POWER)) / 2;
    double rate = bad_rate(o, options->better), from = steady(o->scale, rate), wide, runs;

    out->detectable =
        fmax(unsteady(o->scale, from + reach * sqrt(shares)) - rate, options->minimum_effect);
    out->more_runs = 0;
    if (out->outcome != OUTCOME_INCONCLUSIVE && !(options->gate_level > 0))
        return;
    wide = (steady(o->scale, rate + options->tolerance) - from) / reach;
    runs = ceil((double)out->after_runs * (shares / (wide * wide) - 1));
    out->more_runs = o->from_sessions || !(runs <= MORE_RUNS_MAX) ? -1 : (int64_t)fmax(1, runs);
}

void compare_events(const struct events *before, const struct events *after,
                    const struct events *history, enum metric_scale scale,
                    const struct compare_options *options, struct comparison *out)
{
    struct odds o = {.scale = scale};
    struct tally past;

    memset(out, 0, sizeof *out);
    decide_nothing(out);
    tally_get(before, scale, &o.before);
    tally_get(after, scale, &o.after);
    tally_get(history, scale, &past);
    out->before = o.before.runs > 0 ? rate_of(&o.before) : (double)NAN;
    out->after = o.after.runs > 0 ? rate_of(&o.after) : (double)NAN;
    out->before_runs = o.before.runs;
    out->after_runs = o.after.runs;
    out->before_sessions = o.before.sessions;
    out->after_sessions = o.after.sessions;
    out->history_sessions = past.sessions;
    out->outliers_p = 1;
    if (o.before.runs == 0 || o.after.runs == 0)
        return;
    disperse(&o, before, after, history);
    out->change = out->after - out->before;
    out->p = out->p_gate = p_of(&o);
    difference(&o, quantile(&o, 1 - options->alpha / 2), &out->lo, &out->hi);
    difference(&o, quantile(&o, 1 - decide_same_level(options)), &out->same_lo, &out->same_hi);
    out->outcome = extreme(&o, &o.before) && extreme(&o, &o.after) && out->change == 0
                       ? OUTCOME_SAME
                       : compare_outcome(out, options, out->p <= options->alpha);
    plan(&o, options, out);
}
