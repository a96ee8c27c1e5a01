/* Judgements: from runs to rows, the gate over them, budgets, and the sentence. */
#include "analyze/analyze.h"
#include "tests/noise.h"
#include "tests/tap.h"

#include <stdlib.h>

enum { RUNS = 5 };

/* One side of runs in one session, every value missing. */
struct made {
    struct run_row row[3 * RUNS];
    struct run_list list;
    double value[3 * RUNS][METRIC_COUNT];
};

static char scenario[] = "chat", machine[] = "x86_64, 2 cores";

static void make(struct made *m, char *session, size_t runs)
{
    memset(m, 0, sizeof *m);
    m->list = (struct run_list){m->row, runs};
    for (size_t i = 0; i < runs; i++) {
        m->row[i] = (struct run_row){.scenario = scenario,
                                     .environment = machine,
                                     .scenario_id = 1,
                                     .environment_id = 1,
                                     .session = session,
                                     .status = RUN_OK};
        for (int k = 0; k < METRIC_COUNT; k++)
            m->value[i][k] = NAN;
    }
}

static double spread = 0.01;

/* Runs around a level. */
static void put(struct made *m, enum metric_id metric, double level, uint64_t seed)
{
    struct noise r = {.state = seed};

    for (size_t i = 0; i < m->list.count; i++)
        m->value[i][metric] = level * exp(spread * noise_normal(&r));
}

static void fill(struct made *m, enum metric_id metric, double value)
{
    for (size_t i = 0; i < m->list.count; i++)
        m->value[i][metric] = value;
}

static struct judge_runs runs_of(const struct made *m)
{
    return (struct judge_runs){&m->list, m->value, 100};
}

static struct judged_list judged(const struct made *before, const struct made *after,
                                 const struct budget_list *budgets)
{
    struct compare_options o = compare_defaults;
    struct judged_list l = {0};
    struct judge_subject s = {.after = runs_of(after), .budgets = budgets};

    if (before)
        s.before = runs_of(before);
    o.tolerance = NAN;
    judge_add(&l, &s, &o);
    judge_end(&l, &o);
    return l;
}

static const struct judged *row_of(const struct judged_list *l, enum metric_id metric)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->row[i].metric == metric)
            return &l->row[i];
    return NULL;
}

/* An ordinary open-loop run. */
static void ordinary(struct made *m, char *session, uint64_t seed)
{
    make(m, session, RUNS);
    put(m, METRIC_CONNECT_P95, 3, seed + 1);
    put(m, METRIC_LATENCY_P50, 10, seed + 2);
    put(m, METRIC_LATENCY_P90, 20, seed + 3);
    put(m, METRIC_LATENCY_P95, 30, seed + 4);
    put(m, METRIC_LATENCY_P99, 50, seed + 5);
    put(m, METRIC_THROUGHPUT_RECEIVED, 990, seed + 6);
    fill(m, METRIC_THROUGHPUT_DELIVERED, 1);
    fill(m, METRIC_CONNECT_SUCCESS, 1);
    fill(m, METRIC_ERRORS_RATE, 0);
    fill(m, METRIC_ERRORS_COUNT, 0);
    fill(m, METRIC_MESSAGES_SENT, 30000);
    fill(m, METRIC_MESSAGES_MATCHED, 30000);
    put(m, METRIC_TARGET_CPU_MEAN, 40, seed + 7);
    put(m, METRIC_TARGET_RSS_PEAK, 50, seed + 8);
}

static void times(struct made *m, enum metric_id metric, double factor)
{
    for (size_t i = 0; i < m->list.count; i++)
        m->value[i][metric] *= factor;
}

static char one[] = "one", two[] = "two";

