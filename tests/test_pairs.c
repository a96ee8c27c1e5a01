/* Pairs looked at more than once: the plan's constants against published ones, comparisons against
 * numpy and scipy, odd input, and the rates of error in simulation. */
#include "analyze/plan.h"
#include "tests/noise.h"
#include "tests/tap.h"

#include <stdlib.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* C. Jennison & B. W. Turnbull, Group Sequential Methods (2000), table 2.3: O'Brien & Fleming's
 * constants for equally spaced looks, to 3 decimals. */
static void test_constants(void)
{
    static const struct {
        size_t looks;
        double at10, at5, at1;
    } published[] = {{1, 1.645, 1.960, 2.576},
                     {2, 1.678, 1.977, 2.580},
                     {3, 1.710, 2.004, 2.595},
                     {5, 1.751, 2.040, 2.621},
                     {10, 1.801, 2.087, 2.660}};
    double equal[10], twelve[] = {4, 6, 8, 10, 12};

    for (size_t i = 0; i < COUNT(equal); i++)
        equal[i] = (double)(i + 1);
    for (size_t i = 0; i < COUNT(published); i++) {
        size_t looks = published[i].looks;

        OK(fabs(plan_constant(equal, looks, 0.1) - published[i].at10) < 6e-4 &&
               fabs(plan_constant(equal, looks, 0.05) - published[i].at5) < 6e-4 &&
               fabs(plan_constant(equal, looks, 0.01) - published[i].at1) < 6e-4,
           "%zu looks: as published", looks);
    }
    /* by the trapezoidal rule on 1,001 points in numpy; in 4 million simulated plans this constant
     * spends 0.0499 */
    OK(fabs(plan_constant(twelve, 5, 0.05) - 2.052791) < 1e-5, "4, 6, 8, 10, 12 pairs: %.5f",
       plan_constant(twelve, 5, 0.05));
    OK(fabs(plan_crossing(twelve, 5, plan_constant(twelve, 5, 1e-6)) / 1e-6 - 1) < 1e-3,
       "far out in the tail, too");
    OK(plan_crossing(twelve, 5, 9) < 1e-17 && plan_crossing(twelve, 5, 9) > 0, "and beyond");
}

static void test_plan(void)
{
    struct ab_plan p;
    int64_t n = 0, looks = 0;

    plan_make(&p, 12, 0, 0.05);
    while ((n = plan_next(&p, n)) > 0)
        looks++;
    OK(looks == 5 && plan_next(&p, 0) == 4 && plan_next(&p, 10) == 12, "looks at whole blocks");
    OK(fabs(plan_p(&p, 12, plan_critical(&p, 12, 10), 10) - 0.05) < 1e-6 &&
           fabs(plan_p(&p, 4, plan_critical(&p, 4, 2), 2) - 0.05) < 1e-6,
       "p is alpha where the interval ends at 0");
    OK(plan_critical(&p, 4, 2) > plan_critical(&p, 8, 6) &&
           plan_critical(&p, 8, 6) > plan_critical(&p, 12, 10),
       "early looks ask for more");
    plan_make(&p, 12, 40, 0.05);
    OK(plan_next(&p, 12) == 14 && plan_next(&p, 40) == 0, "on request it goes on");
    OK(fabs(plan_p(&p, 20, plan_critical(&p, 20, 18), 18) - 0.05) < 1e-9, "p and interval agree");
    OK(fabs(plan_p(&p, 20, plan_critical(&p, 20, INFINITY), INFINITY) - 0.05) < 1e-9,
       "of events, too");
}

static const double before6[] = {10.1, 10.4, 9.9, 10.2, 10.0, 10.3};
static const double after6[] = {11.2, 11.0, 11.1, 11.5, 10.9, 11.4};
static const bool first6[] = {true, false, true, false, true, false};

static struct comparison compared(const struct ab_pairs *pairs, const struct ab_plan *plan)
{
    struct comparison c;

    compare_pairs(pairs, plan, &compare_defaults, &c);
    return c;
}

static void test_values(void)
{
    struct ab_pairs pairs = {before6, after6, first6, 6};
    struct ab_plan plan;
    struct comparison c;

    plan_make(&plan, 12, 0, 0.05);
    c = compared(&pairs, &plan);
    /* Least squares in numpy, t of scipy, the boundary integrated on a grid of 2,001 points. */
    OK(fabs(c.change - 0.101765735917) < 1e-9, "change %.12g", c.change);
    OK(fabs(c.lo - 0.0346287526519) < 1e-6 && fabs(c.hi - 0.173259233062) < 1e-6,
       "repeated interval %.9g, %.9g", c.lo, c.hi);
    OK(fabs(c.same_lo - 0.0537703668609) < 1e-6 && fabs(c.same_hi - 0.151947117717) < 1e-6,
       "that of the tests for sameness %.9g, %.9g", c.same_lo, c.same_hi);
    OK(fabs(c.p - 0.0202226022) < 1e-6, "p %.9g", c.p);
    OK(c.outcome == OUTCOME_WORSE && c.more_runs == 0 && c.after_runs == 6, "worse");
    pairs.count = 4;
    c = compared(&pairs, &plan);
    OK(c.outcome == OUTCOME_INCONCLUSIVE && c.more_runs > 0, "too early to say: %lld more",
       (long long)c.more_runs);
    OK(c.lo < c.change && c.change < c.hi, "the interval is there");
}

static const bool first12[] = {true, false, true, false, true, false,
                               true, false, true, false, true, false};

