/* The newest figures for Prometheus, and alerts made of the budgets.
 *
 * Names are as its guide to naming asks: base units, the unit at the end, nothing that promtool's
 * linter has to say about.
 */
#include "report/export.h"

#include "schema/json.h"
#include "schema/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* How a unit of ours is told in Prometheus' base units. */
static const struct {
    const char *unit, *suffix;
    double times, over;
} bases[] = {
    {"ms", "_seconds", 1, 1000},
    {"MiB", "_bytes", 1048576, 1},
    {"MiB/h", "_bytes_per_second", 1048576, 3600},
    {"%", "_ratio", 1, 100},
    {"ratio", "_ratio", 1, 1},
    {"msg/s", "_messages_per_second", 1, 1},
    {"B/s", "_bytes_per_second", 1, 1},
    {"1/s", "_per_second", 1, 1},
    {"s", "_seconds", 1, 1},
};

static size_t base_of(enum metric_id metric)
{
    size_t i = 0;

    while (i < sizeof bases / sizeof *bases && strcmp(bases[i].unit, metrics[metric].unit) != 0)
        i++;
    return i;
}

/* "streamgauge_latency_p95_seconds" for latency.p95; "count" would promise a summary. */
static void name_put(struct text *out, enum metric_id metric)
{
    size_t base = base_of(metric);
    const char *name = metrics[metric].name, *dot = strrchr(name, '.');
    size_t length = dot && strcmp(dot, ".count") == 0 ? (size_t)(dot - name) : strlen(name);

    text_add(out, "streamgauge_");
    for (size_t i = 0; i < length; i++)
        text_add_bytes(out, name[i] == '.' ? "_" : &name[i], 1);
    if (base < sizeof bases / sizeof *bases)
        text_add(out, bases[base].suffix);
}

static double in_base(enum metric_id metric, double value)
{
    size_t base = base_of(metric);

    if (base == sizeof bases / sizeof *bases)
        return value;
    return value * bases[base].times / bases[base].over;
}

/* A label's value, and a double-quoted string of PromQL and YAML, all of which take these three. */
static void quote(struct text *out, const char *s)
{
    text_add(out, "\"");
    for (s = s ? s : ""; *s; s++) {
        if (*s == '"' || *s == '\\')
            text_addf(out, "\\%c", *s);
        else if (*s == '\n')
            text_add(out, "\\n");
        else
            text_add_bytes(out, s, 1);
    }
    text_add(out, "\"");
}

static void labels_put(struct text *out, const struct run_row *r)
{
    text_add(out, "project=");
    quote(out, r->project);
    text_add(out, ",scenario=");
    quote(out, r->scenario);
    text_add(out, ",branch=");
    quote(out, r->branch);
    text_add(out, ",environment=");
    quote(out, r->environment);
    text_addf(out, ",workload=\"%.12s\"", r->workload ? r->workload : "");
}

static void sample_put(struct text *out, const struct run_row *r, double value)
{
    char number[UNITS_TEXT_SIZE];

    text_add(out, "{");
    labels_put(out, r);
    text_addf(out, "} %s\n", units_format_exact(number, value));
}

static void family_put(struct text *out, const struct export_run *runs, size_t count,
                       enum metric_id metric)
{
    struct text name = {0};
    bool begun = false;

    name_put(&name, metric);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(runs[i].value[metric]))
            continue;
        if (!begun)
            text_addf(out, "# HELP %s %c%s\n# TYPE %s gauge\n", name.data,
                      metrics[metric].help[0] & ~0x20, metrics[metric].help + 1, name.data);
        begun = true;
        text_add(out, name.data);
        sample_put(out, runs[i].row, in_base(metric, runs[i].value[metric]));
    }
    text_free(&name);
}

void export_prometheus(const struct export_run *runs, size_t count, struct text *out)
{
    for (int i = 0; i < METRIC_COUNT; i++)
        if (metrics[i].kind == KIND_VALUE)
            family_put(out, runs, count, (enum metric_id)i);
    if (count == 0)
        return;
    text_add(out, "# HELP streamgauge_run_timestamp_seconds When the run started.\n"
                  "# TYPE streamgauge_run_timestamp_seconds gauge\n");
    for (size_t i = 0; i < count; i++) {
        text_add(out, "streamgauge_run_timestamp_seconds");
        sample_put(out, runs[i].row, (double)runs[i].row->started_ms / 1000);
    }
    text_add(out, "# HELP streamgauge_run_info What was measured.\n"
                  "# TYPE streamgauge_run_info gauge\n");
    for (size_t i = 0; i < count; i++) {
        text_add(out, "streamgauge_run_info{");
        labels_put(out, runs[i].row);
        text_add(out, ",commit=");
        quote(out, runs[i].row->commit_sha);
        text_addf(out, ",run=\"%s\"} 1\n", runs[i].row->uuid);
    }
}

/* One absolute limit of a budget. */
struct alert {
    const struct run_row *row;
    enum metric_id metric;
    bool critical;
    double limit;
};

static bool alert_get(const struct export_run *r, size_t i, bool critical, struct alert *a)
{
    const struct budget *b = &r->budgets.item[i];

    *a = (struct alert){r->row, b->metric, critical, critical ? b->critical : b->warning};
    return isfinite(a->limit);
}

/* Budgets belong to a scenario row: several branches and machines have the same. */
static bool is_first(const struct export_run *runs, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (runs[k].row->scenario_id == runs[i].row->scenario_id)
            return false;
    return true;
}

