/* A scenario's rate that is read from a file: {"pattern": "trace", "file": ...}. */
#include "schema/scenario_parts.h"
#include "schema/units.h"

#include <string.h>

bool scenario_trace_parse(struct rate *r, const struct json_at *at, struct err *e)
{
    static const char *const keys[] = {"pattern", "file", "speed", "skip", NULL};
    struct json_at file = json_member(at, "file");

    for (const cJSON *given = at->value->child; given; given = given->next) {
        struct json_at member = json_member(at, given->string);
        const char *const *key = keys;

        while (*key && strcmp(*key, given->string) != 0)
            key++;
        if (!*key)
            return json_refuse(&member, e, "does not belong to pattern \"trace\"");
    }
    if (!file.value)
        return json_expected(&file, "the name of a file", e);
    r->speed = 1;
    return scenario_path_take(at, "file", &r->path, e) &&
           json_get_number(at, "speed", 1 / SCENARIO_SPEED_MAX, SCENARIO_SPEED_MAX, &r->speed, e) &&
           json_get_duration(at, "skip", 0, 366 * SCENARIO_DURATION_MAX, &r->skip_ns, e);
}

bool scenario_trace_check(const struct scenario *s, struct err *e)
{
    return s->message.batch == 1 ||
           err_set(e, ERR_USAGE, "message.batch: a line of a trace is one message, expected 1");
}

void scenario_trace_add(cJSON *to, const struct rate *r, bool workload)
{
    char skip[UNITS_TEXT_SIZE];

    /* Another name of the same content is the same load. */
    cJSON_AddStringToObject(to, "file", workload && *r->sha256 ? r->sha256 : r->path);
    cJSON_AddNumberToObject(to, "speed", r->speed);
    cJSON_AddStringToObject(to, "skip", units_format_duration(skip, r->skip_ns));
}

bool scenario_trace_unread(const struct scenario *s)
{
    return s->rate.pattern == RATE_TRACE && s->duration_ns == 0;
}
