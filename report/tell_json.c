/* The fixed JSON documents: CONTRACT section 1. Hand-made, so that order and form are fixed. */
#include "report/tell.h"
#include "schema/json.h"

#include <math.h>

static void put_number(struct text *out, double value)
{
    char s[UNITS_TEXT_SIZE];

    text_add(out, units_format_exact(s, value));
}

static void put_string(struct text *out, const char *s)
{
    if (s)
        json_quote(out, s);
    else
        text_add(out, "null");
}

static void put_judged(struct text *out, const struct judged *j)
{
    const struct comparison *c = &j->comparison;

    text_add(out, "{\"scenario\":");
    put_string(out, j->scenario);
    text_add(out, ",\"environment\":");
    put_string(out, j->environment);
    text_addf(out, ",\"metric\":\"%s\",\"unit\":\"%s\",\"before\":", metrics[j->metric].name,
              metrics[j->metric].unit);
    put_number(out, c->before);
    text_add(out, ",\"after\":");
    put_number(out, c->after);
    text_add(out, ",\"change\":");
    put_number(out, c->change);
    text_add(out, ",\"interval\":[");
    put_number(out, c->lo);
    text_add(out, ",");
    put_number(out, c->hi);
    text_add(out, "],\"p\":");
    put_number(out, c->p);
    text_add(out, ",\"verdict\":");
    put_string(out, outcome_name[c->outcome]);
    text_add(out, ",\"budget\":");
    put_string(out, j->budget_state == BUDGET_UNKNOWN ? NULL : budget_state_name[j->budget_state]);
    text_add(out, "}");
}

void tell_json_rows(const struct judged_list *list, struct text *out)
{
    text_add(out, "[");
    for (size_t i = 0; i < list->count; i++) {
        text_add(out, i ? ",\n" : "\n");
        put_judged(out, &list->row[i]);
    }
    text_add(out, list->count ? "\n]" : "]");
}

static void put_point(struct text *out, const struct shift_point *p)
{
    text_add(out, "{\"percentile\":");
    put_number(out, p->percentile);
    text_add(out, ",\"before\":");
    put_number(out, p->before);
    text_add(out, ",\"after\":");
    put_number(out, p->after);
    text_add(out, ",\"change\":");
    put_number(out, p->change);
    text_add(out, ",\"interval\":[");
    put_number(out, p->lo);
    text_add(out, ",");
    put_number(out, p->hi);
    text_addf(out, "],\"tested\":%s,\"found\":%s}", p->tested ? "true" : "false",
              p->found ? "true" : "false");
}

static void put_shift(struct text *out, const struct shift *s)
{
    text_add(out, "{\"scenario\":");
    put_string(out, s->scenario);
    text_add(out, ",\"environment\":");
    put_string(out, s->environment);
    text_addf(out, ",\"metric\":\"%s\",\"unit\":\"%s\",\"verdict\":", metrics[s->metric].name,
              metrics[s->metric].unit);
    put_string(out, outcome_name[s->outcome]);
    text_add(out, ",\"p\":");
    put_number(out, s->p);
    text_addf(out, ",\"test\":\"%s\",\"percentile\":", shift_test_name[s->test]);
    put_number(out, s->outcome == OUTCOME_NONE ? (double)NAN : s->point[s->most].percentile);
    text_add(out, ",\"percentiles\":[");
    for (size_t i = 0; i < s->count; i++) {
        text_add(out, i ? ",\n" : "\n");
        put_point(out, &s->point[i]);
    }
    text_add(out, "]}");
}

void report_judged_json(const struct judged_list *list, struct text *out)
{
    text_add(out, "{\"schema_version\":1,\"verdict\":");
    put_string(out, outcome_name[list->outcome]);
    text_add(out, ",\"summary\":");
    put_string(out, list->summary);
    text_add(out, ",\"rows\":");
    tell_json_rows(list, out);
    for (size_t i = 0; i < list->shifts; i++) {
        text_add(out, i ? ",\n" : ",\"distributions\":[\n");
        put_shift(out, &list->shift[i]);
    }
    text_add(out, list->shifts ? "\n]}\n" : "}\n");
}

void tell_json_run(const struct run_json *run, struct text *out)
{
    const char *before = "";

    text_add(out, "{\"uuid\":");
    put_string(out, run->row->uuid);
    text_addf(out, ",\"id\":%lld,\"session\":", (long long)run->row->id);
    put_string(out, run->row->session);
    text_add(out, ",\"scenario\":");
    put_string(out, run->row->scenario);
    text_addf(out, ",\"status\":\"%s\",\"reason\":", run_status_name[run->row->status]);
    put_string(out, run->row->reason);
    text_add(out, ",\"metrics\":{");
    for (int i = 0; i < METRIC_COUNT; i++) {
        if (!isfinite(run->value[i]))
            continue;
        text_addf(out, "%s\"%s\":", before, metrics[i].name);
        put_number(out, run->value[i]);
        before = ",";
    }
    text_add(out, "}}");
}

void report_runs_json(const struct run_json *runs, size_t count, struct text *out)
{
    text_add(out, "{\"schema_version\":1,\"runs\":[");
    for (size_t i = 0; i < count; i++) {
        text_add(out, i ? ",\n" : "\n");
        tell_json_run(&runs[i], out);
    }
    text_add(out, count ? "\n]}\n" : "]}\n");
}
