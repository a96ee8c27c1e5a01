/* What is said below a table of verdicts: budgets that do not hold, runs that stand apart, and what
 * would decide the undecided. What holds for several metrics is said once. */
#include "report/tell.h"

#include "schema/mix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* Unequal numbers of runs that stand apart are a finding; the others are only counted. */
static void remark_outliers(struct remarks *r, const struct judged *j)
{
    const struct comparison *c = &j->comparison;

    if (c->outliers_p <= 0.05 && c->before_outliers + c->after_outliers > 0)
        remark_add(
            r, metrics[j->metric].name, TONE_WARN,
            mem_printf("%zu of %zu runs before and %zu of %zu after stand apart, which chance "
                       "does not explain (p %.2g)",
                       c->before_outliers, c->before_runs, c->after_outliers, c->after_runs,
                       c->outliers_p));
}

/* "held at the edge of the others: connect.p95 (0 + 2 runs)" */
static void outliers_say(struct doc *d, const struct judged *const *row, size_t count)
{
    const char *between = "";

    for (size_t i = 0; i < count; i++) {
        const struct comparison *c = &row[i]->comparison;
        const char *name = metrics[row[i]->metric].name;

        bool sides = c->before_runs && c->after_runs;

        if (c->pair_outliers == 0 && !(sides && c->before_outliers + c->after_outliers > 0))
            continue;
        if (!*between) {
            doc_item(d);
            doc_say(d, TONE_MUTED, "outliers, held at the edge of the others: ");
        }
        if (c->pair_outliers > 0)
            doc_say(d, TONE_MUTED, "%s%s %zu of %zu pairs", between, name, c->pair_outliers,
                    c->after_runs);
        else
            doc_say(d, TONE_MUTED, "%s%s %zu before, %zu after", between, name, c->before_outliers,
                    c->after_outliers);
        between = "; ";
    }
}

static bool is_unsure(const struct judged *j)
{
    return j->comparison.outcome == OUTCOME_INCONCLUSIVE;
}

static bool is_unseen(const struct judged *j)
{
    const struct comparison *c = &j->comparison;

    return is_unsure(j) && !(c->lo > 0 || c->hi < 0) && c->detectable < TELL_DETECTABLE_MOST;
}

static void remark_unsure(struct remarks *r, const struct judged *j)
{
    const struct comparison *c = &j->comparison;

    if (!is_unsure(j) || is_unseen(j))
        return;
    if (c->lo > 0 || c->hi < 0)
        remark_add(r, metrics[j->metric].name, TONE_PLAIN,
                   mem_copy("probably changed, but not surely enough for one of so many metrics"));
    else
        remark_add(r, metrics[j->metric].name, TONE_PLAIN,
                   mem_copy("runs too few or too noisy to tell"));
}

/* "undecided; a change would have been seen from this size on: connect.p95 9 %, latency.p99 15 %":
 * of these metrics alone, whatever was found in the others. */
static void unseen_say(struct doc *d, const struct judged *const *row, size_t count)
{
    const char *between = "";
    char size[UNITS_TEXT_SIZE];

    for (size_t i = 0; i < count; i++) {
        if (!is_unseen(row[i]))
            continue;
        if (!*between) {
            doc_item(d);
            doc_say(d, TONE_PLAIN, "undecided; a change would have been seen from this size on: ");
        }
        doc_say(
            d, TONE_PLAIN, "%s%s %s", between, metrics[row[i]->metric].name,
            change_size_text(size, row[i]->comparison.detectable, metrics[row[i]->metric].scale));
        between = ", ";
    }
}

/* What would decide those that are undecided. */
static void remark_deciding(struct remarks *r, const struct judged *j)
{
    int64_t more = j->comparison.more_runs;
    char runs[UNITS_TEXT_SIZE];

    if (!is_unsure(j) || more == 0)
        return;
    if (j->comparison.paired)
        remark_add(r, metrics[j->metric].name, TONE_PLAIN,
                   more > 0 ? mem_printf("%s would decide", tell_count(runs, more, "more pair"))
                            : mem_copy("more pairs would not decide"));
    else if (more > 0)
        remark_add(r, metrics[j->metric].name, TONE_PLAIN,
                   mem_printf("%s a side would decide", tell_count(runs, more, "more run")));
    else
        remark_add(r, metrics[j->metric].name, TONE_PLAIN,
                   mem_printf("more runs in these sessions would not decide; %s may",
                              mix_has_part(j->scenario) ? "more sessions"
                                                        : "both sides in turn (streamgauge ab)"));
}

void tell_remarks(struct doc *d, const struct judged *const *row, size_t count)
{
    struct remarks said = {0}, deciding = {0};

    for (size_t i = 0; i < count; i++)
        remark_budget(&said, row[i]);
    for (size_t i = 0; i < count; i++)
        remark_outliers(&said, row[i]);
    for (size_t i = 0; i < count; i++) {
        remark_unsure(&said, row[i]);
        if (row[i]->note)
            remark_add(&said, metrics[row[i]->metric].name, TONE_PLAIN, mem_copy(row[i]->note));
        remark_deciding(&deciding, row[i]);
    }
    remarks_put(d, &said);
    unseen_say(d, row, count);
    remarks_put(d, &deciding);
    outliers_say(d, row, count);
}
