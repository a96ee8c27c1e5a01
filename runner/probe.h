/* probe: one handshake with a server, to see whether it is ready.
 *
 * Deliberately not the workers' client: it tells "nobody listens yet" from "starting" from "refuses
 * me", and it asks nothing of the server but a line that begins with HTTP/1.1 101, or 200.
 */
#ifndef RUNNER_PROBE_H
#define RUNNER_PROBE_H

#include "runner/roster.h"

#include <stdbool.h>
#include <stdint.h>

enum probe_answer {
    PROBE_READY,   /* the upgrade was granted, the stream begun; where messages are posted, HTTP */
    PROBE_AGAIN,   /* not listening, or answering 5xx */
    PROBE_REFUSED, /* answered, and not with an upgrade */
    PROBE_STOPPED, /* a descriptor in `stops` became readable */
};

enum { PROBE_STOPS = 2, PROBE_REASON = 160 };

struct probe {
    const struct roster *roster; /* it asks as client 0 does */
    bool insecure;               /* do not verify the certificate */
    int stops[PROBE_STOPS];      /* end the wait when readable; -1: none */
};

/* Tries once, for at most timeout_ns. *reason: what was in the way, in words. */
enum probe_answer probe_try(const struct probe *p, int64_t timeout_ns, char reason[PROBE_REASON]);

/* Waits, at most timeout_ns; false: a descriptor in `stops` became readable. */
bool probe_pause(const struct probe *p, int64_t timeout_ns);

#endif
