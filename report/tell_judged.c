/* What check, compare and ab say: the sentence, then for each scenario the rows that decide, what
 * has to be said about them, and the rest folded. */
#include "report/tell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool has_budget(const struct judged *j)
{
    return j->budget_state != BUDGET_NONE || j->regression_broken;
}

enum { NAMES_SHOWN = 3 };

/* What has to be seen first. */
static int row_rank(const struct judged *j)
{
    if (j->comparison.outcome == OUTCOME_WORSE || j->regression_broken)
        return 0;
    if (j->budget_state == BUDGET_CRITICAL || j->budget_state == BUDGET_WARNING)
        return 1;
    if (j->comparison.outcome == OUTCOME_BETTER)
        return 2;
    if (j->comparison.outcome == OUTCOME_INCONCLUSIVE || j->budget_state == BUDGET_UNKNOWN)
        return 3;
    return j->comparison.outcome == OUTCOME_SAME ? 4 : 5;
}

struct rows {
    const struct judged **row;
    size_t count;
};

/* Keeps the order of equal ranks. */
static void rows_add(struct rows *r, const struct judged *j)
{
    size_t i = r->count++;

    r->row = mem_grow(r->row, r->count, sizeof *r->row);
    for (; i > 0 && row_rank(r->row[i - 1]) > row_rank(j); i--)
        r->row[i] = r->row[i - 1];
    r->row[i] = j;
}

static void row_put(struct doc_table *t, const struct judged *j, bool budgets)
{
    const struct comparison *c = &j->comparison;
    enum metric_scale scale = metrics[j->metric].scale;
    enum tone tone = tell_outcome_tone(c->outcome);
    const char *verdict = outcome_name[c->outcome], *budget = budget_state_name[j->budget_state];
    char s[UNITS_TEXT_SIZE];

    doc_row(t);
    doc_cell(t, tone == TONE_BAD ? TONE_STRONG : TONE_PLAIN, "%s", metrics[j->metric].name);
    /* The unit stands once, where there is something on either side. */
    doc_cell(t, TONE_PLAIN, "%s",
             isfinite(c->after) ? tell_number(s, j->metric, c->before)
                                : tell_value(s, j->metric, c->before));
    doc_cell(t, TONE_PLAIN, "%s", tell_value(s, j->metric, c->after));
    doc_cell(t, TONE_PLAIN, "%s", change_text(s, c->change, scale));
    doc_cell(t, TONE_PLAIN, "%s", change_interval_text(s, c->lo, c->hi, scale));
    doc_cell(t, tone, "%s", verdict ? verdict : "-");
    if (budgets && j->regression_broken && j->budget_state != BUDGET_CRITICAL)
        doc_cell(t, TONE_BAD, "regression");
    else if (budgets)
        doc_cell(t, tell_budget_tone(j->budget_state), "%s", budget ? budget : "");
}

/* There is nothing that they were compared with: values beside their budgets. */
static void rows_alone(struct doc *d, const struct rows *r)
{
    static const char *const titles[] = {"metric", "value", "warning", "critical", "budget"};
    struct doc_table *t = doc_table(d);
    char s[UNITS_TEXT_SIZE];

    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        doc_column(t, i ? ALIGN_RIGHT : ALIGN_LEFT, titles[i]);
    for (size_t i = 0; i < r->count; i++) {
        const struct judged *j = r->row[i];
        const char *state = budget_state_name[j->budget_state];
        bool given = isfinite(j->budget.warning) || isfinite(j->budget.critical);

        doc_row(t);
        doc_cell(t, TONE_PLAIN, "%s", metrics[j->metric].name);
        doc_cell(t, TONE_STRONG, "%s", tell_value(s, j->metric, j->comparison.after));
        doc_cell(t, TONE_MUTED, "%s", given ? tell_value(s, j->metric, j->budget.warning) : "");
        doc_cell(t, TONE_MUTED, "%s", given ? tell_value(s, j->metric, j->budget.critical) : "");
        doc_cell(t, tell_budget_tone(j->budget_state), "%s", state ? state : "");
    }
}

