#include "analyze/decide.h"

#include "analyze/distributions.h"

#include <math.h>

/* The margins in logs, in the direction of more and of less. */
struct margins {
    double effect_up, effect_down, tolerance_up, tolerance_down;
};

static struct margins margins_of(const struct compare_options *o)
{
    return (struct margins){log1p(o->minimum_effect), -log1p(-fmin(o->minimum_effect, 1)),
                            log1p(o->tolerance), -log1p(-fmin(o->tolerance, 1))};
}

/* The variance of the change with `more` runs a side, all else unchanged. */
static struct variance variance_with(const struct spread *s, double more)
{
    double b = s->share_before * s->before.value, a = s->share_after * s->after.value;
    double between = s->share_between * s->between.value, sum;
    double squares = 0, df;

    b *= (double)s->runs_before / ((double)s->runs_before + more);
    a *= (double)s->runs_after / ((double)s->runs_after + more);
    sum = b + a + between;
    if (!s->welch)
        return (struct variance){sum,
                                 s->share_between > 0 ? s->between.df : s->before.df + 2 * more};
    /* Satterthwaite, An approximate distribution of estimates of variance components, 1946. */
    squares += b > 0 ? b * b / (s->before.df + more) : 0;
    squares += a > 0 ? a * a / (s->after.df + more) : 0;
    squares += between > 0 ? between * between / s->between.df : 0;
    df = squares > 0 ? sum * sum / squares : s->before.df + s->after.df;
    return (struct variance){sum, s->share_between > 0 ? fmin(df, s->between.df) : df};
}

struct variance decide_variance(const struct spread *spread)
{
    return variance_with(spread, 0);
}

static enum outcome toward(bool more, enum metric_better better)
{
    if (better == BETTER_NONE)
        return OUTCOME_NONE;
    return more == (better == BETTER_LOWER) ? OUTCOME_WORSE : OUTCOME_BETTER;
}

enum outcome compare_outcome(const struct comparison *c, const struct compare_options *o,
                             bool found)
{
    if (found && c->change > o->minimum_effect && c->lo > 0)
        return toward(true, o->better);
    if (found && c->change < -o->minimum_effect && c->hi < 0)
        return toward(false, o->better);
    if (found || (c->same_lo > -o->tolerance && c->same_hi < o->tolerance))
        return OUTCOME_SAME;
    return isnan(c->change) ? OUTCOME_NONE : OUTCOME_INCONCLUSIVE;
}

double decide_same_level(const struct compare_options *options)
{
    return options->same_level > 0 ? options->same_level : SAME_LEVEL;
}

/* Student's t quantile by Cornish and Fisher's expansion: near enough to plan with, and fast. */
static double quantile_about(double p, double df)
{
    double z = normal_quantile(p), z3 = z * z * z;

    df = fmax(df, 2);
    return z + (z3 + z) / (4 * df) + (5 * z3 * z * z + 16 * z3 + 3 * z) / (96 * df * df);
}

/* How likely a verdict is, were the change what it looks like now, with `more` runs a side. */
static double decided_with(double change, const struct spread *s, const struct compare_options *o,
                           double more)
{
    struct margins m = margins_of(o);
    struct variance v = variance_with(s, more);
    double se = sqrt(v.value), reach = quantile_about(1 - o->alpha / 2, v.df) * se;
    double up = fmax(m.effect_up, reach), down = fmax(m.effect_down, reach);
    double around = quantile_about(1 - decide_same_level(o), v.df) * se;
    double high = fmin(m.tolerance_up - around, up), low = fmax(around - m.tolerance_down, -down);
    double decided = normal_cdf((change - up) / se) + normal_cdf((-down - change) / se);

    if (high > low)
        decided += normal_cdf((high - change) / se) - normal_cdf((low - change) / se);
    return decided;
}

