#include "runner/target.h"

#include "schema/text.h"
#include "schema/units.h"

#include <stdlib.h>
#include <string.h>

static bool stall_parse(struct target_knobs *k, const char *value, struct err *e)
{
    const char *slash = strchr(value, '/');
    char *stall;
    bool good;

    if (!slash)
        return err_set(e, ERR_USAGE, "expected T/EVERY like 200ms/1s, found %s", value);
    stall = mem_printf("%.*s", (int)(slash - value), value);
    good =
        units_duration(stall, &k->stall_ns, e) && units_duration(slash + 1, &k->stall_every_ns, e);
    free(stall);
    if (good && k->stall_ns >= k->stall_every_ns)
        return err_set(e, ERR_USAGE, "expected a stall shorter than what it recurs after, found %s",
                       value);
    return good;
}

bool target_knob(struct target_knobs *k, const char *name, const char *value, struct err *e)
{
    static const char *const names[] = {"delay", "stall", "drop", "leak", "work", "seed", NULL};
    const char *nearest;
    bool good;

    if (strcmp(name, "delay") == 0) {
        good = units_duration(value, &k->delay_ns, e);
    } else if (strcmp(name, "stall") == 0) {
        good = stall_parse(k, value, e);
    } else if (strcmp(name, "drop") == 0) {
        good = units_share(value, &k->drop, e);
    } else if (strcmp(name, "leak") == 0) {
        good = units_size(value, &k->leak_bytes, e);
    } else if (strcmp(name, "work") == 0) {
        good = units_duration(value, &k->work_ns, e);
    } else if (strcmp(name, "seed") == 0) {
        good = units_integer(value, 0, &k->seed, e);
    } else {
        nearest = text_nearest(name, names);
        return err_set(e, ERR_USAGE, "the built-in target has no option %s%s%s%s", name,
                       nearest ? "; did you mean " : "", nearest ? nearest : "",
                       nearest ? "?" : "");
    }
    return good || err_wrap(e, "--%s", name);
}
