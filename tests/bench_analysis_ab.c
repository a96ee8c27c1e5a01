/* The figures of pairs looked at more than once, and of whole distributions. */
#include "tests/bench_analysis.h"
#include "tests/shift_noise.h"

#include <stdio.h>

enum { PAIRS = 12, BEYOND = 40 };

struct ab_counts {
    int found, same, times;
    double pairs;
};

/* Looks until it is found; with `stop`, as ab does, until it is decided either way. */
static void ab_count(struct noise *r, enum noise_kind kind, double effect,
                     const struct ab_plan *plan, bool stop, struct ab_counts *out)
{
    double run[2 * BEYOND], before[BEYOND], after[BEYOND];
    struct comparison c = {.p = 1};
    bool first[BEYOND];
    int64_t n = 0, last = 0;

    noise_session(r, kind, 0.03, 2, run, 2 * BEYOND);
    for (int i = 0; i < BEYOND; i++) {
        first[i] = i % 2 == 0;
        before[i] = run[2 * i + i % 2];
        after[i] = run[2 * i + 1 - i % 2] * exp(effect);
    }
    while (!(c.p <= 0.05) && !(stop && c.outcome == OUTCOME_SAME) && (n = plan_next(plan, n)) > 0) {
        compare_pairs(&(struct ab_pairs){before, after, first, (size_t)n}, plan, &compare_defaults,
                      &c);
        last = n;
    }
    out->found += c.p <= 0.05;
    out->same += c.outcome == OUTCOME_SAME;
    out->pairs += (double)last;
    out->times++;
}

static struct ab_counts ab_counts_get(const struct bench *b, enum noise_kind kind, double effect,
                                      const struct ab_plan *plan, bool stop)
{
    enum { TIMES = 4000 };
    struct noise r = {.state = b->seed * 31 + 10 * (uint64_t)kind + (effect > 0)};
    struct ab_counts counts = {0, 0, 0, 0};

    for (int i = 0; i < TIMES; i++)
        ab_count(&r, kind, effect, plan, stop, &counts);
    return counts;
}

static void row_share(const char *what, int found, int times, const char *must, const char *better,
                      const char *peer)
{
    char text[32];

    snprintf(text, sizeof text, "%.3f", found / (double)times);
    bench_row(what, text, must, better, peer);
}

static void pairs_rows(const struct bench *b)
{
    struct ab_plan plan;
    struct ab_counts c;
    char what[64];

    plan_make(&plan, PAIRS, 0, 0.05);
    bench_title("ab, 12 pairs, 3 % noise");
    c = ab_counts_get(b, NOISE_NORMAL, log(1.05), &plan, false);
    row_share("power for 5 %", c.found, c.times, ".90", ".94", "none has it");
    for (int kind = 0; kind < NOISE_KINDS; kind++) {
        c = ab_counts_get(b, (enum noise_kind)kind, 0, &plan, false);
        snprintf(what, sizeof what, "false, %s", noise_name[kind]);
        row_share(what, c.found, c.times, ".06", ".055", "");
    }
    c = ab_counts_get(b, NOISE_NORMAL, 0, &plan, true);
    row_share("false, stopping as ab does, \"same\" too", c.found, c.times, ".06", ".055", "");
    row_share("  then said to be the same", c.same, c.times, "", "", "");
    snprintf(what, sizeof what, "%.1f", c.pairs / c.times);
    bench_row("  pairs it took", what, "", "", "");
    plan_make(&plan, PAIRS, BEYOND, 0.05);
    c = ab_counts_get(b, NOISE_NORMAL, log(1.05), &plan, false);
    row_share("power for 5 %, on request up to 40 pairs", c.found, c.times, "", "", "");
    c = ab_counts_get(b, NOISE_NORMAL, 0, &plan, false);
    row_share("false, up to 40 pairs", c.found, c.times, ".06", ".055", "");
}

/* One ab over 9 gating metrics of 7 families, three of them latencies that are slower by `effect`;
 * half of the noise is common to a family. Returns whether something was called worse. */
