/* loop: the libwebsockets context of a worker and what else it waits for.
 *
 * libwebsockets' own timers are not used: they keep a sorted list, which collapses under thousands,
 * and its poll() rounds what is left to milliseconds. Times come from one timerfd, watched like any
 * other descriptor. Nor is its poll(), which looks at every connection for each message: an epoll
 * of our own tells which one is ready, and lws_service_fd() is told. What only libwebsockets knows
 * of (its timers, the answer to a ping) is seen to at intervals.
 */
#ifndef RUNNER_LOOP_H
#define RUNNER_LOOP_H

#include "runner/tls.h"
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
    int64_t armed_ns;                /* what the timer is set to */
    int64_t serviced_ns, service_ns; /* when libwebsockets was last seen to, and how often it is */
    struct lws **untimed;            /* by descriptor, up to untimed_fds; NULL: none */
    int untimed_fds, event_fd;
    int leftover_fd;   /* may have been read from further than was handled; -1: none */
    int connect_errno; /* why the connection that is being handled was not made; 0: not known */
    struct tls *tls;   /* its fault is that of the connection that is being handled */
    struct lws_context *context;
    struct lws_protocols protocols[4]; /* the transport's one or two, the descriptors', the end */
    void (*settle)(void *arg);         /* after each event, and before waiting; NULL: nothing */
    void *settle_arg;
};

/* `transport` are the libwebsockets protocols, two of them, that its connections, about `count` of
 * them, are bound to; `user` what lws_context_user() gives it. No connection's handshake takes
 * longer than handshake_ns, lest libwebsockets ends it. `tls` is borrowed until loop_close().
 * `extensions` of WebSocket are offered; NULL: none. */
bool loop_open(struct loop *l, const struct lws_protocols *transport,
               const struct lws_extension *extensions, void *user, size_t count, struct tls *tls,
               int64_t handshake_ns, struct err *e);
void loop_close(struct loop *l); /* closes the watched descriptors and all connections */

/* Takes over fd. */
bool loop_watch(struct loop *l, int fd, struct watch *w);

/* What to wait for on a connection: first that it is made; from its finished handshake on that it
 * can be read, and where that is wanted, written: as long as it can, or once. */
enum loop_want { WANT_READ, WANT_WRITE, WANT_WRITE_ONCE };
void loop_connecting(struct loop *l, struct lws *wsi);
void loop_established(struct loop *l, struct lws *wsi);
/* From now on no timeout of libwebsockets' holds for it, as during a handshake: someone else's
 * does. */
void loop_untimed(struct loop *l, struct lws *wsi);
void loop_gone(struct loop *l, struct lws *wsi); /* it is closed, or nobody's any more */
void loop_want(struct loop *l, struct lws *wsi, enum loop_want want);

/* Something was asked of libwebsockets' own timers that should not wait. */
void loop_hurry(struct loop *l);

/* Waits until something happens, at the latest until wake_ns of the monotonic clock, and handles
 * it. False: libwebsockets has failed for good. */
bool loop_turn(struct loop *l, int64_t wake_ns);

int64_t loop_clock(void); /* monotonic, in ns */

#endif
