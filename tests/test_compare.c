/* Comparisons of a log metric: values computed with numpy and scipy, properties, odd input, and the
 * rates of error in simulation. */
#include "analyze/analyze.h"
#include "tests/noise.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const double before3[] = {10.1, 10.4, 9.9}, after3[] = {11.2, 11.0, 11.5};
static const int together3[] = {7, 7, 7};

/* Eight sessions that differ by more than their runs do, and eight that do not. */
static const double moving[] = {9.963, 9.859,  10.073, 10.339, 10.488, 10.275, 9.414, 9.371,
                                9.663, 10.253, 9.978,  9.681,  9.526,  10.026, 9.75,  9.609,
                                9.932, 9.719,  9.5,    9.527,  9.484,  10.118, 9.994, 9.889};
static const double still[] = {9.992,  9.939,  9.793,  9.921,  9.784,  9.733,  10.045, 9.781,
                               10.237, 10.144, 9.608,  10.055, 9.782,  10.007, 10.009, 9.61,
                               9.953,  9.949,  10.194, 9.766,  10.149, 9.783,  9.934,  9.833};
static const int by_three[] = {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3,
                               4, 4, 4, 5, 5, 5, 6, 6, 6, 7, 7, 7};

static const struct sample none = {NULL, NULL, 0};

static struct comparison compared(const struct sample *before, const struct sample *after,
                                  const struct sample *history)
{
    struct comparison c;

    compare_log(before, after, history, &compare_defaults, &c);
    return c;
}

struct expected {
    double change, p, lo, hi, same_lo, same_hi;
};

static void is_comparison(const struct comparison *c, const struct expected *w, const char *name)
{
    OK(fabs(c->change - w->change) < 1e-9, "%s: change %.12g", name, c->change);
    OK(fabs(c->p - w->p) <= 1e-9 * w->p, "%s: p %.12g", name, c->p);
    OK(fabs(c->lo - w->lo) < 1e-9 && fabs(c->hi - w->hi) < 1e-9, "%s: interval %.12g, %.12g", name,
       c->lo, c->hi);
    OK(fabs(c->same_lo - w->same_lo) < 1e-9 && fabs(c->same_hi - w->same_hi) < 1e-9,
       "%s: 90 %% interval", name);
}

/* All by the formulas of analyze/README.md in numpy, with the t distribution of scipy. */
static void test_values(void)
{
    static const double wild3[] = {11.2, 9.0, 13.5};
    static const struct {
        const char *name;
        const double *after, *history;
        size_t history_count;
        bool interleaved;
        struct expected want;
    } cases[] = {
        /* also scipy.stats.ttest_ind(log(after), log(before)): p 0.00588550921010074 */
        {"one session",
         after3,
         NULL,
         0,
         true,
         {0.108594909809318, 0.0058855092101, 0.0508424696024, 0.169521321802, 0.0639765905997,
          0.155084317562}},
        {"two sessions, no history",
         after3,
         NULL,
         0,
         false,
         {0.108594909809318, 0.0389848631063, 0.00951534389261, 0.217398706706, 0.0337382796642,
          0.188872172224}},
        /* also scipy.stats.ttest_ind(..., equal_var=False): p 0.5248651135432384 */
        {"unequal variances",
         wild3,
         NULL,
         0,
         true,
         {0.0937921385795499, 0.524865113543, -0.332620248249, 0.792654390967, -0.21988300313,
          0.533592073007}},
        /* between sessions: the df of the mean of both variances, 2.06, by Satterthwaite */
        {"unequal variances, two sessions",
         wild3,
         NULL,
         0,
         false,
         {0.0937921385795499, 0.667265835223, -0.419906232778, 1.06239285788, -0.309806198637,
          0.733398996132}},
        {"8 sessions that move",
         after3,
         moving,
         24,
         false,
         {0.108594909809318, 0.0419256065278, 0.00499128846566, 0.222878932544, 0.0247844585532,
          0.19925967241}},
        {"8 sessions that do not",
         after3,
         still,
         24,
         false,
         {0.108594909809318, 5.42774338527e-06, 0.070390250672, 0.148163180002, 0.0769109412447,
          0.141211057466}},
        {"3 sessions",
         after3,
         still,
         9,
         false,
         {0.108594909809318, 0.00429548554324, 0.0491814201634, 0.1713728917, 0.0614432307721,
          0.157841171742}},
        {"one session, noise known",
         after3,
         still,
         24,
         true,
         {0.108594909809318, 2.0955380197e-05, 0.0701137783897, 0.148459816959, 0.0768945767999,
          0.141228399262}},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const int *session = cases[i].interleaved ? together3 : NULL;
        struct sample before = {before3, session, 3}, after = {cases[i].after, session, 3};
        struct sample history = {cases[i].history, by_three, cases[i].history_count};
        struct comparison c = compared(&before, &after, &history);

        is_comparison(&c, &cases[i].want, cases[i].name);
    }
}

