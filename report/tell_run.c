/* One run: how it went, where and when, what it measured. */
#include "report/tell.h"
#include "schema/json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool measured(const struct result *r, enum metric_id metric)
{
    return isfinite(r->value[metric]);
}

/* ", p95 latency 29.3 ms" for what there is. */
static void say_value(struct doc *d, const struct result *r, enum metric_id metric,
                      const char *title)
{
    char s[UNITS_TEXT_SIZE];

    if (measured(r, metric))
        doc_say(d, TONE_PLAIN, ", %s %s", title, tell_value(s, metric, r->value[metric]));
}

static void say_figures(struct doc *d, const struct result *r)
{
    char s[UNITS_TEXT_SIZE];

    say_value(d, r, METRIC_LATENCY_P50, "p50");
    say_value(d, r, METRIC_LATENCY_P95, "p95");
    say_value(d, r, METRIC_LATENCY_P99, "p99");
    if (measured(r, METRIC_THROUGHPUT_RECEIVED))
        doc_say(d, TONE_PLAIN, ", %s",
                tell_value(s, METRIC_THROUGHPUT_RECEIVED, r->value[METRIC_THROUGHPUT_RECEIVED]));
    if (r->value[METRIC_ERRORS_RATE] > 0)
        doc_say(d, TONE_PLAIN, ", errors %s",
                tell_value(s, METRIC_ERRORS_RATE, r->value[METRIC_ERRORS_RATE]));
    else if (measured(r, METRIC_ERRORS_RATE))
        doc_say(d, TONE_PLAIN, ", no errors");
}

/* "burst-load: overloaded (reason), p50 9.1 ms, ..." */
static void lead_put(struct doc *d, const struct run *run, const struct result *r)
{
    enum tone tone = tell_status_tone(r->status);

    doc_lead(d, tone);
    doc_say(d, TONE_STRONG, "%s", run->scenario);
    doc_say(d, TONE_PLAIN, ": ");
    doc_say(d, tone, "%s", run_status_name[r->status]);
    if (r->reason && *r->reason)
        doc_say(d, TONE_PLAIN, " (%s)", r->reason);
    say_figures(d, r);
}

