/* shape: what an emulated network does to the bytes that go one way through one connection, as
 * times of arrival. Pure: no socket, no clock.
 *
 * The model is a line with a delay behind it, crossed by a TCP that loses segments and sends them
 * again. Bytes leave in segments of SHAPE_SEGMENT, each with its headers, one after the other at
 * the line's bandwidth; each arrives `delay` later, give or take `jitter` (evenly distributed), and
 * is passed on in order: what comes behind a late one waits for it. A lost one is sent again
 *  - where more was sent behind it, when the answers to that tell: a round trip later and a quarter
 *    of one that might have been mere reordering (RACK, RFC 8985);
 *  - the last of several, after two round trips (tail loss probe, RFC 8985);
 *  - one on its own, after the retransmission time-out: a round trip and 200 ms, Linux's least;
 * twice as long each time that it is lost again (RFC 6298), at most 120 s. A connection is open one
 * round trip after it was asked for; a lost SYN or its answer costs 1 s, then 2 s, and so on (RFC
 * 6298). What is not in the model: slow start and congestion control, the bandwidth of what is sent
 * again and of acknowledgements, and the wait of a line for other connections, because each has a
 * network of its own.
 */
#ifndef RUNNER_SHAPE_H
#define RUNNER_SHAPE_H

#include "runner/rng.h"
#include "schema/scenario.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes of a segment on Ethernet, with TCP's timestamps; and of its headers, Ethernet's too. */
enum { SHAPE_SEGMENT = 1448, SHAPE_HEADERS = 66 };

struct shape_segment {
    int64_t at_ns;    /* it arrives */
    int64_t again_ns; /* while lost: how much longer it takes once it is sent again */
    size_t length;    /* 0: the end of the stream */
    bool lost;        /* and nothing behind it has told so yet */
};

struct shape {
    const struct network *network; /* borrowed */
    struct rng *random;            /* borrowed */
    int64_t line_ns;               /* when the line is free */
    int64_t passed_ns;             /* when the segment before the next one was due */
    struct shape_segment *segment; /* on their way, from `start` on */
    size_t start, count, capacity, lost;
};

/* When a connection that is asked for at now_ns is open to the one that asks. */
int64_t shape_handshake(const struct network *n, struct rng *random, int64_t now_ns);

/* Nothing leaves before open_ns. Free by shape_close(). */
void shape_open(struct shape *s, const struct network *n, struct rng *random, int64_t open_ns);
void shape_close(struct shape *s);

/* Bytes that were sent together at now_ns, or (0) the end of the stream. */
void shape_send(struct shape *s, size_t length, int64_t now_ns);

/* The segment that is passed on next, at *due_ns: it has arrived then, and all before it. NULL: none
 * is on its way. */
const struct shape_segment *shape_next(const struct shape *s, int64_t *due_ns);
void shape_take(struct shape *s);

#endif
