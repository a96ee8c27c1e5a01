/* From runs to rows: each metric's two sides, its comparison, its budget. */
#include "analyze/judge.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One metric of one side: the ok runs. `trial` is what its events are counted by, NAN for metrics
 * that count none. */
struct column {
    double *value, *trial;
    int *session;
    size_t runs;
    size_t values; /* of them, those that are there */
};

int name_number(struct names *n, const char *name)
{
    for (size_t i = 0; i < n->count; i++)
        if (strcmp(n->name[i], name) == 0)
            return (int)i;
    n->name = mem_grow(n->name, n->count + 1, sizeof *n->name);
    n->name[n->count] = name;
    return (int)n->count++;
}

/* What a run's events of a metric are counted by; NAN: not known, or it counts none. */
static double trials_of(enum metric_id metric, const double *value, double connects)
{
    double sent = value[METRIC_MESSAGES_SENT];

    switch (metric) {
    case METRIC_CONNECT_SUCCESS:
    case METRIC_RECONNECT_COUNT:
    case METRIC_HEARTBEAT_MISSED:
        return connects > 0 ? connects : (double)NAN;
    case METRIC_THROUGHPUT_DELIVERED: /* matched of what was offered */
        return value[metric] > 0 ? round(value[METRIC_MESSAGES_MATCHED] / value[metric]) : sent;
    case METRIC_ERRORS_RATE:
    case METRIC_ERRORS_COUNT:
    case METRIC_MESSAGES_LOST:
    case METRIC_MESSAGES_DUPLICATE:
    case METRIC_MESSAGES_REORDERED:
    case METRIC_MESSAGES_LATE:
        return sent;
    default:
        return (double)NAN;
    }
}

static void column_get(struct column *s, const struct judge_runs *from, enum metric_id metric,
                       struct names *names)
{
    size_t count = from->runs ? from->runs->count : 0;

    *s = (struct column){.value = mem_get(count + 1, sizeof(double)),
                         .trial = mem_get(count + 1, sizeof(double)),
                         .session = mem_get(count + 1, sizeof(int))};
    for (size_t i = 0; i < count; i++) {
        const struct run_row *row = &from->runs->row[i];
        double value = from->value[i][metric];

        if (row->status != RUN_OK)
            continue;
        s->value[s->runs] = value;
        s->trial[s->runs] = trials_of(metric, from->value[i], from->connects);
        s->session[s->runs] = name_number(names, row->session ? row->session : "");
        s->runs++;
        s->values += isfinite(value);
    }
}

static void column_free(struct column *s)
{
    free(s->value);
    free(s->trial);
    free(s->session);
}

