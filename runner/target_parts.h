/* target_parts: what the files of the built-in target share. See target.h for what it is. */
#ifndef RUNNER_TARGET_PARTS_H
#define RUNNER_TARGET_PARTS_H

#include "runner/rng.h"
#include "runner/target.h"
#include "runner/timers.h"
#include "schema/text.h"

#include <ev.h>
#include <libwebsockets.h>

struct conn;

/* A thing that can be talked to. */
struct endpoint {
    const char *path;
    /* A WebSocket, or an event stream that was asked for by GET; NULL: GET is refused. */
    void (*open)(struct target *t, struct conn *c);
    /* One whole message has come, or the body of a POST, whose stream conn_end() ends. NULL:
     * messages mean nothing, POST is refused. */
    void (*message)(struct target *t, struct conn *c, const void *body, size_t length, bool binary);
    bool http_only; /* no WebSocket; message() begins the answer itself */
};

/* What the query of the url asks for; target_options.c has the names and defaults. */
struct options {
    double rate; /* events per second; HUGE_VAL: as fast as they are read */
    int64_t size_bytes, count, tokens;
    int64_t jitter_ns, first_ns, gap_ns;
};

/* False: the query holds a value that is none. */
bool options_read(struct options *o, struct lws *wsi);

enum conn_kind {
    CONN_WS,
    CONN_STREAM, /* events as the answer to a GET */
    CONN_POST,   /* and to a POST */
};

/* One WebSocket connection or one HTTP exchange. It outlives its socket while something for it
 * waits in the delay queue. */
struct conn {
    struct lws *wsi; /* NULL: closed */
    enum conn_kind kind;
    const struct endpoint *endpoint;
    struct options options;
    size_t waiting;             /* entries of the delay queue that point here */
    bool paused;                /* it is not read from, because the peer does not read */
    size_t kept;                /* bytes written while paused, which libwebsockets keeps */
    bool closing;               /* the peer has said goodbye: nothing more is sent */
    bool begun, ended;          /* the head of the HTTP answer is sent; the answer is whole */
    bool plain;                 /* the HTTP answer is what is sent, no events */
    int refusal;                /* HTTP status that a POST is to be refused with; 0: none */
    struct text piece;          /* of a message that came in several */
    struct task *tasks, *held;  /* held: waits until the peer reads again */
    struct conn *before, *next; /* of the broadcast's members */
    bool member;
};

/* Something to do for a connection at a time: the first member of what it needs to know. It ends
 * with its connection. */
struct task {
    struct timer timer; /* first: timers_take() gives it back */
    struct conn *conn;
    struct task *next, **place; /* in the connection's list */
    int64_t due_ns;
    void (*run)(struct target *t, struct task *task);
};

/* A zeroed task of `size` bytes, struct task included, that runs at due_ns. */
void *task_start(struct target *t, struct conn *c, size_t size,
                 void (*run)(struct target *t, struct task *task), int64_t due_ns);
void task_again(struct target *t, struct task *task, int64_t due_ns);
void task_end(struct target *t, struct task *task);
void tasks_run(struct target *t); /* what is due */

/* What is sent. Of EVENT and END the bytes are those of the HTTP body. */
enum piece_kind { PIECE_TEXT, PIECE_BINARY, PIECE_EVENT, PIECE_END };

/* Pieces that are to be sent later, in the order in which they are due, which is the order in
 * which they came: the delay is the same for all. */
struct delayed {
    struct conn *conn;
    int64_t due_ns;
    uint32_t length;
    enum piece_kind kind;
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

/* Bytes for one connection, written together: as many pieces as one read of its socket brings
 * forth cost one system call. */
struct burst {
    struct conn *conn;   /* NULL: empty */
    unsigned char *data; /* LWS_PRE bytes for libwebsockets, then `length` ones */
    size_t length, capacity;
};

struct leak;

struct target {
    struct target_knobs knobs;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct ev_loop *loop;
    struct ev_io listener, signals, timer, stalls;
    int64_t armed_ns; /* what the timer is set to */
    int64_t busy_ns;  /* until when the worker of --work has something to do */
    struct burst burst;
    struct timers tasks;
    struct delay_queue delayed;
    struct leak *leak;
    struct rng random, jitter; /* of what is dropped; of what comes late */
    struct text event;         /* one event as it is laid out */
    struct conn *members;      /* of the broadcast */
    int64_t conns, members_count, received, sent;
    bool ended;
};

int64_t target_clock_ns(void); /* CLOCK_MONOTONIC */
int64_t target_wall_ns(void);  /* since 1970 */

/* Takes what each message costs (--leak, --work). False: this one is to be left unanswered
 * (--drop).
 */
bool target_takes(struct target *t);
void target_faults_free(struct target *t);

/* Sends a message, or an event with it as its data, at once or after the delay. */
void conn_send(struct target *t, struct conn *c, const void *body, size_t length, bool binary);
/* The same; an event has this id, and this name unless that is NULL. */
void conn_send_event(struct target *t, struct conn *c, const char *id, const char *name,
                     const void *body, size_t length);
/* Bytes of an event stream as they are: comments, retry. */
void conn_send_raw(struct target *t, struct conn *c, const char *text);
/* Ends the answer to a POST, or a stream; of a WebSocket nothing. */
void conn_end(struct target *t, struct conn *c);
/* The head of an HTTP answer: a stream of events, or one JSON text as conn_send() gives it. Of a
 * WebSocket nothing. */
void conn_begin(struct target *t, struct conn *c);
void conn_begin_json(struct target *t, struct conn *c, int status);

/* Sends what waits in the burst. */
void target_flush(struct target *t);
/* Sends what of the delay queue is due. */
void target_due(struct target *t);
void target_reply_free(struct target *t);

void conn_complete(struct target *t, struct conn *c); /* its answer has gone */
void conn_close(struct target *t, struct conn *c);    /* its socket is gone */
void conn_resume(struct target *t, struct conn *c);   /* the peer reads again */

/* The endpoints. */
void push_open(struct target *t, struct conn *c);
void stream_open(struct target *t, struct conn *c);
void request_message(struct target *t, struct conn *c, const void *body, size_t length,
                     bool binary);
void chat_message(struct target *t, struct conn *c, const void *body, size_t length, bool binary);
void openai_message(struct target *t, struct conn *c, const void *body, size_t length, bool binary);
void room_open(struct target *t, struct conn *c);
void room_message(struct target *t, struct conn *c, const void *body, size_t length, bool binary);
void room_leave(struct target *t, struct conn *c);
void metrics_write(const struct target *t, struct text *out); /* in Prometheus' text format */

/* The words of a chat's answer: token i, with the blank before it. */
const char *chat_word(int64_t i);

/* The protocols of the vhost: HTTP and WebSocket at the endpoints. */
extern const struct lws_protocols target_protocols[];

#endif
