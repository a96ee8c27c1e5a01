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
           "since then: 2026-11-23, 2026-11-23T16:05:00Z, 7d (that long ago), a tag or commit"),
    OPTION(struct list_args, label, "label", "K=V", "with this label"),
    OPTION(struct list_args, limit, "limit", "N", "at most N runs"),
    OPTION_END,
};

/* A date, a time, or how long ago; false: something else. */
static bool ago_read(const char *text, int64_t *ms)
{
    struct err ignored;
    int64_t ago_ns;

    if (units_time(text, ms, &ignored))
        return true;
    if (!units_duration(text, &ago_ns, &ignored))
        return false;
    *ms = (int64_t)time(NULL) * 1000 - ago_ns / NS_PER_MS;
    return true;
}

/* What only looks like so many seconds may be the beginning of a commit. */
static bool since_read(struct store *s, const char *text, struct run_filter *f, struct since *since,
                       struct err *e)
{
    enum { COMMIT_DIGITS = 7 };
    bool is_time = ago_read(text, &f->since_ms);

    if (is_time && (strlen(text) < COMMIT_DIGITS || text[strspn(text, "0123456789abcdef")]))
        return true;
    if (store_since(s, text, since, e)) {
        if (!since->commit_sha)
            f->since_ms = since->time_ms;
        return true;
    }
    if (!is_time || e->kind != ERR_USAGE)
        return false;
    *e = (struct err){0};
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
    return true;
}

/* What came after a commit, in history; a run of it or before is not among them. */
static void after_keep(struct run_list *runs, const struct since *since, int64_t limit)
{
    for (size_t i = runs->count; i-- > 0;)
        if (since_holds(since, &runs->row[i]))
            run_list_drop(runs, i);
    while (limit > 0 && runs->count > (size_t)limit)
        run_list_drop(runs, runs->count - 1);
}

static bool list_get(struct store *s, const struct list_args *args, struct run_filter *f,
                     struct run_list *runs, struct err *e)
{
    struct since since = {0};
    bool done = !args->since || since_read(s, args->since, f, &since, e);

    if (since.commit_sha)
        f->limit = 0;
    done = done && store_list(s, f, runs, e);
    if (done && since.commit_sha)
        after_keep(runs, &since, args->limit);
    since_free(&since);
    return done;
}

static int list_run(const struct call *call, struct err *e)
{
    const struct globals *g = call->globals;
    struct run_list runs = {0};
    struct run_filter filter;
    struct store *s = NULL;

    if (filter_read(call->args, &filter, e) && store_open(&s, g->db, STORE_READ, g->wait.ns, e) &&
        list_get(s, call->args, &filter, &runs, e))
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
