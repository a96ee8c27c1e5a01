/* Comparisons of ratios and counts: values from scipy and from Newcombe (1998), properties, odd
 * input, and the rate of false alarms in simulation. */
#include "analyze/analyze.h"
#include "tests/noise.h"
#include "tests/tap.h"

#include <math.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const struct events none = {NULL, NULL, NULL, 0};
static const double thousand[] = {1000, 1000, 1000, 1000, 1000};

static struct comparison compared(const double *before, const double *after, size_t runs,
                                  enum metric_scale scale)
{
    struct events b = {before, thousand, NULL, runs}, a = {after, thousand, NULL, runs};
    struct comparison c;

    compare_events(&b, &a, &none, scale, &events_defaults, &c);
    return c;
}

static void test_values(void)
{
    static const double even_b[] = {50, 52, 48}, even_a[] = {71, 69, 75};
    static const double wild_b[] = {50, 80, 20}, wild_a[] = {71, 99, 115};
    static const double no[] = {0, 0, 0}, few[] = {3, 4, 2};
    struct comparison c = compared(even_b, even_a, 3, SCALE_RATIO);

    /* by the formulas in numpy, with the distributions of scipy */
    tap_near(c.p, 0.0004469030531547491, 1e-12, "runs that agree: the test of two proportions");
    tap_near(c.change, 0.0216666666666667, 1e-12, "the change is in points");
    OK(c.outcome == OUTCOME_WORSE, "2 points more errors are worse");
    c = compared(wild_b, wild_a, 3, SCALE_RATIO);
    tap_near(c.p, 0.12847176791114578, 1e-12, "runs that do not: dispersion 12.4, t with 4 df");
    c = compared(wild_b, wild_a, 3, SCALE_COUNT);
    tap_near(c.p, 0.13029828477782346, 1e-12, "the same as counts: dispersion 11.6");
    c = compared(no, few, 3, SCALE_RATIO);
    tap_near(c.p, 0.0038828496132646, 1e-12, "no event before: scipy.stats.fisher_exact");
    OK(c.outcome == OUTCOME_WORSE && c.change > 0.001 && c.lo > 0, "0.3 points are beyond 0.1");
    c = compared(no, few, 3, SCALE_COUNT);
    tap_near(c.p, 0.00390625, 1e-12, "of counts: scipy.stats.binomtest");
    c = compared(few, no, 3, SCALE_RATIO);
    OK(c.outcome == OUTCOME_BETTER, "the other way round it is better");
}

static void test_interval(void)
{
    /* R. G. Newcombe, Statistics in Medicine 17, 1998, table II, method 10 */
    static const double cases[][6] = {
        {56, 70, 48, 80, 0.0524, 0.3339},
        {9, 10, 3, 10, 0.1705, 0.8090},
        {6, 7, 2, 7, 0.0582, 0.8062},
        {5, 56, 0, 29, -0.0381, 0.1926},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct events after = {&cases[i][0], &cases[i][1], NULL, 1};
        struct events before = {&cases[i][2], &cases[i][3], NULL, 1};
        struct comparison c;

        compare_events(&before, &after, &none, SCALE_RATIO, &events_defaults, &c);
        OK(fabs(c.lo - cases[i][4]) < 6e-5 && fabs(c.hi - cases[i][5]) < 6e-5,
           "interval of %g of %g against %g of %g: %.4f, %.4f", cases[i][0], cases[i][1],
           cases[i][2], cases[i][3], c.lo, c.hi);
    }
}

