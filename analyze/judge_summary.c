/* The one sentence that says what changed, or what would have been seen. */
#include "analyze/judge.h"
#include "schema/change.h"
#include "schema/text.h"
#include "schema/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_SHOWN = 3 };

/* Rows that count for the verdict and have this one. */
static size_t count_of(const struct judged_list *l, enum outcome outcome)
{
    size_t n = 0;

    for (size_t i = 0; i < l->count; i++)
        n += l->row[i].gates && l->row[i].comparison.outcome == outcome;
    return n;
}

/* The row that stands for all of its outcome: a p95 where there is one, as what users feel, else
 * the one with the most evidence. */
static size_t leading(const struct judged_list *l, enum outcome outcome)
{
    size_t best = l->count;

    for (size_t i = 0; i < l->count; i++) {
        const struct judged *row = &l->row[i];
        bool p95 = strstr(metrics[row->metric].name, ".p95") != NULL, had;

        if (!row->gates || row->comparison.outcome != outcome)
            continue;
        had = best < l->count && strstr(metrics[l->row[best].metric].name, ".p95");
        if (best == l->count || (p95 && !had) ||
            (p95 == had && row->comparison.p_gate < l->row[best].comparison.p_gate))
            best = i;
    }
    return best;
}

static void levels_say(struct text *out, const struct judged *row, double alpha)
{
    const struct comparison *c = &row->comparison;
    const char *unit = metrics[row->metric].unit;
    char before[UNITS_TEXT_SIZE], after[UNITS_TEXT_SIZE], interval[UNITS_TEXT_SIZE];
    bool ratio = strcmp(unit, "ratio") == 0;

    text_addf(out, " (%s → %s, %g %% interval %s)",
              units_format_metric(before, ratio ? 100 * c->before : c->before, ""),
              units_format_metric(after, c->after, unit), 100 * (1 - alpha),
              change_interval_text(interval, c->lo, c->hi, metrics[row->metric].scale));
}

/* What a change is called, how sure it is and, where known (else NULL), since when it is seen. */
struct words {
    const char *word, *since;
    double alpha;
};

/* "chat-burst: p95 latency is 24 % worse since 3f2a9c1 (29.3 → 36.4 ms, ...)" */
static void change_say(struct text *out, const struct judged *row, const struct words *w)
{
    const struct comparison *c = &row->comparison;
    enum metric_scale scale = metrics[row->metric].scale;
    char title[64], size[UNITS_TEXT_SIZE];

    text_addf(out, "%s: %s is ", row->scenario, metric_title(row->metric, title));
    if (scale == SCALE_LOG && c->change >= 9)
        text_addf(out, "%s, %s times as much", w->word,
                  units_format_metric(size, 1 + c->change, ""));
    else
        text_addf(out, "%s %s", change_size_text(size, c->change, scale), w->word);
    if (w->since)
        text_addf(out, " since %s", w->since);
    levels_say(out, row, w->alpha);
}

/* The others of an outcome, by name. */
static void others_say(struct text *out, const struct judged_list *l, enum outcome outcome,
                       size_t leader, const char *lead)
{
    size_t left = count_of(l, outcome) - 1, shown = 0;

    for (size_t i = 0; i < l->count && left > 0; i++) {
        const struct judged *row = &l->row[i];

        if (i == leader || !row->gates || row->comparison.outcome != outcome)
            continue;
        if (shown == NAMES_SHOWN) {
            text_addf(out, " and %zu more", left);
            return;
        }
        text_addf(out, "%s%s", shown ? ", " : lead, metrics[row->metric].name);
        if (strcmp(row->scenario, l->row[leader].scenario) != 0)
            text_addf(out, " of %s", row->scenario);
        shown++;
        left--;
    }
}

const struct judged *judge_leading(const struct judged_list *l)
{
    bool told = l->outcome == OUTCOME_WORSE || l->outcome == OUTCOME_BETTER;
    size_t i = told ? leading(l, l->outcome) : l->count;

    return i < l->count ? &l->row[i] : NULL;
}

static void outcome_say(struct text *out, const struct judged_list *l, enum outcome outcome,
                        const struct words *w)
{
    size_t leader = leading(l, outcome);

    if (leader == l->count)
        return;
    change_say(out, &l->row[leader], w);
    others_say(out, l, outcome, leader, count_of(l, outcome) == 2 ? "; so is " : "; so are ");
}

