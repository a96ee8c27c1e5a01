/* streamgauge prune: retention. */
#include "schema/command.h"
#include "schema/units.h"
#include "store/store.h"

#include <stdio.h>
#include <time.h>

struct prune_args {
    int64_t keep;
    struct arg_duration seconds;
    bool dry_run;
};

static const struct prune_args prune_defaults = {.keep = -1, .seconds = {-1}};

static const struct option_spec prune_options[] = {
    OPTION(struct prune_args, keep, "keep", "N",
           "of each scenario, machine and branch the newest N runs stay"),
    OPTION(struct prune_args, seconds, "drop-seconds", "T",
           "of runs older than T, such as 90d, what is kept by the second goes"),
    OPTION(struct prune_args, dry_run, "dry-run", NULL, "say what would go, and leave it"),
    OPTION_END,
};

static bool args_check(const struct call *call, struct err *e)
{
    const struct prune_args *args = call->args;

    if (call->operands > 0 && (args->keep >= 0 || args->seconds.ns >= 0))
        return err_set(e, ERR_USAGE, "name runs, or say --keep and --drop-seconds, not both");
    if (call->operands == 0 && args->keep < 0 && args->seconds.ns < 0)
        return err_set(e, ERR_USAGE,
                       "what is to go? name runs, or say --keep N or --drop-seconds T");
    return true;
}

static void prune_tell(const struct globals *g, const struct pruned *p, bool dry)
{
    char bytes[UNITS_TEXT_SIZE];

    if (g->json) {
        printf("{\"schema_version\":1,\"dry_run\":%s,\"runs\":%lld,\"seconds\":%lld,\"left\":%lld,"
               "\"bytes\":%lld}\n",
               dry ? "true" : "false", (long long)p->runs, (long long)p->seconds,
               (long long)p->left, (long long)p->bytes);
        return;
    }
    printf("%lld run%s %s, %lld sta%s", (long long)p->runs, p->runs == 1 ? "" : "s",
           dry ? "would go" : "pruned", (long long)p->left, p->left == 1 ? "ys" : "y");
    if (p->seconds > 0)
        printf("; %lld values by the second %s", (long long)p->seconds,
               dry ? "would go" : "dropped");
    if (p->bytes > 0)
        printf("; the file is %s smaller",
               units_format_metric(bytes, (double)p->bytes / 1048576, "MiB"));
    putchar('\n');
}

static int prune_run(const struct call *call, struct err *e)
{
    const struct prune_args *args = call->args;
    struct prune p = {.keep = args->keep, .seconds_before_ms = -1, .dry = args->dry_run};
    struct run_list runs = {0};
    struct store *s = NULL;
    struct pruned done;

    if (args->seconds.ns >= 0)
        p.seconds_before_ms = (int64_t)time(NULL) * 1000 - args->seconds.ns / NS_PER_MS;
    if (args_check(call, e) &&
        store_open(&s, call->globals->db, STORE_UPDATE, call->globals->wait.ns, e) &&
        (call->operands == 0 || store_select(s, call->operand, call->operands, &runs, e))) {
        p.runs = call->operands ? &runs : NULL;
        if (store_prune(s, &p, &done, e))
            prune_tell(call->globals, &done, args->dry_run);
    }
    run_list_free(&runs);
    store_close(s);
    return (int)e->kind;
}

const struct command cmd_prune = {
    .name = "prune",
    .operands = "[RUN...]",
    .summary = "let go of old runs, or of those named",
    .details = "Runs of a baseline and runs or changes with a note stay, whatever their age; runs\n"
               "that are not ok are counted by themselves. What is `running` for a day was never\n"
               "finished and goes like those. The file becomes as much smaller.\n\n"
               "  prune --keep 200 --drop-seconds 90d\n"
               "  prune run:17 session:42-linux",
    .options = prune_options,
    .args_size = sizeof(struct prune_args),
    .defaults = &prune_defaults,
    .operands_max = SIZE_MAX,
    .run = prune_run,
};
