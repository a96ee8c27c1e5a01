/* export: runs and verdicts as other programs read them. A format is a function here and a line in
 * the table. */
#include "report/cmd_export.h"
#include "report/export.h"

#include "schema/command.h"
#include "schema/exit.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct export_args export_defaults = {.better = "lower",
                                                   .rules_file = "streamgauge.rules.yml"};

static const struct option_spec export_options[] = {
    OPTION(struct export_args, better, "better", "lower|higher",
           "gab: which metrics, those that are better when lower, or when higher"),
    OPTION(struct export_args, rules_file, "rules-file", "FILE",
           "prometheus-test: where the rules are (streamgauge.rules.yml)"),
    OPTION_END,
};

struct format {
    const char *name;
    bool (*make)(struct export_work *w, struct err *e); /* fills w->out, or writes as it goes */
};

/* The newest ok run of each series of what was selected, with its values. */
struct newest {
    struct run_list runs;
    double *value;
    struct export_run *run;
    size_t count;
};

static void newest_free(struct newest *n)
{
    for (size_t i = 0; i < n->count; i++)
        budget_list_free(&n->run[i].budgets);
    free(n->run);
    free(n->value);
    run_list_free(&n->runs);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool series_seen(const struct newest *n, const struct run_row *row)
{
    for (size_t i = 0; i < n->count; i++) {
        const struct run_row *other = n->run[i].row;

        if (other->scenario_id == row->scenario_id &&
            other->environment_id == row->environment_id && same_text(other->branch, row->branch))
            return true;
    }
    return false;
}

static bool newest_get(struct export_work *w, struct newest *n, struct err *e)
{
    bool done = w->selectors ? store_select(w->store, w->selector, w->selectors, &n->runs, e) &&
                                   store_leave_roles(w->store, &n->runs, e)
                             : store_latest(w->store, &n->runs, e);

    if (!done)
        return false;
    n->value = mem_get(n->runs.count * METRIC_COUNT + 1, sizeof *n->value);
    n->run = mem_get(n->runs.count + 1, sizeof *n->run);
    done = store_values_all(w->store, &n->runs, n->value, e);
    for (size_t i = 0; done && i < n->runs.count; i++) {
        struct run_row *row = &n->runs.row[i];

        if (row->status != RUN_OK || series_seen(n, row))
            continue;
        n->run[n->count] = (struct export_run){.row = row, .value = &n->value[i * METRIC_COUNT]};
        done = store_budgets(w->store, row->id, &n->run[n->count++].budgets, e);
    }
    return done;
}

static bool prometheus_make(struct export_work *w, struct err *e)
{
    struct newest n = {0};
    bool done = newest_get(w, &n, e);

    if (done)
        export_prometheus(n.run, n.count, &w->out);
    newest_free(&n);
    return done;
}

static bool rules_make(struct export_work *w, struct err *e)
{
    struct newest n = {0};
    bool done = newest_get(w, &n, e);

    if (done)
        export_rules(n.run, n.count, &w->out);
    newest_free(&n);
    return done;
}

static bool rules_test_make(struct export_work *w, struct err *e)
{
    struct newest n = {0};
    bool done = newest_get(w, &n, e);

    if (done)
        export_rules_test(n.run, n.count, w->args->rules_file, &w->out);
    newest_free(&n);
    return done;
}

static bool gab_make(struct export_work *w, struct err *e)
{
    struct newest n = {0};
    bool higher = strcmp(w->args->better, "higher") == 0, done;

    if (!higher && strcmp(w->args->better, "lower") != 0)
        return err_set(e, ERR_USAGE, "--better %s: expected lower or higher", w->args->better);
    done = newest_get(w, &n, e);
    if (done)
        export_gab(n.run, n.count, higher ? BETTER_HIGHER : BETTER_LOWER, &w->out);
    newest_free(&n);
    return done;
}

/* What was said of a session, and its runs of which nothing could be said. */
struct said {
    struct judged_list list;
    struct run_list unfit;
};

static void said_free(struct said *said)
{
    judged_list_free(&said->list);
    run_list_free(&said->unfit);
}

/* Leaves those that ended otherwise than ok and whose scenario has no run on the machine that is
 * ok: where one is, that was judged, and `ab` makes again what was overloaded. */
static void unfit_keep(struct run_list *runs)
{
    bool *fit = mem_get(runs->count + 1, sizeof *fit);

    for (size_t i = 0; i < runs->count; i++) {
        const struct run_row *r = &runs->row[i];

        fit[i] = r->status == RUN_RUNNING;
        for (size_t k = 0; k < runs->count; k++)
            fit[i] |= runs->row[k].status == RUN_OK && runs->row[k].scenario_id == r->scenario_id &&
                      runs->row[k].environment_id == r->environment_id;
    }
    for (size_t i = runs->count; i-- > 0;)
        if (fit[i])
            run_list_drop(runs, i);
    free(fit);
}

/* The runs of the newest session where none is ok: it may have left no verdict, and what was said
 * of the one before must not pass for its own. Else of the session judged last. */
static bool judged_get(struct store *s, struct run_list *runs, char **session, struct err *e)
{
    static char newest[] = "last";
    char *word = newest;
    struct err none = {0};
    bool any = false, done;

    if (!store_select(s, &word, 1, runs, &none))
        return none.kind == ERR_USAGE || err_set(e, none.kind, "%s", none.text);
    for (size_t i = 0; i < runs->count; i++)
        any |= runs->row[i].status == RUN_OK || runs->row[i].status == RUN_RUNNING;
    if (!any) {
        *session = mem_copy(runs->row[0].session);
        return true;
    }
    run_list_free(runs);
    *runs = (struct run_list){0};
    if (!store_judged_session(s, session, e))
        return false;
    word = mem_printf("session:%s", *session ? *session : "");
    done = store_select(s, &word, 1, runs, &none) || none.kind == ERR_USAGE ||
           err_set(e, none.kind, "%s", none.text);
    free(word);
    return done;
}

static bool said_get(struct export_work *w, struct said *said, struct err *e)
{
    struct run_list *runs = &said->unfit;
    char *session = NULL;
    bool done;

    if (!w->selectors)
        done = judged_get(w->store, runs, &session, e);
    else if ((done = store_select(w->store, w->selector, w->selectors, runs, e)))
        session = mem_copy(runs->row[0].session);
    done = done && store_verdicts(w->store, session, &said->list, e);
    unfit_keep(runs);
    if (done && said->list.count + runs->count == 0)
        done = err_set(e, ERR_USAGE, "%s has no verdicts yet; `streamgauge check` makes them",
                       w->selectors ? "this session" : "the database");
    free(session);
    return done;
}

static bool junit_make(struct export_work *w, struct err *e)
{
    struct said said = {0};
    bool done = said_get(w, &said, e);

    if (done)
        export_junit(&said.list, &said.unfit, &w->out);
    said_free(&said);
    return done;
}

static bool codequality_make(struct export_work *w, struct err *e)
{
    struct said said = {0};
    bool done = said_get(w, &said, e);

    if (done)
        export_codequality(&said.list, &said.unfit, &w->out);
    said_free(&said);
    return done;
}

static const struct format formats[] = {
    {"junit", junit_make},
    {"codequality", codequality_make},
    {"prometheus", prometheus_make},
    {"prometheus-rules", rules_make},
    {"prometheus-test", rules_test_make},
    {"gab", gab_make},
    {"csv", export_csv_make},
    {"ndjson", export_ndjson_make},
    {"hlog", export_hlog_make},
};

static const struct format *format_find(const char *name, struct err *e)
{
    enum { COUNT = sizeof formats / sizeof *formats };
    const char *names[COUNT + 1] = {0}, *nearest;

    for (size_t i = 0; i < COUNT; i++) {
        names[i] = formats[i].name;
        if (strcmp(names[i], name) == 0)
            return &formats[i];
    }
    nearest = text_nearest(name, names);
    err_set(e, ERR_USAGE, "%s is no format of export%s%s%s; `streamgauge help export` lists them",
            name, nearest ? ", did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    return NULL;
}

static int export_command(const struct call *call, struct err *e)
{
    const struct format *format = format_find(call->operand[0], e);
    struct export_work w = {
        .args = call->args, .selector = call->operand + 1, .selectors = call->operands - 1};

    if (format && store_open(&w.store, call->globals->db, STORE_READ, call->globals->wait.ns, e) &&
        format->make(&w, e) && w.out.data)
        fwrite(w.out.data, 1, w.out.length, stdout);
    store_close(w.store);
    text_free(&w.out);
    return (int)e->kind;
}

const struct command cmd_export = {
    .name = "export",
    .operands = "FORMAT [SELECTOR...]",
    .summary = "runs and verdicts as other programs read them",
    .details =
        "Formats, of what check, compare and ab said last (of the newest session judged, or of\n"
        "that of the runs selected):\n"
        "  junit             test results for Jenkins, GitLab, Azure, Buildkite\n"
        "  codequality       GitLab's Code Quality\n"
        "of the newest ok run of each scenario, branch and machine:\n"
        "  prometheus        metrics for node_exporter's textfile collector\n"
        "  prometheus-rules  alerts made of the budgets\n"
        "  prometheus-test   unit tests of these, for `promtool test rules`\n"
        "  gab               github-action-benchmark's custom benchmarks\n"
        "of every run, of any status, from the first to the last:\n"
        "  csv               a line for each value, as in the view results\n"
        "  ndjson            a JSON object for each run, with its metrics\n"
        "of the newest run:\n"
        "  hlog              HdrHistogram's log 1.3: latency, a histogram for each second; of\n"
        "                    several runs each has a tag, run-ID",
    .options = export_options,
    .args_size = sizeof(struct export_args),
    .defaults = &export_defaults,
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .run = export_command,
};
