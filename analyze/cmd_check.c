/* check: the gate of CI. Budgets and baseline together. */
#include "analyze/cmd_gate.h"
#include "analyze/cmd_told.h"
#include "analyze/cmd_window.h"
#include "schema/exit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_BASELINE "default"

struct check_args {
    struct margins_args margins;
    const char *baseline, *drift_baseline, *budget, *fail_on, *across, *comment;
    bool bisect;
};

static const struct check_args check_defaults = {.margins = MARGINS_DEFAULT,
                                                 .fail_on = GATE_DEFAULT};

static const struct option_spec check_options[] = {
    OPTION(struct check_args, baseline, "baseline", "NAME",
           "what is compared with (default: the one called default, else none)"),
    OPTION(struct check_args, drift_baseline, "drift-baseline", "NAME",
           "compare with this one too, a release: against slow creep"),
    OPTION(struct check_args, budget, "budget", "FILE", "budgets beside the scenarios' own"),
    GATE_OPTION(struct check_args),
    OPTION(struct check_args, across, "across", "LIST",
           "compare in spite of another environment, scenario"),
    MARGINS_OPTIONS(struct check_args),
    OPTION(struct check_args, comment, "comment", "FILE",
           "write the answer as Markdown, for a comment on a pull request"),
    OPTION(struct check_args, bisect, "bisect", NULL,
           "exit 125 instead of 3 and 5, for git bisect run"),
    OPTION_END,
};

/* One invocation as it goes on. */
struct check {
    const struct call *call;
    const struct check_args *args;
    struct told told;
    struct budget_list budgets;
    unsigned fail_on;
    const char *baseline; /* the one there is; NULL: none */
    struct run_list before, drift;
    size_t drift_first; /* the first row against the drift baseline */
};

static bool budgets_open(struct check *c, struct err *e)
{
    enum { BUDGET_FILE_MAX = 1 << 20 };
    const char *path = c->args->budget;
    struct text text = {0};
    char buffer[4096];
    size_t length;
    FILE *file;
    bool done = true;

    if (!path)
        return true;
    file = fopen(path, "r");
    if (!file)
        return err_set(e, ERR_USAGE, "%s: %s", path, strerror(errno));
    while (text.length <= BUDGET_FILE_MAX && (length = fread(buffer, 1, sizeof buffer, file)) > 0)
        text_add_bytes(&text, buffer, length);
    if (ferror(file))
        done = err_set(e, ERR_USAGE, "%s: %s", path, strerror(errno));
    else if (text.length > BUDGET_FILE_MAX)
        done = err_set(e, ERR_USAGE, "%s: larger than 1 MiB, which no budgets are", path);
    else
        done = budget_list_read(&c->budgets, text.data ? text.data : "", text.length, path, e);
    fclose(file);
    text_free(&text);
    c->told.budgets = &c->budgets;
    return done;
}

static bool baseline_missing(const char *name, struct err *e)
{
    return err_set(e, ERR_USAGE,
                   "there is no baseline %s; `streamgauge baseline list` shows them, "
                   "`streamgauge baseline set %s SELECTOR...` makes it",
                   name, name);
}

static bool baselines_add(struct check *c, struct err *e)
{
    const char *name = c->args->baseline ? c->args->baseline : DEFAULT_BASELINE;
    const char *drift = c->args->drift_baseline;
    bool exists = false;
    const struct globals *g = c->call->globals;
    struct store *s = c->told.store;
    bool done =
        window_baseline(s, g, name, &c->told.judged, &c->told.across, &c->before, &exists, e);

    if (done && !exists && c->args->baseline)
        done = baseline_missing(name, e);
    c->baseline = exists ? name : NULL;
    done = done && told_add(&c->told, &c->before, c->baseline, false, e);
    c->drift_first = c->told.list.count;
    if (!done || !drift)
        return done;
    return window_baseline(s, g, drift, &c->told.judged, &c->told.across, &c->drift, &exists, e) &&
           (exists || baseline_missing(drift, e)) && told_add(&c->told, &c->drift, drift, true, e);
}

/* The history of what leads the sentence, since what that was compared with. */
static bool since_add(struct check *c, struct err *e)
{
    const struct judged *row = judge_leading(&c->told.list);
    bool drifted = row && row >= c->told.list.row + c->drift_first;

    return since_recorded(&c->told.list, c->told.store, drifted ? &c->drift : &c->before,
                          &c->told.judged, &c->told.options, e);
}

/* Names what was judged, as selectors that a shell takes. */
static void judged_say(const struct check *c, struct text *out)
{
    for (size_t i = 0; !c->told.session && i < c->told.judged.count; i++)
        text_addf(out, "%s%lld", i ? " " : "", (long long)c->told.judged.row[i].id);
    if (c->told.session) {
        text_add(out, "session:");
        text_add_word(out, c->told.session);
    }
}