static bool gate_red(struct noise *r, double effect, const struct ab_plan *plan)
{
    enum { METRICS = 9, LATENCIES = 3 };
    double before[METRICS][PAIRS], after[METRICS][PAIRS];
    bool first[PAIRS], open = true;
    struct comparison c[METRICS];
    struct gate_item item[METRICS];

    for (int i = 0; i < PAIRS; i++) {
        double common_b = noise_normal(r), common_a = noise_normal(r);

        first[i] = i % 2 == 0;
        for (int k = 0; k < METRICS; k++) {
            double b = noise_normal(r), a = noise_normal(r);

            if (k < LATENCIES) {
                b = sqrt(0.5) * (b + common_b);
                a = sqrt(0.5) * (a + common_a);
            }
            before[k][i] = exp(2 + 0.03 * b);
            after[k][i] = exp(2 + 0.03 * a + (k < LATENCIES ? effect : 0));
        }
    }
    for (int64_t n = 0; open && (n = plan_next(plan, n)) > 0;) {
        open = false;
        for (int k = 0; k < METRICS; k++) {
            compare_pairs(&(struct ab_pairs){before[k], after[k], first, (size_t)n}, plan,
                          &compare_defaults, &c[k]);
            item[k] = (struct gate_item){k < LATENCIES ? 0 : k, c[k].p_gate, false};
        }
        gate_find(item, METRICS, 0.01, 0.05);
        for (int k = 0; k < METRICS; k++) {
            enum outcome outcome = compare_outcome(&c[k], &compare_defaults, item[k].found);

            if (outcome == OUTCOME_WORSE)
                return true;
            open |= outcome == OUTCOME_INCONCLUSIVE;
        }
    }
    return false;
}

static void gate_rows(const struct bench *b)
{
    enum { TIMES = 3000, POWER_TIMES = 1000 };
    struct noise r = {.state = b->seed * 17};
    struct ab_plan plan;
    char text[32];
    int red = 0, found = 0;

    plan_make(&plan, PAIRS, 0, 0.05);
    for (int i = 0; i < TIMES; i++)
        red += gate_red(&r, 0, &plan);
    for (int i = 0; i < POWER_TIMES; i++)
        found += gate_red(&r, log(1.05), &plan);
    snprintf(text, sizeof text, "%.1f", 1000.0 * red / TIMES);
    bench_row("red per 1,000 unchanged, 9 metrics at every look", text, "10", "3", "");
    row_share("power for 5 % in 3 of them", found, POWER_TIMES, "", "", "");
}

/* The share of comparisons of whole distributions with p <= 0.05. */
static void shift_row(const struct bench *b, int messages, size_t runs, double slower, double tail,
                      int times, const char *what, bool goal)
{
    static const int one[20];
    static const struct quantile_sample none = {NULL, NULL, 0};
    const struct shift_load plain = {.messages = messages, .noise = 0.03};
    struct shift_load load = plain;
    struct noise r = {.state = b->seed * 613 + (uint64_t)messages + runs};
    struct hist h;
    int found = 0;

    load.slower = slower;
    load.tail = tail;
    hist_open(&h);
    for (int i = 0; i < times; i++) {
        struct quantiles before[20], after[20];
        struct quantile_sample was = {before, one, runs}, is = {after, one, runs};
        struct shift s;

        shift_session(&r, &plain, &h, before, runs);
        shift_session(&r, &load, &h, after, runs);
        compare_shift(&was, &is, &none, &compare_defaults, &s);
        found += s.p <= 0.05;
        shift_free(&s);
    }
    hist_close(&h);
    row_share(what, found, times, goal ? ".08" : "", goal ? ".055" : "",
              goal ? ".57-.90 pooled" : "");
}

void bench_ab(const struct bench *b)
{
    pairs_rows(b);
    gate_rows(b);
    bench_title("whole distributions, runs of one session");
    shift_row(b, 100000, 5, 0, 0, 300, "false, 100,000 messages, 5 runs a side", true);
    shift_row(b, 20000, 3, 0, 0, 1000, "false, 20,000 messages, 3 runs a side", true);
    shift_row(b, 1000, 5, 0, 0, 3000, "false, 1,000 messages, 5 runs a side", true);
    shift_row(b, 1000, 10, 0, 0, 1000, "false, 1,000 messages, 10 runs a side", true);
    shift_row(b, 1000, 10, log(1.05), 0, 500, "power, 5 % slower, 10 runs a side", false);
    shift_row(b, 10000, 10, 0, log(1.3), 200, "power, stalls 30 % longer, 10 runs a side", false);
}
