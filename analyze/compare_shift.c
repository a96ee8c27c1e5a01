/* Whole distributions: README.md, "Whole distributions". */
#include "analyze/distributions.h"
#include "analyze/plan.h"
#include "analyze/shift.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>

const double shift_percentile[SHIFT_POINTS] = {10, 15, 20, 25, 30, 35, 40, 45,   50, 55,   60,
                                               65, 70, 75, 80, 85, 90, 95, 97.5, 99, 99.5, 99.9};

enum { MESSAGES_BEYOND = 10, RUNS_TO_PERMUTE = 5 };

/* Values are those of buckets, a thousandth wide: the variance of rounding to them is the least
 * there is. */
static const double least_variance = 1e-6 / 12;

void quantiles_get(const struct hist *h, double unit, struct quantiles *out)
{
    *out = (struct quantiles){.count = (double)h->total};
    for (size_t i = 0; i < SHIFT_POINTS; i++)
        out->value[i] =
            h->total > 0 ? unit * (double)hist_percentile(h, shift_percentile[i]) : (double)NAN;
}

/* All points of a comparison as it goes on. */
struct work {
    struct shift_test_point at[SHIFT_POINTS];
    size_t tested[SHIFT_POINTS]; /* points */
    size_t tests;
    const struct compare_options *options;
};

static double fewest_messages(const struct quantiles *run, size_t count)
{
    double fewest = INFINITY;

    for (size_t i = 0; i < count; i++)
        if (run[i].count > 0)
            fewest = fmin(fewest, run[i].count);
    return fewest;
}

/* Points beyond which too few messages are expected tell of single messages. */
static void tested_choose(struct work *w, double fewest, struct shift *out)
{
    for (size_t i = 0; i < SHIFT_POINTS; i++) {
        struct shift_point *point = &out->point[i];

        point->percentile = shift_percentile[i];
        point->tested = fewest * (1 - point->percentile / 100) >= MESSAGES_BEYOND * (1 - 1e-9);
        if (point->tested)
            w->tested[w->tests++] = i;
    }
}

static double tolerance_of(const struct work *w, size_t point)
{
    if (!isnan(w->options->tolerance))
        return w->options->tolerance;
    return shift_percentile[point] >= 99 ? 2 * compare_defaults.tolerance
                                         : compare_defaults.tolerance;
}

/* The values of one point, as a sample takes them. */
static double *point_values(const struct quantile_sample *s, size_t point)
{
    double *value = mem_get(s->count + 1, sizeof *value);

    for (size_t i = 0; i < s->count; i++)
        value[i] = s->run[i].count > 0 ? s->run[i].value[point] : (double)NAN;
    return value;
}

static bool point_estimate(const struct quantile_sample *before,
                           const struct quantile_sample *after,
                           const struct quantile_sample *history, size_t point,
                           struct estimate *out)
{
    double *b = point_values(before, point), *a = point_values(after, point);
    double *h = point_values(history, point);
    struct sample sb = {b, before->session, before->count}, sa = {a, after->session, after->count};
    struct sample sh = {h, history->session, history->count};
    bool usable = compare_estimate(&sb, &sa, &sh, out);

    free(b);
    free(a);
    free(h);
    return usable;
}

static void point_test(struct shift_test_point *at, const struct estimate *from, double same_level)
{
    double floor = least_variance * (1 / (double)from->before_runs + 1 / (double)from->after_runs);

    at->change = from->after - from->before;
    at->variance = from->variance;
    at->variance.value = fmax(at->variance.value, floor);
    at->t = at->p = at->critical = at->around = (double)NAN;
    if (!(at->variance.df > 0))
        return;
    at->t = fabs(at->change) / sqrt(at->variance.value);
    at->p = student_two_sided(at->t, at->variance.df);
    at->around = -student_quantile(same_level, at->variance.df);
}

/* The logs of both sides' runs at the tested points, about the mean of all, those before first.
 * Returns their number. */
