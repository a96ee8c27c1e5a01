/* CSV and NDJSON: every value of every run. */
#include "report/export.h"

#include "report/tell.h"
#include "schema/json.h"
#include "schema/units.h"

#include <math.h>
#include <string.h>

/* A cell of text; what begins like a formula is kept from being one. */
static void cell_put(struct text *out, const char *text)
{
    bool quoted = text && strpbrk(text, ",\"");

    if (!text)
        return;
    text_add(out, quoted ? "\"" : "");
    text_add(out, *text && strchr("=+-@", *text) ? "'" : "");
    for (; *text; text++) {
        text_add(out, *text == '"' ? "\"" : "");
        text_add_bytes(out, text, 1);
    }
    text_add(out, quoted ? "\"" : "");
}

void export_csv_head(struct text *out)
{
    text_add(out, "project,scenario,branch,commit_sha,position,started_at,metric,value,unit,"
                  "environment,status,run,uuid,session,repeat\r\n");
}

void export_csv(const struct run_row *row, const double *value, struct text *out)
{
    const char *const before[] = {row->project, row->scenario, row->branch, row->commit_sha};
    char number[UNITS_TEXT_SIZE], started[UNITS_TEXT_SIZE];

    units_format_time(started, row->started_ms);
    for (int i = 0; i < METRIC_COUNT; i++) {
        if (!isfinite(value[i]))
            continue;
        for (size_t c = 0; c < sizeof before / sizeof *before; c++) {
            cell_put(out, before[c]);
            text_add(out, ",");
        }
        if (row->position >= 0)
            text_addf(out, "%lld", (long long)row->position);
        text_addf(out, ",%s,%s,%s,%s,", started, metrics[i].name,
                  units_format_exact(number, value[i]), metrics[i].unit);
        cell_put(out, row->environment);
        text_addf(out, ",%s,%lld,%s,", run_status_name[row->status], (long long)row->id, row->uuid);
        cell_put(out, row->session);
        text_addf(out, ",%lld\r\n", (long long)row->repeat);
    }
}

static void member_put(struct text *out, const char *name, const char *value)
{
    text_addf(out, ",\"%s\":", name);
    if (value)
        json_quote(out, value);
    else
        text_add(out, "null");
}

/* The element of "runs" of `list --json`, and what it leaves out. */
void export_ndjson(const struct run_row *row, const double *value, struct text *out)
{
    char started[UNITS_TEXT_SIZE];

    tell_json_run(&(struct run_json){row, value}, out);
    out->data[--out->length] = '\0'; /* the brace that ends it */
    member_put(out, "project", row->project);
    member_put(out, "workload", row->workload);
    member_put(out, "environment", row->environment);
    member_put(out, "branch", row->branch);
    member_put(out, "commit_sha", row->commit_sha);
    if (row->position >= 0)
        text_addf(out, ",\"position\":%lld", (long long)row->position);
    else
        text_add(out, ",\"position\":null");
    text_addf(out, ",\"repeat\":%lld", (long long)row->repeat);
    member_put(out, "started_at", units_format_time(started, row->started_ms));
    text_add(out, "}\n");
}