static void rows_table(struct doc *d, const struct rows *r)
{
    static const struct {
        const char *title;
        enum align align;
    } columns[] = {{"metric", ALIGN_LEFT},         {"before", ALIGN_RIGHT},
                   {"after", ALIGN_RIGHT},         {"change", ALIGN_RIGHT},
                   {"95 % interval", ALIGN_RIGHT}, {"verdict", ALIGN_RIGHT}};
    struct doc_table *t = doc_table(d);
    bool budgets = false;

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        doc_column(t, columns[i].align, columns[i].title);
    for (size_t i = 0; i < r->count; i++)
        budgets |= has_budget(r->row[i]);
    if (budgets) {
        doc_column(t, ALIGN_RIGHT, "budget");
        doc_column_spare(t); /* what does not hold is said below the table, too */
    }
    for (size_t i = 0; i < r->count; i++)
        row_put(t, r->row[i], budgets);
}

/* "latency as a whole: most at p99.9: +12 % (...)" */
static void shifts_put(struct doc *d, const struct judged_list *l, const struct judged *of)
{
    for (size_t i = 0; i < l->shifts; i++) {
        const struct shift *s = &l->shift[i];
        const struct shift_point *most = &s->point[s->most];
        enum metric_scale scale = metrics[s->metric].scale;
        char change[UNITS_TEXT_SIZE], interval[UNITS_TEXT_SIZE];

        if (s->scenario_id != of->scenario_id || s->environment_id != of->environment_id ||
            (s->outcome != OUTCOME_WORSE && s->outcome != OUTCOME_BETTER))
            continue;
        doc_item(d);
        doc_say(d, TONE_STRONG, "%s as a whole", metrics[s->metric].name);
        doc_say(d, TONE_PLAIN, " is ");
        doc_say(d, tell_outcome_tone(s->outcome), "%s", outcome_name[s->outcome]);
        doc_say(d, TONE_PLAIN, ", clearest at p%g: %s (%s, with all percentiles together)",
                most->percentile, change_text(change, most->change, scale),
                change_interval_text(interval, most->lo, most->hi, scale));
    }
}

/* ": 9 worse (latency.min, latency.mean, service.p50 and 6 more), 20 same" */
static void rest_say(struct text *out, const struct rows *rest)
{
    static const enum outcome order[] = {OUTCOME_WORSE, OUTCOME_BETTER, OUTCOME_SAME,
                                         OUTCOME_INCONCLUSIVE};
    const char *before = ": ";

    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        bool moved = order[k] == OUTCOME_WORSE || order[k] == OUTCOME_BETTER;
        size_t n = 0, shown = 0;

        for (size_t i = 0; i < rest->count; i++)
            n += rest->row[i]->comparison.outcome == order[k];
        if (n == 0)
            continue;
        text_addf(out, "%s%zu %s", before, n, outcome_name[order[k]]);
        before = ", ";
        for (size_t i = 0; moved && i < rest->count && shown < NAMES_SHOWN; i++)
            if (rest->row[i]->comparison.outcome == order[k])
                text_addf(out, "%s%s", shown++ ? ", " : " (", metrics[rest->row[i]->metric].name);
        if (n > shown && shown)
            text_addf(out, " and %zu more", n - shown);
        text_add(out, shown ? ")" : "");
    }
}

/* "26 more metrics, not gating: 1 worse (latency.mean), 20 same" */
static void rest_put(struct doc *d, const struct rows *rest)
{
    struct text summary = {0};
    char count[UNITS_TEXT_SIZE];
    bool any = false;

    for (size_t i = 0; i < rest->count; i++)
        any |= rest->row[i]->comparison.outcome != OUTCOME_NONE;
    if (!any) /* nothing is said of them that `show` does not say better */
        return;
    text_addf(&summary, "%s, not gating", tell_count(count, (int64_t)rest->count, "more metric"));
    rest_say(&summary, rest);
    doc_details_begin(d, summary.data);
    rows_table(d, rest);
    doc_details_end(d);
    text_free(&summary);
}

static bool same_group(const struct judged *a, const struct judged *b)
{
    return a->scenario_id == b->scenario_id && a->environment_id == b->environment_id &&
           strcmp(a->scenario, b->scenario) == 0;
}

