/* mix: several scenarios at once against one server, each with its share of the clients.
 *
 *   {"name": "office", "clients": 200, "mix": [{"share": 0.7, "scenario": "idle.json"},
 *                                              {"share": "30%", "scenario": "chat.json"}]}
 *
 * The parts are scenario files, relative to the mix's own. Clients, ramp, warm-up and duration are the
 * mix's: they are one load. Any other key of a scenario that stands in a mix is as if it stood in each
 * part's file that does not have it. Nothing here reads a file.
 */
#ifndef SCHEMA_MIX_H
#define SCHEMA_MIX_H

#include "schema/err.h"
#include "schema/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MIX_PARTS_MAX = 16 };

struct mix_part {
    double share; /* of the clients; of all parts together 1 */
    char *path;   /* of its scenario */
};

struct mix {
    char *name, *description; /* description may be NULL */
    char *common;    /* what the parts have that do not say otherwise, a JSON object */
    int64_t clients; /* 0: as many as the parts' files have together */
    int64_t ramp_ns, warmup_ns, duration_ns;
    struct mix_part *part;
    size_t parts; /* 2 to MIX_PARTS_MAX */
};

/* True where a scenario's name is that of a part, MIX/PART. It has no file of its own. */
bool mix_has_part(const char *scenario);

/* True where the text of a scenario file is that of a mix. */
bool mix_is(const char *text, size_t length);

/* Fills *m; `source` names it in messages. Free by mix_free(), also after a failure. */
bool mix_parse(struct mix *m, const char *text, size_t length, const char *source, struct err *e);
void mix_free(struct mix *m);

/* Adds to *out the scenario of a part, from the text of its file, with what is common. False where the
 * text is no JSON. */
bool mix_part_text(const struct mix *m, const char *text, size_t length, const char *source,
                   struct text *out, struct err *e);

/* How many of `all` clients each part has, by the largest remainders (Hamilton's method). ERR_USAGE where one
 * has none. */
bool mix_divide(const struct mix *m, int64_t all, int64_t *clients, struct err *e);

#endif