int64_t decide_more_runs(double change, const struct spread *s, const struct compare_options *o)
{
    int64_t low = 0, high = 1;

    while (decided_with(change, s, o, (double)high) < WANTED_POWER) {
        if (high > MORE_RUNS_MAX)
            return -1;
        low = high;
        high *= 2;
    }
    while (high - low > 1) {
        int64_t middle = (low + high) / 2;

        if (decided_with(change, s, o, (double)middle) < WANTED_POWER)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* The smallest change that would be called worse with 80 % power. */
double decide_detectable(const struct variance *v, double critical, const struct compare_options *o)
{
    double se = sqrt(v->value), shift = se * student_shift(critical, v->df, WANTED_POWER);
    double spare = normal_quantile(WANTED_POWER) * se;
    struct margins m = margins_of(o);

    if (o->better == BETTER_HIGHER)
        return -expm1(-fmax(shift, m.effect_down + spare));
    return expm1(fmax(shift, m.effect_up + spare));
}

void decide_nothing(struct comparison *out)
{
    out->outcome = OUTCOME_NONE;
    out->change = out->lo = out->hi = out->same_lo = out->same_hi = (double)NAN;
    out->p = out->p_gate = out->detectable = (double)NAN;
    out->more_runs = -1;
}

static double p_of(double change, const struct variance *v)
{
    return v->value > 0 ? student_two_sided(change / sqrt(v->value), v->df) : change == 0;
}

/* What these runs could have shown, and how many would: at alpha, or for one of the gate's many. */
static void plan(double change, const struct spread *spread, const struct compare_options *options,
                 struct comparison *out)
{
    struct compare_options o = *options;
    struct spread s = *spread;
    struct variance v;

    if (o.gate_level > 0) {
        o.alpha = o.gate_level;
        s.between = s.cautious;
    }
    v = variance_with(&s, 0);
    out->detectable = decide_detectable(&v, student_quantile(1 - o.alpha / 2, v.df), &o);
    out->more_runs = 0;
    if (out->outcome == OUTCOME_INCONCLUSIVE || o.gate_level > 0)
        out->more_runs = decide_more_runs(change, &s, &o);
}

static void interval_fill(double change, double se, const struct test *test, struct comparison *out)
{
    out->lo = expm1(change - test->critical * se);
    out->hi = expm1(change + test->critical * se);
    out->same_lo = expm1(change - test->around * se);
    out->same_hi = expm1(change + test->around * se);
}

void decide_tested(double change, const struct variance *v, const struct test *test,
                   const struct compare_options *options, struct comparison *out)
{
    decide_nothing(out);
    out->change = expm1(change);
    out->outcome = OUTCOME_INCONCLUSIVE;
    if (!(v->df > 0) || isinf(test->critical))
        return; /* nothing is known about the noise, or not enough */
    out->p = out->p_gate = test->p;
    interval_fill(change, sqrt(v->value), test, out);
    out->detectable = decide_detectable(v, test->critical, options);
    out->more_runs = 0;
    out->outcome = compare_outcome(out, options, out->p <= options->alpha);
}

void decide_log(double change, const struct spread *spread, const struct compare_options *options,
                struct comparison *out)
{
    struct variance v = variance_with(spread, 0), v_gate;
    struct spread cautious = *spread;
    struct test test;

    decide_nothing(out);
    out->change = expm1(change);
    out->outcome = OUTCOME_INCONCLUSIVE;
    if (!(v.df > 0))
        return; /* nothing is known about the noise */
    test = (struct test){student_quantile(1 - options->alpha / 2, v.df),
                         student_quantile(1 - decide_same_level(options), v.df), p_of(change, &v)};
    cautious.between = spread->cautious;
    v_gate = variance_with(&cautious, 0);
    out->p = test.p;
    out->p_gate = p_of(change, &v_gate);
    interval_fill(change, sqrt(v.value), &test, out);
    out->outcome = compare_outcome(out, options, out->p <= options->alpha);
    plan(change, spread, options, out);
}
