/* report: tells about runs, with charts. Without operands the newest session; one selection by
 * itself; or what came after against what was before. */
#include "report/cmd_report_work.h"
#include "report/files.h"
#include "schema/command.h"
#include "schema/exit.h"
#include "schema/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct report_args {
    const char *since, *format, *output;
};

static const struct option_spec report_options[] = {
    OPTION(struct report_args, since, "since", "COMMIT|DATE|TAG",
           "what changed since then, in everything that was measured"),
    OPTION(struct report_args, format, "format", "LIST",
           "of md,html,json (all with -o, else md alone)"),
    OPTION_SHORT('o', struct report_args, output, "output", "DIR",
                 "write DIR/report.md, .html, .json and DIR/charts; else to stdout"),
    OPTION_END,
};

enum format { FORMAT_MD, FORMAT_HTML, FORMAT_JSON, FORMAT_COUNT };
static const char *const format_name[] = {"md", "html", "json"};

/* A bit for each enum format. */
static bool formats_parse(const char *list, unsigned *bits, struct err *e)
{
    const char *word = list;

    for (size_t length; *word; word += length + (word[length] == ',')) {
        int i = 0;

        length = strcspn(word, ",");
        while (i < FORMAT_COUNT &&
               (strlen(format_name[i]) != length || strncmp(word, format_name[i], length) != 0))
            i++;
        if (i == FORMAT_COUNT)
            return err_set(e, ERR_USAGE, "--format: \"%.*s\" is not md, html or json",
                           length < 40 ? (int)length : 40, word);
        *bits |= 1U << i;
    }
    return *bits || err_set(e, ERR_USAGE, "--format: a format is missing: md, html or json");
}

static bool args_check(const struct call *call, unsigned *formats, struct err *e)
{
    const struct report_args *args = call->args;

    *formats = 0;
    if (args->since && call->operands)
        return err_set(e, ERR_USAGE, "--since tells about all runs; it takes no operands");
    if (call->globals->json && args->format && strcmp(args->format, "json") != 0)
        return err_set(e, ERR_USAGE, "--json and --format %.40s exclude each other", args->format);
    if (call->globals->json)
        *formats = 1U << FORMAT_JSON;
    else if (args->format)
        return formats_parse(args->format, formats, e) &&
               (args->output || !(*formats & (*formats - 1)) ||
                err_set(e, ERR_USAGE, "several formats need a folder: -o DIR"));
    else
        *formats = args->output ? (1U << FORMAT_COUNT) - 1 : 1U << FORMAT_MD;
    return true;
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

static void document_json(const struct work *w, struct text *out)
{
    struct text summary = {0};

    doc_summary(&w->doc, &summary);
    text_addf(out, "{\"schema_version\":1,\"kind\":\"%s\",\"summary\":", w->kind);
    json_quote(out, summary.data);
    text_add(out, ",\"charts\":[");
    for (size_t i = 0; i < w->charts.count; i++) {
        text_add(out, i ? "," : "");
        json_quote(out, w->charts.drawn[i]);
    }
    text_addf(out, "]%s}\n", w->json.data ? w->json.data : "");
    text_free(&summary);
}

static bool format_write(const struct work *w, const struct call *call, enum format format,
                         struct err *e)
{
    const struct report_args *args = call->args;
    char name[16];
    struct text out = {0};
    bool done = true;

    if (format == FORMAT_MD)
        doc_markdown(&w->doc, &out);
    else if (format == FORMAT_HTML)
        doc_html(&w->doc, &out);
    else
        document_json(w, &out);
    snprintf(name, sizeof name, "report.%s", format_name[format]);
    if (!args->output)
        fputs(out.data, stdout);
    else
        done = files_folder(args->output, e) && files_write(args->output, name, &out, e);
    if (done && args->output && !call->globals->quiet)
        fprintf(stderr, "wrote %s/%s\n", args->output, name);
    text_free(&out);
    return done;
}

static bool report_write(const struct work *w, const struct call *call, unsigned formats,
                         struct err *e)
{
    for (int i = 0; i < FORMAT_COUNT; i++)
        if (formats & 1U << i && !format_write(w, call, (enum format)i, e))
            return false;
    return true;
}

static int report_command(const struct call *call, struct err *e)
{
    static char newest[] = "last", *last[] = {newest};
    const struct report_args *args = call->args;
    struct work w = {.globals = call->globals};
    unsigned formats;
    bool done = args_check(call, &formats, e) &&
                store_open(&w.store, call->globals->db, STORE_READ, call->globals->wait.ns, e);

    if (done && args->output)
        chart_folder_open(&w.charts, args->output);
    w.charts.wanted |= done && formats == 1U << FORMAT_HTML;
    if (done)
        done = args->since ? since_report(&w, args->since, e)
               : call->operands == 2
                   ? compared_report(&w, &call->operand[0], &call->operand[1], e)
                   : measured_report(&w, call->operands ? call->operand : last, e);
    store_close(w.store);
    if (done) {
        missing_tell(&w, call->globals);
        done = report_write(&w, call, formats, e);
    }
    chart_folder_close(&w.charts);
    text_free(&w.json);
    doc_free(&w.doc);
    return done ? EXIT_DONE : (int)e->kind;
}

const struct command cmd_report = {
    .name = "report",
    .operands = "[RUN | BEFORE AFTER | --since COMMIT|DATE|TAG]",
    .summary = "tell about runs in Markdown, HTML and JSON, with charts",
    .details = "Without operands it tells about the newest session; with one, about that run or\n"
               "session, commit, tag, branch, baseline; with two, it compares, as `compare` does.\n"
               "With --since it tells release managers what changed since a commit, date or tag.\n"
               "Charts need gnuplot; without it the report goes without them.",
    .options = report_options,
    .args_size = sizeof(struct report_args),
    .operands_max = 2,
    .run = report_command,
};