/* "5 runs before, 5 after, 3 earlier sessions · environment" */
static void group_origin(struct doc *d, const struct judged_list *l, size_t first)
{
    const struct comparison *most = &l->row[first].comparison;
    char before[UNITS_TEXT_SIZE], earlier[UNITS_TEXT_SIZE];

    for (size_t i = first; i < l->count; i++)
        if (same_group(&l->row[i], &l->row[first]) &&
            l->row[i].comparison.after_runs > most->after_runs)
            most = &l->row[i].comparison;
    doc_paragraph(d);
    if (most->before_runs)
        doc_say(d, TONE_MUTED, "%s before, %zu after · ",
                tell_count(before, (int64_t)most->before_runs, "run"), most->after_runs);
    if (most->history_sessions)
        doc_say(d, TONE_MUTED, "%s · ",
                tell_count(earlier, (int64_t)most->history_sessions, "earlier session"));
    doc_say(d, TONE_MUTED, "%s", l->row[first].environment ? l->row[first].environment : "");
}

/* What is shown: what counts, and budgets that do not hold or have nothing else to stand by. */
static bool is_key(const struct judged *j)
{
    return j->gates ||
           (has_budget(j) && (j->comparison.outcome != OUTCOME_NONE ||
                              j->budget_state != BUDGET_OK || !isfinite(j->comparison.before)));
}

void tell_judged_group(struct doc *d, const struct judged_list *l, size_t first, bool heading)
{
    struct rows main = {0}, rest = {0};
    bool any = false, compared = false;

    for (size_t i = first; i < l->count; i++)
        any |= same_group(&l->row[i], &l->row[first]) && is_key(&l->row[i]);
    for (size_t i = first; i < l->count; i++) {
        if (!same_group(&l->row[i], &l->row[first]))
            continue;
        compared |= l->row[i].comparison.outcome != OUTCOME_NONE;
        rows_add(!any || is_key(&l->row[i]) ? &main : &rest, &l->row[i]);
    }
    if (heading)
        doc_heading(d, 2, "%s", l->row[first].scenario);
    group_origin(d, l, first);
    if (compared)
        rows_table(d, &main);
    else
        rows_alone(d, &main);
    shifts_put(d, l, &l->row[first]);
    tell_remarks(d, main.row, main.count);
    rest_put(d, &rest);
    free(main.row);
    free(rest.row);
}

static enum tone list_tone(const struct judged_list *l)
{
    bool worse = l->outcome == OUTCOME_WORSE || (l->unfit && l->unfit == l->runs);
    bool warn = l->outcome == OUTCOME_INCONCLUSIVE || l->unfit || l->refused;

    for (size_t i = 0; i < l->count; i++) {
        worse |= l->row[i].budget_state == BUDGET_CRITICAL || l->row[i].regression_broken;
        warn |= l->row[i].budget_state == BUDGET_WARNING ||
                l->row[i].budget_state == BUDGET_UNKNOWN; /* a budget that was asked for */
    }
    return worse ? TONE_BAD : warn ? TONE_WARN : TONE_GOOD;
}

/* The news is what stands before the figures in brackets, or the first sentence. */
void tell_judged_lead(struct doc *d, const struct judged_list *l)
{
    const char *bracket = strstr(l->summary, " ("), *stop = strstr(l->summary, ". ");
    size_t length = strlen(l->summary);
    enum tone tone = list_tone(l);

    if (bracket)
        length = (size_t)(bracket - l->summary);
    if (stop && (size_t)(stop - l->summary) < length)
        length = (size_t)(stop - l->summary) + 1;
    doc_lead(d, tone);
    doc_say(d, tone, "%.*s", (int)length, l->summary);
    doc_say(d, TONE_PLAIN, "%s", l->summary + length);
}

bool tell_judged_starts(const struct judged_list *l, size_t i)
{
    size_t k = 0;

    while (!same_group(&l->row[k], &l->row[i]))
        k++;
    return k == i;
}

void report_judged(struct doc *d, const struct judged_list *list)
{
    size_t groups = 0;

    tell_judged_lead(d, list);
    for (size_t i = 0; i < list->count; i++)
        groups += tell_judged_starts(list, i);
    for (size_t i = 0; i < list->count; i++)
        if (tell_judged_starts(list, i))
            tell_judged_group(d, list, i, groups > 1);
}
