/* engine: the clients of one worker, and what drives them.
 *
 * A client is one simulated user of the target. It waits for its place in the ramp, connects, then
 * offers messages at its due times (arrivals.h) or as fast as they are answered, and accounts for
 * every one of them (pending.h, meter.h). How bytes travel is the transport's business
 * (transport.h), what a reply means the exchange's. Nothing here blocks, and time comes through
 * `clock` alone, so that a test can play the target and the time. One thread.
 */
#ifndef RUNNER_ENGINE_H
#define RUNNER_ENGINE_H

#include "runner/arrivals.h"
#include "runner/digest.h"
#include "runner/inbox.h"
#include "runner/meter.h"
#include "runner/payload.h"
#include "runner/pending.h"
#include "runner/roster.h"
#include "runner/rules.h"
#include "runner/spec.h"
#include "runner/timers.h"
#include "runner/transport.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REPLY_MAX = 1 << 20 }; /* a larger reply ends its connection */
/* So do those that are being collected, once they are larger than this together. */
enum { INBOX_MAX = 32 << 20 };
enum { CASTS = 1024 }; /* messages of a broadcast that are remembered */

enum client_state {
    CLIENT_WAITING,    /* for its place in the ramp */
    CLIENT_CONNECTING, /* until the handshake is over; also in place of a lost connection */
    CLIENT_GREETING,   /* connected, until the steps of hello are done */
    CLIENT_OPEN,
    CLIENT_LOST,   /* was open: what falls due fails, until the connection is replaced */
    CLIENT_FAILED, /* never was, or not for long enough to count: offers nothing */
    CLIENT_OVER,   /* closed by us, at the end */
};

struct client {
    struct timer timer; /* first: timers_take() gives it back */
    struct engine *engine;
    void *link;     /* the transport's own */
    int64_t number; /* among all clients of the run */
    enum client_state state;
    bool linked;       /* from client_opened() to client_closed() */
    bool proven;       /* the target has sent something, or kept the connection for a while */
    bool full;         /* the target does not read: what is due waits for client_writable() */
    int64_t tried_ns;  /* connection begun */
    int64_t opened_ns; /* handshake over */
    int64_t due_ns;    /* of its next batch; TIMER_NEVER: none */
    int64_t lost_ns;   /* of the connection that is to be replaced; 0: none is */
    int64_t retry_ns;  /* when to try that; TIMER_NEVER: not, or under way */
    int64_t resume_ns; /* when to ask again for what was put off; TIMER_NEVER: nothing was */
    int64_t tries;     /* so far, for this one */
    uint32_t attempts; /* for all that were lost */
    int64_t ping_due_ns, ping_sent_ns; /* TIMER_NEVER: no heartbeat; 0: no ping is unanswered */
    uint64_t pings;
    struct arrivals arrivals;
    struct pending pending;
    struct pending owed; /* of a broadcast: what this client is to receive */
    size_t reply_length; /* so far, of the message that is being read */
    struct digest reply;
    struct inbox inbox;  /* or the message itself */
    uint64_t head;       /* chat without ids: the message that is being answered */
    int64_t sequence;    /* push: of the next event; -1: not known yet */
    bool timed, awaited; /* push: events tell their time; one from behind the window is to come */
    uint32_t step;       /* of hello */
    uint32_t to_answer;  /* replies of match.reply to be sent, by bit */
    uint64_t answers;    /* that were sent */
    struct token token;
};

/* What messages from the target mean. `receive` takes a message in pieces, as they come, where it
 * needs no buffer; else, or where `match` has rules for messages in general, `message` takes it
 * whole, after those rules. */
struct exchange_ops {
    void (*receive)(struct client *c, const struct chunk *chunk, int64_t now_ns); /* or NULL */
    void (*message)(struct client *c, const struct reply *r, int64_t now_ns);
    /* The target says that something went wrong. */
    void (*error)(struct client *c, const struct reply *r, int64_t now_ns);
    /* What the reply to a message is known by; NULL: its digest. */
    uint64_t (*key)(struct client *c, uint64_t number, const void *data, size_t length);
    /* A message is about to be written; NULL: nothing is to be done. */
    void (*writing)(struct client *c, uint64_t number);
    /* Why what is pending is lost; NULL: it waits for a reply, and the timeout is the reason. */
    const char *missing;
};
extern const struct exchange_ops exchange_echo, exchange_request, exchange_push, exchange_chat,
    exchange_broadcast;

enum engine_stage {
    ENGINE_RUNNING,  /* until the end of the window */
    ENGINE_DRAINING, /* until every message has met its fate */
    ENGINE_CLOSING,  /* until every connection is closed, or a moment has passed */
    ENGINE_OVER,
};