static size_t rows_fill(const struct work *w, const struct quantile_sample *before,
                        const struct quantile_sample *after, double *row, size_t *first)
{
    const struct quantile_sample *sides[] = {before, after};
    size_t rows = 0;

    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < sides[side]->count; i++) {
            if (!(sides[side]->run[i].count > 0))
                continue;
            for (size_t k = 0; k < w->tests; k++)
                row[rows * w->tests + k] = log(sides[side]->run[i].value[w->tested[k]]);
            rows++;
        }
        if (side == 0)
            *first = rows;
    }
    for (size_t k = 0; k < w->tests; k++) {
        double mean = 0;

        for (size_t i = 0; i < rows; i++)
            mean += row[i * w->tests + k] / (double)rows;
        for (size_t i = 0; i < rows; i++)
            row[i * w->tests + k] -= mean;
    }
    return rows;
}

/* The same, each side about its own mean. */
static void rows_centre(double *row, size_t from, size_t to, size_t columns)
{
    for (size_t k = 0; k < columns; k++) {
        double mean = 0;

        for (size_t i = from; i < to; i++)
            mean += row[i * columns + k] / (double)(to - from);
        for (size_t i = from; i < to; i++)
            row[i * columns + k] -= mean;
    }
}

/* The level of one of `worth` independent tests that together have level alpha: Z. Sidak,
 * Rectangular confidence regions for the means of multivariate normal distributions, 1967. */
static double level_each(double alpha, double worth)
{
    return -expm1(log1p(-alpha) / worth);
}

static double least_p(const struct work *w, double worth)
{
    double p = 1;

    for (size_t k = 0; k < w->tests; k++)
        p = fmin(p, w->at[w->tested[k]].p);
    return -expm1(worth * log1p(-p));
}

static void test_parametric(struct work *w, double worth, struct shift *out)
{
    double level = level_each(w->options->alpha, worth);

    out->test = SHIFT_PARAMETRIC;
    out->p = least_p(w, worth);
    for (size_t i = 0; i < SHIFT_POINTS; i++)
        w->at[i].critical = -student_quantile(level / 2, w->at[i].variance.df);
}

/* Whatever the t of a point is by, the critical value is in units of the plain pooled variance. */
static void test_permuted(struct work *w, const double *row, size_t first, size_t rows,
                          struct shift *out)
{
    double critical, shares = 1 / (double)first + 1 / (double)(rows - first);

    out->test = SHIFT_PERMUTATION;
    permute_largest(row, first, rows, w->tests, least_variance, w->options->alpha, &out->p,
                    &critical);
    for (size_t k = 0; k < w->tests; k++) {
        struct shift_test_point *at = &w->at[w->tested[k]];
        double mean[2] = {0, 0}, squares = 0;

        for (size_t i = 0; i < rows; i++)
            mean[i >= first] += row[i * w->tests + k] / (double)(i < first ? first : rows - first);
        for (size_t i = 0; i < rows; i++) {
            double rest = row[i * w->tests + k] - mean[i >= first];

            squares += rest * rest;
        }
        at->change = mean[1] - mean[0];
        at->variance = (struct variance){
            fmax(squares / (double)(rows - 2), least_variance) * shares, (double)(rows - 2)};
        at->t = fabs(at->change) / sqrt(at->variance.value);
        at->critical = critical;
        at->around = -student_quantile(decide_same_level(w->options), at->variance.df);
    }
}

/* The point that the outcome speaks of: of those found to be worse the clearest, else of those
 * found to be better, else of all. */
static size_t most_of(const struct work *w, const struct shift *s)
{
    double best = -1;
    size_t most = w->tests > 0 ? w->tested[0] : 0;

    for (size_t k = 0; k < w->tests; k++) {
        const struct shift_point *point = &s->point[w->tested[k]];
        double rank = w->at[w->tested[k]].t;

        if (point->found && point->change > w->options->minimum_effect)
            rank += 2e9;
        else if (point->found && point->change < -w->options->minimum_effect)
            rank += 1e9;
        if (rank > best) {
            best = rank;
            most = w->tested[k];
        }
    }
    return most;
}

