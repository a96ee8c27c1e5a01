/* target_parts: what the files of the built-in target share. See target.h for what it is. */
#ifndef RUNNER_TARGET_PARTS_H
#define RUNNER_TARGET_PARTS_H

#include "runner/rng.h"
#include "runner/target.h"
#include "schema/text.h"

#include <ev.h>
#include <libwebsockets.h>

struct conn;

/* A thing that can be talked to. */
struct endpoint {
    const char *path;
    /* One whole message has come. */
    void (*message)(struct target *t, struct conn *c, const void *body, size_t length, bool binary);
};

/* One WebSocket connection. It outlives its socket while replies to it wait in the queue. */
struct conn {
    struct lws *wsi; /* NULL: closed */
    const struct endpoint *endpoint;
    size_t waiting;    /* entries of the delay queue that point here */
    bool paused;       /* it is not read from, because the peer does not read */
    bool closing;      /* the peer has said goodbye: nothing more is sent */
    struct text piece; /* of a message that came in several */
};

/* Replies that are to be sent later, in the order in which they are due, which is the order in
 * which they came: the delay is the same for all. */
struct delayed {
    struct conn *conn;
    int64_t due_ns;
    uint32_t length;
    bool binary;
    /* the body follows */
};

struct delay_block;
struct delay_queue { /* a zeroed one is empty */
    struct delay_block *first, *last, *spare;
};
void delay_push(struct delay_queue *q, const struct delayed *head, const void *body);
/* The oldest entry, its body behind it; NULL when there is none. Valid until the next delay_pop. */
const struct delayed *delay_first(const struct delay_queue *q);
void delay_pop(struct delay_queue *q);
void delay_free(struct delay_queue *q);

/* Frames for one connection, written together: as many replies as one read of its socket brings
 * forth cost one system call. */
struct burst {
    struct conn *conn;   /* NULL: empty */
    unsigned char *data; /* LWS_PRE bytes for libwebsockets, then `length` ones of frames */
    size_t length, capacity;
};

struct leak;

struct target {
    struct target_knobs knobs;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct ev_loop *loop;
    struct ev_io listener, signals, delays, stalls;
    struct burst burst;
    struct delay_queue delayed;
    struct leak *leak;
    struct rng random; /* of what is dropped */
    bool ended;
};

int64_t target_clock_ns(void); /* CLOCK_MONOTONIC */

/* Answers a message, at once or after the delay, or not at all, as the knobs say. */
void target_answer(struct target *t, struct conn *c, const void *body, size_t length, bool binary);
/* Sends what waits in the burst. */
void target_flush(struct target *t);
/* Sends what of the delay queue is due. */
void target_due(struct target *t);
void target_reply_free(struct target *t);

void conn_close(struct target *t, struct conn *c); /* its socket is gone */

/* The protocols of the vhost: HTTP and WebSocket at the endpoints. */
extern const struct lws_protocols target_protocols[];

#endif
