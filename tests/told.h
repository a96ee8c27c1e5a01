/* told: fixtures for the tests of report/: what analysis and the runner could have said. */
#ifndef TESTS_TOLD_H
#define TESTS_TOLD_H

#include "schema/hist.h"
#include "schema/judged.h"
#include "schema/run.h"
#include "schema/text.h"

#include <math.h>
#include <string.h>

/* A name that tries everything at once. */
#define HOSTILE                                                                               \
    "a|b `c` <img src=x onerror=alert(1)> [x](javascript:y) @team #12 $x^2$ **b** "           \
    "https://e.example/?q=1&amp;r \033[31mred\007 \xff\xe2\x80\xae line\nnext ![i](j) www.e " \
    ":boom: </summary></details> _e_ ~~s~~ \\| GH-7"

static inline struct judged told_row(enum metric_id metric, double before, double after, double lo,
                                     double hi, enum outcome outcome)
{
    struct judged j = {.scenario = mem_copy("burst-load"),
                       .environment = mem_copy("x86_64, AMD EPYC 7B13, 2 cores, 24 GiB, Debian 12"),
                       .scenario_id = 1,
                       .environment_id = 1,
                       .metric = metric,
                       .budget = {metric, NAN, NAN, NAN, false},
                       .gates = metrics[metric].gate};

    j.comparison = (struct comparison){.outcome = outcome,
                                       .before = before,
                                       .after = after,
                                       .change = after / before - 1,
                                       .lo = lo,
                                       .hi = hi,
                                       .p = outcome == OUTCOME_WORSE ? 1e-6 : 0.4,
                                       .detectable = 0.09,
                                       .outliers_p = NAN,
                                       .before_runs = 12,
                                       .after_runs = 12,
                                       .before_sessions = 1,
                                       .after_sessions = 1,
                                       .history_sessions = 3};
    return j;
}

static inline void told_add(struct judged_list *l, struct judged row)
{
    l->row = mem_grow(l->row, l->count + 1, sizeof *l->row);
    l->row[l->count++] = row;
}

/* The comparison of the picture: p95 is worse, the rest is the same, one cannot be told. */
static inline struct judged_list told_judged(void)
{
    struct judged_list l = {.outcome = OUTCOME_WORSE};
    struct judged p95 = told_row(METRIC_LATENCY_P95, 29.3, 36.4, 0.21, 0.27, OUTCOME_WORSE);
    struct judged p99 = told_row(METRIC_LATENCY_P99, 41.2, 43.9, -0.04, 0.17, OUTCOME_INCONCLUSIVE);
    struct judged lost = told_row(METRIC_ERRORS_RATE, 0, 0, NAN, NAN, OUTCOME_NONE);

    l.summary = mem_copy("p95 latency is 24 % worse (29.3 → 36.4 ms, 95 % interval "
                         "+21 … +27 %). Budget 44 ms holds.");
    p95.budget.critical = 44;
    p95.budget.warning = 34;
    p95.budget_state = BUDGET_WARNING;
    p95.comparison.after_outliers = 3;
    p95.comparison.outliers_p = 0.031;
    p99.comparison.more_runs = 8;
    lost.comparison.change = lost.comparison.p = NAN;
    lost.note = mem_copy("not compared: no event on either side");
    told_add(&l, told_row(METRIC_LATENCY_P50, 9.1, 9.2, -0.01, 0.03, OUTCOME_SAME));
    told_add(&l, p95);
    told_add(&l, p99);
    told_add(&l, lost);
    told_add(&l, told_row(METRIC_TARGET_RSS_PEAK, 1024, 1016, -0.02, 0.004, OUTCOME_SAME));
    told_add(&l, told_row(METRIC_LATENCY_P999, 60, 912, 12.1, 16.3, OUTCOME_WORSE));
    told_add(&l, told_row(METRIC_THROUGHPUT_SENT, 1981, 1979, -0.003, 0.001, OUTCOME_SAME));
    return l;
}

