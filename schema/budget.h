/* budget: what a metric may cost.
 *
 * Absolute limits are in the metric's unit; a limit is broken strictly beyond it, in the metric's
 * worse direction. `regression` is the relative change against the baseline that may not be
 * exceeded, and needs the statistical evidence. NAN: none set.
 */
#ifndef SCHEMA_BUDGET_H
#define SCHEMA_BUDGET_H

#include "schema/json.h"
#include "schema/metric.h"

#include <stddef.h>

struct budget {
    enum metric_id metric;
    double warning, critical; /* in the metric's unit */
    double regression;        /* a share, 0.05 = 5 % */
    bool by_default;          /* one of the defaults: skipped where the metric has no value */
};

struct budget_list {
    struct budget *item;
    size_t count;
};

enum budget_state { BUDGET_NONE, BUDGET_OK, BUDGET_WARNING, BUDGET_CRITICAL, BUDGET_UNKNOWN };
extern const char
    *const budget_state_name[]; /* NULL, "ok", "warning", "critical", "inconclusive" */

/* How `value` stands against the absolute limits of b; NAN gives BUDGET_UNKNOWN, or BUDGET_NONE
 * for a default. BUDGET_NONE too where b has no absolute limit. */
enum budget_state budget_judge(const struct budget *b, double value);

/* {"latency.p95": {"warning": "50ms", "critical": "100ms", "regression": "5%"}, ...}; an entry
 * for a metric that is in the list already replaces it. */
bool budget_list_parse(struct budget_list *b, const struct json_at *at, struct err *e);
/* A whole budget file (schema/budget.schema.json), comments allowed. */
bool budget_list_read(struct budget_list *b, const char *text, size_t length, const char *source,
                      struct err *e);
const struct budget *budget_find(const struct budget_list *b, enum metric_id metric);
void budget_list_put(struct budget_list *b, const struct budget *item); /* adds or replaces */
void budget_list_free(struct budget_list *b);

/* The seed's budgets, for the built-in scenarios only; target.cpu.mean not where the load is a
 * closed loop. */
void budget_list_default(struct budget_list *b, bool closed_loop);

#endif
