/* What the query of a url asks of an endpoint: /push?rate=10&size=200. Names that are none of ours
 * mean nothing here: clients add tokens and such. */
#include "runner/target_parts.h"
#include "schema/units.h"

#include <math.h>
#include <string.h>

enum { VALUE_SIZE = 64, EVENT_SIZE_MAX = 1 << 20, TOKENS_MAX = 100000 };
#define RATE_LEAST 1e-4
#define RATE_MOST 1e6

static bool rate_read(const char *value, void *out)
{
    double *rate = out;
    struct err ignored;

    if (strcmp(value, "max") == 0)
        *rate = HUGE_VAL;
    else if (!units_number(value, rate, &ignored) || !(*rate >= RATE_LEAST) || *rate > RATE_MOST)
        return false;
    return true;
}

static bool size_read(const char *value, void *out)
{
    int64_t *bytes = out;
    struct err ignored;

    return units_size(value, bytes, &ignored) && *bytes <= EVENT_SIZE_MAX;
}

static bool count_read(const char *value, void *out)
{
    struct err ignored;

    return units_integer(value, 1, out, &ignored);
}

static bool tokens_read(const char *value, void *out)
{
    return count_read(value, out) && *(int64_t *)out <= TOKENS_MAX;
}

static bool duration_read(const char *value, void *out)
{
    struct err ignored;

    return units_duration(value, out, &ignored);
}

bool options_read(struct options *o, struct lws *wsi)
{
    static const struct {
        const char *name;
        size_t offset;
        bool (*read)(const char *value, void *out);
    } names[] = {
        {"rate=", offsetof(struct options, rate), rate_read},
        {"size=", offsetof(struct options, size_bytes), size_read},
        {"count=", offsetof(struct options, count), count_read},
        {"words=", offsetof(struct options, tokens), tokens_read},
        {"jitter=", offsetof(struct options, jitter_ns), duration_read},
        {"first=", offsetof(struct options, first_ns), duration_read},
        {"gap=", offsetof(struct options, gap_ns), duration_read},
    };
    char buffer[VALUE_SIZE];

    *o = (struct options){.rate = 1,
                          .count = INT64_MAX,
                          .tokens = 16,
                          .first_ns = 20 * NS_PER_MS,
                          .gap_ns = 10 * NS_PER_MS};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = lws_get_urlarg_by_name(wsi, names[i].name, buffer, sizeof buffer);

        if (value && !names[i].read(value, (char *)o + names[i].offset))
            return false;
    }
    return true;
}
