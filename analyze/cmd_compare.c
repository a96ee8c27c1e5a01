/* compare: each metric's before, after and change, of two selections of runs. */
#include "analyze/cmd_compare_input.h"
#include "analyze/cmd_told.h"
#include "schema/exit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct compare_args {
    struct margins_args margins;
    const char *input, *across;
    bool bisect;
};

static const struct compare_args compare_args_defaults = {.margins = MARGINS_DEFAULT};

static const struct option_spec compare_options_list[] = {
    MARGINS_OPTIONS(struct compare_args),
    OPTION(struct compare_args, across, "across", "LIST",
           "compare in spite of another environment, scenario"),
    OPTION(struct compare_args, bisect, "bisect", NULL,
           "exit 125 instead of 3 and 5, for git bisect run"),
    OPTION(struct compare_args, input, "input", "FILE",
           "compare the samples of a file instead (- is stdin), one JSON object a line"),
    OPTION_END,
};

/* Runs that are not ok are left out; where that is all of a side, there is nothing to compare. */
static bool sides_check(const struct told *t, const struct run_list *before,
                        const struct globals *g, struct err *e)
{
    const struct run_list *sides[] = {before, &t->judged};

    for (int i = 0; i < 2; i++) {
        struct text said = {0};
        size_t bad = runs_not_ok(sides[i], &said);

        if (bad > 0 && bad == sides[i]->count)
            err_set(e, ERR_MEASURE, "%s: %s", i ? "after" : "before", said.data);
        else if (bad > 0 && !g->quiet)
            fprintf(stderr, "left out %s: %s\n", i ? "after" : "before", said.data);
        text_free(&said);
        if (e->kind != ERR_NONE)
            return false;
    }
    return true;
}

static int selections_compare(struct told *t, const struct call *call, struct err *e)
{
    const struct compare_args *args = call->args;
    const struct globals *g = call->globals;
    struct run_list before = {0};
    int status = EXIT_DONE;

    if (!across_parse(args->across, &t->across, e) || !told_open(t, g, &call->operand[1], 1, e) ||
        !window_select(t->store, g, call->operand[0], &t->judged, &t->across, &before, e) ||
        !sides_check(t, &before, g, e) || !told_add(t, &before, NULL, false, e)) {
        run_list_free(&before);
        return told_status(status, args->bisect, e);
    }
    if (t->compared > 0) {
        struct text summary = {0};

        judge_end(&t->list, &t->options);
        since_recorded(&t->list, t->store, &before, &t->judged, &t->options, e);
        text_add(&summary, t->list.summary);
        told_advise(t, call->globals, &summary);
        free(t->list.summary);
        t->list.summary = summary.data;
        told_show(t, g);
        status = t->list.outcome == OUTCOME_WORSE ? EXIT_WORSE : EXIT_DONE;
        told_keep(t, g, NULL, 0, t->list.count, e);
    } else if (t->refused.kind == ERR_NONE) {
        err_set(e, ERR_REFUSED,
                "%s and %s have no scenario in common; --across scenario compares one with another",
                call->operand[0], call->operand[1]);
    }
    if (t->refused.kind != ERR_NONE)
        told_fail(e, t->refused.kind, t->refused.text);
    run_list_free(&before);
    return told_status(status, args->bisect, e);
}

static int compare_run(const struct call *call, struct err *e)
{
    const struct compare_args *args = call->args;
    struct told t = {.command = "compare"};
    int status;

    if (!margins_check(&args->margins, e))
        return (int)e->kind;
    if (args->input) {
        if (call->operands == 0)
            return compare_input(args->input, &args->margins, e);
        err_set(e, ERR_USAGE, "--input compares what is in the file, no stored runs");
        return (int)e->kind;
    }
    if (call->operands != 2) {
        err_set(e, ERR_USAGE, "compare needs two selections of runs: BEFORE AFTER, or --input");
        return (int)e->kind;
    }
    margins_get(&args->margins, &t.options);
    status = selections_compare(&t, call, e);
    told_free(&t);
    return status;
}

const struct command cmd_compare = {
    .name = "compare",
    .operands = "BEFORE AFTER",
    .summary = "compare two selections of runs, metric by metric",
    .details =
        "Only metrics that gate decide the exit status, all of them together: a single one that\n"
        "differs by chance does not. Sessions differ from one another; what they differ by comes\n"
        "from earlier sessions, or is assumed with caution where there are none.",
    .options = compare_options_list,
    .args_size = sizeof(struct compare_args),
    .defaults = &compare_args_defaults,
    .operands_max = 2,
    .run = compare_run,
};
