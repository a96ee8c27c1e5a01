/* loop: the libwebsockets context of a worker and what else it waits for.
 *
 * libwebsockets' own timers are not used: they keep a sorted list, which collapses under thousands,
 * and its poll() rounds what is left to milliseconds. Times come from one timerfd, watched like any
 * other descriptor. Nor is its poll(), which looks at every connection for each message, while all
 * connections are settled: then an epoll of our own tells which one has something to read, and
 * lws_service_fd() reads it. Whoever needs more than that (a handshake, a full socket, a close)
 * says so by loop_attend().
 */
#ifndef RUNNER_LOOP_H
#define RUNNER_LOOP_H

#include "schema/err.h"

#include <libwebsockets.h>
#include <stdbool.h>
#include <stdint.h>

/* What a handshake may carry in headers of ours: it is composed without a bounds check. */
enum { LOOP_HEADERS_MAX = 16 << 10 };

/* A descriptor that is watched: `ready` is called when it can be read, or is at its end. */
struct watch {
    void (*ready)(struct watch *w);
};

struct loop {
    struct watch timer; /* first */
    int timer_fd, epoll_fd;
    int64_t armed_ns;  /* what the timer is set to */
    int64_t polled_ns; /* when libwebsockets looked at all connections last */
    int attention;     /* connections for which it must, as often as anything happens */
    struct lws_context *context;
    struct lws_protocols protocols[3]; /* the transport's, the watched descriptors', the end */
};

/* `transport` is the libwebsockets protocol that its connections are bound to, `user` what
 * lws_context_user() gives it. No connection's handshake takes longer than handshake_ns, lest
 * libwebsockets ends it. */
bool loop_open(struct loop *l, const struct lws_protocols *transport, void *user,
               int64_t handshake_ns, bool tls, struct err *e);
void loop_close(struct loop *l); /* closes the watched descriptors and all connections */

/* Takes over fd. */
bool loop_watch(struct loop *l, int fd, struct watch *w);

/* A connection is settled: nothing but reading from it is to be waited for. Closing it takes it
 * out again. */
void loop_settled(struct loop *l, struct lws *wsi);

/* +1: a connection needs more than that; -1: not any more. */
void loop_attend(struct loop *l, int change);

/* Waits until something happens, at the latest until wake_ns of the monotonic clock, and handles
 * it. False: libwebsockets has failed for good. */
bool loop_turn(struct loop *l, int64_t wake_ns);

int64_t loop_clock(void); /* monotonic, in ns */

#endif