struct engine {
    const struct spec *spec; /* borrowed, as the three below */
    const struct transport *transport;
    const struct exchange_ops *exchange;
    int64_t (*clock)(void);
    void *link; /* the transport's own */
    enum engine_stage stage;
    int64_t stage_end_ns; /* at the latest */
    int64_t wake_ns;      /* when engine_run() has something to do again */
    int64_t tick_ns;      /* of which wake_ns is a multiple */
    int64_t storm_ns;     /* when connections are dropped; TIMER_NEVER: not, or done */
    struct meter meter;
    struct timers timers;
    struct trace trace; /* scheduled; empty where the rate is none */
    struct roster roster;
    struct payload payload;
    struct rules rules;
    bool whole;         /* messages from the target are collected, and rules applied to them */
    size_t inbox_bytes; /* of all clients */
    size_t awaited;     /* clients that are */
    uint64_t *casts;    /* digests of the last messages of a broadcast, in a ring */
    uint64_t casts_count;
    int64_t (*wall)(void); /* ns since 1970 */
    uint64_t digest_key;
    struct client *clients;
    size_t clients_count, unopened, linked; /* unopened: waiting or connecting */
    int begun;                              /* connections, by this engine_run() */
    unsigned char *buffer;                  /* for one message, behind the transport's headroom */
    char late_reason[METER_REASON_SIZE], unread_reason[METER_REASON_SIZE];
};

/* ERR_USAGE where the messages cannot be made (payload.h). engine_close() also after a failure. */
bool engine_open(struct engine *e, const struct spec *spec, const struct transport *transport,
                 int64_t (*clock)(void), struct err *err);
void engine_close(struct engine *e); /* once the transport has let go of all clients */

/* The ramp begins at start_ns, the measured window after ramp and warm-up. */
void engine_start(struct engine *e, int64_t start_ns);

/* Does what is due by now, and sets wake_ns. Where very many connections are due at once it returns
 * after some of them, so that their handshakes go on meanwhile. */
void engine_run(struct engine *e, int64_t now_ns);

/* Ends the run before its time: messages that have met no fate yet are withdrawn. */
void engine_stop(struct engine *e, int64_t now_ns);

/* client.c, for engine.c. */
void client_wake(struct client *c, int64_t now_ns);
void client_prove(struct client *c);
/* So much came compressed, whatever it holds. */
void client_compressed(struct client *c, size_t bytes);
void client_uncompressed(struct client *c); /* the target did not agree to compression */
bool client_stands(const struct client *c); /* nothing speaks against its connection so far */
void client_end(struct client *c); /* an open one, at the end of the run: was it ever made? */
/* Closes an open connection without ceremony; messages on it end as errors with this reason. As a
 * failure of the connection it is counted where it is one. */
void client_drop(struct client *c, const char *reason, bool failure);
void client_schedule(struct client *c);

/* client_link.c, for client.c: the connection was lost, or an attempt to replace it failed: plans
 * the next one, if there is to be one. It was made. True while it is seen as alive: sends pings,
 * and drops it where they are not answered. When to look again. Whether the storm hits it. */
void link_lost(struct client *c, int64_t now_ns);
void link_made(struct client *c);
bool link_alive(struct client *c, int64_t now_ns);
int64_t link_wake_ns(const struct client *c);
bool link_storms(const struct client *c);

/* client_load.c, for client.c: its messages begin to fall due, the first time or on a connection that
 * replaces one. Takes up all that is due; on a connection that was lost it fails. Writes what is not
 * yet written, as far as the target reads. Gives up what was not answered in time, and when to look
 * for that again. */
void load_begin(struct client *c, bool first, int64_t now_ns);
void load_offer(struct client *c, int64_t now_ns);
void load_flush(struct client *c);
void load_expire(struct client *c, int64_t now_ns);
int64_t load_wake_ns(struct client *c);

/* client_load.c: all open messages end as errors, as lost, or as if they had never been due. */
void client_abort(struct client *c, const char *reason);
void client_overdue(struct client *c);
void client_withdraw(struct client *c);
/* Something else than a message of its own is waited for: the client is woken when that is lost. */
void client_watch(struct client *c);
void client_await(struct client *c); /* push: until an event from behind the window has come */
void client_awaited(struct client *c);

/* client.c, for greeting.c: the connection counts as open, or failed. */
void client_ready(struct client *c);
void client_refuse(struct client *c, const char *reason);

/* greeting.c, for client.c: the steps of `hello`, and the answers of `match.reply`. */
void greeting_advance(struct client *c);
void greeting_message(struct client *c, const struct reply *r);
void greeting_expired(struct client *c);
void answers_send(struct client *c);

/* client_load.c, for the exchanges: the fate of messages of one of its two lists. */
void client_matched(struct client *c, struct pending *p, uint64_t number, int64_t now_ns);
void client_erred(struct client *c, struct pending *p, uint64_t number, const char *reason,
                  int64_t now_ns);
/* A reply that belongs to none: the oldest one ends as an error. */
void client_mismatched(struct client *c, struct pending *p, const char *reason, int64_t now_ns);
void client_settled(struct client *c, int64_t now_ns);

/* exchange.c, for the exchanges. */
extern const char exchange_differs[];
void exchange_settle(struct client *c, struct pending *p, uint64_t digest, int64_t now_ns);
uint64_t exchange_key(struct client *c, uint64_t number, const void *data, size_t length);
bool exchange_digest(struct client *c, const struct reply *r, uint64_t *digest); /* of its id */
void exchange_error(struct client *c, const struct reply *r, int64_t now_ns);

#endif
