/* streamgauge list: the recorded runs, newest first. */
#include "schema/run.h"
#include "schema/units.h"
#include "store/cmd_runs.h"

#include <string.h>
#include <time.h>

struct list_args {
    const char *scenario, *branch, *commit, *status, *since, *label;
    int64_t limit;
};

static const struct option_spec options[] = {
    OPTION(struct list_args, scenario, "scenario", "NAME", "of this scenario"),
    OPTION(struct list_args, branch, "branch", "NAME", "of this branch"),
    OPTION(struct list_args, commit, "commit", "SHA", "of this commit, or of all that begin so"),
    OPTION(struct list_args, status, "status", "STATUS",
           "running, ok, overloaded, interrupted or failed"),
    OPTION(struct list_args, since, "since", "TIME",
           "started then or later: 2026-11-23, 2026-11-23T16:05:00Z, or 7d ago"),
    OPTION(struct list_args, label, "label", "K=V", "with this label"),
    OPTION(struct list_args, limit, "limit", "N", "at most N runs"),
    OPTION_END,
};

/* A date, a time, or how long ago. */
static bool since_read(const char *text, int64_t *ms, struct err *e)
{
    struct err not_time;
    int64_t ago_ns;

    if (units_time(text, ms, &not_time))
        return true;
    if (!units_duration(text, &ago_ns, e))
        return err_set(e, ERR_USAGE, "--since: %s, or how long ago, such as 7d", not_time.text);
    *ms = (int64_t)time(NULL) * 1000 - ago_ns / NS_PER_MS;
    return true;
}

static bool status_known(const char *word, struct err *e)
{
    const char *names[RUN_FAILED + 2] = {0}, *nearest;

    for (int i = RUN_RUNNING; i <= RUN_FAILED; i++) {
        names[i] = run_status_name[i];
        if (strcmp(word, names[i]) == 0)
            return true;
    }
    nearest = text_nearest(word, names);
    return err_set(
        e, ERR_USAGE, "--status: %s is none of running, ok, overloaded, interrupted, failed%s%s%s",
        word, nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static bool filter_read(const struct list_args *args, struct run_filter *f, struct err *e)
{
    *f = (struct run_filter){.scenario = args->scenario,
                             .branch = args->branch,
                             .commit = args->commit,
                             .status = args->status,
                             .label = args->label,
                             .limit = args->limit};
    if (args->status && !status_known(args->status, e))
        return false;
    if (args->label && !strchr(args->label, '='))
        return err_set(e, ERR_USAGE, "--label: expected KEY=VALUE, found %s", args->label);
    return !args->since || since_read(args->since, &f->since_ms, e);
}

static int list_run(const struct call *call, struct err *e)
{
    const struct globals *g = call->globals;
    struct run_list runs = {0};
    struct run_filter filter;
    struct store *s = NULL;

    if (filter_read(call->args, &filter, e) && store_open(&s, g->db, STORE_READ, g->wait.ns, e) &&
        store_list(s, &filter, &runs, e))
        runs_show(g, s, &runs, e);
    run_list_free(&runs);
    store_close(s);
    return e->kind;
}

const struct command cmd_list = {
    .name = "list",
    .summary = "recorded runs, newest first",
    .options = options,
    .args_size = sizeof(struct list_args),
    .run = list_run,
};
