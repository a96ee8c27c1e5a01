/* What runs measured, without anything to compare them with: a sentence, where they come from, and
 * their figures beside the budgets. */
#include "report/block.h"
#include "report/tell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct tell_range range_of(const struct measured *m, enum metric_id metric)
{
    struct tell_range r;

    tell_range(m->value, m->values, metric, &r);
    return r;
}

static enum budget_state state_of(const struct measured *m, const struct budget *b)
{
    return budget_judge(b, range_of(m, b->metric).median);
}

static size_t count_status(const struct measured *m, enum run_status status)
{
    size_t n = 0;

    for (size_t i = 0; i < m->runs->count; i++)
        n += m->runs->row[i].status == status;
    return n;
}

static size_t count_state(const struct measured *m, enum budget_state state)
{
    size_t n = 0;

    for (size_t i = 0; i < m->budgets->count; i++)
        n += state_of(m, &m->budgets->item[i]) == state;
    return n;
}

enum tone tell_measured_tone(const struct measured *m)
{
    if (count_status(m, RUN_OK) == 0 || count_state(m, BUDGET_CRITICAL))
        return TONE_BAD;
    if (count_status(m, RUN_OK) < m->runs->count || count_state(m, BUDGET_WARNING) ||
        count_state(m, BUDGET_UNKNOWN) || !isfinite(range_of(m, METRIC_LATENCY_P95).median))
        return TONE_WARN;
    return TONE_GOOD;
}

/* "p95 latency is 29.3 ms" */
static bool say_latency(struct doc *d, const struct measured *m, enum tone tone)
{
    double p95 = range_of(m, METRIC_LATENCY_P95).median;
    char s[UNITS_TEXT_SIZE];

    if (isfinite(p95))
        doc_say(d, tone, "p95 latency is %s", tell_value(s, METRIC_LATENCY_P95, p95));
    return isfinite(p95);
}

/* One more sentence about a number of budgets; the blank before it is no part of what stands out.
 */
static void say_count(struct doc *d, enum tone tone, size_t count, const char *noun,
                      const char *what)
{
    char s[UNITS_TEXT_SIZE];

    if (count == 0)
        return;
    doc_say(d, TONE_PLAIN, " ");
    doc_say(d, tone, "%s %s.", tell_count(s, (int64_t)count, noun), what);
}

static void say_budgets(struct doc *d, const struct measured *m)
{
    size_t critical = count_state(m, BUDGET_CRITICAL), warning = count_state(m, BUDGET_WARNING);
    size_t unknown = count_state(m, BUDGET_UNKNOWN), held = count_state(m, BUDGET_OK);

    say_count(d, TONE_BAD, critical, "critical budget", "broken");
    say_count(d, TONE_WARN, warning, "warning budget", "exceeded");
    say_count(d, TONE_WARN, unknown, "budget", "without a value");
    if (held && !critical && !warning && !unknown)
        doc_say(d, TONE_PLAIN, held == 1 ? " Its budget holds." : " Its budgets hold.");
}

static void say_status(struct doc *d, const struct measured *m)
{
    static const enum run_status bad[] = {RUN_FAILED, RUN_OVERLOADED, RUN_INTERRUPTED, RUN_RUNNING};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t n = count_status(m, bad[i]);

        if (n == 0)
            continue;
        doc_say(d, TONE_PLAIN, " ");
        doc_say(d, bad[i] == RUN_FAILED ? TONE_BAD : TONE_WARN, "%zu of %zu runs %s %s.", n,
                m->runs->count, n == 1 ? "is" : "are", run_status_name[bad[i]]);
    }
}

