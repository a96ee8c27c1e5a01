/* streamgauge pack: a small copy of the database, to be sent somewhere. */
#include "schema/command.h"
#include "schema/json.h"
#include "schema/units.h"
#include "store/store.h"

#include <stdio.h>
#include <unistd.h>

struct pack_args {
    bool no_seconds, force;
};

static const struct option_spec pack_options[] = {
    OPTION(struct pack_args, no_seconds, "drop-seconds", NULL,
           "without what is kept by the second"),
    OPTION(struct pack_args, force, "force", NULL, "replace FILE where it is there"),
    OPTION_END,
};

static bool pack_make(const struct call *call, const struct store *s, const struct run_list *runs,
                      struct err *e)
{
    const struct globals *g = call->globals;
    const struct pack_args *args = call->args;
    const char *to = call->operand[0];
    struct text quoted = {0};
    char size[UNITS_TEXT_SIZE];
    int64_t bytes = 0;

    if (!args->force && access(to, F_OK) == 0)
        return err_set(e, ERR_USAGE, "%s is there already; --force replaces it", to);
    if (store_is(s, to))
        return err_set(e, ERR_USAGE,
                       "%s is the database itself; `streamgauge prune` makes it smaller", to);
    if (!store_pack(g->db, to, runs, !args->no_seconds, &bytes, e))
        return false;
    json_quote(&quoted, to);
    if (g->json)
        printf("{\"schema_version\":1,\"file\":%s,\"bytes\":%lld}\n", quoted.data,
               (long long)bytes);
    else
        printf("%s: %s\n", to, units_format_metric(size, (double)bytes / 1048576, "MiB"));
    text_free(&quoted);
    return true;
}

static int pack_run(const struct call *call, struct err *e)
{
    struct run_list runs = {0};
    struct store *s = NULL;
    bool some = call->operands > 1;

    if (store_open(&s, call->globals->db, STORE_READ, call->globals->wait.ns, e) &&
        (!some || store_select(s, call->operand + 1, call->operands - 1, &runs, e)))
        pack_make(call, s, some ? &runs : NULL, e);
    run_list_free(&runs);
    store_close(s);
    return (int)e->kind;
}

const struct command cmd_pack = {
    .name = "pack",
    .operands = "FILE [SELECTOR...]",
    .summary = "write a small copy of the database, or of some runs, to a new file",
    .details = "The copy is consistent, whoever writes meanwhile, and `merge` takes it anywhere.\n"
               "With selectors it holds these runs and what belongs to them.",
    .options = pack_options,
    .args_size = sizeof(struct pack_args),
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .run = pack_run,
};