static bool compared(const struct judged *row, enum metric_scale scale)
{
    return row->gates && row->comparison.outcome != OUTCOME_NONE &&
           (metrics[row->metric].scale == SCALE_LOG) == (scale == SCALE_LOG);
}

/* "no change of 5 % or more in 8 metrics", with what would have been missed from p99 up. */
static void same_say(struct text *out, const struct judged_list *l,
                     const struct compare_options *options)
{
    size_t n = count_of(l, OUTCOME_SAME);
    double least = INFINITY, most = 0;
    char size[UNITS_TEXT_SIZE], wide[UNITS_TEXT_SIZE];

    for (size_t i = 0; i < l->count; i++) {
        const struct judged *row = &l->row[i];
        double tolerance = judge_options(row->metric, &row->budget, options).tolerance;

        if (!compared(row, SCALE_LOG))
            continue;
        least = fmin(least, tolerance);
        most = fmax(most, tolerance);
    }
    if (isinf(least))
        least = most = events_defaults.tolerance;
    text_addf(out, "no change of %s or more in %zu metric%s",
              change_size_text(size, least, most > 0 ? SCALE_LOG : SCALE_RATIO), n,
              n == 1 ? "" : "s");
    if (most > least)
        text_addf(out, " (%s from p99 up)", change_size_text(wide, most, SCALE_LOG));
}

/* Pairs of an ab that were compared; 0: none were. */
static size_t pairs_of(const struct judged_list *l)
{
    size_t most = 0;

    for (size_t i = 0; i < l->count; i++)
        if (l->row[i].comparison.after_runs > most && l->row[i].comparison.outcome != OUTCOME_NONE)
            most = l->row[i].comparison.after_runs;
    return most;
}

/* How many pairs would do; rounded up to whole blocks, as --max-pairs takes them. */
static void deciding_pairs_say(struct text *out, const struct ab_plan *plan, size_t pairs,
                               int64_t more)
{
    long long wanted = ((long long)pairs + more + 1) / AB_BLOCK * AB_BLOCK;

    if ((int64_t)pairs < plan->pairs) /* there is more to come, or time was up */
        return;
    if (more > 0 && wanted <= AB_PAIRS_MAX)
        text_addf(out, "; about %lld pairs would decide (--max-pairs %lld)", wanted, wanted);
    else
        text_addf(out, "; not even %d pairs would decide", AB_PAIRS_MAX);
}

static void deciding_say(struct text *out, const struct judged_list *l,
                         const struct compare_options *options, int64_t more)
{
    if (options->plan)
        deciding_pairs_say(out, options->plan, pairs_of(l), more);
    else if (more > 0)
        text_addf(out, "; %lld more run%s a side would decide", (long long)more,
                  more == 1 ? "" : "s");
    else
        text_add(out, "; only more sessions, or runs of both sides in one, would decide");
}

/* The most runs that anything undecided needs. */
static int64_t most_runs(const struct judged_list *l)
{
    int64_t more = 0;

    for (size_t i = 0; i < l->count; i++) {
        int64_t runs = l->row[i].comparison.more_runs;

        if (l->row[i].gates && l->row[i].comparison.outcome == OUTCOME_INCONCLUSIVE)
            more = runs < 0 || more < 0 ? -1 : runs > more ? runs : more;
    }
    return more;
}

/* A row that is worse by itself, but not beyond doubt among so many. */
static const struct judged *suspect(const struct judged_list *l,
                                    const struct compare_options *options)
{
    const struct judged *found = NULL;

    for (size_t i = 0; i < l->count; i++) {
        const struct judged *row = &l->row[i];
        const struct comparison *c = &row->comparison;
        struct compare_options o = judge_options(row->metric, &row->budget, options);

        if (row->gates && c->outcome == OUTCOME_INCONCLUSIVE && c->p <= o.alpha &&
            compare_outcome(c, &o, true) == OUTCOME_WORSE && (!found || c->p < found->comparison.p))
            found = row;
    }
    return found;
}

