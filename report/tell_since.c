/* What changed since a release, for who has to decide about the next one: the news, then each
 * scenario in a line, the changes with their commits, what was mended, and the budgets that are
 * nearly used up. */
#include "report/tell.h"

#include "schema/quantile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPARK_WIDTH = 20, NAMES_SHOWN = 4 };

/* A line of bars spans at least this share of its values. */
#define LINE_SPAN 0.1

/* A budget is near its limit from this share of it on. */
#define NEAR_SHARE 0.8

bool tell_change_worse(const struct change_point *p)
{
    return (metrics[p->metric].better == BETTER_LOWER) == (p->step.after > p->step.before);
}

char *report_sparkline(const double *value, size_t count, size_t width)
{
    static const char *const steps[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    size_t bars = count < width ? count : width;
    double *bar = mem_get(bars + 1, sizeof *bar), *share = mem_get(count + 1, sizeof *share);
    double lo = INFINITY, hi = -INFINITY, missing;
    struct text line = {0};

    text_add(&line, "");
    for (size_t k = 0; k < bars; k++) {
        size_t n = 0;

        for (size_t i = k * count / bars; i < (k + 1) * count / bars; i++)
            if (isfinite(value[i]))
                share[n++] = value[i];
        quantile_sort(share, n);
        bar[k] = n ? quantile_sorted(share, n, 0.5) : (double)NAN;
        lo = fmin(lo, bar[k]);
        hi = fmax(hi, bar[k]);
    }
    missing = LINE_SPAN * fabs(hi) - (hi - lo); /* noise of a percent is not to fill the line */
    if (missing > 0) {
        lo -= missing / 2;
        hi += missing / 2;
    }
    for (size_t k = 0; k < bars; k++) {
        double part = hi > lo ? (bar[k] - lo) / (hi - lo) : 0;

        text_add(&line, isnan(bar[k]) ? "·" : steps[(int)(part * 7.999)]);
    }
    free(bar);
    free(share);
    return line.data;
}

/* Row of a metric of a course; NULL: none. */
static const struct judged *row_of(const struct told_since *t, const struct told_course *c,
                                   enum metric_id metric)
{
    for (size_t i = c->first; i < c->end; i++)
        if (t->list->row[i].metric == metric)
            return &t->list->row[i];
    return NULL;
}

/* What gates and has the most to say: worse, then better, then the p95. */
static int row_weight(const struct judged *j)
{
    const char *name = metrics[j->metric].name;
    int weight = j->comparison.outcome == OUTCOME_WORSE    ? 8
                 : j->comparison.outcome == OUTCOME_BETTER ? 4
                                                           : 0;

    if (!j->gates || j->comparison.outcome == OUTCOME_NONE)
        return -1;
    return weight + (j->metric == METRIC_LATENCY_P95 ? 2 : strstr(name, ".p95") ? 1 : 0);
}

enum metric_id tell_since_metric(const struct told_since *t, const struct told_course *c)
{
    const struct judged *best = NULL;

    for (size_t i = c->first; i < c->end; i++)
        if (!best || row_weight(&t->list->row[i]) > row_weight(best))
            best = &t->list->row[i];
    return best ? best->metric : METRIC_LATENCY_P95;
}

static const struct told_finding *finding_of(const struct told_course *c, enum metric_id metric,
                                             bool worse)
{
    for (size_t i = c->findings; i-- > 0;)
        for (size_t k = 0; k < c->finding[i].count; k++)
            if (c->finding[i].point[k]->metric == metric &&
                tell_change_worse(c->finding[i].point[k]) == worse)
                return &c->finding[i];
    return NULL;
}

/* "3f2a9c1 (Answer sooner, A. Engineer)", or what lies between two commits. */
static char *commit_name(const struct told_finding *f)
{
    const struct change_point *p = f->point[0];
    char sha[UNITS_TEXT_SIZE], before[UNITS_TEXT_SIZE];
    struct text out = {0};

    if (!p->commit_sha)
        text_addf(&out, "a run of %.16s", tell_time(sha, p->started_ms));
    else
        text_add(&out, tell_commit(sha, p->commit_sha));
    if (f->subject && *f->subject)
        text_addf(&out, " (%s%s%s)", f->subject, f->author ? ", " : "", f->author ? f->author : "");
    else if (p->commit_sha && p->previous_sha)
        text_addf(&out, " (after %s)", tell_commit(before, p->previous_sha));
    return out.data;
}

/* The commit that the news came with. */
static void lead_commit(struct doc *d, const struct told_since *t)
{
    const struct told_finding *found = NULL;
    const struct judged *lead = NULL;
    bool worse = t->list->outcome == OUTCOME_WORSE;
    char *name;

    if (!worse && t->list->outcome != OUTCOME_BETTER)
        return;
    for (size_t i = 0; i < t->courses; i++) {
        const struct told_course *c = &t->course[i];
        const struct judged *row = row_of(t, c, tell_since_metric(t, c));

        if (!row || row->comparison.outcome != t->list->outcome ||
            (lead && row_weight(lead) >= row_weight(row)))
            continue;
        found = finding_of(c, row->metric, worse == (metrics[row->metric].better != BETTER_NONE));
        lead = found ? row : lead;
    }
    if (!found)
        return;
    name = commit_name(found);
    doc_say(d, TONE_PLAIN, "; %s of %s changed with %s", metrics[lead->metric].name, lead->scenario,
            name);
    free(name);
}

/* "v1.2 is 3f2a9c1 of 2026-10-01 · 41 runs of 3 scenarios since, up to 9e01b4d" */
static void place_say(struct doc *d, const struct told_since *t)
{
    const struct run_row *newest = NULL;
    char sha[UNITS_TEXT_SIZE], when[UNITS_TEXT_SIZE], count[UNITS_TEXT_SIZE];
    size_t runs = 0, courses = 0;

    for (size_t i = 0; i < t->courses; i++) {
        const struct told_course *c = &t->course[i];

        if (c->split == c->runs->count)
            continue;
        courses++;
        runs += c->runs->count - c->split;
        if (!newest || c->runs->row[c->runs->count - 1].started_ms > newest->started_ms)
            newest = &c->runs->row[c->runs->count - 1];
    }
    doc_paragraph(d);
    if (t->commit_sha)
        doc_say(d, TONE_MUTED, "%s is %s", t->name, tell_commit(sha, t->commit_sha));
    else
        doc_say(d, TONE_MUTED, "since %s UTC", tell_time(when, t->time_ms));
    if (t->commit_sha && t->time_ms != INT64_MIN)
        doc_say(d, TONE_MUTED, " of %.10s", tell_time(when, t->time_ms));
    doc_say(d, TONE_MUTED, " · %s of %zu series since", tell_count(count, (int64_t)runs, "run"),
            courses);
    if (newest && newest->commit_sha)
        doc_say(d, TONE_MUTED, ", up to %s", tell_commit(sha, newest->commit_sha));
}

static double *column_of(const struct told_course *c, enum metric_id metric)
{
    double *value = mem_get(c->runs->count + 1, sizeof *value);

    for (size_t i = 0; i < c->runs->count; i++)
        value[i] = c->value[i][metric];
    return value;
}

/* One line for each series, the worst first. */
static void glance_row(struct doc_table *table, const struct told_since *t,
                       const struct told_course *c)
{
    enum metric_id metric = tell_since_metric(t, c);
    const struct judged *row = row_of(t, c, metric);
    const struct comparison *of = &row->comparison;
    double *value = column_of(c, metric);
    char *spark = report_sparkline(value, c->runs->count, SPARK_WIDTH), s[UNITS_TEXT_SIZE];
    const char *verdict = outcome_name[of->outcome];
    enum metric_scale scale = metrics[metric].scale;

    doc_row(table);
    doc_cell(table, TONE_STRONG, "%s", c->name);
    doc_cell(table, TONE_PLAIN, "%s", metrics[metric].name);
    doc_cell(table, TONE_BARS, "%s", spark);
    doc_cell(table, TONE_PLAIN, "%s", tell_value(s, metric, of->before));
    doc_cell(table, TONE_PLAIN, "%s", tell_value(s, metric, of->after));
    doc_cell(table, TONE_PLAIN, "%s", change_text(s, of->change, scale));
    doc_cell(table, TONE_PLAIN, "%s", change_interval_text(s, of->lo, of->hi, scale));
    doc_cell(table, tell_outcome_tone(of->outcome), "%s", verdict ? verdict : "-");
    free(value);
    free(spark);
}

static void glance_put(struct doc *d, const struct told_since *t)
{
    static const char *const titles[] = {"scenario", "metric", "course",        "then",
                                         "now",      "change", "95 % interval", "verdict"};
    struct doc_table *table = NULL;

    for (int weight = 11; weight >= -1; weight--)
        for (size_t i = 0; i < t->courses; i++) {
            const struct told_course *c = &t->course[i];

            if (c->first == c->end || row_weight(row_of(t, c, tell_since_metric(t, c))) != weight)
                continue;
            if (!table) {
                table = doc_table(d);
                for (size_t k = 0; k < sizeof titles / sizeof *titles; k++)
                    doc_column(table, k < 3 ? ALIGN_LEFT : ALIGN_RIGHT, titles[k]);
            }
            glance_row(table, t, c);
        }
}

/* "latency.p95 +20 %, latency.p50 +19 % and 3 more" */
static char *finding_name(const struct told_finding *f)
{
    struct text out = {0};
    char s[UNITS_TEXT_SIZE];

    for (size_t i = 0; i < f->count && i < NAMES_SHOWN; i++) {
        const struct change_point *p = f->point[i];

        text_addf(&out, "%s%s %s", i ? ", " : "", metrics[p->metric].name,
                  metrics[p->metric].scale == SCALE_COUNT && p->step.before > 0
                      ? change_text(s, p->step.after / p->step.before - 1, SCALE_LOG)
                      : change_text(s, p->step.change, metrics[p->metric].scale));
    }
    if (f->count > NAMES_SHOWN)
        text_addf(&out, " and %zu more", f->count - NAMES_SHOWN);
    return out.data;
}

enum change_state tell_finding_state(const struct told_finding *f)
{
    enum change_state state = CHANGE_FALSE_ALARM;

    for (size_t i = 0; i < f->count; i++) {
        enum change_state said = f->point[i]->state;

        if (said == CHANGE_EXPECTED || said == CHANGE_FIXED)
            return said;
        if (state == CHANGE_FALSE_ALARM)
            state = said;
    }
    return state;
}

static void finding_row(struct doc_table *table, const struct told_course *c,
                        const struct told_finding *f)
{
    const struct change_point *p = f->point[0];
    enum change_state state = tell_finding_state(f);
    bool settled = state >= CHANGE_EXPECTED;
    char s[UNITS_TEXT_SIZE], *what = finding_name(f), *commit = commit_name(f);
    const char *note = NULL;

    for (size_t i = 0; i < f->count && !note; i++)
        note = f->point[i]->note;
    doc_row(table);
    doc_cell(table, TONE_MUTED, "%.10s", tell_time(s, p->started_ms));
    doc_cell(table, TONE_PLAIN, "%s", c->name);
    doc_cell(table, TONE_PLAIN, "%s", what);
    doc_cell(table, TONE_PLAIN, "%s", commit);
    doc_cell(table,
             settled                ? TONE_MUTED
             : tell_change_worse(p) ? TONE_BAD
                                    : TONE_GOOD,
             "%s%s%s", change_state_name[state], note ? ": " : "", note ? note : "");
    free(what);
    free(commit);
}

/* Those that got worse, or those that got better. */
static void findings_put(struct doc *d, const struct told_since *t, bool worse, const char *title)
{
    static const char *const titles[] = {"since (UTC)", "scenario", "what", "commit", "state"};
    struct doc_table *table = NULL;

    for (size_t i = 0; i < t->courses; i++)
        for (size_t k = t->course[i].findings; k-- > 0;) {
            const struct told_finding *f = &t->course[i].finding[k];

            if (tell_change_worse(f->point[0]) != worse ||
                tell_finding_state(f) == CHANGE_FALSE_ALARM)
                continue;
            if (!table) {
                doc_heading(d, 2, "%s", title);
                table = doc_table(d);
                for (size_t n = 0; n < sizeof titles / sizeof *titles; n++)
                    doc_column(table,
                               n == 0             ? ALIGN_RIGHT
                               : n == 2 || n == 3 ? ALIGN_WRAP
                                                  : ALIGN_LEFT,
                               titles[n]);
            }
            finding_row(table, &t->course[i], f);
        }
}

/* How much of a limit is used up; NAN where that is no share (more is better, or there is none). */
static double used(const struct judged *j, double limit)
{
    return metrics[j->metric].better == BETTER_LOWER && limit > 0 ? j->budget_value / limit
                                                                  : (double)NAN;
}

static void budget_row(struct doc_table *table, const struct told_course *c, const struct judged *j)
{
    double limit = isfinite(j->budget.critical) ? j->budget.critical : j->budget.warning;
    double share = used(j, limit);
    char s[UNITS_TEXT_SIZE];

    doc_row(table);
    doc_cell(table, TONE_PLAIN, "%s", c->name);
    doc_cell(table, TONE_PLAIN, "%s", metrics[j->metric].name);
    doc_cell(table, TONE_STRONG, "%s", tell_value(s, j->metric, j->budget_value));
    doc_cell(table, TONE_PLAIN, "%s", tell_value(s, j->metric, j->budget.warning));
    doc_cell(table, TONE_PLAIN, "%s", tell_value(s, j->metric, j->budget.critical));
    if (isfinite(share))
        doc_cell(table, TONE_PLAIN, "%s", change_size_text(s, share, SCALE_LOG));
    else
        doc_cell(table, TONE_PLAIN, "-");
    doc_cell(table, tell_budget_tone(j->budget_state), "%s",
             j->budget_state == BUDGET_OK ? "near" : budget_state_name[j->budget_state]);
}

static void budgets_put(struct doc *d, const struct told_since *t)
{
    static const char *const titles[] = {"scenario", "metric", "now",   "warning",
                                         "critical", "used",   "budget"};
    struct doc_table *table = NULL;

    for (size_t i = 0; i < t->courses; i++)
        for (size_t k = t->course[i].first; k < t->course[i].end; k++) {
            const struct judged *j = &t->list->row[k];
            bool near = used(j, j->budget.warning) >= NEAR_SHARE ||
                        used(j, j->budget.critical) >= NEAR_SHARE;

            if (j->budget_state != BUDGET_WARNING && j->budget_state != BUDGET_CRITICAL &&
                !(near && j->budget_state == BUDGET_OK))
                continue;
            if (!table) {
                doc_heading(d, 2, "Budgets near their limits");
                table = doc_table(d);
                for (size_t n = 0; n < sizeof titles / sizeof *titles; n++)
                    doc_column(table, n < 2 ? ALIGN_LEFT : ALIGN_RIGHT, titles[n]);
            }
            budget_row(table, &t->course[i], j);
        }
}

/* Names of the courses that were measured on one side alone. */
static void alone_say(struct doc *d, const struct told_since *t, bool before, const char *said)
{
    const char *between = "";

    for (size_t i = 0; i < t->courses; i++) {
        const struct told_course *c = &t->course[i];

        if (c->moved || c->split != (before ? c->runs->count : 0))
            continue;
        if (!*between) {
            doc_paragraph(d);
            doc_say(d, TONE_MUTED, "%s: ", said);
        }
        doc_say(d, TONE_MUTED, "%s%s", between, c->name);
        between = ", ";
    }
}

void tell_since(struct doc *d, const struct told_since *t)
{
    doc_heading(d, 1, "Since %s", t->name);
    tell_judged_lead(d, t->list);
    lead_commit(d, t);
    place_say(d, t);
    doc_contents(d);
    glance_put(d, t);
    alone_say(d, t, true, "not measured since");
    alone_say(d, t, false, "new since then");
}

void tell_since_findings(struct doc *d, const struct told_since *t)
{
    findings_put(d, t, true, "What got worse");
    findings_put(d, t, false, "What got better");
    budgets_put(d, t);
}

void tell_since_course(struct doc *d, const struct told_since *t, const struct told_course *c)
{
    char when[UNITS_TEXT_SIZE];

    doc_heading(d, 2, "%s", c->name);
    if (c->moved) {
        doc_paragraph(d);
        doc_say(d, TONE_WARN, "Measured on another machine since %.10s",
                tell_time(when, c->runs->row[0].started_ms));
        doc_say(d, TONE_PLAIN, ": %s. Levels from before the move are not comparable.",
                c->runs->row[0].environment);
    }
    if (c->first < c->end)
        tell_judged_group(d, t->list, c->first, false);
}