/* Why the baseline has nothing to compare with, as far as the history tells. */
static bool alone_say(struct check *c, struct text *out, struct err *e)
{
    struct text why = {0};
    bool done = subject_stranger(c->told.store, &c->told.judged.row[0], NULL, &why, e);

    text_addf(out, ". Baseline %s has no other runs of what was judged", c->baseline);
    if (why.data)
        text_addf(out, ": %s, so that a new series begins here", why.data);
    text_free(&why);
    return done;
}

/* What the sentence has to add: that there was nothing to compare with, and what to do. */
static bool summary_complete(struct check *c, const char *unfit, struct err *e)
{
    struct judged_list *list = &c->told.list;
    struct text out = {0};
    bool done = true;

    if (list->unfit < list->runs)
        text_add(&out, list->summary);
    if (list->unfit > 0) /* for who sees this alone, as on a pull request */
        text_addf(&out, "%s%s", out.data ? ". " : "", unfit);
    if (!c->baseline && list->unfit == 0) {
        text_addf(&out, ". No baseline yet; %s can become it: ",
                  c->told.session ? "this session" : "these runs");
        command_suggest(&out, "baseline", c->call->globals->db);
        text_addf(&out, " set %s ", DEFAULT_BASELINE);
        judged_say(c, &out);
    } else if (c->baseline && c->told.refused.kind != ERR_NONE) {
        text_addf(&out, ". Not compared with baseline %s; to begin anew: ", c->baseline);
        command_suggest(&out, "baseline", c->call->globals->db);
        text_add(&out, " set ");
        text_add_word(&out, c->baseline);
        text_add(&out, " ");
        judged_say(c, &out);
    } else if (c->baseline && c->told.compared == 0) {
        done = alone_say(c, &out, e);
    }
    if (judge_held_back(list, &c->told.options))
        text_addf(&out,
                  ". This is look %d at runs that grew in number, and asks for more evidence than "
                  "compare and report, which judge as a first look and find a change",
                  c->told.options.look);
    told_advise(&c->told, c->call->globals, &out);
    free(list->summary);
    list->summary = out.data;
    return done;
}

/* Judges, tells and keeps. */
static int check_end(struct check *c, struct err *e)
{
    const struct globals *g = c->call->globals;
    struct text said = {0};
    int status;

    c->told.list.runs = c->told.judged.count;
    c->told.list.unfit = runs_not_ok(&c->told.judged, &said);
    c->told.list.refused = c->told.refused.kind != ERR_NONE;
    judge_end(&c->told.list, &c->told.options);
    since_add(c, e);
    summary_complete(c, said.data, e);
    told_show(&c->told, g);
    status = gate_status(&c->told.list, c->told.alone > 0 && c->told.refused.kind == ERR_NONE,
                         c->fail_on);
    if (told_keep(&c->told, g, c->baseline, 0, c->drift_first, e))
        told_keep(&c->told, g, c->args->drift_baseline, c->drift_first, c->told.list.count, e);
    told_ci(&c->told, c->args->comment, e);
    if (c->told.list.unfit > 0)
        told_fail(e, ERR_MEASURE, said.data);
    if (c->told.refused.kind != ERR_NONE)
        told_fail(e, c->told.refused.kind, c->told.refused.text);
    text_free(&said);
    return told_status(status, c->args->bisect, e);
}

static int check_run(const struct call *call, struct err *e)
{
    static char newest[] = "last", *last[] = {newest};
    struct check c = {.call = call, .args = call->args, .told = {.command = "check"}};
    int status;

    margins_get(&c.args->margins, &c.told.options);
    if (margins_check(&c.args->margins, e) && gate_parse(c.args->fail_on, &c.fail_on, e) &&
        across_parse(c.args->across, &c.told.across, e) && budgets_open(&c, e) &&
        told_open(&c.told, call->globals, call->operands ? call->operand : last,
                  call->operands ? call->operands : 1, e) &&
        baselines_add(&c, e))
        status = check_end(&c, e);
    else
        status = told_status(EXIT_DONE, c.args->bisect, e);
    budget_list_free(&c.budgets);
    run_list_free(&c.before);
    run_list_free(&c.drift);
    told_free(&c.told);
    return status;
}

const struct command cmd_check = {
    .name = "check",
    .operands = "[SELECTOR...]",
    .summary = "the gate of CI: judge runs by their budgets and against a baseline",
    .details =
        "Judges the runs named, or else the newest session's. A regression needs evidence: all\n"
        "gating metrics are tested together, and looking again after more runs is paid for.\n"
        "Runs that are not ok never pass (exit 3).",
    .options = check_options,
    .args_size = sizeof(struct check_args),
    .defaults = &check_defaults,
    .operands_max = SIZE_MAX,
    .run = check_run,
};
