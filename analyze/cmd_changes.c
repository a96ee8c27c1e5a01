/* streamgauge changes: where the levels of series changed. */
#include "analyze/cmd_changes_input.h"
#include "schema/command.h"

struct changes_args {
    const char *input;
};

static const struct option_spec options[] = {
    OPTION(struct changes_args, input, "input", "FILE",
           "search the series of a file instead (- is stdin), one JSON object a line"),
    OPTION_END,
};

static int changes_run(const struct call *call, struct err *e)
{
    const struct changes_args *args = call->args;

    if (args->input)
        return changes_input(args->input, e);
    err_set(e, ERR_USAGE, "changes needs --input FILE");
    return (int)e->kind;
}

const struct command cmd_changes = {
    .name = "changes",
    .summary = "where the levels of series changed",
    .options = options,
    .args_size = sizeof(struct changes_args),
    .run = changes_run,
};
