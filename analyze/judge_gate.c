/* The last word on rows that were compared: all metrics in one gate, and what that makes of the
 * whole. */
#include "analyze/judge.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool same_group(const struct judged *a, const struct judged *b)
{
    return a->scenario_id == b->scenario_id && a->environment_id == b->environment_id &&
           strcmp(a->scenario, b->scenario) == 0;
}

/* Families are told apart by scenario and machine, too. */
static int family_of(const struct judged_list *list, size_t i)
{
    size_t first = 0;

    while (!same_group(&list->row[first], &list->row[i]))
        first++;
    return (int)first * FAMILY_COUNT + (int)metrics[list->row[i].metric].family;
}

/* Whether the comparison can find anything: where no event was seen on either side, its p is 1
 * whatever is true, and counting it would only make the others' evidence look weaker (R. E. Tarone,
 * A modified Bonferroni method for discrete data, 1990). */
static bool can_find(const struct judged *row)
{
    const struct comparison *c = &row->comparison;

    return row->gates && (metrics[row->metric].scale == SCALE_LOG || c->p < 1 || c->change != 0);
}

/* The last word on a gating row. */
static void row_decide(struct judged *row, bool found, const struct compare_options *options)
{
    struct comparison *c = &row->comparison;
    struct compare_options o = judge_options(row->metric, &row->budget, options);

    if (c->change != 0 || c->outcome != OUTCOME_SAME) /* no event at all stays the same */
        c->outcome = compare_outcome(c, &o, found);
    row->regression_broken = c->outcome == OUTCOME_WORSE && !isnan(row->budget.regression);
    if (c->outcome != OUTCOME_INCONCLUSIVE)
        c->more_runs = 0;
    else if (c->more_runs == 0) /* enough for this metric, not for all of them */
        c->more_runs = 1;
}

/* What the gate finds, a row each; the caller frees it. */
static struct gate_item *gate_look(const struct judged_list *list,
                                   const struct compare_options *options)
{
    struct gate_item *item = mem_get(list->count + 1, sizeof *item);

    for (size_t i = 0; i < list->count; i++) {
        const struct judged *row = &list->row[i];

        item[i] = (struct gate_item){family_of(list, i),
                                     can_find(row) ? row->comparison.p_gate : (double)NAN, false};
    }
    gate_find(item, list->count, judge_rate(options), options->alpha);
    return item;
}

static void gate_hold(struct judged_list *list, const struct compare_options *options)
{
    struct gate_item *item = gate_look(list, options);

    for (size_t i = 0; i < list->count; i++)
        if (list->row[i].gates && !isnan(list->row[i].comparison.p_gate))
            row_decide(&list->row[i], item[i].found, options);
    free(item);
}

void judge_end(struct judged_list *list, const struct compare_options *options)
{
    static const enum outcome order[] = {OUTCOME_WORSE, OUTCOME_BETTER, OUTCOME_INCONCLUSIVE,
                                         OUTCOME_SAME};

    gate_hold(list, options);
    list->outcome = OUTCOME_NONE;
    for (size_t k = 0; k < sizeof order / sizeof *order && list->outcome == OUTCOME_NONE; k++)
        for (size_t i = 0; i < list->count; i++)
            if (list->row[i].gates && list->row[i].comparison.outcome == order[k])
                list->outcome = order[k];
    free(list->summary);
    list->summary = judge_summary(list, options, NULL);
}

bool judge_held_back(const struct judged_list *list, const struct compare_options *options)
{
    struct compare_options first = *options;
    struct gate_item *item;
    bool held = false;

    if (options->look < 2)
        return false;
    first.look = 1;
    item = gate_look(list, &first);
    for (size_t i = 0; i < list->count; i++) {
        const struct judged *row = &list->row[i];
        struct compare_options o = judge_options(row->metric, &row->budget, options);

        held |= item[i].found && row->comparison.outcome == OUTCOME_INCONCLUSIVE &&
                compare_outcome(&row->comparison, &o, true) != OUTCOME_INCONCLUSIVE;
    }
    free(item);
    return held;
}
