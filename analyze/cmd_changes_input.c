/* One series a line, without a database: {"id", "values":[..]}; null is a run that is missing. */
#include "analyze/cmd_changes_input.h"

#include "analyze/analyze.h"
#include "analyze/cmd_input.h"

#include <stdlib.h>

static bool changes_line(const struct json_at *line, const void *options, struct text *out,
                         struct err *e)
{
    struct json_at at = json_member(line, "values");
    struct step_list steps = {0};
    double *value = NULL;
    size_t count = 0;
    bool done = input_numbers(&at, &value, &count, e);

    (void)options;
    if (done) {
        changes_find(value, count, SCALE_LOG, &steps);
        text_add(out, ",\"changes\":[");
        for (size_t i = 0; i < steps.count; i++) {
            const struct step *s = &steps.step[i];

            text_addf(out, "%s{\"index\":%zu", i ? "," : "", s->index);
            step_add_json(s, out);
            text_add(out, "}");
        }
        text_add(out, "]");
    }
    step_list_free(&steps);
    free(value);
    return done;
}

int changes_input(const char *path, struct err *e)
{
    return input_each(path, &(struct input_judge){changes_line, NULL}, e);
}