static void test_facts(void)
{
    struct sample before = {before3, NULL, 3}, after = {after3, NULL, 3}, h = {still, by_three, 24};
    struct comparison c = compared(&before, &after, &h);
    struct compare_options o = compare_defaults;

    tap_near(c.before, 10.1312541, 1e-6, "the level before is the geometric mean");
    tap_near(c.after, 11.2314566, 1e-6, "so is the one after");
    OK(c.before_runs == 3 && c.after_runs == 3 && c.before_sessions == 1 && c.after_sessions == 1 &&
           c.history_sessions == 8,
       "runs and sessions are counted");
    OK(c.outcome == OUTCOME_WORSE && c.more_runs == 0, "11 %% more time is worse");
    o.better = BETTER_HIGHER;
    compare_log(&before, &after, &h, &o, &c);
    OK(c.outcome == OUTCOME_BETTER, "of a rate it is better");
    o.better = BETTER_NONE;
    compare_log(&before, &after, &h, &o, &c);
    OK(c.outcome == OUTCOME_NONE && c.p < 0.05, "of what has no direction it is only a change");
    o = compare_defaults;
    o.minimum_effect = 0.12;
    compare_log(&before, &after, &h, &o, &c);
    OK(c.outcome == OUTCOME_SAME && c.p < 0.05, "a change below the minimum effect is none");
    o = compare_defaults;
    o.alpha = 1e-6;
    compare_log(&before, &after, &h, &o, &c);
    OK(c.outcome == OUTCOME_INCONCLUSIVE, "alpha decides");
}

static void test_itself(void)
{
    struct sample s = {before3, together3, 3}, h = {still, by_three, 24};
    struct comparison c = compared(&s, &s, &h);

    OK(c.change == 0 && c.p == 1 && c.lo < 0 && c.hi > 0, "a sample equals itself");
    tap_near(log1p(c.lo), -log1p(c.hi), 1e-12, "its interval lies around no change");
    OK(c.outcome == OUTCOME_SAME, "and is the same");
}

static bool same_bits(const struct comparison *a, const struct comparison *b)
{
    return a->outcome == b->outcome && memcmp(&a->change, &b->change, sizeof a->change) == 0 &&
           memcmp(&a->lo, &b->lo, sizeof a->lo) == 0 && memcmp(&a->p, &b->p, sizeof a->p) == 0 &&
           memcmp(&a->detectable, &b->detectable, sizeof a->detectable) == 0 &&
           a->more_runs == b->more_runs;
}

