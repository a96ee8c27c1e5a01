/* metric: what can be measured. The list itself is metrics.def. */
#ifndef SCHEMA_METRIC_H
#define SCHEMA_METRIC_H

#include "schema/err.h"

#include <stdbool.h>

enum metric_id {
#define METRIC(id, name, unit, better, scale, kind, gate, family, help) METRIC_##id,
#include "schema/metrics.def"
#undef METRIC
    METRIC_COUNT
};

enum metric_better { BETTER_LOWER, BETTER_HIGHER, BETTER_NONE };
enum metric_scale { SCALE_LOG, SCALE_RATIO, SCALE_COUNT };
enum metric_kind { KIND_VALUE, KIND_DISTRIBUTION };
enum metric_family {
    FAMILY_CONNECT,
    FAMILY_LATENCY,
    FAMILY_TOKENS,
    FAMILY_THROUGHPUT,
    FAMILY_ERRORS,
    FAMILY_MEMORY,
    FAMILY_CPU,
    FAMILY_COUNT
};

struct metric {
    const char *name, *unit;
    enum metric_better better;
    enum metric_scale scale;
    enum metric_kind kind;
    bool gate;
    enum metric_family family;
    const char *help;
};

extern const struct metric metrics[METRIC_COUNT];

extern const char *const metric_better_name[]; /* "lower", "higher", "none" */
extern const char *const metric_scale_name[];  /* "log", "ratio", "count" */
extern const char *const metric_kind_name[];   /* "value", "distribution" */

/* Fails with ERR_USAGE and the nearest spelling. */
bool metric_find(const char *name, enum metric_id *id, struct err *e);

/* The metric as people read it: "p95 latency" for latency.p95, the name where nothing reads better.
 */
const char *metric_title(enum metric_id id, char out[64]);

#endif
