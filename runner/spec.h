/* spec: what a worker is told to do, as the JSON document of FRAME_SPEC.
 *
 * Both ends use this pair. Unlike everything that is printed or stored, the document carries
 * secrets: ${env:NAME} is filled here, at the moment a run starts, from the environment of the
 * supervisor. It travels through a socket only, and nothing in it is ever logged.
 */
#ifndef RUNNER_SPEC_H
#define RUNNER_SPEC_H

#include "schema/err.h"
#include "schema/scenario.h"
#include "schema/text.h"
#include "schema/url.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One worker's part of a run: of the scenario's clients 0..n-1 it carries out those whose number
 * leaves the remainder `worker` when divided by `workers`. */
struct spec_part {
    int64_t seed;
    int64_t worker, workers;
    int64_t via;   /* a port of 127.0.0.1 to connect to in place of the target (relay.h); 0: none */
    bool insecure; /* do not verify the target's certificate */
};

struct spec {
    /* What shapes no load is left out. Variables are filled in the url, paths are whole; other
     * texts have their placeholders still. */
    struct scenario scenario;
    struct header *variables; /* name and value of what ${env:NAME} is in them */
    size_t variables_count;
    struct spec_part part;
};

/* The url as a run takes it: its variables filled from the environment, what differs between
 * clients not. *url has "0" in place of that. The caller frees *filled. ERR_USAGE as spec_write().
 */
bool spec_url(const char *text, char **filled, struct url *url, struct err *e);

/* Adds the document to *out. `url` has no {port} left. ERR_USAGE names a variable that is not set,
 * a value that cannot stand in a header, and a url that is none. */
bool spec_write(const struct scenario *s, const char *url, const struct spec_part *part,
                struct text *out, struct err *e);

/* Fills *s from such a document; ERR_MEASURE when it is none. Free by spec_free(), also after a
 * failure. */
bool spec_read(struct spec *s, const char *json, size_t length, struct err *e);
void spec_free(struct spec *s);

#endif
