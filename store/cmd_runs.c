#include "store/cmd_runs.h"

#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>

static bool runs_json(struct store *s, const struct run_list *runs, struct err *e)
{
    struct run_json *json = mem_get(runs->count, sizeof *json);
    double *value = mem_get(runs->count, METRIC_COUNT * sizeof *value);
    bool done = store_values_all(s, runs, value, e);
    struct text out = {0};

    for (size_t i = 0; i < runs->count; i++)
        json[i] = (struct run_json){&runs->row[i], value + i * METRIC_COUNT};
    if (done) {
        report_runs_json(json, runs->count, &out);
        fputs(out.data, stdout);
    }
    text_free(&out);
    free(value);
    free(json);
    return done;
}

static bool runs_table(const struct globals *g, struct store *s, const struct run_list *runs,
                       struct err *e)
{
    double *p95_ms = mem_get(runs->count, sizeof *p95_ms);
    double *msg_s = mem_get(runs->count, sizeof *msg_s);
    bool done = store_values(s, runs, METRIC_LATENCY_P95, p95_ms, e) &&
                store_values(s, runs, METRIC_THROUGHPUT_RECEIVED, msg_s, e);
    struct doc d = {0};

    if (done) {
        report_runs(&d, runs, p95_ms, msg_s);
        report_print(&d, g);
    }
    doc_free(&d);
    free(msg_s);
    free(p95_ms);
    return done;
}

bool runs_show(const struct globals *g, struct store *s, const struct run_list *runs, struct err *e)
{
    return g->json ? runs_json(s, runs, e) : runs_table(g, s, runs, e);
}