static void test_odd(void)
{
    static const double no[] = {0, 0, 0}, all[] = {1000, 1000, 1000}, one_bad[] = {0, 0, 0, 0, 40};
    static const double zeros[] = {0, 0, 0, 0, 0}, broken[] = {NAN, -1, INFINITY, 3, 4};
    static const double no_trials[] = {0, 0, 0, 0, 1000};
    struct compare_options success = events_defaults;
    struct events full = {all, thousand, NULL, 3}, b, a;
    struct comparison c = compared(no, no, 3, SCALE_RATIO);

    OK(c.outcome == OUTCOME_SAME && c.p == 1 && c.change == 0, "no event on either side: the same");
    success.better = BETTER_HIGHER;
    compare_events(&full, &full, &none, SCALE_RATIO, &success, &c);
    OK(c.outcome == OUTCOME_SAME && c.before == 1, "nothing but successes: the same");
    c = compared(zeros, one_bad, 5, SCALE_RATIO);
    OK(c.outcome != OUTCOME_WORSE && c.p > 0.2, "one bad run of five is one event, not 40");
    b = (struct events){broken, no_trials, NULL, 5};
    a = (struct events){no, thousand, NULL, 3};
    compare_events(&b, &a, &none, SCALE_COUNT, &events_defaults, &c);
    OK(c.before_runs == 1 && c.before == 0.004, "runs without trials or sense are left out");
    compare_events(&none, &a, &none, SCALE_RATIO, &events_defaults, &c);
    OK(c.outcome == OUTCOME_NONE && isnan(c.change) && c.after == 0, "an empty side: nothing");
}

static void test_more(void)
{
    static const double some[] = {5}, trials[] = {100}, many[] = {100000}, more[] = {5000};
    struct events little = {some, trials, NULL, 1}, much = {more, many, NULL, 1};
    struct comparison c;

    compare_events(&little, &little, &none, SCALE_RATIO, &events_defaults, &c);
    OK(c.outcome == OUTCOME_INCONCLUSIVE && c.detectable > 0.05 && c.more_runs > 50,
       "5 of 100 tells little: %.3f, %lld more runs", c.detectable, (long long)c.more_runs);
    compare_events(&much, &much, &none, SCALE_RATIO, &events_defaults, &c);
    OK(c.outcome == OUTCOME_SAME && c.detectable < 0.005, "5,000 of 100,000 tells the same");
}

/* A bad day of a session: its rate is far off, which runs of one session cannot know. */
static void test_sessions(void)
{
    static const double before[] = {10, 11, 9}, after[] = {30, 31, 29};
    static const double past[] = {10, 11, 35, 34, 8, 9, 22, 21, 3, 4, 28, 27};
    static const int when[] = {1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6};
    double trials[12];
    struct events b = {before, thousand, NULL, 3}, a = {after, thousand, NULL, 3};
    struct events h = {past, trials, when, 12};
    struct comparison c;

    for (int i = 0; i < 12; i++)
        trials[i] = 1000;
    compare_events(&b, &a, &none, SCALE_RATIO, &events_defaults, &c);
    OK(c.outcome == OUTCOME_WORSE, "three times the errors are worse");
    compare_events(&b, &a, &h, SCALE_RATIO, &events_defaults, &c);
    OK(c.outcome == OUTCOME_INCONCLUSIVE && c.history_sessions == 6 && c.more_runs == -1,
       "unless sessions are known to differ as much");
}

static double poisson(struct noise *r, double mean)
{
    double product = noise_uniform(r), limit = exp(-mean);
    int n = 0;

    for (; product > limit; n++)
        product *= noise_uniform(r);
    return n;
}

static void test_rates(void)
{
    static const double mean[] = {0.05, 1, 20}, spread[] = {0, 0.5};
    enum { TIMES = 4000, RUNS = 5 };
    struct noise r = {.state = 3};

    for (size_t m = 0; m < COUNT(mean); m++)
        for (size_t s = 0; s < COUNT(spread); s++) {
            int alarms = 0;

            for (int i = 0; i < TIMES; i++) {
                double x[2 * RUNS];

                for (int k = 0; k < 2 * RUNS; k++)
                    x[k] = poisson(&r, mean[m] * exp(spread[s] * noise_normal(&r)));
                alarms += compared(x, x + RUNS, RUNS, SCALE_COUNT).p <= 0.05;
            }
            OK(alarms <= 0.065 * TIMES + 3 * sqrt(0.065 * TIMES),
               "%g events a run, spread %g: false positives %.4f", mean[m], spread[s],
               alarms / (double)TIMES);
        }
}

int main(void)
{
    test_values();
    test_interval();
    test_odd();
    test_more();
    test_sessions();
    test_rates();
    return tap_end();
}
