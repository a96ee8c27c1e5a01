/* Pairs of runs in one session: README.md, "Pairs, looked at more than once". */
#include "analyze/decide.h"
#include "analyze/distributions.h"
#include "analyze/plan.h"
#include "analyze/spread.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>

enum { PAIRS_FOR_MAD = 6 };

static const double winsor_limit = 3; /* in standard deviations */

/* The pairs' changes, in logs. */
struct changes {
    double *value, *sorted, *logs; /* logs: of both sides */
    bool *before_first;
    size_t count, outliers;
    double before, after; /* mean logs of the sides */
};

static bool usable(double value)
{
    return isfinite(value) && value > 0;
}

static void changes_open(struct changes *c, const struct ab_pairs *pairs)
{
    *c = (struct changes){.value = mem_get(pairs->count + 1, sizeof(double)),
                          .sorted = mem_get(pairs->count + 1, sizeof(double)),
                          .logs = mem_get(2 * pairs->count + 1, sizeof(double)),
                          .before_first = mem_get(pairs->count + 1, sizeof(bool))};
    for (size_t i = 0; i < pairs->count; i++) {
        if (!usable(pairs->before[i]) || !usable(pairs->after[i]))
            continue;
        c->logs[2 * c->count] = log(pairs->before[i]);
        c->logs[2 * c->count + 1] = log(pairs->after[i]);
        c->before += log(pairs->before[i]);
        c->after += log(pairs->after[i]);
        c->before_first[c->count] = pairs->before_first[i];
        c->value[c->count++] = log(pairs->after[i]) - log(pairs->before[i]);
    }
    c->before /= (double)c->count;
    c->after /= (double)c->count;
}

static void changes_close(struct changes *c)
{
    free(c->value);
    free(c->sorted);
    free(c->logs);
    free(c->before_first);
}

/* Mean and number of the changes of one order. */
static double order_mean(const double *change, const bool *first, size_t count, bool before_first,
                         size_t *found)
{
    double sum = 0;

    *found = 0;
    for (size_t i = 0; i < count; i++) {
        if (first[i] != before_first)
            continue;
        sum += change[i];
        (*found)++;
    }
    return *found > 0 ? sum / (double)*found : 0;
}

void pair_fit_get(const double *change, const bool *before_first, size_t count, struct pair_fit *f)
{
    size_t n1, n2;
    double m1 = order_mean(change, before_first, count, true, &n1);
    double m2 = order_mean(change, before_first, count, false, &n2);

    *f = (struct pair_fit){.information = (double)count, .df = (double)count - 1};
    if (n1 > 0 && n2 > 0) {
        f->mu = (m1 + m2) / 2;
        f->order = (m1 - m2) / 2;
        f->information = 4 / (1 / (double)n1 + 1 / (double)n2);
        f->df = (double)count - 2;
    } else {
        f->mu = n1 > 0 ? m1 : m2;
    }
    for (size_t i = 0; i < count; i++) {
        double rest = change[i] - f->mu - (before_first[i] ? f->order : -f->order);

        f->squares += rest * rest;
    }
}

/* Pulls in what lies far from the fit, as far as the pairs' own MAD tells; changes that were pulled
 * in are no evidence for the noise (Dixon & Tukey, 1968). */
static void changes_winsorise(struct changes *c, struct pair_fit *f)
{
    double middle, cut;

    if (c->count < PAIRS_FOR_MAD)
        return;
    for (size_t i = 0; i < c->count; i++)
        c->sorted[i] = c->value[i] - (c->before_first[i] ? f->order : -f->order);
    cut = winsor_limit * values_mad_sd(c->sorted, c->count, &middle);
    if (!(cut > 0))
        return;
    for (size_t i = 0; i < c->count; i++) {
        double order = c->before_first[i] ? f->order : -f->order;
        double rest = c->value[i] - order - middle;

        c->outliers += fabs(rest) > cut;
        c->value[i] = middle + order + fmin(fmax(rest, -cut), cut);
    }
    if (c->outliers > 0) {
        pair_fit_get(c->value, c->before_first, c->count, f);
        f->squares *= f->df / (f->df - (double)c->outliers);
        f->df -= (double)c->outliers;
    }
}

