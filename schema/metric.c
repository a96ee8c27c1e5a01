#include "schema/metric.h"

#include "schema/text.h"

#include <stdio.h>
#include <string.h>

const struct metric metrics[METRIC_COUNT] = {
#define METRIC(id, name, unit, better, scale, kind, gate, family, help) \
    [METRIC_##id] = {name,        unit, BETTER_##better, SCALE_##scale, \
                     KIND_##kind, gate, FAMILY_##family, help},
#include "schema/metrics.def"
#undef METRIC
};

const char *const metric_better_name[] = {"lower", "higher", "none"};
const char *const metric_scale_name[] = {"log", "ratio", "count"};
const char *const metric_kind_name[] = {"value", "distribution"};

bool metric_find(const char *name, enum metric_id *id, struct err *e)
{
    const char *names[METRIC_COUNT + 1] = {0}, *nearest;

    for (int i = 0; i < METRIC_COUNT; i++) {
        if (strcmp(metrics[i].name, name) == 0) {
            *id = (enum metric_id)i;
            return true;
        }
        names[i] = metrics[i].name;
    }
    nearest = text_nearest(name, names);
    return nearest ? err_set(e, ERR_USAGE, "%s is not a metric; did you mean %s?", name, nearest)
                   : err_set(e, ERR_USAGE, "%s is not a metric", name);
}

const char *metric_title(enum metric_id id, char out[64])
{
    const char *name = metrics[id].name, *last = strrchr(name, '.');
    int stem = last ? (int)(last - name) : 0;

    if (!last)
        return name;
    if (strcmp(last, ".p999") == 0)
        snprintf(out, 64, "p99.9 %.*s", stem, name);
    else if (last[1] == 'p' && last[2] >= '0' && last[2] <= '9')
        snprintf(out, 64, "%s %.*s", last + 1, stem, name);
    else if (strcmp(last, ".min") == 0 || strcmp(last, ".mean") == 0 || strcmp(last, ".max") == 0)
        snprintf(out, 64, "%s %.*s", last + 1, stem, name);
    else
        return name;
    for (char *dot = strchr(out + 5, '.'); dot; dot = strchr(dot, '.'))
        *dot = ' ';
    return out;
}
