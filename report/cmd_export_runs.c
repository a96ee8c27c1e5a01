/* The formats of export that take every run of a selection, however many these are: what is made is
 * written in pieces. */
#include "report/cmd_export.h"
#include "report/export.h"

#include "schema/scenario.h"
#include "schema/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS_AT_ONCE = 500 };

static void flush(struct export_work *w)
{
    if (w->out.length)
        fwrite(w->out.data, 1, w->out.length, stdout); /* main looks whether stdout took it */
    w->out.length = 0;
}

/* What was selected, of none all runs, from the first to the last. */
static bool runs_get(struct export_work *w, struct run_list *runs, struct err *e)
{
    const struct run_filter all = {.limit = -1};
    bool done = w->selectors ? store_select(w->store, w->selector, w->selectors, runs, e)
                             : store_list(w->store, &all, runs, e);

    for (size_t i = 0, j = runs->count; i + 1 < j; i++) {
        struct run_row swap = runs->row[i];

        runs->row[i] = runs->row[--j];
        runs->row[j] = swap;
    }
    return done;
}

static bool runs_each(struct export_work *w,
                      void (*put)(const struct run_row *row, const double *value, struct text *out),
                      struct err *e)
{
    double *value = mem_get((size_t)RUNS_AT_ONCE * METRIC_COUNT, sizeof *value);
    struct run_list runs = {0};
    bool done = runs_get(w, &runs, e);

    for (size_t i = 0; done && i < runs.count; i += RUNS_AT_ONCE) {
        struct run_list some = {runs.row + i, runs.count - i};

        if (some.count > RUNS_AT_ONCE)
            some.count = RUNS_AT_ONCE;
        done = store_values_all(w->store, &some, value, e);
        for (size_t n = 0; done && n < some.count; n++)
            put(&some.row[n], value + n * METRIC_COUNT, &w->out);
        flush(w);
    }
    run_list_free(&runs);
    free(value);
    return done;
}

bool export_csv_make(struct export_work *w, struct err *e)
{
    export_csv_head(&w->out);
    return runs_each(w, export_csv, e);
}

bool export_ndjson_make(struct export_work *w, struct err *e)
{
    return runs_each(w, export_ndjson, e);
}

/* When the measured part began: after ramp and warm-up of the load, where its definition is known.
 */
static int64_t measured_ms(const struct run *run)
{
    struct scenario s = {0};
    struct err ignored;
    int64_t ms = run->started_ms;

    if (run->definition &&
        scenario_parse(&s, run->definition, strlen(run->definition), "", &ignored))
        ms += (s.ramp_ns + s.warmup_ns) / NS_PER_MS;
    scenario_free(&s);
    return ms;
}

static bool hlog_run(struct export_work *w, const struct run_row *row, bool tagged, struct err *e)
{
    struct result result;
    struct run run;
    bool done = store_run(w->store, row->id, &run, e);

    result_init(&result);
    if (done && store_result(w->store, row->id, &result, e)) {
        char *tag = tagged ? mem_printf("run-%lld", (long long)row->id) : NULL;

        done = export_hlog(&result, measured_ms(&run), tag, &w->out, e) ||
               err_wrap(e, "run %lld", (long long)row->id);
        free(tag);
    } else {
        done = false;
    }
    flush(w);
    result_free(&result);
    run_free(&run);
    return done;
}

bool export_hlog_make(struct export_work *w, struct err *e)
{
    struct run_list runs = {0};
    bool done = true;

    if (w->selectors) {
        done = runs_get(w, &runs, e);
    } else {
        runs = (struct run_list){mem_get(1, sizeof *runs.row), 1};
        done = store_select_one(w->store, "last", &runs.row[0], e);
    }
    if (done)
        export_hlog_head(runs.count ? runs.row[0].started_ms : 0, &w->out);
    for (size_t i = 0; done && i < runs.count; i++)
        done = hlog_run(w, &runs.row[i], runs.count > 1, e);
    run_list_free(&runs);
    return done;
}
