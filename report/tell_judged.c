/* What check, compare and ab say: the sentence, then for each scenario the rows that decide, what
 * has to be said about them, and the rest folded. */
#include "report/tell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is said below a table; what holds for several metrics is said once. */
struct remark {
    struct text metrics;
    char *said;
    enum tone tone;
};
struct remarks {
    struct remark *item;
    size_t count;
};

/* `said` becomes the list's. */
static void remark_add(struct remarks *r, const char *metric, enum tone tone, char *said)
{
    size_t i = 0;

    while (i < r->count && strcmp(r->item[i].said, said) != 0)
        i++;
    if (i == r->count) {
        r->item = mem_grow(r->item, ++r->count, sizeof *r->item);
        r->item[i] = (struct remark){{0}, said, tone};
    } else {
        free(said);
        text_add(&r->item[i].metrics, ", ");
    }
    text_add(&r->item[i].metrics, metric);
}

static void remarks_put(struct doc *d, struct remarks *r)
{
    for (size_t i = 0; i < r->count; i++) {
        doc_item(d);
        doc_say(d, r->item[i].tone, "%s", r->item[i].metrics.data);
        doc_say(d, TONE_PLAIN, ": %s", r->item[i].said);
        text_free(&r->item[i].metrics);
        free(r->item[i].said);
    }
    free(r->item);
}

static void remark_budget(struct remarks *r, const struct judged *j)
{
    const char *name = metrics[j->metric].name;
    char limit[UNITS_TEXT_SIZE];

    if (j->budget_state == BUDGET_CRITICAL)
        remark_add(r, name, TONE_BAD,
                   mem_printf("beyond its critical budget of %s",
                              tell_value(limit, j->metric, j->budget.critical)));
    if (j->budget_state == BUDGET_WARNING)
        remark_add(r, name, TONE_WARN,
                   mem_printf("beyond its warning budget of %s",
                              tell_value(limit, j->metric, j->budget.warning)));
    if (j->budget_state == BUDGET_UNKNOWN)
        remark_add(r, name, TONE_WARN,
                   mem_copy("no value, so that its budget could not be judged"));
    if (j->regression_broken)
        remark_add(r, name, TONE_BAD,
                   mem_printf("changed by more than its regression budget of %s",
                              change_size_text(limit, j->budget.regression, SCALE_LOG)));
}

static void remark_outliers(struct remarks *r, const struct judged *j)
{
    const struct comparison *c = &j->comparison;
    struct text said = {0};

    if (c->pair_outliers > 0)
        remark_add(r, metrics[j->metric].name, TONE_PLAIN,
                   mem_printf("outlying pairs, held at the edge of the others: %zu of %zu",
                              c->pair_outliers, c->after_runs));
    if (c->before_outliers + c->after_outliers == 0 || !c->before_runs || !c->after_runs)
        return;
    text_addf(&said,
              "outlying runs, held at the edge of the others: %zu of %zu before, "
              "%zu of %zu after",
              c->before_outliers, c->before_runs, c->after_outliers, c->after_runs);
    if (c->outliers_p <= 0.05)
        text_addf(&said, ", more than chance explains (p %.2g)", c->outliers_p);
    remark_add(r, metrics[j->metric].name, TONE_PLAIN, said.data);
}

/* Where the smallest change that would have been seen is ten times the value, it says nothing. */
#define DETECTABLE_MOST 10

static void remark_unsure(struct remarks *r, const struct judged *j)
{
    const struct comparison *c = &j->comparison;
    char size[UNITS_TEXT_SIZE], runs[UNITS_TEXT_SIZE];
    struct text said = {0};

    if (c->outcome != OUTCOME_INCONCLUSIVE)
        return;
    if (c->lo > 0 || c->hi < 0)
        text_add(&said, "probably changed, but not surely enough for one of so many metrics");
    else if (c->detectable < DETECTABLE_MOST)
        text_addf(&said, "no regression seen; one of %s or more would have been",
                  change_size_text(size, c->detectable, metrics[j->metric].scale));
    else
        text_add(&said, "runs too few or too noisy to tell");
    if (c->more_runs > 0)
        text_addf(&said, "; %s a side would decide", tell_count(runs, c->more_runs, "more run"));
    else if (c->more_runs < 0)
        text_add(&said,
                 "; more runs in these sessions would not decide, interleaved ones (ab) may");
    remark_add(r, metrics[j->metric].name, TONE_PLAIN, said.data);
}

static bool has_budget(const struct judged *j)
{
    return j->budget_state != BUDGET_NONE || j->regression_broken;
}

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
    if (budgets)
        doc_column(t, ALIGN_RIGHT, "budget");
    for (size_t i = 0; i < r->count; i++)
        row_put(t, r->row[i], budgets);
}

static void rows_remarks(struct doc *d, const struct rows *r)
{
    struct remarks said = {0};

    for (size_t i = 0; i < r->count; i++) {
        const struct judged *j = r->row[i];

        remark_budget(&said, j);
        remark_outliers(&said, j);
        remark_unsure(&said, j);
        if (j->note)
            remark_add(&said, metrics[j->metric].name, TONE_PLAIN, mem_copy(j->note));
    }
    remarks_put(d, &said);
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

/* "26 more metrics, not gating: 1 worse, 20 same" */
static void rest_put(struct doc *d, const struct rows *rest)
{
    static const enum outcome order[] = {OUTCOME_WORSE, OUTCOME_BETTER, OUTCOME_SAME,
                                         OUTCOME_INCONCLUSIVE};
    struct text summary = {0};
    const char *before = ": ";
    char count[UNITS_TEXT_SIZE];
    bool any = false;

    for (size_t i = 0; i < rest->count; i++)
        any |= rest->row[i]->comparison.outcome != OUTCOME_NONE;
    if (!any) /* nothing is said of them that `show` does not say better */
        return;
    text_addf(&summary, "%s, not gating", tell_count(count, (int64_t)rest->count, "more metric"));
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        size_t n = 0;

        for (size_t i = 0; i < rest->count; i++)
            n += rest->row[i]->comparison.outcome == order[k];
        if (n) {
            text_addf(&summary, "%s%zu %s", before, n, outcome_name[order[k]]);
            before = ", ";
        }
    }
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

void tell_judged_group(struct doc *d, const struct judged_list *l, size_t first, bool heading)
{
    struct rows main = {0}, rest = {0};
    bool any = false;

    for (size_t i = first; i < l->count; i++)
        any |=
            same_group(&l->row[i], &l->row[first]) && (l->row[i].gates || has_budget(&l->row[i]));
    for (size_t i = first; i < l->count; i++)
        if (same_group(&l->row[i], &l->row[first]))
            rows_add(!any || l->row[i].gates || has_budget(&l->row[i]) ? &main : &rest, &l->row[i]);
    if (heading)
        doc_heading(d, 2, "%s", l->row[first].scenario);
    group_origin(d, l, first);
    rows_table(d, &main);
    rows_remarks(d, &main);
    shifts_put(d, l, &l->row[first]);
    rest_put(d, &rest);
    free(main.row);
    free(rest.row);
}

static enum tone list_tone(const struct judged_list *l)
{
    bool worse = l->outcome == OUTCOME_WORSE, warn = l->outcome == OUTCOME_INCONCLUSIVE;

    for (size_t i = 0; i < l->count; i++) {
        worse |= l->row[i].budget_state == BUDGET_CRITICAL || l->row[i].regression_broken;
        warn |= l->row[i].budget_state == BUDGET_WARNING;
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
