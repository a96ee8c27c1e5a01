/* Whole distributions: known answers, properties, odd input, and the rate of error in simulation.
 */
#include "analyze/plan.h"
#include "analyze/shift.h"
#include "tests/shift_noise.h"
#include "tests/tap.h"

#include <stdlib.h>

static const int one[20];
static const struct quantile_sample none = {NULL, NULL, 0};

static void test_worth(void)
{
    static const double alike[] = {1, 2, -1, -2, 2, 4}, apart[] = {1, 1, 1, -1, -1, 1, -1, -1};

    tap_near(tests_worth(alike, 3, 2, INFINITY), 1, 1e-6, "two tests that are one");
    tap_near(tests_worth(apart, 4, 2, INFINITY), 2, 1e-6, "two that have nothing in common");
    /* by hand: correlation 0.5, eigenvalues 1.5 and 0.5 */
    tap_near(tests_worth((const double[]){1, 1, 1, 0, 0, 1}, 3, 2, INFINITY), 2, 1e-6,
             "two that are related");
}

static void test_permutation(void)
{
    /* All 20 ways: the rows as they stand, and their mirror, are the most
     * extreme; the second column is noise. */
    static const double value[] = {-3, 1, -2, -1, -1, 0, 1, 1, 2, 0, 3, -1};
    double p, critical;

    permute_largest(value, 3, 6, 2, 1e-9, 0.05, &p, &critical);
    tap_near(p, 0.1, 1e-12, "2 of 20 ways");
    OK(critical > 0 && isfinite(critical), "critical value %.3f", critical);
}

static struct shift shifted(const struct shift_load *load, int runs, bool together, uint64_t seed)
{
    struct noise r = {.state = seed};
    struct shift_load plain = *load;
    struct quantiles b[20], a[20];
    struct quantile_sample before = {b, together ? one : NULL, (size_t)runs};
    struct quantile_sample after = {a, together ? one : NULL, (size_t)runs};
    struct compare_options o = compare_defaults;
    struct hist h;
    struct shift s;

    o.tolerance = (double)NAN;
    plain.slower = plain.tail = 0;
    hist_open(&h);
    shift_session(&r, &plain, &h, b, (size_t)runs);
    shift_session(&r, load, &h, a, (size_t)runs);
    hist_close(&h);
    compare_shift(&before, &after, &none, &o, &s);
    return s;
}

static void test_found(void)
{
    struct shift s =
        shifted(&(struct shift_load){.messages = 2000, .noise = 0.01, .slower = 0.1}, 6, true, 3);

    OK(s.outcome == OUTCOME_WORSE && s.test == SHIFT_PERMUTATION && s.p < 0.01, "slower: worse");
    OK(s.point[s.most].found && s.point[s.most].lo > 0 && s.point[0].lo < s.point[0].change,
       "where it says so");
    OK(fabs(s.point[8].change - expm1(0.1)) < 0.03, "p50 by 10 %%: %.3f", s.point[8].change);
    OK(s.point[18].tested && s.point[19].tested && !s.point[21].tested,
       "p99 of 2,000 messages is tested, p99.9 is not");
    shift_free(&s);
    s = shifted(&(struct shift_load){.messages = 5000, .noise = 0.01, .tail = 0.5}, 6, true, 4);
    OK(s.outcome == OUTCOME_WORSE && s.point[s.most].percentile >= 97.5,
       "only the stalls: worse at p%g", s.point[s.most].percentile);
    OK(!s.point[8].found, "and not in the middle");
    shift_free(&s);
    s = shifted(&(struct shift_load){.messages = 20000, .noise = 0.004}, 10, true, 5);
    OK(s.outcome == OUTCOME_SAME, "quiet and unchanged: the same");
    shift_free(&s);
    s = shifted(&(struct shift_load){.messages = 1000, .noise = 0.03, .slower = 0.3}, 3, false, 6);
    OK(s.outcome == OUTCOME_WORSE && s.test == SHIFT_PARAMETRIC, "two sessions, by far slower");
    shift_free(&s);
}

static void test_odd(void)
{
    struct quantiles empty[2] = {{.count = 0}, {.count = 0}}, flat[6];
    struct quantile_sample nothing = {empty, NULL, 2}, all = {flat, one, 6};
    struct compare_options o = compare_defaults;
    struct hist h;
    struct shift s;

    compare_shift(&nothing, &nothing, &none, &o, &s);
    OK(s.outcome == OUTCOME_NONE && s.count == SHIFT_POINTS && isnan(s.p), "no histogram at all");
    shift_free(&s);
    hist_open(&h);
    hist_add_n(&h, 5000000, 100000);
    for (int i = 0; i < 6; i++)
        quantiles_get(&h, 1, &flat[i]);
    hist_close(&h);
    compare_shift(&all, &all, &none, &o, &s);
    OK(s.outcome == OUTCOME_SAME && s.point[0].change == 0, "constant: the same");
    shift_free(&s);
    all.count = 1;
    compare_shift(&all, &all, &none, &o, &s);
    OK(s.outcome == OUTCOME_INCONCLUSIVE && s.test == SHIFT_POINTWISE && isnan(s.point[0].lo),
       "one run a side: nothing is known of the noise");
    shift_free(&s);
}

static void test_pairs(void)
{
    struct shift_load load = {.messages = 2000, .noise = 0.01};
    struct noise r = {.state = 11};
    struct quantiles b[12], a[12];
    bool first[12];
    struct ab_plan plan;
    struct compare_options o = compare_defaults;
    struct hist h;
    struct shift s;

    plan_make(&plan, 12, 0, 0.05);
    o.plan = &plan;
    hist_open(&h);
    for (size_t i = 0; i < 12; i++) {
        first[i] = i % 2 == 0;
        shift_run(&r, &load, 0, &h, &b[i]);
        load.slower = 0.05;
        shift_run(&r, &load, 0, &h, &a[i]);
        load.slower = 0;
    }
    hist_close(&h);
    compare_shift_pairs(b, a, first, 12, &o, &s);
    OK(s.outcome == OUTCOME_WORSE && s.p < 0.05 && s.before_runs == 12, "pairs: p %.2g", s.p);
    shift_free(&s);
    compare_shift_pairs(b, b, first, 12, &o, &s);
    OK(s.outcome == OUTCOME_SAME && s.point[3].change == 0, "pairs of the same are the same");
    shift_free(&s);
    compare_shift_pairs(b, a, first, 0, &o, &s);
    OK(s.outcome == OUTCOME_NONE, "no pair at all");
    shift_free(&s);
}

static void test_rates(void)
{
    enum { TIMES = 400 };
    static const int runs[] = {3, 5, 8};

    for (size_t k = 0; k < sizeof runs / sizeof *runs; k++) {
        int found = 0;

        for (int i = 0; i < TIMES; i++) {
            struct shift s = shifted(&(struct shift_load){.messages = 400, .noise = 0.03}, runs[k],
                                     true, 1000 * k + (uint64_t)i);

            found += s.p <= 0.05;
            shift_free(&s);
        }
        OK(found < 0.09 * TIMES, "%d runs a side: %.3f false", runs[k], found / (double)TIMES);
    }
}

int main(void)
{
    test_worth();
    test_permutation();
    test_found();
    test_odd();
    test_pairs();
    test_rates();
    return tap_end();
}