static void test_odd(void)
{
    static const double flat[] = {5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5};
    static const double more[] = {6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6};
    static const double ticks_before[] = {0.2, 0.3, 0.2, 0.3}, ticks_after[] = {0.3, 0.3, 0.3, 0.3};
    static const double bad[] = {NAN, 0, -1, INFINITY}, huge[] = {1e308, 1e308, 1e-308, 1e-308};
    struct ab_plan plan;
    struct comparison c;

    plan_make(&plan, 12, 0, 0.05);
    c = compared(&(struct ab_pairs){flat, flat, first6, 4}, &plan);
    OK(c.outcome == OUTCOME_SAME && c.change == 0 && c.p == 1, "constant and equal: the same");
    c = compared(&(struct ab_pairs){flat, more, first12, 4}, &plan);
    OK(c.outcome == OUTCOME_INCONCLUSIVE && fabs(c.change - 0.2) < 1e-12,
       "constant and more: it could be the step of a clock");
    c = compared(&(struct ab_pairs){flat, more, first12, 12}, &plan);
    OK(c.outcome == OUTCOME_WORSE && c.p < 0.01, "twelve times: worse");
    c = compared(&(struct ab_pairs){ticks_before, ticks_after, first12, 4}, &plan);
    OK(c.outcome == OUTCOME_INCONCLUSIVE, "ticks that the order explains, and nothing else");
    c = compared(&(struct ab_pairs){bad, more, first6, 4}, &plan);
    OK(c.outcome == OUTCOME_NONE && isnan(c.change) && isnan(c.before), "no usable pair");
    c = compared(&(struct ab_pairs){flat, more, first6, 2}, &plan);
    OK(c.outcome == OUTCOME_INCONCLUSIVE && isnan(c.p) && isnan(c.lo), "two pairs tell no noise");
    c = compared(&(struct ab_pairs){flat, more, first6, 0}, &plan);
    OK(c.outcome == OUTCOME_NONE, "no pair at all");
    c = compared(&(struct ab_pairs){huge, more, first6, 4}, &plan);
    OK(c.outcome == OUTCOME_INCONCLUSIVE, "huge changes to and fro decide nothing");
}

static void test_events(void)
{
    static const double none[] = {0, 0, 0, 0, 0, 0}, some[] = {40, 52, 45, 61, 39, 50};
    static const double few[] = {1, 0, 2, 1, 0, 1};
    static const double trial[] = {3000, 3000, 3000, 3000, 3000, 3000};
    struct events b = {none, trial, NULL, 6}, a = {some, trial, NULL, 6}, f = {few, trial, NULL, 6};
    struct ab_plan plan;
    struct comparison c;

    plan_make(&plan, 12, 0, 0.05);
    compare_pairs_events(&b, &a, &plan, SCALE_RATIO, &events_defaults, &c);
    OK(c.outcome == OUTCOME_WORSE && c.lo > 0.005 && c.p < 0.001, "errors that were none: worse");
    compare_pairs_events(&f, &f, &plan, SCALE_RATIO, &events_defaults, &c);
    OK(c.outcome == OUTCOME_SAME && c.change == 0, "as many are the same");
    compare_pairs_events(&b, &b, &plan, SCALE_COUNT, &events_defaults, &c);
    OK(c.outcome == OUTCOME_SAME && c.p == 1, "so are none");
    b.count = 0;
    compare_pairs_events(&b, &a, &plan, SCALE_RATIO, &events_defaults, &c);
    OK(c.outcome == OUTCOME_NONE && isnan(c.p), "a side without runs");
}

/* The share of comparisons found by pair 12; the noise is of one session, in ABBA order. */
static double found_share(enum noise_kind kind, double effect, const struct ab_plan *plan)
{
    enum { TIMES = 1000, PAIRS = 12 };
    struct noise r = {.state = 1234 + (uint64_t)kind};
    int found = 0;

    for (int t = 0; t < TIMES; t++) {
        double run[2 * PAIRS], before[PAIRS], after[PAIRS];
        bool first[PAIRS];
        struct comparison c = {.p = 1};

        noise_session(&r, kind, 0.03, 2, run, 2 * PAIRS);
        for (int i = 0; i < PAIRS; i++) {
            first[i] = i % 2 == 0;
            before[i] = run[2 * i + i % 2];
            after[i] = run[2 * i + 1 - i % 2] * exp(effect);
        }
        for (int64_t n = 0; (n = plan_next(plan, n)) > 0 && !(c.p <= 0.05);)
            c = compared(&(struct ab_pairs){before, after, first, (size_t)n}, plan);
        found += c.p <= 0.05;
    }
    return found / (double)TIMES;
}

static void test_rates(void)
{
    struct ab_plan plan;
    double share;

    plan_make(&plan, 12, 0, 0.05);
    for (int kind = 0; kind < NOISE_KINDS; kind++) {
        share = found_share((enum noise_kind)kind, 0, &plan);
        /* Runs that follow one another closely are likest where one side's meet: that costs. */
        OK(share < (kind == NOISE_AR1 ? 0.095 : 0.075), "%s noise: %.3f false", noise_name[kind],
           share);
    }
    share = found_share(NOISE_NORMAL, log(1.05), &plan);
    OK(share > 0.9, "5 %% in 3 %% noise found in %.3f", share);
}

int main(void)
{
    test_constants();
    test_plan();
    test_values();
    test_odd();
    test_events();
    test_rates();
    return tap_end();
}
