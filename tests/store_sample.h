/* store_sample: runs as the runner would hand them to the store, for the tests of the store. */
#ifndef TESTS_STORE_SAMPLE_H
#define TESTS_STORE_SAMPLE_H

#include "schema/hist.h"
#include "schema/run.h"
#include "schema/text.h"

#include <stdio.h>

/* 2026-11-23T16:05:00.123Z */
#define SAMPLE_START_MS INT64_C(1795449900123)

struct sample_run {
    const char *scenario, *branch, *commit, *session, *environment;
    int64_t position, started_ms;
};

/* The n-th run of a test; unset fields get ordinary values. Its UUID is of n alone. */
static inline void sample_run(struct run *run, int n, const struct sample_run *o)
{
    int64_t started_ms = o->started_ms ? o->started_ms : SAMPLE_START_MS + n * INT64_C(60000);

    *run = (struct run){
        .project = mem_copy("demo"),
        .branch = mem_copy(o->branch ? o->branch : "main"),
        .commit_sha = o->commit ? mem_copy(o->commit) : mem_printf("%07x%033x", 0xabc0000 + n, n),
        .commit_time = mem_copy("2026-11-22T10:00:00.000Z"),
        .commit_author = mem_copy("A. Engineer"),
        .commit_subject = mem_copy("Answer sooner"),
        .commit_position = o->position ? o->position : -1,
        .run_url = mem_copy("https://ci.example.org/runs/1"),
        .session = o->session ? mem_copy(o->session) : mem_printf("session-%d", n),
        .repeat = 1,
        .started_ms = started_ms,
        .seed = INT64_C(0x1234567890abcdef),
        .tool_version = mem_copy("0.1.0"),
        .scenario = mem_copy(o->scenario ? o->scenario : "typical"),
        .workload = mem_printf("%064x", 7),
        .definition = mem_copy("{\"name\":\"typical\"}"),
        .environment = {.key = mem_copy(o->environment ? o->environment : "x86_64, 2 cores"),
                        .architecture = mem_copy("x86_64"),
                        .cores = 2,
                        .memory_bytes = INT64_C(24) << 30,
                        .os = mem_copy("Debian 12"),
                        .kernel = mem_copy("6.1.0")},
    };
    snprintf(run->uuid, sizeof run->uuid, "%08x-%04x-7abc-8def-%012x", (unsigned)(started_ms >> 16),
             (unsigned)(started_ms & 0xffff), (unsigned)n);
}

/* A result whose every number follows from x: p95 is x ms. */
static inline void sample_result(struct result *r, double x)
{
    result_init(r);
    r->status = RUN_OK;
    r->duration_s = 30;
    r->value[METRIC_LATENCY_P50] = x / 2;
    r->value[METRIC_LATENCY_P95] = x;
    r->value[METRIC_LATENCY_P99] = x * 1.5;
    r->value[METRIC_THROUGHPUT_RECEIVED] = 1000;
    r->value[METRIC_ERRORS_COUNT] = 2;
    r->value[METRIC_MESSAGES_LOST] = 1;
}

static inline void sample_histogram(struct result *r, enum metric_id metric, int32_t second,
                                    int64_t ns, int64_t count)
{
    struct hist h;
    struct histogram *out;

    r->histograms = mem_grow(r->histograms, r->histograms_count + 1, sizeof *r->histograms);
    out = &r->histograms[r->histograms_count++];
    hist_open(&h);
    for (int64_t i = 1; i <= count; i++)
        hist_add(&h, ns + i * 1000);
    *out = (struct histogram){.metric = metric,
                              .second = second,
                              .count = h.total,
                              .min = (double)h.min * HIST_UNIT_MS,
                              .max = (double)h.max * HIST_UNIT_MS,
                              .mean = hist_mean(&h) * HIST_UNIT_MS};
    out->hdr = hist_encode(&h, &out->hdr_length);
    hist_close(&h);
}

#endif
