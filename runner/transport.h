/* transport: how a client's messages travel. A struct of functions, so that WebSocket, SSE and a
 * test's make-believe target look alike to client.c.
 *
 * Calls go down through struct transport; what happens comes up through the client_* functions,
 * each of which may call down again, for this client or for others.
 */
#ifndef RUNNER_TRANSPORT_H
#define RUNNER_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;

/* Close codes of RFC 6455 that are ours to send. */
enum { CLOSE_NORMAL = 1000, CLOSE_TOO_BIG = 1009 };

enum send_state {
    SEND_DONE, /* taken; another message may follow */
    SEND_FULL, /* taken, but the target does not read: wait for client_writable() */
    SEND_GONE, /* the connection is dead; client_closed() tells why */
};

struct transport {
    size_t headroom; /* writable bytes in front of what is given to send() */

    bool answers_prove; /* a connection is made once the target has answered, not by lasting */

    /* Begins to connect. client_opened() or client_failed() follows, perhaps before it returns. */
    void (*connect)(struct client *c);
    /* Gives up a connection or an attempt, at once: nothing follows. */
    void (*abandon)(struct client *c);
    /* Writes one whole message, perhaps together with others a little later, and then client_full()
     * may follow; the bytes in `data` are changed by it. */
    enum send_state (*send)(struct client *c, unsigned char *data, size_t length, bool binary);
    /* Sends a ping with this number in it; client_ponged() follows. NULL: the protocol has none. */
    void (*ping)(struct client *c, uint64_t number);
    /* What client_pause() has put off is tried again now. NULL: nothing ever is. */
    void (*resume)(struct client *c);
    /* The reply to the message that was sent last is not waited for any longer. NULL: whatever
     * comes is told from it. */
    void (*cancel)(struct client *c);
    /* How long the target asks to wait before it is connected to again. NULL: it cannot. */
    int64_t (*wait_ns)(struct client *c);
    /* Begins to close an open connection; client_closed() follows. */
    void (*close)(struct client *c, int code);
};

/* A piece of a message from the target. */
struct chunk {
    const void *data;
    size_t length;
    bool first, last; /* of the message */
    bool binary;
};

void client_opened(struct client *c);
void client_failed(struct client *c, const char *reason); /* never was open */
void client_received(struct client *c, const struct chunk *chunk);
void client_ponged(struct client *c, uint64_t number);
void client_writable(struct client *c);
void client_full(struct client *c); /* as if send() had said SEND_FULL */
/* An open connection is closed. `reason` says how in a few words, "closed 1006". */
void client_closed(struct client *c, const char *reason);

/* For transports that ask and are answered (client_answer.c). */
void client_refused(struct client *c, const char *reason); /* open, but not to be used */
/* The target wants what was asked last, or the connection, to be asked for again in `wait_ns`. True:
 * resume() follows then, unless cancel(), abandon() or close() comes first. False: by then its time
 * is over. */
bool client_pause(struct client *c, int64_t wait_ns);
/* The message that was sent last has no reply and gets none; the connection may go on. */
void client_unanswered(struct client *c, const char *reason);

#endif