static void fact(struct doc_table *t, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void fact(struct doc_table *t, const char *name, const char *format, ...)
{
    va_list args;
    char *s = NULL;

    va_start(args, format);
    if (vasprintf(&s, format, args) < 0)
        s = NULL;
    va_end(args);
    doc_row(t);
    doc_cell(t, TONE_MUTED, "%s", name);
    doc_cell(t, TONE_PLAIN, "%s", s ? s : "");
    free(s);
}

/* "9e01b4d on main, dirty: Cache the router" */
static void fact_commit(struct doc_table *t, const struct run *run)
{
    struct text s = {0};

    if (run->commit_sha)
        text_add(&s, run->commit_sha);
    if (run->branch)
        text_addf(&s, "%son %s", s.length ? " " : "", run->branch);
    if (run->dirty)
        text_add(&s, ", with uncommitted changes");
    if (run->commit_subject)
        text_addf(&s, ": %s", run->commit_subject);
    if (s.length)
        fact(t, "commit", "%s", s.data);
    if (run->pr)
        fact(t, "pull request", "%s", run->pr);
    if (run->run_url)
        fact(t, "CI run", "%s", run->run_url);
    text_free(&s);
}

/* Why the commit has no place in history: then series are in the order of time. */
static void fact_history(struct doc_table *t, const struct run *run)
{
    struct err ignored;
    cJSON *extra = run->extra && run->commit_position < 0
                       ? json_read(run->extra, strlen(run->extra), NULL, JSON_STRICT, &ignored)
                       : NULL;
    struct json_at root = json_root(extra, NULL);
    const char *why = NULL;

    if (cJSON_IsObject(extra) && json_get_string(&root, "position_unknown", &why, &ignored) &&
        why) {
        char *line = mem_copy(why);

        text_clean(line);
        fact(t, "history", "the commit's place in it is not known: %s", line);
        free(line);
    }
    cJSON_Delete(extra);
}

static void fact_environment(struct doc_table *t, const struct environment *env)
{
    const char *more[] = {env->kernel, env->libraries, env->governor};
    struct text s = {0};

    if (env->key)
        fact(t, "environment", "%s", env->key);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (more[i] && *more[i])
            text_addf(&s, "%s%s", s.length ? ", " : "", more[i]);
    if (s.length)
        fact(t, "", "%s", s.data);
    text_free(&s);
}

static void facts_put(struct doc *d, const struct run *run, const struct result *r)
{
    struct doc_table *t = doc_table(d);
    char s[UNITS_TEXT_SIZE];

    doc_column(t, ALIGN_LEFT, "run");
    doc_column(t, ALIGN_WRAP, "");
    fact(t, "id", "%lld, %s", (long long)run->id, run->uuid);
    fact(t, "started", "%s UTC, seed %lld, measured %.4g s", tell_time(s, run->started_ms),
         (long long)run->seed, r->duration_s);
    if (run->session)
        fact(t, "session", "%s, repeat %lld%s%s", run->session, (long long)run->repeat,
             run->role ? ", " : "", run->role ? run->role : "");
    fact_commit(t, run);
    fact_history(t, run);
    fact_environment(t, &run->environment);
    for (size_t i = 0; i < run->labels_count; i++)
        fact(t, "label", "%s=%s", run->labels[i].key, run->labels[i].value);
    if (run->workload)
        fact(t, "workload", "%.16s", run->workload);
    if (run->tool_version)
        fact(t, "version", "streamgauge %s", run->tool_version);
}

/* Quantiles side by side: one line a distribution, numbers in ms. */
static const struct {
    const char *name;
    enum metric_id shown[7];
} distributions[] = {
    {"latency",
     {METRIC_LATENCY_MIN, METRIC_LATENCY_P50, METRIC_LATENCY_P90, METRIC_LATENCY_P95,
      METRIC_LATENCY_P99, METRIC_LATENCY_P999, METRIC_LATENCY_MAX}},
    {"service",
     {METRIC_SERVICE_MIN, METRIC_SERVICE_P50, METRIC_SERVICE_P90, METRIC_SERVICE_P95,
      METRIC_SERVICE_P99, METRIC_SERVICE_P999, METRIC_SERVICE_MAX}},
    {"connect",
     {METRIC_COUNT, METRIC_CONNECT_P50, METRIC_COUNT, METRIC_CONNECT_P95, METRIC_CONNECT_P99,
      METRIC_COUNT, METRIC_CONNECT_MAX}},
    {"token.first",
     {METRIC_COUNT, METRIC_TOKEN_FIRST_P50, METRIC_COUNT, METRIC_TOKEN_FIRST_P95,
      METRIC_TOKEN_FIRST_P99, METRIC_COUNT, METRIC_COUNT}},
    {"token.gap",
     {METRIC_COUNT, METRIC_TOKEN_GAP_P50, METRIC_COUNT, METRIC_TOKEN_GAP_P95, METRIC_TOKEN_GAP_P99,
      METRIC_COUNT, METRIC_TOKEN_GAP_MAX}},
    {"heartbeat",
     {METRIC_COUNT, METRIC_HEARTBEAT_P50, METRIC_COUNT, METRIC_HEARTBEAT_P95, METRIC_COUNT,
      METRIC_COUNT, METRIC_COUNT}},
    {"reconnect",
     {METRIC_COUNT, METRIC_RECONNECT_P50, METRIC_COUNT, METRIC_RECONNECT_P95, METRIC_COUNT,
      METRIC_COUNT, METRIC_COUNT}},
};
enum {
    DISTRIBUTIONS = sizeof distributions / sizeof *distributions,
    QUANTILES = sizeof distributions->shown / sizeof *distributions->shown
};

static bool in_quantiles(enum metric_id metric)
{
    for (size_t i = 0; i < DISTRIBUTIONS; i++)
        for (size_t q = 0; q < QUANTILES; q++)
            if (distributions[i].shown[q] == metric)
                return true;
    return false;
}

static void quantiles_put(struct doc *d, const struct result *r)
{
    static const char *const titles[QUANTILES] = {"min", "p50",   "p90", "p95",
                                                  "p99", "p99.9", "max"};
    struct doc_table *t = NULL;
    char s[UNITS_TEXT_SIZE];

    for (size_t i = 0; i < DISTRIBUTIONS; i++) {
        if (!measured(r, distributions[i].shown[1]))
            continue;
        if (!t) {
            t = doc_table(d);
            doc_column(t, ALIGN_LEFT, "ms");
            for (size_t q = 0; q < QUANTILES; q++)
                doc_column(t, ALIGN_RIGHT, titles[q]);
        }
        doc_row(t);
        doc_cell(t, TONE_STRONG, "%s", distributions[i].name);
        for (size_t q = 0; q < QUANTILES; q++) {
            enum metric_id metric = distributions[i].shown[q];

            if (metric == METRIC_COUNT || !measured(r, metric))
                doc_cell(t, TONE_MUTED, "-");
            else
                doc_cell(t, TONE_PLAIN, "%s", units_format_metric(s, r->value[metric], ""));
        }
    }
}

/* Everything else that was measured, family by family. */
static void values_put(struct doc *d, const struct result *r)
{
    struct doc_table *t = doc_table(d);
    char s[UNITS_TEXT_SIZE];

    doc_column(t, ALIGN_LEFT, "metric");
    doc_column(t, ALIGN_RIGHT, "value");
    doc_column(t, ALIGN_LEFT, "what it is");
    for (int family = 0; family < FAMILY_COUNT; family++) {
        for (int i = 0; i < METRIC_COUNT; i++) {
            enum metric_id metric = (enum metric_id)i;

            if ((int)metrics[i].family != family || !measured(r, metric) || in_quantiles(metric))
                continue;
            doc_row(t);
            doc_cell(t, TONE_PLAIN, "%s", metrics[i].name);
            doc_cell(t, TONE_PLAIN, "%s", tell_value(s, metric, r->value[i]));
            doc_cell(t, TONE_MUTED, "%s", metrics[i].help);
        }
    }
}

static void limit_cell(struct doc_table *t, enum metric_id metric, double limit)
{
    char s[UNITS_TEXT_SIZE];

    doc_cell(t, TONE_PLAIN, "%s", tell_value(s, metric, limit));
}

static void budgets_put(struct doc *d, const struct run *run, const struct result *r)
{
    struct doc_table *t = NULL;

    for (size_t i = 0; i < run->budgets.count; i++) {
        const struct budget *b = &run->budgets.item[i];
        enum budget_state state = budget_judge(b, r->value[b->metric]);

        if (state == BUDGET_NONE)
            continue;
        if (!t) {
            t = doc_table(d);
            doc_column(t, ALIGN_LEFT, "budget");
            doc_column(t, ALIGN_RIGHT, "value");
            doc_column(t, ALIGN_RIGHT, "warning");
            doc_column(t, ALIGN_RIGHT, "critical");
            doc_column(t, ALIGN_RIGHT, "state");
        }
        doc_row(t);
        doc_cell(t, TONE_PLAIN, "%s", metrics[b->metric].name);
        limit_cell(t, b->metric, r->value[b->metric]);
        limit_cell(t, b->metric, b->warning);
        limit_cell(t, b->metric, b->critical);
        doc_cell(t, tell_budget_tone(state), "%s", budget_state_name[state]);
    }
}

static void failures_put(struct doc *d, const struct result *r)
{
    struct doc_table *t;

    if (r->failures_count == 0)
        return;
    t = doc_table(d);
    doc_column(t, ALIGN_LEFT, "failed");
    doc_column(t, ALIGN_RIGHT, "times");
    doc_column(t, ALIGN_WRAP, "reason");
    for (size_t i = 0; i < r->failures_count; i++) {
        doc_row(t);
        doc_cell(t, TONE_BAD, "%s", failure_kind_name[r->failures[i].kind]);
        doc_cell(t, TONE_PLAIN, "%lld", (long long)r->failures[i].count);
        doc_cell(t, TONE_PLAIN, "%s", r->failures[i].reason);
    }
}

void report_run(struct doc *d, const struct run *run, const struct result *result)
{
    lead_put(d, run, result);
    quantiles_put(d, result);
    tell_seconds(d, result);
    failures_put(d, result);
    budgets_put(d, run, result);
    facts_put(d, run, result);
    values_put(d, result);
}

void report_run_brief(struct doc *d, const struct run *run, const struct result *result)
{
    char value[UNITS_TEXT_SIZE], limit[UNITS_TEXT_SIZE];

    lead_put(d, run, result);
    tell_seconds(d, result);
    for (size_t i = 0; i < run->budgets.count; i++) {
        const struct budget *b = &run->budgets.item[i];
        enum budget_state state = budget_judge(b, result->value[b->metric]);

        if (state != BUDGET_WARNING && state != BUDGET_CRITICAL)
            continue;
        doc_item(d);
        doc_say(d, tell_budget_tone(state), "%s", metrics[b->metric].name);
        doc_say(d, TONE_PLAIN, ": %s is beyond its %s budget of %s",
                tell_value(value, b->metric, result->value[b->metric]), budget_state_name[state],
                tell_value(limit, b->metric, state == BUDGET_WARNING ? b->warning : b->critical));
    }
    for (size_t i = 0; i < result->failures_count; i++) {
        doc_item(d);
        doc_say(d, TONE_BAD, "%lld × %s failed", (long long)result->failures[i].count,
                failure_kind_name[result->failures[i].kind]);
        doc_say(d, TONE_PLAIN, ": %s", result->failures[i].reason);
    }
}