static bool all_same(const struct work *w)
{
    for (size_t k = 0; k < w->tests; k++) {
        const struct shift_test_point *at = &w->at[w->tested[k]];
        double reach = at->around * sqrt(at->variance.value);
        double tolerance = tolerance_of(w, w->tested[k]);

        if (!(expm1(at->change + reach) < tolerance && expm1(at->change - reach) > -tolerance))
            return false;
    }
    return w->tests > 0;
}

static enum outcome outcome_of(const struct work *w, const struct shift *s)
{
    const struct shift_point *most = &s->point[s->most];
    bool lower = w->options->better != BETTER_HIGHER;

    if (most->found && fabs(most->change) > w->options->minimum_effect)
        return (most->change > 0) == lower ? OUTCOME_WORSE : OUTCOME_BETTER;
    return most->found || all_same(w) ? OUTCOME_SAME : OUTCOME_INCONCLUSIVE;
}

/* From tests to points and an outcome. */
static void shift_decide(struct work *w, struct shift *s)
{
    for (size_t i = 0; i < SHIFT_POINTS; i++) {
        struct shift_point *point = &s->point[i];
        const struct shift_test_point *at = &w->at[i];
        double reach = at->critical * sqrt(at->variance.value);

        point->change = expm1(at->change);
        point->lo = expm1(at->change - reach);
        point->hi = expm1(at->change + reach);
        point->found = point->tested && s->p <= w->options->alpha && at->t >= at->critical;
    }
    s->most = most_of(w, s);
    s->outcome = outcome_of(w, s);
    if (isfinite(w->at[s->most].critical))
        s->detectable =
            decide_detectable(&w->at[s->most].variance, w->at[s->most].critical, w->options);
}

static void shift_open(struct shift *s, struct work *w, const struct compare_options *options)
{
    *w = (struct work){.options = options};
    *s = (struct shift){.metric = METRIC_LATENCY,
                        .point = mem_get(SHIFT_POINTS, sizeof *s->point),
                        .count = SHIFT_POINTS,
                        .p = (double)NAN,
                        .detectable = (double)NAN};
    for (size_t i = 0; i < SHIFT_POINTS; i++)
        s->point[i] = (struct shift_point){.percentile = shift_percentile[i],
                                           .before = (double)NAN,
                                           .after = (double)NAN,
                                           .change = (double)NAN,
                                           .lo = (double)NAN,
                                           .hi = (double)NAN};
}

void compare_shift(const struct quantile_sample *before, const struct quantile_sample *after,
                   const struct quantile_sample *history, const struct compare_options *options,
                   struct shift *out)
{
    struct work w;
    struct estimate e = {0};
    double *row;
    size_t rows, first = 0;

    shift_open(out, &w, options);
    for (size_t i = 0; i < SHIFT_POINTS; i++) {
        if (!point_estimate(before, after, history, i, &e))
            return;
        point_test(&w.at[i], &e, decide_same_level(options));
        out->point[i].before = exp(e.before);
        out->point[i].after = exp(e.after);
    }
    out->before_runs = e.before_runs;
    out->after_runs = e.after_runs;
    tested_choose(&w,
                  fmin(fewest_messages(before->run, before->count),
                       fewest_messages(after->run, after->count)),
                  out);
    row = mem_get((before->count + after->count) * SHIFT_POINTS + 1, sizeof *row);
    rows = rows_fill(&w, before, after, row, &first);
    if (w.tests > 0 && w.at[0].variance.df > 0) {
        bool permuted = e.together && first >= RUNS_TO_PERMUTE && rows - first >= RUNS_TO_PERMUTE;
        double *rest = mem_get(rows * w.tests + 1, sizeof *rest), worth;

        for (size_t i = 0; i < rows * w.tests; i++)
            rest[i] = row[i];
        rows_centre(rest, 0, first, w.tests);
        rows_centre(rest, first, rows, w.tests);
        worth = rows > 3 ? tests_worth(rest, rows, w.tests, (double)rows - 2) : (double)w.tests;
        test_parametric(&w, worth, out);
        if (permuted)
            test_permuted(&w, row, first, rows, out);
        free(rest);
    } else {
        test_parametric(&w, 1, out);
        out->test = SHIFT_POINTWISE;
        out->p = (double)NAN;
    }
    free(row);
    shift_decide(&w, out);
}