static int value_order(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* NAN where there is no value. */
static double median_of(const struct column *s)
{
    double *sorted = mem_get(s->runs + 1, sizeof *sorted), median = (double)NAN;
    size_t n = 0;

    for (size_t i = 0; i < s->runs; i++)
        if (isfinite(s->value[i]))
            sorted[n++] = s->value[i];
    qsort(sorted, n, sizeof *sorted, value_order);
    if (n > 0)
        median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    free(sorted);
    return median;
}

static bool from_p99_up(const char *name)
{
    const char *last = strrchr(name, '.');

    return last && (strncmp(last, ".p99", 4) == 0 || strcmp(last, ".max") == 0);
}

struct compare_options judge_options(enum metric_id metric, const struct budget *budget,
                                     const struct compare_options *options)
{
    const struct metric *m = &metrics[metric];
    struct compare_options o = *options;

    o.better = m->better;
    o.rounded = true;
    if (m->scale != SCALE_LOG) {
        o.minimum_effect = events_defaults.minimum_effect;
        o.tolerance = events_defaults.tolerance;
    } else if (isnan(o.tolerance)) {
        o.tolerance =
            from_p99_up(m->name) ? 2 * compare_defaults.tolerance : compare_defaults.tolerance;
    }
    /* Where a budget says what a change may be, smaller ones are none. */
    if (budget && !isnan(budget->regression))
        o.minimum_effect = budget->regression;
    return o;
}

double judge_rate(const struct compare_options *options)
{
    double q = options->alpha / 5;

    /* Looking again spends what was kept back: all looks together stay below alpha. */
    return options->look > 0 ? q * 0.8 * pow(0.2, options->look - 1) : q;
}

/* Values that are no share of anything. */
static bool has_no_share(const struct column *s)
{
    for (size_t i = 0; i < s->runs; i++)
        if (isfinite(s->value[i]) && s->value[i] <= 0)
            return true;
    return false;
}

/* The numbers of events; of a ratio they follow from it. */
static struct events events_of(struct column *s, enum metric_scale scale)
{
    for (size_t i = 0; i < s->runs && scale == SCALE_RATIO; i++)
        s->value[i] = fmin(round(s->value[i] * s->trial[i]), s->trial[i]);
    return (struct events){s->value, s->trial, s->session, s->runs};
}

static double mean_of(const struct column *s)
{
    double sum = 0;

    for (size_t i = 0; i < s->runs; i++)
        sum += isfinite(s->value[i]) ? s->value[i] : 0;
    return s->values > 0 ? sum / (double)s->values : (double)NAN;
}

struct sides {
    struct column before, after, history;
    const bool *before_first; /* of pairs */
};

static bool any_trials(const struct column *s)
{
    for (size_t i = 0; i < s->runs; i++)
        if (isfinite(s->trial[i]) && s->trial[i] > 0)
            return true;
    return false;
}

static void compare_counts(struct sides *s, enum metric_scale scale,
                           const struct compare_options *o, struct comparison *c)
{
    double before = mean_of(&s->before), after = mean_of(&s->after);
    struct events b = events_of(&s->before, scale), a = events_of(&s->after, scale);
    struct events h = events_of(&s->history, scale);

    if (o->plan)
        compare_pairs_events(&b, &a, o->plan, scale, o, c);
    else
        compare_events(&b, &a, &h, scale, o, c);
    if (scale == SCALE_COUNT || isnan(c->before))
        c->before = before;
    if (scale == SCALE_COUNT || isnan(c->after))
        c->after = after;
}

static void compare_levels(const struct sides *s, const struct compare_options *o,
                           struct comparison *c)
{
    struct sample b = {s->before.value, s->before.session, s->before.runs};
    struct sample a = {s->after.value, s->after.session, s->after.runs};
    struct sample h = {s->history.value, s->history.session, s->history.runs};
    struct ab_pairs pairs = {s->before.value, s->after.value, s->before_first, s->after.runs};

    if (o->plan)
        compare_pairs(&pairs, o->plan, o, c);
    else
        compare_log(&b, &a, &h, o, c);
}

/* Neither logs nor events: the levels are told, no more. */
static void compare_not(const struct sides *s, struct comparison *c)
{
    static const struct sample nothing;

    compare_log(&nothing, &nothing, &nothing, &compare_defaults, c);
    c->before = median_of(&s->before);
    c->after = median_of(&s->after);
    c->before_runs = s->before.values;
    c->after_runs = s->after.values;
}

/* Fills *c and says why where there is no comparison. */
static const char *compare_sides(struct sides *s, enum metric_id metric,
                                 const struct compare_options *o, struct comparison *c)
{
    enum metric_scale scale = metrics[metric].scale;
    bool counted = any_trials(&s->before) && any_trials(&s->after);

    if (scale == SCALE_LOG && !has_no_share(&s->before) && !has_no_share(&s->after)) {
        compare_levels(s, o, c);
    } else if (scale != SCALE_LOG && counted) {
        compare_counts(s, scale, o, c);
    } else {
        compare_not(s, c);
    }
    c->paired = o->plan != NULL;
    if (s->before.runs == 0 || s->after.runs == 0)
        return NULL; /* there is no other side at all, which the sentence says */
    if (s->before.values == 0 || s->after.values == 0)
        return s->after.values == 0 ? "not compared: no value after"
                                    : "not compared: no value before";
    if (scale == SCALE_LOG && isnan(c->change))
        return "not compared: a value of 0 has no share";
    return scale == SCALE_RATIO && !counted ? "not compared: of how many is not known" : NULL;
}

static void sides_get(struct sides *s, const struct judge_subject *subject, enum metric_id metric)
{
    struct names names = {0};

    column_get(&s->before, &subject->before, metric, &names);
    column_get(&s->after, &subject->after, metric, &names);
    column_get(&s->history, &subject->history, metric, &names);
    s->before_first = subject->before_first;
    free(names.name);
}

static void sides_free(struct sides *s)
{
    column_free(&s->before);
    column_free(&s->after);
    column_free(&s->history);
}

/* Messages received tell of the server only where it sets the pace: in an open loop they are what
 * was sent. */
static bool closed_loop(const struct judge_subject *subject)
{
    const struct judge_runs *after = &subject->after;

    for (size_t i = 0; after->runs && i < after->runs->count; i++)
        if (isfinite(after->value[i][METRIC_THROUGHPUT_DELIVERED]))
            return false;
    return true;
}

static bool row_gates(const struct judge_subject *subject, enum metric_id metric,
                      const struct budget *budget)
{
    if (metrics[metric].better == BETTER_NONE)
        return false;
    if (budget && !isnan(budget->regression))
        return true;
    if (metric == METRIC_THROUGHPUT_RECEIVED && !closed_loop(subject))
        return false;
    return metrics[metric].gate;
}

static const struct run_row *row_of(const struct judge_subject *subject)
{
    const struct run_list *after = subject->after.runs, *before = subject->before.runs;

    return after && after->count > 0 ? &after->row[0] : &before->row[0];
}

/* The families with a gating metric: by so many the evidence is divided, about. */
static int families_of(const struct judge_subject *subject)
{
    bool seen[FAMILY_COUNT] = {false};
    int count = 0;

    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct judge_runs *after = &subject->after;

        if (!row_gates(subject, (enum metric_id)i, NULL) || seen[metrics[i].family])
            continue;
        for (size_t k = 0; after->runs && k < after->runs->count; k++)
            seen[metrics[i].family] |= isfinite(after->value[k][i]);
        count += seen[metrics[i].family];
    }
    return count > 0 ? count : 1;
}