static void test_order(void)
{
    static const double a[] = {10.1, 12.4, 9.9, 10.3, 10.2, 10.0},
                        b[] = {9.9, 10.2, 10.1, 10.0, 10.3, 12.4};
    static const int sa[] = {1, 2, 1, 2, 1, 2}, sb[] = {1, 1, 1, 2, 2, 2};
    double reversed[24];
    int sessions[24];
    struct sample after = {after3, NULL, 3}, one = {a, sa, 6}, two = {b, sb, 6};
    struct sample h = {still, by_three, 24}, turned = {reversed, sessions, 24};
    struct comparison c, d;

    for (int i = 0; i < 24; i++) {
        reversed[i] = still[23 - i];
        sessions[i] = by_three[23 - i];
    }
    c = compared(&one, &after, &h);
    d = compared(&two, &after, &turned);
    OK(same_bits(&c, &d), "the order of runs does not matter, to the last bit");
}

/* Random comparisons must keep what is true of all of them. */
static void test_properties(void)
{
    struct noise r = {.state = 42};
    int mirrored = 0, scaled = 0, inside = 0, agree = 0, all = 300;

    for (int i = 0; i < all; i++) {
        size_t n = 1 + (size_t)(noise_uniform(&r) * 11), m = (size_t)(noise_uniform(&r) * 9);
        double b[12], a[12], h[12 * 9], b2[12], a2[12], h2[12 * 9];
        int session[12 * 9], ones[12] = {0};
        enum noise_kind kind = (enum noise_kind)(noise_uniform(&r) * NOISE_KINDS);
        struct sample sb = {b, i % 3 ? NULL : ones, n}, sa = {a, i % 3 ? NULL : ones, n};
        struct sample sh = {h, session, n * m}, sb2 = sb, sa2 = sa, sh2 = sh;
        struct comparison c, mirror, scale;

        noise_session(&r, kind, 0.03, 3, b, n);
        noise_session(&r, kind, 0.03, 3 + 0.1 * noise_normal(&r), a, n);
        for (size_t k = 0; k < m; k++)
            noise_session(&r, kind, 0.03, 3, h + k * n, n);
        for (size_t k = 0; k < n * m; k++) {
            session[k] = (int)(k / n);
            h2[k] = 1024 * h[k];
        }
        for (size_t k = 0; k < n; k++) {
            b2[k] = 1024 * b[k];
            a2[k] = 1024 * a[k];
        }
        sb2.value = b2;
        sa2.value = a2;
        sh2.value = h2;
        c = compared(&sb, &sa, &sh);
        mirror = compared(&sa, &sb, &sh);
        scale = compared(&sb2, &sa2, &sh2);
        mirrored += isnan(c.p) ? isnan(mirror.p)
                               : fabs(c.p - mirror.p) < 1e-9 &&
                                     fabs((1 + c.lo) * (1 + mirror.hi) - 1) < 1e-9 &&
                                     fabs((1 + c.change) * (1 + mirror.change) - 1) < 1e-9;
        scaled += (isnan(c.p) ? isnan(scale.p) : fabs(c.p - scale.p) < 1e-9) &&
                  fabs(c.change - scale.change) < 1e-9 && c.outcome == scale.outcome;
        inside += isnan(c.p) || (c.lo <= c.change && c.change <= c.hi && c.lo <= c.same_lo &&
                                 c.same_hi <= c.hi && (c.p <= 0.05) == (c.lo > 0 || c.hi < 0));
        agree += c.outcome == OUTCOME_WORSE    ? c.lo > 0 && c.change > 0.02
                 : c.outcome == OUTCOME_BETTER ? c.hi < 0 && c.change < -0.02
                 : c.outcome == OUTCOME_SAME
                     ? (c.same_lo > -0.05 && c.same_hi < 0.05) || fabs(c.change) <= 0.02
                     : c.outcome == OUTCOME_INCONCLUSIVE && c.more_runs != 0;
    }
    OK(mirrored == all, "exchanging the sides mirrors the change (%d of %d)", mirrored, all);
    OK(scaled == all, "the unit does not matter (%d)", scaled);
    OK(inside == all, "the intervals hold the change and agree with p (%d)", inside);
    OK(agree == all, "the verdict follows from interval and margins (%d)", agree);
}

