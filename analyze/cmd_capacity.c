/* capacity: how much load a server takes. */
#include "analyze/cmd_capacity_input.h"
#include "schema/command.h"

struct capacity_args {
    const char *input, *chart;
};

static const struct option_spec capacity_options[] = {
    OPTION(struct capacity_args, input, "input", "FILE",
           "fit the scalability law to lines \"load,throughput\" of a file (- is stdin)"),
    OPTION(struct capacity_args, chart, "chart", "NAME",
           "draw the curve into NAME-light.svg and NAME-dark.svg"),
    OPTION_END,
};

static int capacity_run(const struct call *call, struct err *e)
{
    const struct capacity_args *args = call->args;

    if (args->input)
        return capacity_input(args->input, args->chart, e);
    err_set(e, ERR_USAGE, "capacity needs --input FILE");
    return (int)e->kind;
}

const struct command cmd_capacity = {
    .name = "capacity",
    .summary = "fit the scalability law to measured loads",
    .details = "The Universal Scalability Law, throughput = gamma N / (1 + alpha (N - 1) + beta N\n"
               "(N - 1)), by least squares with alpha and beta at least 0. What lies beyond twice\n"
               "the largest load measured is null.",
    .options = capacity_options,
    .args_size = sizeof(struct capacity_args),
    .run = capacity_run,
};
