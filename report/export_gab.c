/* github-action-benchmark's custom benchmarks. */
#include "report/export.h"

#include "schema/json.h"
#include "schema/units.h"

#include <math.h>

static void entry_put(struct text *out, const struct export_run *r, enum metric_id metric)
{
    char number[UNITS_TEXT_SIZE];
    struct text name = {0};

    text_addf(&name, "%s: %s", r->row->scenario, metrics[metric].name);
    text_add(out, "{\"name\":");
    json_quote(out, name.data);
    text_add(out, ",\"unit\":");
    json_quote(out, metrics[metric].unit);
    text_addf(out, ",\"value\":%s,\"extra\":", units_format_exact(number, r->value[metric]));
    json_quote(out, r->row->environment ? r->row->environment : "");
    text_add(out, "}");
    text_free(&name);
}

void export_gab(const struct export_run *runs, size_t count, enum metric_better better,
                struct text *out)
{
    const char *between = "\n";

    text_add(out, "[");
    for (size_t i = 0; i < count; i++) {
        for (int m = 0; m < METRIC_COUNT; m++) {
            if (!metrics[m].gate || metrics[m].better != better || !isfinite(runs[i].value[m]))
                continue;
            text_add(out, between);
            entry_put(out, &runs[i], (enum metric_id)m);
            between = ",\n";
        }
    }
    text_add(out, "\n]\n");
}