static void alert_name_put(struct text *out, const struct alert *a)
{
    bool upper = true;

    text_add(out, "Streamgauge");
    for (const char *s = metrics[a->metric].name; *s; s++) {
        char c = upper && *s >= 'a' && *s <= 'z' ? (char)(*s & ~0x20) : *s;

        upper = *s == '.' || *s == '_';
        if (!upper)
            text_add_bytes(out, &c, 1);
    }
    text_add(out, a->critical ? "Critical" : "Warning");
}

/* The labels that choose what the alert watches: everything of the scenario row. */
static void selector_put(struct text *out, const struct run_row *r)
{
    text_add(out, "project=");
    quote(out, r->project);
    text_add(out, ",scenario=");
    quote(out, r->scenario);
    text_addf(out, ",workload=\"%.12s\"", r->workload ? r->workload : "");
}

/* No text of a user's is in it: Prometheus takes annotations for templates. */
static void annotation_put(struct text *out, const struct alert *a)
{
    char limit[UNITS_TEXT_SIZE];
    struct text said = {0};

    text_addf(&said, "%s is beyond its %s budget of %s", metrics[a->metric].name,
              a->critical ? "critical" : "warning",
              units_format_metric(limit, a->limit, metrics[a->metric].unit));
    quote(out, said.data);
    text_free(&said);
}

/* A plain YAML scalar in single quotes. */
static void yaml_put(struct text *out, const char *s)
{
    text_add(out, "'");
    for (; *s; s++)
        text_add_bytes(out, *s == '\'' ? "''" : s, *s == '\'' ? 2 : 1);
    text_add(out, "'");
}

static void expression_put(struct text *out, const struct alert *a)
{
    struct text expression = {0};
    char number[UNITS_TEXT_SIZE];

    name_put(&expression, a->metric);
    text_add(&expression, "{");
    selector_put(&expression, a->row);
    text_addf(&expression, "} %c %s", metrics[a->metric].better == BETTER_HIGHER ? '<' : '>',
              units_format_exact(number, in_base(a->metric, a->limit)));
    yaml_put(out, expression.data);
    text_free(&expression);
}

static void rule_put(struct text *out, const struct alert *a)
{
    text_add(out, "      - alert: ");
    alert_name_put(out, a);
    text_add(out, "\n        expr: ");
    expression_put(out, a);
    text_addf(out, "\n        labels:\n          severity: %s\n        annotations:\n",
              a->critical ? "critical" : "warning");
    text_add(out, "          summary: ");
    annotation_put(out, a);
    text_add(out, "\n");
}

/* Calls `put` for every alert of every scenario row. */
static size_t alerts_each(const struct export_run *runs, size_t count, struct text *out,
                          void (*put)(struct text *out, const struct alert *a))
{
    size_t alerts = 0;

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; is_first(runs, i) && k < runs[i].budgets.count * 2; k++) {
            struct alert a;

            if (!alert_get(&runs[i], k / 2, k % 2, &a))
                continue;
            put(out, &a);
            alerts++;
        }
    }
    return alerts;
}

void export_rules(const struct export_run *runs, size_t count, struct text *out)
{
    struct text rules = {0};

    if (alerts_each(runs, count, &rules, rule_put) == 0)
        text_add(out, "groups: []\n");
    else
        text_addf(out, "groups:\n  - name: streamgauge budgets\n    rules:\n%s", rules.data);
    text_free(&rules);
}

static void series_put(struct text *out, const struct alert *a, double value)
{
    struct text series = {0};
    char number[UNITS_TEXT_SIZE];

    name_put(&series, a->metric);
    text_add(&series, "{");
    selector_put(&series, a->row);
    text_add(&series, "}");
    text_add(out, "      - series: ");
    yaml_put(out, series.data);
    text_addf(out, "\n        values: '%s'\n", units_format_exact(number, value));
    text_free(&series);
}

/* Beyond the limit it fires; at the limit, which is not beyond, it does not. */
static void rule_test_put(struct text *out, const struct alert *a)
{
    bool higher = metrics[a->metric].better == BETTER_HIGHER;
    double limit = in_base(a->metric, a->limit);
    double beyond = higher ? limit - fabs(limit) / 10 - 1e-9 : limit + fabs(limit) / 10 + 1e-9;

    for (int fires = 0; fires < 2; fires++) {
        text_add(out, "  - interval: 1m\n    input_series:\n");
        series_put(out, a, fires ? beyond : limit);
        text_add(out, "    alert_rule_test:\n      - eval_time: 0m\n        alertname: ");
        alert_name_put(out, a);
        if (!fires) {
            text_add(out, "\n        exp_alerts: []\n");
            continue;
        }
        text_addf(out,
                  "\n        exp_alerts:\n          - exp_labels:\n              severity: %s\n",
                  a->critical ? "critical" : "warning");
        text_add(out, "              project: ");
        quote(out, a->row->project);
        text_add(out, "\n              scenario: ");
        quote(out, a->row->scenario);
        text_addf(out, "\n              workload: \"%.12s\"\n            exp_annotations:\n",
                  a->row->workload ? a->row->workload : "");
        text_add(out, "              summary: ");
        annotation_put(out, a);
        text_add(out, "\n");
    }
}

void export_rules_test(const struct export_run *runs, size_t count, const char *rules_file,
                       struct text *out)
{
    struct text tests = {0};

    text_add(out, "rule_files:\n  - ");
    yaml_put(out, rules_file);
    text_add(out, "\nevaluation_interval: 1m\n");
    if (alerts_each(runs, count, &tests, rule_test_put) == 0)
        text_add(out, "tests: []\n");
    else
        text_addf(out, "tests:\n%s", tests.data);
    text_free(&tests);
}