/* Changes of pairs at one point, by the order they ran in. */
static void pair_point(const struct quantiles *before, const struct quantiles *after,
                       const bool *before_first, size_t pairs, size_t point,
                       const struct compare_options *options, struct shift_test_point *at,
                       double *rest)
{
    const struct ab_plan *plan = options->plan;
    struct pair_fit fit;

    for (size_t i = 0; i < pairs; i++)
        rest[i] = log(after[i].value[point]) - log(before[i].value[point]);
    pair_fit_get(rest, before_first, pairs, &fit);
    at->change = fit.mu;
    at->variance = (struct variance){
        fmax(fit.df > 0 ? fit.squares / fit.df : 0, 2 * least_variance) / fit.information, fit.df};
    at->t = at->p = at->critical = at->around = (double)NAN;
    for (size_t i = 0; i < pairs; i++)
        rest[i] -= fit.mu + (before_first[i] ? fit.order : -fit.order);
    if (!(fit.df > 0))
        return;
    at->t = fabs(fit.mu) / sqrt(at->variance.value);
    at->p = plan_p(plan, fit.information, at->t, fit.df);
    at->around = plan_same_critical(plan, fit.information, fit.df);
}

void compare_shift_pairs(const struct quantiles *before, const struct quantiles *after,
                         const bool *before_first, size_t pairs,
                         const struct compare_options *options, struct shift *out)
{
    struct work w;
    double *column, *rest, worth, level;

    shift_open(out, &w, options);
    for (size_t i = 0; i < pairs; i++)
        if (!(before[i].count > 0) || !(after[i].count > 0))
            return;
    if (pairs == 0)
        return;
    tested_choose(&w, fmin(fewest_messages(before, pairs), fewest_messages(after, pairs)), out);
    column = mem_get(pairs, sizeof *column);
    rest = mem_get(pairs * SHIFT_POINTS, sizeof *rest);
    for (size_t i = 0, k = 0; i < SHIFT_POINTS; i++) {
        double was = 0, is = 0;

        pair_point(before, after, before_first, pairs, i, options, &w.at[i], column);
        for (size_t n = 0; n < pairs; n++) {
            was += log(before[n].value[i]) / (double)pairs;
            is += log(after[n].value[i]) / (double)pairs;
            if (out->point[i].tested)
                rest[n * w.tests + k] = column[n];
        }
        k += out->point[i].tested;
        out->point[i].before = exp(was);
        out->point[i].after = exp(is);
    }
    out->before_runs = out->after_runs = pairs;
    worth = w.tests > 0 ? tests_worth(rest, pairs, w.tests, fmax(1, (double)pairs - 2)) : 1;
    level = level_each(options->plan->alpha, worth);
    for (size_t i = 0; i < SHIFT_POINTS; i++)
        if (w.at[i].variance.df > 0)
            w.at[i].critical =
                plan_critical_at(options->plan, level, (double)pairs, w.at[i].variance.df);
    if (w.tests > 0 && w.at[0].variance.df > 0) {
        out->test = SHIFT_PARAMETRIC;
        out->p = least_p(&w, worth);
    }
    free(column);
    free(rest);
    shift_decide(&w, out);
}