static void test_little(void)
{
    static const double one[] = {10}, other[] = {11}, bad[] = {NAN, INFINITY, -1, 0, -INFINITY, 11};
    static const double equal[] = {10, 10, 10}, more[] = {11, 11, 11};
    static const double tiny[] = {5e-324, 5e-324}, huge[] = {1.7e308, 1.6e308};
    struct sample a = {one, NULL, 1}, b = {other, NULL, 1}, mixed = {bad, NULL, 6};
    struct sample flat = {equal, NULL, 3}, step = {more, NULL, 3}, h = {still, by_three, 24};
    struct sample small = {tiny, NULL, 2}, large = {huge, NULL, 2};
    struct comparison c = compared(&a, &b, &none);

    OK(c.outcome == OUTCOME_INCONCLUSIVE && isnan(c.p) && isnan(c.lo) && isnan(c.detectable) &&
           fabs(c.change - 0.1) < 1e-12 && c.more_runs == -1,
       "one run a side tells a change, nothing of its noise");
    c = compared(&a, &b, &h);
    OK(c.outcome == OUTCOME_WORSE && c.p < 0.05, "unless earlier sessions know the noise");
    c = compared(&none, &b, &h);
    OK(c.outcome == OUTCOME_NONE && isnan(c.change) && isnan(c.before) && c.after_runs == 1,
       "an empty side gives no comparison");
    c = compared(&a, &mixed, &h);
    OK(c.after_runs == 1 && fabs(c.change - 0.1) < 1e-12, "what has no logarithm is left out");
    c = compared(&flat, &flat, &none);
    OK(c.outcome == OUTCOME_SAME && c.p == 1 && c.lo == 0 && c.hi == 0, "constants are the same");
    c = compared(&flat, &step, &none);
    OK(c.outcome == OUTCOME_WORSE && c.p == 0 && fabs(c.lo - 0.1) < 1e-12, "or they are not");
    c = compared(&small, &large, &none);
    OK(c.change == INFINITY && c.after_runs == 2, "the ends of the scale do no harm");
}

/* One stalled run of twenty is pulled in, and counted; six are a finding in themselves. */
static void test_outliers(void)
{
    double b[20], a[20];
    int together[20] = {0};
    struct sample before = {b, together, 20}, after = {a, together, 20};
    struct comparison c;

    for (int i = 0; i < 20; i++)
        a[i] = b[i] = 10 + 0.02 * i;
    a[4] = 100;
    c = compared(&before, &after, &none);
    OK(c.outcome == OUTCOME_SAME && c.after_outliers == 1 && c.before_outliers == 0,
       "one stalled run of twenty does not make a regression");
    tap_near(c.outliers_p, 1, 1e-12, "nor a finding");
    for (int i = 0; i < 6; i++)
        a[i] = 100;
    c = compared(&before, &after, &none);
    OK(c.after_outliers == 6, "six are outliers still");
    tap_near(c.outliers_p, 0.0201960201960202, 1e-12,
             "and too many for chance (scipy.stats.fisher_exact)");
}

static void test_sessions(void)
{
    /* The same runs, in one session a side or in three: a session is the unit. */
    static const double b[] = {10, 10.1, 11, 11.1, 9, 9.1},
                        a[] = {10.4, 10.5, 11.4, 11.5, 9.4, 9.5};
    static const int sb[] = {1, 1, 2, 2, 3, 3}, sa[] = {4, 4, 5, 5, 6, 6};
    struct sample before = {b, sb, 6}, after = {a, sa, 6}, paired = {a, sb, 6};
    struct comparison apart = compared(&before, &after, &none);
    struct comparison within = compared(&before, &paired, &none);

    OK(apart.before_sessions == 3 && apart.after_sessions == 3, "sessions are told apart");
    OK(apart.outcome == OUTCOME_INCONCLUSIVE && apart.more_runs == -1,
       "what differs between sessions more runs cannot cure");
    OK(within.outcome == OUTCOME_WORSE, "interleaved sessions cancel it");
}