static inline struct run told_run(const char *name)
{
    struct run r = {.project = mem_copy("demo"),
                    .branch = mem_copy(name),
                    .commit_sha = mem_copy("9e01b4d2c8a7f6e5d4c3b2a190817263544f3e2d"),
                    .commit_subject = mem_copy(name),
                    .dirty = true,
                    .session = mem_copy("01935a7e-0000-7000-8000-000000000001"),
                    .repeat = 2,
                    .started_ms = INT64_C(1795450800123), /* 2026-11-23T16:20:00.123Z */
                    .seed = 42,
                    .tool_version = mem_copy("0.1.0"),
                    .scenario = mem_copy(name),
                    .workload = mem_copy("6b86b273ff34fce19d6b804eff5a3f5747ada4ea"),
                    .id = 17};

    strcpy(r.uuid, "01935a7e-4f2a-7c3d-8e5f-6a7b8c9d0e1f");
    r.environment.key = mem_copy("x86_64, AMD EPYC 7B13, 2 cores, 24 GiB, Debian 12, kvm");
    r.environment.kernel = mem_copy("Linux 6.1.0-30-amd64");
    r.environment.governor = mem_copy("performance");
    budget_list_put(&r.budgets, &(struct budget){METRIC_LATENCY_P95, 25, 100, NAN, false});
    budget_list_put(&r.budgets, &(struct budget){METRIC_ERRORS_RATE, 0.01, 0.05, NAN, false});
    return r;
}

/* A second in which every message took so long. */
static inline void told_second(struct result *r, int32_t second, int64_t ms)
{
    struct histogram *out;
    struct hist h;

    r->histograms = mem_grow(r->histograms, r->histograms_count + 1, sizeof *r->histograms);
    out = &r->histograms[r->histograms_count++];
    hist_open(&h);
    hist_add_n(&h, ms * 1000000, 100);
    *out = (struct histogram){METRIC_LATENCY, second,     h.total, (double)ms,
                              (double)ms,     (double)ms, NULL,    0};
    out->hdr = hist_encode(&h, &out->hdr_length);
    hist_close(&h);
}

static inline struct result told_result(void)
{
    static const struct {
        enum metric_id metric;
        double value;
    } values[] = {{METRIC_LATENCY_MIN, 0.8},          {METRIC_LATENCY_P50, 9.1},
                  {METRIC_LATENCY_P90, 22.7},         {METRIC_LATENCY_P95, 29.3},
                  {METRIC_LATENCY_P99, 41.2},         {METRIC_LATENCY_P999, 60.4},
                  {METRIC_LATENCY_MAX, 118},          {METRIC_SERVICE_P50, 8.9},
                  {METRIC_CONNECT_P50, 1.2},          {METRIC_CONNECT_SUCCESS, 1},
                  {METRIC_THROUGHPUT_RECEIVED, 1981}, {METRIC_ERRORS_RATE, 0.0123},
                  {METRIC_TARGET_RSS_PEAK, 88.4},     {METRIC_TARGET_CPU_MEAN, 34.2},
                  {METRIC_GENERATOR_LATE_P99, 0.21}};
    struct result r;

    result_init(&r);
    r.status = RUN_OVERLOADED;
    r.reason = mem_copy("lateness p99 12 ms is above 10 ms");
    r.duration_s = 30;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        r.value[values[i].metric] = values[i].value;
    for (int32_t s = 0; s < 60; s++) {
        if (s == 40)
            continue;
        told_second(&r, s, s == 20 ? 80 : 28 + (s * 7) % 5);
        result_add_point(&r, METRIC_THROUGHPUT_RECEIVED, s, 1981);
    }
    result_add_failure(&r, FAILURE_MESSAGE, "the reply was another message", 12);
    result_add_failure(&r, FAILURE_CONNECTION, HOSTILE, 1);
    return r;
}

#endif