void tell_measured_say(struct doc *d, const struct measured *m)
{
    double rate = range_of(m, METRIC_THROUGHPUT_RECEIVED).median;
    double errors = range_of(m, METRIC_ERRORS_RATE).median;
    char s[UNITS_TEXT_SIZE];

    if (!say_latency(d, m, tell_measured_tone(m)))
        doc_say(d, tell_measured_tone(m), "No latency was measured");
    if (isfinite(rate))
        doc_say(d, TONE_PLAIN, " at %s", tell_value(s, METRIC_THROUGHPUT_RECEIVED, rate));
    if (errors > 0)
        doc_say(d, TONE_PLAIN, ", with %s errors", tell_value(s, METRIC_ERRORS_RATE, errors));
    else if (isfinite(errors))
        doc_say(d, TONE_PLAIN, ", without errors");
    doc_say(d, TONE_PLAIN, ".");
    say_status(d, m);
    say_budgets(d, m);
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

char *tell_branch(const char *branch, size_t most, const char *between)
{
    struct text out = {0};

    text_add(&out, "");
    if (branch && most)
        glyphs_ends(&out, branch, most);
    else if (branch)
        text_add(&out, branch);
    text_add(&out, branch ? between : "");
    return out.data;
}

char *tell_runs_origin(const struct run_list *runs, size_t most)
{
    const struct run_row *newest = &runs->row[0];
    const char *branch = newest->branch;
    size_t commits = 0;
    char sha[UNITS_TEXT_SIZE], *name, *origin;

    for (size_t i = 0; i < runs->count; i++) {
        size_t k = 0;

        while (!same_text(runs->row[k].commit_sha, runs->row[i].commit_sha))
            k++;
        commits += k == i;
        if (!same_text(branch, runs->row[i].branch))
            branch = NULL;
    }
    name = tell_branch(branch, most, commits > 1 ? ", " : newest->commit_sha ? " " : "");
    if (commits > 1)
        origin = mem_printf("%s%zu commits", name, commits);
    else
        origin = mem_printf("%s%s", name,
                            newest->commit_sha ? tell_commit(sha, newest->commit_sha) : "");
    free(name);
    return origin;
}

char *tell_runs_name(const struct run_list *runs, size_t most)
{
    char *origin = tell_runs_origin(runs, most), count[UNITS_TEXT_SIZE];
    char *name = mem_printf("%s%s%s", tell_count(count, (int64_t)runs->count, "run"),
                            *origin ? " of " : "", origin);

    free(origin);
    return name;
}

/* "5 runs of main 9e01b4d · 2026-11-23 16:05 UTC · environment" */
static void origin_put(struct doc *d, const struct measured *m)
{
    const struct run_row *newest = &m->runs->row[0];
    char s[UNITS_TEXT_SIZE], *runs = tell_runs_name(m->runs, 0);

    doc_paragraph(d);
    doc_say(d, TONE_MUTED, "%s", runs);
    doc_say(d, TONE_MUTED, " · %s UTC", tell_time(s, newest->started_ms));
    if (newest->environment)
        doc_say(d, TONE_MUTED, " · %s", newest->environment);
    free(runs);
}

static void metric_row(struct doc_table *t, const struct measured *m, enum metric_id metric)
{
    const struct budget *b = budget_find(m->budgets, metric);
    enum budget_state state = b ? state_of(m, b) : BUDGET_NONE;
    struct tell_range r = range_of(m, metric);
    char s[UNITS_TEXT_SIZE];

    doc_row(t);
    doc_cell(t, TONE_PLAIN, "%s", metrics[metric].name);
    doc_cell(t, TONE_STRONG, "%s", tell_value(s, metric, r.median));
    if (m->values > 1) {
        doc_cell(t, TONE_MUTED, "%s", tell_value(s, metric, r.least));
        doc_cell(t, TONE_MUTED, "%s", tell_value(s, metric, r.most));
    }
    if (m->budgets->count == 0)
        return;
    doc_cell(t, TONE_MUTED, "%s", b ? tell_value(s, metric, b->warning) : "");
    doc_cell(t, TONE_MUTED, "%s", b ? tell_value(s, metric, b->critical) : "");
    doc_cell(t, tell_budget_tone(state), "%s",
             budget_state_name[state] ? budget_state_name[state] : "");
}

static struct doc_table *table_open(struct doc *d, const struct measured *m)
{
    struct doc_table *t = doc_table(d);

    doc_column(t, ALIGN_LEFT, "metric");
    doc_column(t, ALIGN_RIGHT, m->values > 1 ? "median" : "value");
    if (m->values > 1) {
        doc_column(t, ALIGN_RIGHT, "lowest");
        doc_column(t, ALIGN_RIGHT, "highest");
    }
    if (m->budgets->count) {
        doc_column(t, ALIGN_RIGHT, "warning");
        doc_column(t, ALIGN_RIGHT, "critical");
        doc_column(t, ALIGN_RIGHT, "budget");
    }
    return t;
}

/* What gates or has a budget is what the report is about; a budget without a value too. */
static bool is_key(const struct measured *m, enum metric_id metric)
{
    const struct budget *b = budget_find(m->budgets, metric);

    if (b && state_of(m, b) != BUDGET_NONE)
        return true;
    return metrics[metric].gate && isfinite(range_of(m, metric).median);
}

void tell_measured(struct doc *d, const struct measured *m)
{
    struct doc_table *t;

    origin_put(d, m);
    t = table_open(d, m);
    for (int i = 0; i < METRIC_COUNT; i++)
        if (is_key(m, (enum metric_id)i))
            metric_row(t, m, (enum metric_id)i);
    for (size_t i = 0; i < m->runs->count; i++) {
        const struct run_row *r = &m->runs->row[i];

        if (!r->reason || !*r->reason)
            continue;
        doc_item(d);
        doc_say(d, tell_status_tone(r->status), "run %lld is %s", (long long)r->id,
                run_status_name[r->status]);
        doc_say(d, TONE_PLAIN, ": %s", r->reason);
    }
}
