#include "schema/budget.h"

#include "schema/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const budget_state_name[] = {NULL, "ok", "warning", "critical", "inconclusive"};

static bool beyond(enum metric_id metric, double value, double limit)
{
    return metrics[metric].better == BETTER_HIGHER ? value < limit : value > limit;
}

enum budget_state budget_judge(const struct budget *b, double value)
{
    if (isnan(b->warning) && isnan(b->critical))
        return BUDGET_NONE;
    if (isnan(value))
        return b->by_default ? BUDGET_NONE : BUDGET_UNKNOWN;
    if (!isnan(b->critical) && beyond(b->metric, value, b->critical))
        return BUDGET_CRITICAL;
    if (!isnan(b->warning) && beyond(b->metric, value, b->warning))
        return BUDGET_WARNING;
    return BUDGET_OK;
}

const struct budget *budget_find(const struct budget_list *b, enum metric_id metric)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->item[i].metric == metric)
            return &b->item[i];
    return NULL;
}

void budget_list_put(struct budget_list *b, const struct budget *item)
{
    for (size_t i = 0; i < b->count; i++) {
        if (b->item[i].metric == item->metric) {
            b->item[i] = *item;
            return;
        }
    }
    b->item = mem_grow(b->item, b->count + 1, sizeof *b->item);
    b->item[b->count++] = *item;
}

void budget_list_free(struct budget_list *b)
{
    free(b->item);
    *b = (struct budget_list){0};
}

/* The largest limit that makes sense in a unit, so that 99 for "99%" does not go unseen. */
static double limit_max(const char *unit)
{
    return strcmp(unit, "ratio") == 0 ? 1 : strcmp(unit, "%") == 0 ? 100 : INFINITY;
}

/* One limit in `unit`: a bare number, or a string with a unit. NAN where it is not given. */
static bool limit_parse(const struct json_at *entry, const char *key, const char *unit, double max,
                        double *limit, struct err *e)
{
    struct json_at at = json_member(entry, key);
    struct err why = {0};

    *limit = NAN;
    if (!at.value)
        return true;
    if (cJSON_IsString(at.value)) {
        if (!units_metric(at.value->valuestring, unit, limit, &why))
            return json_refuse(&at, e, "%s", why.text);
        if (*limit > max)
            return json_refuse(&at, e, "expected at most %s, found %.40s",
                               max == 1 ? "1 (or \"100%\")" : "100%", at.value->valuestring);
        return true;
    }
    return json_get_number(entry, key, 0, max, limit, e);
}

static bool entry_parse(struct budget_list *b, const struct json_at *entry, struct err *e)
{
    static const char *const keys[] = {"warning", "critical", "regression", NULL};
    struct budget item = {.metric = 0};
    struct err why = {0};
    const struct metric *m;
    double max;

    if (!metric_find(entry->value->string, &item.metric, &why))
        return json_refuse(entry, e, "%s", why.text);
    m = &metrics[item.metric];
    if (m->kind == KIND_DISTRIBUTION)
        return json_refuse(entry, e, "is a distribution; name one of its values, such as %s.p95",
                           m->name);
    if (m->better == BETTER_NONE)
        return json_refuse(entry, e, "neither more nor less of it is worse, it takes no budget");
    max = limit_max(m->unit);
    if (!json_only(entry, keys, e) ||
        !limit_parse(entry, "warning", m->unit, max, &item.warning, e) ||
        !limit_parse(entry, "critical", m->unit, max, &item.critical, e) ||
        !limit_parse(entry, "regression", "ratio", INFINITY, &item.regression, e))
        return false;
    if (isnan(item.warning) && isnan(item.critical) && isnan(item.regression))
        return json_refuse(entry, e, "expected at least one of warning, critical and regression");
    /* Never true with a NAN. */
    if (beyond(item.metric, item.warning, item.critical))
        return json_refuse(entry, e, "the warning is beyond the critical limit");
    budget_list_put(b, &item);
    return true;
}

static bool entries_parse(struct budget_list *b, const struct json_at *at, bool whole_file,
                          struct err *e)
{
    const cJSON *member;

    if (!cJSON_IsObject(at->value))
        return json_expected(at, "an object of metrics", e);
    cJSON_ArrayForEach(member, at->value)
    {
        struct json_at entry = json_member(at, member->string);

        if (whole_file && strcmp(member->string, "$schema") == 0)
            continue;
        if (!entry_parse(b, &entry, e))
            return false;
    }
    return true;
}

bool budget_list_parse(struct budget_list *b, const struct json_at *at, struct err *e)
{
    return entries_parse(b, at, false, e);
}

bool budget_list_read(struct budget_list *b, const char *text, size_t length, const char *source,
                      struct err *e)
{
    cJSON *root = json_read(text, length, source, JSON_COMMENTS, e);
    struct json_at at = json_root(root, source);
    bool done = root && entries_parse(b, &at, true, e);

    cJSON_Delete(root);
    return done;
}

void budget_list_default(struct budget_list *b, bool closed_loop)
{
    static const struct budget seed[] = {
        {METRIC_LATENCY_P95, 50, 100, NAN, true},
        {METRIC_TARGET_RSS_PER_CLIENT, 5, 10, NAN, true},
        {METRIC_ERRORS_RATE, 0.01, 0.05, NAN, true},
        {METRIC_CONNECT_SUCCESS, 0.99, 0.95, NAN, true},
        {METRIC_TARGET_CPU_MEAN, 80, 95, NAN, true},
    };

    for (size_t i = 0; i < sizeof seed / sizeof *seed; i++)
        /* A closed loop takes all the CPU that there is: that is its point. */
        if (!closed_loop || seed[i].metric != METRIC_TARGET_CPU_MEAN)
            budget_list_put(b, &seed[i]);
}
