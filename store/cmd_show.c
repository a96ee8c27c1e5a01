/* streamgauge show: everything about one run. */
#include "report/report.h"
#include "schema/json.h"
#include "schema/units.h"
#include "store/store.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* "name": value, with the comma before it where one is due. */
static void put_name(struct text *out, const char *name)
{
    if (out->data[out->length - 1] != '{')
        text_add(out, ",");
    json_quote(out, name);
    text_add(out, ":");
}

static void put_text(struct text *out, const char *name, const char *value)
{
    put_name(out, name);
    if (value)
        json_quote(out, value);
    else
        text_add(out, "null");
}

static void put_number(struct text *out, const char *name, double value)
{
    char s[UNITS_TEXT_SIZE];

    put_name(out, name);
    text_add(out, units_format_exact(s, value));
}

static void put_integer(struct text *out, const char *name, int64_t value)
{
    put_name(out, name);
    text_addf(out, "%lld", (long long)value);
}

/* A JSON text as it was recorded; null where it is none, be it damaged. */
static void put_json(struct text *out, const char *name, const char *value)
{
    struct err ignored;
    cJSON *json = value ? json_read(value, strlen(value), name, JSON_STRICT, &ignored) : NULL;

    put_name(out, name);
    if (json)
        json_print(json, false, out);
    else
        text_add(out, "null");
    cJSON_Delete(json);
}

static void put_commit(struct text *out, const struct run *run)
{
    put_name(out, "commit");
    text_add(out, "{");
    put_text(out, "sha", run->commit_sha);
    put_text(out, "time", run->commit_time);
    put_text(out, "author", run->commit_author);
    put_text(out, "subject", run->commit_subject);
    put_text(out, "parent", run->commit_parent);
    put_name(out, "position");
    if (run->commit_position < 0)
        text_add(out, "null");
    else
        text_addf(out, "%lld", (long long)run->commit_position);
    put_name(out, "dirty");
    text_add(out, run->dirty ? "true" : "false");
    text_add(out, "}");
}

static void put_environment(struct text *out, const struct environment *env)
{
    put_name(out, "environment");
    text_add(out, "{");
    put_text(out, "key", env->key);
    put_text(out, "name", env->name);
    put_text(out, "architecture", env->architecture);
    put_text(out, "cpu_model", env->cpu_model);
    put_integer(out, "cores", env->cores);
    put_integer(out, "memory_bytes", env->memory_bytes);
    put_text(out, "os", env->os);
    put_text(out, "container", env->container);
    put_text(out, "kernel", env->kernel);
    put_text(out, "libraries", env->libraries);
    put_text(out, "governor", env->governor);
    text_add(out, "}");
}

static void put_budgets(struct text *out, const struct budget_list *budgets)
{
    put_name(out, "budgets");
    text_add(out, "{");
    for (size_t i = 0; i < budgets->count; i++) {
        const struct budget *b = &budgets->item[i];

        put_name(out, metrics[b->metric].name);
        text_add(out, "{");
        put_number(out, "warning", b->warning);
        put_number(out, "critical", b->critical);
        put_number(out, "regression", b->regression);
        text_add(out, "}");
    }
    text_add(out, "}");
}

static void put_run(struct text *out, const struct run *run)
{
    char started[UNITS_TEXT_SIZE];

    put_text(out, "project", run->project);
    put_text(out, "workload", run->workload);
    put_json(out, "definition", run->definition);
    put_text(out, "branch", run->branch);
    put_commit(out, run);
    put_text(out, "pr", run->pr);
    put_text(out, "run_url", run->run_url);
    put_integer(out, "repeat", run->repeat);
    put_text(out, "role", run->role);
    put_text(out, "started_at", units_format_time(started, run->started_ms));
    put_integer(out, "seed", run->seed);
    put_text(out, "tool_version", run->tool_version);
    put_environment(out, &run->environment);
    put_name(out, "labels");
    text_add(out, "{");
    for (size_t i = 0; i < run->labels_count; i++)
        put_text(out, run->labels[i].key, run->labels[i].value);
    text_add(out, "}");
    put_budgets(out, &run->budgets);
}