static void test_same(void)
{
    struct made b, a;
    struct judged_list l;

    ordinary(&b, one, 100);
    ordinary(&a, one, 200);
    l = judged(&b, &a, NULL);
    OK(l.outcome == OUTCOME_SAME, "unchanged runs are the same");
    tap_is(l.summary, "no change of 5 % or more in 9 metrics (10 % from p99 up)",
           "the sentence names what would have been seen");
    OK(row_of(&l, METRIC_LATENCY_P95)->gates && !row_of(&l, METRIC_LATENCY_P90)->gates,
       "some metrics gate, others do not");
    OK(!row_of(&l, METRIC_THROUGHPUT_RECEIVED)->gates, "received does not in an open loop");
    OK(!row_of(&l, METRIC_TOKEN_RATE), "a metric without a value has no row");
    OK(row_of(&l, METRIC_ERRORS_RATE)->comparison.outcome == OUTCOME_SAME,
       "no errors are no change");
    judged_list_free(&l);
    fill(&b, METRIC_THROUGHPUT_DELIVERED, NAN);
    fill(&a, METRIC_THROUGHPUT_DELIVERED, NAN);
    times(&a, METRIC_THROUGHPUT_RECEIVED, 0.8);
    l = judged(&b, &a, NULL);
    OK(row_of(&l, METRIC_THROUGHPUT_RECEIVED)->gates, "in a closed loop it does");
    OK(l.outcome == OUTCOME_WORSE && strstr(l.summary, "chat: throughput.received is 20 % worse ("),
       "and less of it is worse: %s", l.summary);
    judged_list_free(&l);
}

static void test_worse(void)
{
    struct made b, a;
    struct judged_list l;

    spread = 0.04;
    ordinary(&b, one, 300);
    ordinary(&a, two, 400);
    times(&a, METRIC_LATENCY_P95, 2);
    times(&a, METRIC_LATENCY_P99, 2);
    times(&a, METRIC_LATENCY_P50, 2);
    l = judged(&b, &a, NULL);
    OK(l.outcome == OUTCOME_WORSE, "twice the latency is worse, sessions apart");
    OK(strncmp(l.summary, "chat: p95 latency is ", 21) == 0 && strstr(l.summary, " % worse ("),
       "the sentence names the p95: %s", l.summary);
    OK(strstr(l.summary, "; so are latency.p50, latency.p99") != NULL, "and the others");
    OK(row_of(&l, METRIC_TARGET_CPU_MEAN)->comparison.outcome == OUTCOME_INCONCLUSIVE,
       "what two lone sessions cannot tell stays open");
    judged_list_free(&l);
    ordinary(&a, two, 500);
    times(&a, METRIC_LATENCY_P90, 2);
    l = judged(&b, &a, NULL);
    OK(l.outcome == OUTCOME_INCONCLUSIVE &&
           row_of(&l, METRIC_LATENCY_P90)->comparison.outcome == OUTCOME_WORSE,
       "what does not gate is told and decides nothing");
    OK(strstr(l.summary, "no regression seen, but ") && strstr(l.summary, "would have been seen"),
       "the sentence tells how small a change could have been seen: %s", l.summary);
    judged_list_free(&l);
    spread = 0.01;
}

static void test_errors(void)
{
    struct made b, a;
    struct judged_list l;
    const struct judged *row;

    ordinary(&b, one, 600);
    ordinary(&a, one, 700);
    fill(&a, METRIC_ERRORS_RATE, 0.02);
    fill(&a, METRIC_CONNECT_SUCCESS, 0.9);
    fill(&a, METRIC_MESSAGES_LOST, 600);
    fill(&b, METRIC_MESSAGES_LOST, 0);
    l = judged(&b, &a, NULL);
    row = row_of(&l, METRIC_ERRORS_RATE);
    OK(row->comparison.outcome == OUTCOME_WORSE, "2 %% errors are worse than none");
    tap_near(row->comparison.change, 0.02, 1e-12, "by 2 points");
    OK(row_of(&l, METRIC_CONNECT_SUCCESS)->comparison.outcome == OUTCOME_WORSE,
       "so are 10 of 100 connections that fail");
    row = row_of(&l, METRIC_MESSAGES_LOST);
    OK(row->comparison.after == 600 && row->comparison.outcome == OUTCOME_WORSE,
       "counts are shown as counts");
    tap_near(row->comparison.change, 0.02, 1e-12, "and compared by message");
    judged_list_free(&l);
}

