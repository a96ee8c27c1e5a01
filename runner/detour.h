/* detour: the supervisor's side of an emulated network: the relay (relay.h) that the workers
 * connect to in place of the target. A run without one has a detour that is off, and everything
 * here does nothing. */
#ifndef RUNNER_DETOUR_H
#define RUNNER_DETOUR_H

#include "runner/link.h"
#include "schema/hist.h"
#include "schema/run.h"
#include "schema/scenario.h"

#include <stdbool.h>
#include <stdint.h>

struct detour {
    bool on;
    bool over;        /* nothing more comes from the relay */
    struct link link; /* to it */
    uint16_t port;    /* to connect to at 127.0.0.1; 0: it is not ready yet */
    /* Known at the end: how much later than planned it passed segments on, and why the target was
     * not reached. */
    int64_t late_p99_ns;
    struct failure *reason;
    size_t reasons;
};

/* Starts the relay where the scenario has a network. `url` is resolved but for its variables.
 * detour_stop() also after a failure. */
bool detour_start(struct detour *d, const char *program, const struct scenario *s, const char *url,
                  int64_t seed, struct err *e);
bool detour_ready(const struct detour *d);
int detour_fd(const struct detour *d); /* readable when there is something to take; -1: off */

/* Takes what the relay has sent by now. False: it cannot go on, or ended, and *e says so. */
bool detour_take(struct detour *d, struct err *e);

/* Asks for what it knows at the end. False: there was no answer. */
bool detour_end(struct detour *d, struct err *e);

/* Puts the relay's reasons in the place of what the workers saw of them, connections that were
 * reset: a connection to the relay always succeeds. */
void detour_explain(const struct detour *d, struct result *r);

void detour_stop(struct detour *d); /* ends the process */

#endif
