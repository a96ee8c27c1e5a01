/* relay_parts: what the files of relay.h share: relay.c is the process, relay_pair.c one connection
 * and its other half. */
#ifndef RUNNER_RELAY_PARTS_H
#define RUNNER_RELAY_PARTS_H

#include "runner/address.h"
#include "runner/relay.h"
#include "runner/shape.h"
#include "runner/timers.h"
#include "runner/wire.h"
#include "schema/hist.h"
#include "schema/run.h"

#include <ev.h>

enum { RELAY_REASONS_MAX = 16 };

struct pair;

struct relay {
    struct ev_loop *loop;
    struct ev_io supervisor, listener, timer;
    struct relay_spec spec;
    struct addresses target;
    struct rng random;
    struct timers timers;
    int64_t armed_ns; /* what `timer` is set to */
    struct wire wire;
    struct pair *pairs; /* all of them */
    int64_t accepted;
    struct hist lateness; /* of segments passed on, behind their at_ns */
    struct relay_reason { /* why the target was not reached */
        int number;       /* errno */
        int64_t count;
    } reason[RELAY_REASONS_MAX];
    int reasons;
    bool stopped, left; /* by the supervisor's word, or its end */
    int starved;        /* errno: there is nothing to make a connection of */
};

int64_t relay_clock(void); /* monotonic, in ns */

/* Connects a client, whose socket it takes over, to the target. */
void pair_open(struct relay *r, int client_fd);
void pair_close(struct pair *p, bool reset);
const struct pair *pair_next(const struct pair *p);

/* A connection could not be made: it may be for want of descriptors or memory. */
void relay_starve(struct relay *r, int number);

/* One way through a connection. Bytes lie in `data` from `start` on; the first `due` of them have
 * arrived and wait for the receiver. */
struct flow {
    struct timer timer; /* first */
    struct pair *pair;
    struct half *from, *to;
    struct shape shape;
    unsigned char *data;
    size_t start, length, capacity, due;
    enum { FLOW_OPEN, FLOW_ENDING, FLOW_ENDED } stage; /* ending: the end is on its way */
    bool reset;                                        /* the end is one without ceremony */
    bool blocked;                                      /* the receiver takes no more for now */
    bool gone; /* it has left, and nothing else would tell the sender */
};
void flow_due(struct flow *f, int64_t now_ns);

#endif
