/* A selection of runs by itself: what they measured, beside their budgets. */
#include "report/cmd_report_work.h"

#include "analyze/analyze.h"
#include "report/tell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool same_group(const struct run_row *a, const struct run_row *b)
{
    return a->scenario_id == b->scenario_id && a->environment_id == b->environment_id;
}

bool group_starts(const struct run_list *runs, size_t i)
{
    size_t k = 0;

    while (!same_group(&runs->row[k], &runs->row[i]))
        k++;
    return k == i;
}

size_t groups_count(const struct run_list *runs)
{
    size_t groups = 0;

    for (size_t i = 0; i < runs->count; i++)
        groups += group_starts(runs, i);
    return groups;
}

struct run_list runs_like(const struct run_list *all, const struct run_row *of)
{
    struct run_list like = {mem_get(all->count, sizeof *like.row), 0};

    for (size_t i = 0; i < all->count; i++)
        if (same_group(&all->row[i], of))
            like.row[like.count++] = all->row[i];
    return like;
}

/* The runs of one scenario on one machine, newest first, with what they measured. */
struct group {
    struct run_list runs;
    struct result *result;
    const double **value;
    struct budget_list budgets;
    struct measured measured;
};

static void group_free(struct group *g)
{
    for (size_t i = 0; i < g->runs.count; i++)
        result_free(&g->result[i]);
    free(g->result);
    free(g->value);
    free(g->runs.row);
    budget_list_free(&g->budgets);
}

/* Runs that are not ok count only where there are no others. */
static size_t values_pick(struct group *g)
{
    size_t n = 0;

    for (int any = 0; any < 2 && n == 0; any++)
        for (size_t i = 0; i < g->runs.count; i++)
            if (any || g->runs.row[i].status == RUN_OK)
                g->value[n++] = g->result[i].value;
    return n;
}

static bool group_get(struct group *g, struct store *s, const struct run_list *all,
                      const struct run_row *of, struct err *e)
{
    bool done;

    *g = (struct group){.runs = runs_like(all, of)};
    g->result = mem_get(g->runs.count, sizeof *g->result);
    g->value = mem_get(g->runs.count, sizeof *g->value);
    for (size_t i = 0; i < g->runs.count; i++)
        result_init(&g->result[i]);
    done = store_budgets(s, of->id, &g->budgets, e);
    for (size_t i = 0; done && i < g->runs.count; i++)
        done = store_result(s, g->runs.row[i].id, &g->result[i], e);
    g->measured = (struct measured){&g->runs, g->value, values_pick(g), &g->budgets};
    return done;
}

/* The runs one by one; of a single one, everything. */
static bool group_details(struct work *w, const struct group *g, struct err *e)
{
    char summary[64], number[UNITS_TEXT_SIZE];
    bool done = true;

    if (g->runs.count == 1) {
        struct run run = {0};

        snprintf(summary, sizeof summary, "everything about run %lld",
                 (long long)g->runs.row[0].id);
        doc_details_begin(&w->doc, summary);
        done = store_run(w->store, g->runs.row[0].id, &run, e);
        if (done)
            report_run(&w->doc, &run, &g->result[0]);
        run_free(&run);
    } else {
        double *p95 = mem_get(g->runs.count, sizeof *p95),
               *rate = mem_get(g->runs.count, sizeof *rate);

        snprintf(summary, sizeof summary, "the %s",
                 tell_count(number, (int64_t)g->runs.count, "run"));
        doc_details_begin(&w->doc, summary);
        for (size_t i = 0; i < g->runs.count; i++) {
            p95[i] = g->result[i].value[METRIC_LATENCY_P95];
            rate[i] = g->result[i].value[METRIC_THROUGHPUT_RECEIVED];
        }
        report_runs(&w->doc, &g->runs, p95, rate);
        free(p95);
        free(rate);
    }
    doc_details_end(&w->doc);
    return done;
}

static void group_json(struct work *w, const struct group *g)
{
    for (size_t i = 0; i < g->runs.count; i++) {
        const struct run_json run = {&g->runs.row[i], g->result[i].value};

        text_add(&w->json, w->json.length ? ",\n" : ",\"runs\":[\n");
        tell_json_run(&run, &w->json);
    }
}

static bool group_tell(struct work *w, const struct group *g, bool heading, struct err *e)
{
    const struct chart_subject subject = {
        &g->runs, NULL, &g->budgets, NULL, g->runs.count == 1 ? &g->result[0] : NULL, NULL};

    group_json(w, g);
    if (heading)
        doc_heading(&w->doc, 2, "%s", g->runs.row[0].scenario);
    doc_lead(&w->doc, tell_measured_tone(&g->measured));
    tell_measured_say(&w->doc, &g->measured);
    tell_measured(&w->doc, &g->measured);
    return charts_put(&w->charts, w->store, &subject, &w->doc, e) && group_details(w, g, e);
}

/* A selection by itself. */
bool measured_report(struct work *w, char *const *selector, struct err *e)
{
    static const char baseline[] = "baseline:";
    size_t length = strlen(baseline);
    struct run_list runs = {0};
    bool done = (strncmp(*selector, baseline, length) != 0 ||
                 window_refresh(w->store, w->globals, *selector + length, e)) &&
                store_select(w->store, selector, 1, &runs, e) &&
                store_leave_roles(w->store, &runs, e);
    size_t groups = done ? groups_count(&runs) : 0;

    w->kind = "runs";
    if (groups > 1)
        doc_heading(&w->doc, 1, "%zu scenarios", groups);
    if (groups > 1)
        doc_contents(&w->doc);
    else if (groups == 1)
        doc_heading(&w->doc, 1, "%s", runs.row[0].scenario);
    for (size_t i = 0; done && i < runs.count; i++) {
        struct group g;

        if (!group_starts(&runs, i))
            continue;
        done = group_get(&g, w->store, &runs, &runs.row[i], e) && group_tell(w, &g, groups > 1, e);
        group_free(&g);
    }
    text_add(&w->json, "\n]");
    run_list_free(&runs);
    return done;
}