static void test_budgets(void)
{
    struct budget items[] = {{METRIC_LATENCY_P95, 25, 100, NAN, false},
                             {METRIC_LATENCY_P99, NAN, 40, NAN, false},
                             {METRIC_TOKEN_RATE, 5, 1, NAN, false},
                             {METRIC_TARGET_RSS_PER_CLIENT, 5, 10, NAN, true}};
    struct budget_list budgets = {items, 4};
    struct made a, b;
    struct judged_list l;

    ordinary(&a, one, 800);
    l = judged(NULL, &a, &budgets);
    OK(l.outcome == OUTCOME_NONE, "without a baseline there is no verdict");
    OK(row_of(&l, METRIC_LATENCY_P95)->budget_state == BUDGET_WARNING &&
           row_of(&l, METRIC_LATENCY_P99)->budget_state == BUDGET_CRITICAL,
       "budgets are judged all the same");
    OK(row_of(&l, METRIC_TOKEN_RATE)->budget_state == BUDGET_UNKNOWN,
       "a named budget without a value cannot be judged");
    OK(!row_of(&l, METRIC_TARGET_RSS_PER_CLIENT), "a default one is skipped");
    OK(strncmp(l.summary, "chat: p99 latency is 49.4 ms", 28) == 0 &&
           strstr(l.summary, "beyond its critical budget of 40 ms; chat: p95 latency"),
       "the critical one is told first: %s", l.summary);
    judged_list_free(&l);

    items[0] = (struct budget){METRIC_LATENCY_P90, NAN, NAN, 0.10, false};
    budgets.count = 1;
    ordinary(&b, one, 900);
    times(&a, METRIC_LATENCY_P90, 1.07);
    l = judged(&b, &a, &budgets);
    OK(row_of(&l, METRIC_LATENCY_P90)->gates, "a budget for its regression makes a metric gate");
    OK(row_of(&l, METRIC_LATENCY_P90)->comparison.outcome == OUTCOME_SAME &&
           !row_of(&l, METRIC_LATENCY_P90)->regression_broken,
       "7 %% are within 10 %%");
    judged_list_free(&l);
    times(&a, METRIC_LATENCY_P90, 1.07);
    l = judged(&b, &a, &budgets);
    OK(row_of(&l, METRIC_LATENCY_P90)->regression_broken && l.outcome == OUTCOME_WORSE,
       "14 %% are not");
    judged_list_free(&l);
}

static void test_odd(void)
{
    struct made b, a;
    struct judged_list l;

    ordinary(&b, one, 1000);
    ordinary(&a, one, 1100);
    for (size_t i = 0; i < RUNS; i++)
        a.row[i].status = i < 3 ? RUN_OVERLOADED : RUN_OK;
    fill(&a, METRIC_TARGET_CPU_MEAN, 0);
    fill(&a, METRIC_CONNECT_P95, NAN);
    l = judged(&b, &a, NULL);
    OK(row_of(&l, METRIC_LATENCY_P95)->comparison.after_runs == 2, "only ok runs are compared");
    tap_is(row_of(&l, METRIC_TARGET_CPU_MEAN)->note, "not compared: a value of 0 has no share",
           "a zero is told, not left out");
    tap_is(row_of(&l, METRIC_CONNECT_P95)->note, "not compared: no value after",
           "so is a value that went away");
    judged_list_free(&l);
    for (size_t i = 0; i < RUNS; i++)
        a.row[i].status = RUN_FAILED;
    l = judged(&b, &a, NULL);
    OK(l.outcome == OUTCOME_NONE, "no ok run, no verdict");
    judged_list_free(&l);
}

/* Values in ticks of a clock: three runs that happen to be equal are not quiet. */
static void test_ticks(void)
{
    struct made b, a;
    struct judged_list l;

    ordinary(&b, one, 1400);
    ordinary(&a, one, 1500);
    fill(&b, METRIC_TARGET_CPU_MEAN, 0.2);
    fill(&a, METRIC_TARGET_CPU_MEAN, 0.3);
    b.list.count = a.list.count = 3;
    l = judged(&b, &a, NULL);
    OK(row_of(&l, METRIC_TARGET_CPU_MEAN)->comparison.outcome != OUTCOME_WORSE,
       "one tick more is no regression");
    judged_list_free(&l);
}