/* What was not seen, and what would have been. */
static void unseen_say(struct text *out, const struct judged_list *l)
{
    double worst = 0;
    size_t names = 0, unsure = count_of(l, OUTCOME_INCONCLUSIVE);
    char size[UNITS_TEXT_SIZE];

    text_add(out, "no regression seen, but ");
    for (size_t i = 0; i < l->count; i++) {
        const struct judged *row = &l->row[i];
        const struct comparison *c = &row->comparison;

        if (!row->gates || c->outcome != OUTCOME_INCONCLUSIVE)
            continue;
        if (names < NAMES_SHOWN)
            text_addf(out, "%s%s", names ? ", " : "", metrics[row->metric].name);
        names++;
        if (metrics[row->metric].scale == SCALE_LOG)
            worst = isnan(c->detectable) ? INFINITY : fmax(worst, c->detectable);
    }
    if (names > NAMES_SHOWN)
        text_addf(out, " and %zu more", names - NAMES_SHOWN);
    text_addf(out, " %s undecided", unsure == 1 ? "is" : "are");
    if (worst >= 9)
        text_add(out, ": runs this few or noisy show none but manifold changes");
    else if (worst > 0)
        text_addf(out, "; a change of %s or more would have been seen",
                  change_size_text(size, worst, SCALE_LOG));
}

static void unsure_say(struct text *out, const struct judged_list *l,
                       const struct compare_options *options)
{
    const struct judged *row = suspect(l, options);

    if (row) {
        change_say(out, row, &(struct words){"worse by its looks", NULL, options->alpha});
        text_addf(out, ", which is not certain yet");
    } else {
        unseen_say(out, l);
    }
    deciding_say(out, l, options, row ? row->comparison.more_runs : most_runs(l));
}

/* Budgets that do not hold, in words. */
static size_t budgets_say(struct text *out, const struct judged_list *l, enum budget_state state,
                          const char *kind, const char *between)
{
    size_t n = 0;

    for (size_t i = 0; i < l->count; i++) {
        const struct judged *row = &l->row[i];
        double limit = state == BUDGET_CRITICAL ? row->budget.critical : row->budget.warning;
        char title[64], value[UNITS_TEXT_SIZE], text[UNITS_TEXT_SIZE];

        if (row->budget_state != state || n++ >= NAMES_SHOWN)
            continue;
        text_addf(out, "%s%s: %s is %s, beyond its %s of %s", out->length ? between : "",
                  row->scenario, metric_title(row->metric, title),
                  units_format_metric(value, row->budget_value, metrics[row->metric].unit), kind,
                  units_format_metric(text, limit, metrics[row->metric].unit));
    }
    if (n > NAMES_SHOWN)
        text_addf(out, " and %zu more", n - NAMES_SHOWN);
    return n;
}

static void budgets_hold_say(struct text *out, const struct judged_list *l)
{
    size_t held = 0, unknown = 0;

    for (size_t i = 0; i < l->count; i++) {
        held += l->row[i].budget_state == BUDGET_OK;
        unknown += l->row[i].budget_state == BUDGET_UNKNOWN;
    }
    if (unknown > 0)
        text_addf(out, "%zu budget%s could not be judged for want of a value", unknown,
                  unknown == 1 ? "" : "s");
    else if (held > 0)
        text_addf(out, "%s of %zu metric%s hold%s", held == 1 ? "the budget" : "the budgets", held,
                  held == 1 ? "" : "s", held == 1 ? "s" : "");
    else
        text_add(out, "nothing to compare with, and no budget to judge by");
}

char *judge_summary(const struct judged_list *l, const struct compare_options *options,
                    const char *since)
{
    const struct words worse = {"worse", since, options->alpha},
                       better = {"better", since, options->alpha};
    struct text out = {0};
    size_t broken;

    outcome_say(&out, l, OUTCOME_WORSE, &worse);
    broken = budgets_say(&out, l, BUDGET_CRITICAL, "critical budget", "; ");
    if (l->outcome == OUTCOME_BETTER && broken == 0)
        outcome_say(&out, l, OUTCOME_BETTER, &better);
    else if (l->outcome == OUTCOME_INCONCLUSIVE && broken == 0)
        unsure_say(&out, l, options);
    else if (l->outcome == OUTCOME_SAME && broken == 0)
        same_say(&out, l, options);
    (void)budgets_say(&out, l, BUDGET_WARNING, "warning budget", "; ");
    if (!out.data)
        budgets_hold_say(&out, l);
    return out.data;
}

void judge_say_since(struct judged_list *list, const struct compare_options *options,
                     const char *place)
{
    size_t i = leading(list, list->outcome);

    free(list->row[i].since);
    list->row[i].since = mem_copy(place);
    free(list->summary);
    list->summary = judge_summary(list, options, place);
}