static void row_add(struct judged_list *list, const struct judge_subject *subject,
                    enum metric_id metric, const struct compare_options *options, int families)
{
    const struct budget *budget = subject->budgets ? budget_find(subject->budgets, metric) : NULL;
    const struct run_row *of = row_of(subject);
    struct compare_options o = judge_options(metric, budget, options);
    struct judged row = {.metric = metric,
                         .budget = {metric, (double)NAN, (double)NAN, (double)NAN, false},
                         .gates = row_gates(subject, metric, budget)};
    struct sides sides;
    const char *why;

    o.gate_level = row.gates ? judge_rate(options) / families : 0;
    sides_get(&sides, subject, metric);
    if (sides.before.values + sides.after.values > 0 || (budget && !budget->by_default)) {
        row.budget = budget ? *budget : row.budget;
        row.budget_value = median_of(&sides.after);
        row.budget_state = budget_judge(&row.budget, row.budget_value);
        why = compare_sides(&sides, metric, &o, &row.comparison);
        row.note = mem_copy(why);
        row.scenario = mem_copy(of->scenario);
        row.environment = mem_copy(of->environment);
        row.scenario_id = of->scenario_id;
        row.environment_id = of->environment_id;
        list->row = mem_grow(list->row, list->count + 1, sizeof *list->row);
        list->row[list->count++] = row;
    }
    sides_free(&sides);
}

void judge_add(struct judged_list *list, const struct judge_subject *subject,
               const struct compare_options *options)
{
    int families = families_of(subject);

    for (int i = 0; i < METRIC_COUNT; i++)
        if (metrics[i].kind == KIND_VALUE)
            row_add(list, subject, (enum metric_id)i, options, families);
}