/* Pairs: each metric by its kind, and one gate over their repeated p. */
static void test_pairs(void)
{
    enum { PAIRS = 12 };
    static const bool first[] = {true, false, true, false, true, false,
                                 true, false, true, false, true, false};
    struct made b, a;
    struct ab_plan plan;
    struct compare_options o = compare_defaults;
    struct judge_subject s = {.before = runs_of(&b), .after = runs_of(&a), .before_first = first};
    struct judged_list l = {0};

    o.tolerance = NAN;
    o.plan = &plan;
    plan_make(&plan, PAIRS, 0, 0.05);
    ordinary(&b, one, 1600);
    ordinary(&a, one, 1700);
    b.list.count = a.list.count = PAIRS;
    for (int side = 0; side < 2; side++)
        for (size_t i = RUNS; i < PAIRS; i++) {
            struct made *m = side ? &a : &b;
            struct noise r = {.state = 900 * i + (uint64_t)side};

            m->row[i] = m->row[0];
            for (int k = 0; k < METRIC_COUNT; k++)
                m->value[i][k] = metrics[k].scale == SCALE_LOG
                                     ? m->value[i % RUNS][k] * exp(0.005 * noise_normal(&r))
                                     : m->value[0][k];
        }
    times(&a, METRIC_LATENCY_P95, 1.2);
    judge_add(&l, &s, &o);
    judge_end(&l, &o);
    OK(l.outcome == OUTCOME_WORSE, "%s", l.summary);
    OK(row_of(&l, METRIC_LATENCY_P95)->comparison.outcome == OUTCOME_WORSE, "p95 it is");
    OK(row_of(&l, METRIC_LATENCY_P50)->comparison.outcome == OUTCOME_SAME, "and not p50");
    OK(row_of(&l, METRIC_ERRORS_RATE)->comparison.outcome == OUTCOME_SAME, "no errors: the same");
    OK(row_of(&l, METRIC_LATENCY_P95)->comparison.p_gate ==
           row_of(&l, METRIC_LATENCY_P95)->comparison.p,
       "the gate takes the repeated p");
    judged_list_free(&l);
    spread = 0.2;
    put(&a, METRIC_LATENCY_P99, 55, 77);
    spread = 0.01;
    times(&a, METRIC_LATENCY_P95, 1 / 1.2);
    judge_add(&l, &s, &o);
    judge_end(&l, &o);
    OK(l.outcome == OUTCOME_INCONCLUSIVE && strstr(l.summary, "pairs would decide"), "%s",
       l.summary);
    OK(row_of(&l, METRIC_LATENCY_P99)->comparison.paired, "its rows are of pairs");
    judged_list_free(&l);
}

/* Looking again is paid for: what one look finds just so, the second does not. */
static void test_looks(void)
{
    struct made b, a;
    struct compare_options o = compare_defaults;
    struct judged_list l[2] = {{0}, {0}};
    double p;

    o.tolerance = NAN;
    ordinary(&b, one, 1200);
    ordinary(&a, one, 1300);
    times(&a, METRIC_LATENCY_P95, 1.06);
    for (int look = 0; look < 2; look++) {
        struct judge_subject s = {.before = runs_of(&b), .after = runs_of(&a)};

        o.look = look ? 9 : 1;
        judge_add(&l[look], &s, &o);
        judge_end(&l[look], &o);
    }
    p = row_of(&l[0], METRIC_LATENCY_P95)->comparison.p;
    OK(l[0].outcome == OUTCOME_WORSE && l[1].outcome != OUTCOME_WORSE,
       "p %.2g is enough at the first look, not at the ninth", p);
    OK(p == row_of(&l[1], METRIC_LATENCY_P95)->comparison.p, "p itself is bare");
    OK(judge_held_back(&l[1], &o), "which a first look would have found");
    o.look = 1;
    OK(!judge_held_back(&l[0], &o), "and did");
    judged_list_free(&l[0]);
    judged_list_free(&l[1]);
}

int main(void)
{
    test_same();
    test_worse();
    test_errors();
    test_budgets();
    test_odd();
    test_looks();
    test_ticks();
    test_pairs();
    return tap_end();
}
