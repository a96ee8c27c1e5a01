/* target: the built-in server, a thing to measure and a thing to see verdicts at work.
 *
 * One process, one thread, one libwebsockets context on a libev loop. target.c runs it, what it
 * serves is the table `endpoints` in target_serve.c, target_reply.c sends, and target_delay.c keeps
 * what is to be sent later. Its faults (struct target_knobs) are made to be exact, because they are
 * what the tool's own answers are checked against.
 */
#ifndef RUNNER_TARGET_H
#define RUNNER_TARGET_H

#include "schema/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct target_knobs {
    int64_t delay_ns;                 /* each reply later by this much */
    int64_t stall_ns, stall_every_ns; /* the first stall_ns of every stall_every_ns of the clock
                                       * (since 1970) nothing is read or sent; 0: never */
    double drop;                      /* share of messages that are not answered */
    int64_t leak_bytes;               /* kept for each message */
    int64_t work_ns; /* of the one worker that all messages wait for, each; 0: none */
    int64_t seed;    /* of what is dropped */
};

/* The option --NAME=VALUE of `streamgauge target`. ERR_USAGE where there is no such knob, or the
 * value is not one. */
bool target_knob(struct target_knobs *k, const char *name, const char *value, struct err *e);

struct target_spec {
    const char *host; /* an address of this machine */
    int64_t port;     /* 0: any */
    struct target_knobs knobs;
};

struct target;

/* Listens; *port is the port it has got. */
bool target_start(struct target **t, const struct target_spec *spec, int *port, struct err *e);
/* Serves until SIGINT or SIGTERM. */
void target_serve(struct target *t);
void target_stop(struct target *t);

#endif