static void put_result(struct text *out, const struct result *r)
{
    put_number(out, "duration_s", r->duration_s);
    put_name(out, "failures");
    text_add(out, "[");
    for (size_t i = 0; i < r->failures_count; i++) {
        text_add(out, i ? ",{" : "{");
        put_text(out, "kind", failure_kind_name[r->failures[i].kind]);
        put_text(out, "reason", r->failures[i].reason);
        put_integer(out, "count", r->failures[i].count);
        text_add(out, "}");
    }
    text_add(out, "],\"seconds\":[");
    for (size_t i = 0; i < r->points_count; i++) {
        text_add(out, i ? ",\n{" : "\n{");
        put_text(out, "metric", metrics[r->points[i].metric].name);
        put_integer(out, "second", r->points[i].second);
        put_number(out, "value", r->points[i].value);
        text_add(out, "}");
    }
    text_add(out, "],\"histograms\":[");
    for (size_t i = 0; i < r->histograms_count; i++) {
        const struct histogram *h = &r->histograms[i];

        text_add(out, i ? ",\n{" : "\n{");
        put_text(out, "metric", metrics[h->metric].name);
        put_integer(out, "second", h->second);
        put_integer(out, "count", h->count);
        put_number(out, "min", h->min);
        put_number(out, "max", h->max);
        put_number(out, "mean", h->mean);
        text_add(out, "}");
    }
    text_add(out, "]");
    put_json(out, "extra", r->extra);
}

static void put_notes(struct text *out, const struct note_list *notes)
{
    char created[UNITS_TEXT_SIZE];

    put_name(out, "notes");
    text_add(out, "[");
    for (size_t i = 0; i < notes->count; i++) {
        text_add(out, i ? ",{" : "{");
        put_text(out, "created_at", units_format_time(created, notes->note[i].created_ms));
        put_text(out, "note", notes->note[i].text);
        text_add(out, "}");
    }
    text_add(out, "]");
}

static void show_json(const struct run_row *row, const struct run *run, const struct result *r,
                      const struct note_list *notes)
{
    struct text out = {0};

    text_add(&out, "{\"schema_version\":1,\"run\":{");
    put_text(&out, "uuid", row->uuid);
    put_integer(&out, "id", row->id);
    put_text(&out, "session", row->session);
    put_text(&out, "scenario", row->scenario);
    put_text(&out, "status", run_status_name[row->status]);
    put_text(&out, "reason", row->reason);
    put_name(&out, "metrics");
    text_add(&out, "{");
    for (int i = 0; i < METRIC_COUNT; i++)
        if (isfinite(r->value[i]))
            put_number(&out, metrics[i].name, r->value[i]);
    text_add(&out, "}");
    put_run(&out, run);
    put_result(&out, r);
    put_notes(&out, notes);
    text_add(&out, "}}\n");
    fputs(out.data, stdout);
    text_free(&out);
}

static void show_text(const struct globals *g, const struct run *run, const struct result *r,
                      const struct note_list *notes)
{
    struct doc d = {0};
    char created[UNITS_TEXT_SIZE];

    report_run(&d, run, r);
    for (size_t i = 0; i < notes->count; i++) {
        units_format_time(created, notes->note[i].created_ms);
        doc_item(&d);
        doc_say(&d, TONE_MUTED, "note of %.10s: ", created);
        doc_say(&d, TONE_PLAIN, "%s", notes->note[i].text);
    }
    report_print(&d, g);
    doc_free(&d);
}

static int show_run(const struct call *call, struct err *e)
{
    const struct globals *g = call->globals;
    char last[] = "last";
    struct run_list list = {mem_get(1, sizeof *list.row), 1};
    struct store *s = NULL;
    struct note_list notes = {0};
    struct run run = {0};
    struct result result;

    result_init(&result);
    if (store_open(&s, g->db, STORE_READ, g->wait.ns, e) &&
        store_select_one(s, call->operands ? call->operand[0] : last, &list.row[0], e) &&
        store_run(s, list.row[0].id, &run, e) && store_result(s, list.row[0].id, &result, e) &&
        store_notes(s, list.row[0].id, &notes, e)) {
        if (g->json)
            show_json(&list.row[0], &run, &result, &notes);
        else
            show_text(g, &run, &result, &notes);
    }
    note_list_free(&notes);
    result_free(&result);
    run_free(&run);
    run_list_free(&list);
    store_close(s);
    return e->kind;
}

const struct command cmd_show = {
    .name = "show",
    .operands = "[RUN]",
    .summary = "everything about one run",
    .details = "RUN is a number, a UUID (8 characters or more) or another selection, of which the\n"
               "last run is shown; without it, the last run of all.",
    .operands_max = 1,
    .run = show_run,
};