/* How many more runs a side would decide, as if looked at once. */
static int64_t more_pairs(const struct pair_fit *f, const struct compare_options *options)
{
    struct variance each = {f->squares / f->df / 2, f->df};
    struct spread s = {.before = each,
                       .after = each,
                       .share_before = 1 / f->information,
                       .share_after = 1 / f->information,
                       .runs_before = (size_t)f->information,
                       .runs_after = (size_t)f->information};

    return decide_more_runs(f->mu, &s, options);
}

/* What these pairs could have shown, and how many would: at alpha, or for one of the gate's many.
 */
static void plan_ahead(const struct pair_fit *f, const struct variance *v,
                       const struct ab_plan *plan, const struct compare_options *options,
                       struct comparison *out)
{
    struct compare_options o = *options;

    if (o.gate_level > 0)
        o.alpha = o.gate_level;
    out->detectable =
        decide_detectable(v, plan_critical_at(plan, o.alpha, f->information, f->df), &o);
    if (out->outcome == OUTCOME_INCONCLUSIVE || o.gate_level > 0)
        out->more_runs = more_pairs(f, &o);
}

void compare_pairs(const struct ab_pairs *pairs, const struct ab_plan *plan,
                   const struct compare_options *options, struct comparison *out)
{
    struct compare_options o = *options;
    struct changes c;
    struct pair_fit f;

    changes_open(&c, pairs);
    pair_fit_get(c.value, c.before_first, c.count, &f);
    changes_winsorise(&c, &f);
    o.alpha = plan->alpha;
    decide_nothing(out);
    if (c.count > 0) {
        double least = 2 * rounding_variance(c.logs, 2 * c.count);
        struct variance v = {f.df > 0 ? fmax(f.squares / f.df, least) / f.information : 0, f.df};
        double t = v.value > 0 ? f.mu / sqrt(v.value) : f.mu == 0 ? 0 : INFINITY;
        struct test test = {INFINITY, INFINITY, 1};

        if (f.df > 0)
            test = (struct test){plan_critical(plan, f.information, f.df),
                                 plan_same_critical(plan, f.information, f.df),
                                 plan_p(plan, f.information, t, f.df)};
        decide_tested(f.mu, &v, &test, &o, out);
        if (!isnan(out->p))
            plan_ahead(&f, &v, plan, &o, out);
    }
    out->before = c.count > 0 ? exp(c.before) : (double)NAN;
    out->after = c.count > 0 ? exp(c.after) : (double)NAN;
    out->before_runs = out->after_runs = c.count;
    out->before_sessions = out->after_sessions = c.count > 0;
    out->history_sessions = out->before_outliers = out->after_outliers = 0;
    out->outliers_p = 1;
    out->pair_outliers = c.outliers;
    changes_close(&c);
}

void compare_pairs_events(const struct events *before, const struct events *after,
                          const struct ab_plan *plan, enum metric_scale scale,
                          const struct compare_options *options, struct comparison *out)
{
    static const struct events none;
    struct compare_options o = *options;
    double n = (double)(before->count < after->count ? before->count : after->count);
    double bare;

    o.alpha = 2 * normal_cdf(-plan_critical(plan, n, INFINITY));
    o.same_level = normal_cdf(-plan_same_critical(plan, n, INFINITY));
    o.gate_level = 0;
    compare_events(before, after, &none, scale, &o, out);
    if (isnan(out->p))
        return;
    bare = out->p;
    out->p = out->p_gate = plan_p(plan, n, -normal_quantile(bare / 2), INFINITY);
    if (out->outcome != OUTCOME_SAME || out->change != 0)
        out->outcome = compare_outcome(out, options, out->p <= plan->alpha);
}
