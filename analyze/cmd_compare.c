/* compare: each metric's before and after, of two selections of runs. */
#include "analyze/cmd_compare_input.h"
#include "analyze/cmd_margins.h"
#include "schema/exit.h"

#include <math.h>

struct compare_args {
    struct margins_args margins;
    const char *input;
};

static const struct compare_args compare_args_defaults = {.margins = MARGINS_DEFAULT};

static const struct option_spec compare_options_list[] = {
    MARGINS_OPTIONS(struct compare_args),
    OPTION(struct compare_args, input, "input", "FILE",
           "compare the samples of a file instead (- is stdin), one JSON object a line"),
    OPTION_END,
};

static int compare_run(const struct call *call, struct err *e)
{
    const struct compare_args *args = call->args;

    if (!margins_check(&args->margins, e))
        return e->kind;
    if (args->input) {
        if (call->operands > 0)
            return err_set(e, ERR_USAGE, "compare --input takes no other runs"), e->kind;
        return compare_input(args->input, &args->margins, e);
    }
    return err_set(e, ERR_USAGE, "comparing stored runs is not built yet; compare --input FILE is"),
           e->kind;
}

const struct command cmd_compare = {
    .name = "compare",
    .operands = "BEFORE AFTER",
    .summary = "compare two selections of runs, metric by metric",
    .options = compare_options_list,
    .args_size = sizeof(struct compare_args),
    .defaults = &compare_args_defaults,
    .operands_max = 2,
    .run = compare_run,
};
