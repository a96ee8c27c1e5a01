/* leak: whether a server's memory grew over a soak run; from the database, or --input. */
#include "analyze/analyze.h"
#include "analyze/cmd_input.h"

#include "report/report.h"
#include "schema/command.h"
#include "schema/exit.h"
#include "schema/json.h"
#include "schema/units.h"
#include "store/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct leak_args {
    const char *input;
    struct arg_size budget; /* per hour */
    bool bisect;
};

static const struct leak_args leak_defaults = {.budget = {(int64_t)LEAK_BUDGET}};

static const struct option_spec leak_options[] = {
    OPTION(struct leak_args, budget, "budget", "SIZE", "growth per hour that is accepted (1MiB)"),
    OPTION(struct leak_args, input, "input", "FILE",
           "without a database: a JSON object a line, - is stdin"),
    OPTION(struct leak_args, bisect, "bisect", NULL,
           "exit 125 instead of 3 and 5, for git bisect run"),
    OPTION_END,
};

static void leak_members(const struct leak *l, struct text *out)
{
    text_addf(out, ",\"verdict\":\"%s\"", leak_verdict_name[l->verdict]);
    input_number_add(out, ",\"bytes_per_hour\":", l->bytes_per_hour);
    input_number_add(out, ",\"interval\":[", l->lo);
    input_number_add(out, ",", l->hi);
    text_add(out, "]");
}

static bool ordered(const double *seconds, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (seconds[i] < seconds[i - 1])
            return false;
    return true;
}

/* {"id", "seconds":[..], "bytes":[..]} */
static bool leak_line(const struct json_at *line, const void *options, struct text *out,
                      struct err *e)
{
    const struct leak_args *args = options;
    struct json_at seconds_at = json_member(line, "seconds"), bytes_at = json_member(line, "bytes");
    double *seconds = NULL, *bytes = NULL;
    size_t count = 0, bytes_count = 0;
    bool done = input_numbers(&seconds_at, &seconds, &count, e) &&
                input_numbers(&bytes_at, &bytes, &bytes_count, e);
    struct leak l;

    if (done && count != bytes_count)
        done = err_set(e, ERR_USAGE, "seconds has %zu numbers, bytes has %zu", count, bytes_count);
    if (done && !ordered(seconds, count))
        done = err_set(e, ERR_USAGE, "seconds: a later one is smaller than one before");
    if (done) {
        leak_find(seconds, bytes, count, (double)args->budget.bytes, &l);
        leak_members(&l, out);
    }
    free(seconds);
    free(bytes);
    return done;
}

static void leak_say(struct doc *d, const struct run_row *run, const struct leak *l, double budget)
{
    static const enum tone tone[] = {TONE_WARN, TONE_GOOD, TONE_BAD};
    struct text figures = {0};

    leak_figures(l, budget, &figures);
    doc_lead(d, tone[l->verdict]);
    doc_say(d, tone[l->verdict], "%s: %s", run->scenario, leak_news(l));
    doc_say(d, TONE_PLAIN, "%s", figures.data ? figures.data : "");
    text_free(&figures);
}

static void doubt_say(struct doc *d, const struct leak *l)
{
    struct text doubts = {0};

    leak_doubts(l, &doubts);
    if (doubts.data) {
        doc_item(d);
        doc_say(d, TONE_PLAIN, "%s", doubts.data);
    }
    text_free(&doubts);
}

static void leak_tell(const struct globals *g, const struct run_row *run,
                      const struct result *result, const struct leak *l, double budget)
{
    struct text out = {0};
    struct doc d = {0};

    if (g->json) {
        text_add(&out, "{\"schema_version\":1,\"run\":");
        json_quote(&out, run->uuid);
        text_add(&out, ",\"scenario\":");
        json_quote(&out, run->scenario);
        leak_members(l, &out);
        input_number_add(&out, ",\"budget\":", budget);
        text_addf(&out, ",\"samples\":%zu}\n", l->samples);
        fputs(out.data, stdout);
    } else {
        leak_say(&d, run, l, budget);
        report_memory(&d, result);
        doubt_say(&d, l);
        report_print(&d, g);
    }
    text_free(&out);
    doc_free(&d);
}

static int leak_judge(const struct call *call, struct store *s, const struct run_row *run,
                      struct err *e)
{
    const struct leak_args *args = call->args;
    struct result result;
    double budget = (double)args->budget.bytes;
    struct leak l;
    int status = EXIT_DONE;

    result_init(&result);
    if (store_result(s, run->id, &result, e)) {
        if (!leak_recorded(&result, budget, &l)) {
            err_set(e, ERR_MEASURE,
                    "run %lld has no memory of its target by the second; name its process by "
                    "--observe-pid, or have it started by --start-target",
                    (long long)run->id);
        } else {
            leak_tell(call->globals, run, &result, &l, budget);
            if (run->status == RUN_OK)
                status = l.verdict == LEAK_FOUND ? EXIT_WORSE : EXIT_DONE;
            else
                err_set(e, ERR_MEASURE, "run %lld is %s, which no verdict rests on",
                        (long long)run->id, run_status_name[run->status]);
        }
    }
    result_free(&result);
    return status;
}

static int leak_run(const struct call *call, struct err *e)
{
    const struct leak_args *args = call->args;
    struct run_list runs = {0};
    struct store *s = NULL;
    static char newest[] = "last";
    int status = EXIT_DONE;

    if (args->input && call->operands > 0)
        return err_set(e, ERR_USAGE, "--input takes no run beside it"), EXIT_USAGE;
    if (args->input)
        return input_each(args->input, &(struct input_judge){leak_line, args}, e);
    runs.row = mem_get(1, sizeof *runs.row);
    if (store_open(&s, call->globals->db, STORE_READ, call->globals->wait.ns, e) &&
        store_select_one(s, call->operands ? call->operand[0] : newest, &runs.row[0], e)) {
        runs.count = 1;
        status = leak_judge(call, s, &runs.row[0], e);
    }
    run_list_free(&runs);
    store_close(s);
    status = exit_worse(status, (int)e->kind);
    return args->bisect && (status == EXIT_MEASURE || status == EXIT_UNSURE) ? EXIT_BISECT_SKIP
                                                                             : status;
}

const struct command cmd_leak = {
    .name = "leak",
    .operands = "[RUN]",
    .summary = "growth of the target's memory over a run, with its interval and a verdict",
    .details =
        "Of the newest run, or of the one named. The first fifth is warm-up; what may be warming\n"
        "up, one step or a slow wave is no leak. A verdict needs 200 seconds; an hour sees a few\n"
        "MiB. Exit status 1: a leak.\n\n"
        "  run typical --duration 1h --start-target './server --port {port}'\n"
        "  leak --budget 1MiB\n\n"
        "--input reads {\"id\", \"seconds\":[..], \"bytes\":[..]} a line and answers with\n"
        "{\"id\", \"verdict\", \"bytes_per_hour\", \"interval\"}.",
    .options = leak_options,
    .args_size = sizeof(struct leak_args),
    .defaults = &leak_defaults,
    .operands_max = 1,
    .run = leak_run,
};
