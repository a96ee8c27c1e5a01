/* store_sample: runs as the runner would hand them to the store, for the tests of the store. */
#ifndef TESTS_STORE_SAMPLE_H
#define TESTS_STORE_SAMPLE_H

#include "schema/hist.h"
#include "schema/run.h"
#include "schema/text.h"
#include "schema/units.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Records a finished run with p95 of x ms; its id, or 0 with the reason told. */
static inline int64_t sample_record(struct store *s, int n, const struct sample_run *o, double x,
                                    enum run_status status)
{
    struct err e = {0};
    struct run run;
    struct result result;
    int64_t id = 0;

    sample_run(&run, n, o);
    sample_result(&result, x);
    result.status = status;
    if (status != RUN_OK)
        result.reason = mem_copy("generator late by 12 ms");
    if (store_begin(s, &run, &e) && store_finish(s, &run, &result, &e))
        id = run.id;
    else
        printf("# %s\n", e.text);
    run_free(&run);
    result_free(&result);
    return id;
}

/* Keeps a change point of p95 at the n-th run of a test, of scenario typical, and people's words
 * about it and the first run of the file. */
static inline bool sample_change(struct store *s, int n, enum change_state state, struct err *e)
{
    struct change_point point = {.metric = METRIC_LATENCY_P95,
                                 .commit_sha = (char *)"c2",
                                 .previous_sha = (char *)"c1",
                                 .step = {.before = 5, .after = 6, .change = 0.2, .p = 1e-9}};
    struct change_point_list list = {&point, 1}, back = {0};
    struct series_group_list groups = {0};
    struct run run;
    bool done;

    sample_run(&run, n, &(struct sample_run){0});
    memcpy(point.run_uuid, run.uuid, sizeof point.run_uuid);
    point.started_ms = run.started_ms;
    run_free(&run);
    done = store_series_groups(s, "typical", "main", &groups, e) &&
           store_put_changes(s, &groups.group[0], &list, e) &&
           store_changes(s, &(struct change_filter){.metric = METRIC_LATENCY_P95}, &back, e) &&
           store_annotate_change(s, back.point[0].id, state, "a new library", e) &&
           store_annotate_run(s, 1, "on battery", e);
    if (!done)
        printf("# %s\n", e->text);
    change_point_list_free(&back);
    series_group_list_free(&groups);
    return done;
}

/* Opens a database, or ends the test. */
static inline struct store *sample_open(const char *name, enum store_mode mode)
{
    struct err e = {0};
    struct store *s = NULL;

    if (!store_open(&s, name, mode, NS_PER_S, &e)) {
        fprintf(stderr, "# %s\n", e.text);
        exit(1);
    }
    return s;
}

/* A folder of its own for a test, in memory where possible, and its end. */
static inline char *sample_folder(void)
{
    char *folder =
        mem_copy(access("/dev/shm", W_OK) == 0 ? "/dev/shm/test.XXXXXX" : "/tmp/test.XXXXXX");

    if (!mkdtemp(folder) || chdir(folder) != 0) {
        perror(folder);
        exit(1);
    }
    return folder;
}

static inline void sample_folder_end(char *folder)
{
    char *command = mem_printf("rm -rf %s", folder);

    if (chdir("/") != 0 || system(command) != 0)
        perror(folder);
    free(command);
    free(folder);
}

#endif