/* Shares of 1,500 simulated comparisons; limits with three standard errors to spare. */
struct rates {
    double significant, worse, same;
};

static struct rates simulate(enum noise_kind kind, double cv, size_t n, size_t m, double effect,
                             uint64_t seed)
{
    enum { TIMES = 1500 };
    struct noise r = {.state = seed};
    struct rates out = {0};

    for (int i = 0; i < TIMES; i++) {
        double b[20], a[20], h[400];
        int session[400];
        struct sample before = {b, NULL, n}, after = {a, NULL, n}, history = {h, session, n * m};
        struct comparison c;

        noise_session(&r, kind, cv, 2, b, n);
        noise_session(&r, kind, cv, 2 + effect, a, n);
        for (size_t k = 0; k < m; k++)
            noise_session(&r, kind, cv, 2, h + k * n, n);
        for (size_t k = 0; k < n * m; k++)
            session[k] = (int)(k / n);
        c = compared(&before, &after, &history);
        out.significant += (c.p <= 0.05) / (double)TIMES;
        out.worse += (c.outcome == OUTCOME_WORSE) / (double)TIMES;
        out.same += (c.outcome == OUTCOME_SAME) / (double)TIMES;
    }
    return out;
}

static void test_rates(void)
{
    static const size_t sizes[] = {3, 10}, sessions[] = {0, 1, 3, 20};
    static const double power[] = {0.40, 0.88}, same[] = {0.14, 0.90};
    const double spare = 0.019; /* 3 sqrt(.065 (1 - .065) / 1500) */

    for (int kind = 0; kind < NOISE_KINDS; kind++)
        for (size_t m = 0; m < COUNT(sessions); m++)
            for (size_t n = 0; n < COUNT(sizes); n++) {
                struct rates r = simulate((enum noise_kind)kind, 0.03, sizes[n], sessions[m], 0,
                                          1000 + m * 10 + n);

                OK(r.significant <= 0.065 + spare,
                   "%s, %zu runs, %zu sessions: %.3f false positives", noise_name[kind], sizes[n],
                   sessions[m], r.significant);
            }
    for (size_t n = 0; n < COUNT(sizes); n++) {
        double found = simulate(NOISE_NORMAL, 0.03, sizes[n], 20, log(1.05), 77 + n).worse;
        double settled = simulate(NOISE_NORMAL, 0.03, sizes[n], 20, 0, 78 + n).same;

        OK(found >= power[n] - 0.03, "%zu runs: 5 %% found in %.3f", sizes[n], found);
        OK(settled >= same[n] - 0.03, "%zu runs: told the same in %.3f", sizes[n], settled);
    }
}

/* A change of the size that is said to be detectable is found with 80 % power. */
static void test_detectable(void)
{
    struct noise r = {.state = 9};
    double h[100], b[5], a[5], promised = 0, found;
    int session[100];

    for (int i = 0; i < 200; i++) {
        struct sample before = {b, NULL, 5}, after = {a, NULL, 5}, history = {h, session, 100};

        noise_session(&r, NOISE_NORMAL, 0.03, 2, b, 5);
        noise_session(&r, NOISE_NORMAL, 0.03, 2, a, 5);
        for (int k = 0; k < 100; k++)
            session[k] = k / 5;
        noise_session(&r, NOISE_NORMAL, 0.03, 2, h, 100);
        promised += log1p(compared(&before, &after, &history).detectable) / 200;
    }
    found = simulate(NOISE_NORMAL, 0.03, 5, 20, promised, 5).worse;
    OK(found > 0.74 && found < 0.86, "%.1f %% are found in %.3f", 100 * expm1(promised), found);
}

int main(void)
{
    test_values();
    test_facts();
    test_itself();
    test_order();
    test_properties();
    test_little();
    test_outliers();
    test_sessions();
    test_rates();
    test_detectable();
    return tap_end();
}
