/* report: tells about runs, with charts. Without operands the newest session; one selection by
 * itself; or what came after against what was before. */
#include "report/cmd_report_work.h"
#include "report/files.h"
#include "schema/command.h"
#include "schema/exit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct report_args {
    const char *since, *format, *output;
};

static const struct report_args report_defaults = {.format = "md"};

static const struct option_spec report_options[] = {
    OPTION(struct report_args, since, "since", "COMMIT|DATE|TAG",
           "what changed since then (not built yet)"),
    OPTION(struct report_args, format, "format", "LIST", "md (html and json are not built yet)"),
    OPTION_SHORT('o', struct report_args, output, "output", "DIR",
                 "write DIR/report.md and DIR/charts; else Markdown on stdout"),
    OPTION_END,
};

static bool args_check(const struct call *call, struct err *e)
{
    const struct report_args *args = call->args;
    const char *word = args->format;

    if (args->since)
        return err_set(e, ERR_USAGE, "--since is not built yet");
    if (call->globals->json)
        return err_set(e, ERR_USAGE, "report --json is not built yet");
    for (size_t length; *word; word += length + (word[length] == ',')) {
        length = strcspn(word, ",");
        if (length == 2 && strncmp(word, "md", 2) == 0)
            continue;
        if ((length == 4 && strncmp(word, "html", 4) == 0) ||
            (length == 4 && strncmp(word, "json", 4) == 0))
            return err_set(e, ERR_USAGE, "--format %.*s is not built yet; md is", (int)length,
                           word);
        return err_set(e, ERR_USAGE, "--format: \"%.40s\" is not md, html or json", args->format);
    }
    return *args->format || err_set(e, ERR_USAGE, "--format: a format is missing: md");
}

/* What could not be drawn, said once; the report is none the worse for it. */
static void missing_tell(struct work *w, const struct globals *g)
{
    if (w->charts.missing.kind == ERR_NONE)
        return;
    doc_paragraph(&w->doc);
    doc_say(&w->doc, TONE_PLAIN, "Charts are missing: %s.", w->charts.missing.text);
    if (!g->quiet)
        fprintf(stderr, "charts are missing: %s\n", w->charts.missing.text);
}

static bool report_write(const struct work *w, const struct call *call, struct err *e)
{
    const struct report_args *args = call->args;
    struct text out = {0};
    bool done = true;

    doc_markdown(&w->doc, &out);
    if (!args->output)
        fputs(out.data, stdout);
    else
        done = files_write(args->output, "report.md", &out, e);
    if (done && args->output && !call->globals->quiet)
        fprintf(stderr, "wrote %s/report.md\n", args->output);
    text_free(&out);
    return done;
}

static int report_command(const struct call *call, struct err *e)
{
    static char newest[] = "last", *last[] = {newest};
    const struct report_args *args = call->args;
    struct work w = {0};
    bool done = args_check(call, e) &&
                store_open(&w.store, call->globals->db, STORE_READ, call->globals->wait.ns, e);

    if (done && args->output)
        done = chart_folder_open(&w.charts, args->output, e);
    if (done)
        done = call->operands == 2 ? compared_report(&w, &call->operand[0], &call->operand[1], e)
                                   : measured_report(&w, call->operands ? call->operand : last, e);
    store_close(w.store);
    if (done) {
        missing_tell(&w, call->globals);
        done = report_write(&w, call, e);
    }
    chart_folder_close(&w.charts);
    doc_free(&w.doc);
    return done ? EXIT_DONE : (int)e->kind;
}

const struct command cmd_report = {
    .name = "report",
    .operands = "[RUN | BEFORE AFTER]",
    .summary = "tell about runs in Markdown, with charts",
    .details = "Without operands it tells about the newest session; with one, about that run or\n"
               "session, commit, tag, branch, baseline; with two, it compares, as `compare` does.\n"
               "Charts need gnuplot; without it the report goes without them.",
    .options = report_options,
    .args_size = sizeof(struct report_args),
    .defaults = &report_defaults,
    .operands_max = 2,
    .run = report_command,
};
