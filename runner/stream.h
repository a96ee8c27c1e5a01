/* stream: the transport of protocol "sse": event streams over HTTP/1.1.
 *
 * A push is the answer to a GET; in any other exchange each message is the body of a POST, and what
 * its answer's events carry are the replies. A client has one connection and one request on it at a
 * time: what falls due meanwhile waits, which is latency, and where the target lets it, the
 * connection is used again. A connection is made once TCP (and TLS) is up for a POST, once the head
 * of the answer is there for a GET; it counts as made (client_prove()) with the first good answer.
 *
 * Over libwebsockets' raw sockets, dialled as a WebSocket is (ws.h): its HTTP client hides the
 * status, follows redirects and takes lengths that are none (see README.md).
 */
#ifndef RUNNER_STREAM_H
#define RUNNER_STREAM_H

#include "runner/engine.h"
#include "runner/gunzip.h"
#include "runner/http.h"
#include "runner/sse.h"
#include "runner/ws.h"

enum { STREAM_BUFFERS_MAX = 32 << 20 }; /* of all clients together */

/* What a client's connection is about; c->link is its socket. */
struct stream {
    struct streams *all;
    struct client *client;
    struct http http;
    struct sse sse;
    struct gunzip gunzip;
    struct text request; /* on its way or, until an answer begins, to be sent again */
    bool waiting;        /* for the answer to `request` */
    bool heard;          /* something of that answer has come */
    bool used;           /* the connection has served a request before */
    bool put_off;        /* the answer was one to ask again later */
    bool redialling;     /* an open client's connection is made anew, and nobody is told */
    int64_t retry_after_s;
    SSL *ssl;     /* NULL: without TLS */
    bool secured; /* its handshake is done */
};

struct streams {
    struct ws ws; /* first: engine->link leads to both */
    bool post;
    struct sse_room room;
    struct stream *stream; /* by the client's place in engine->clients */
    size_t count;
    char reason[METER_REASON_SIZE];
    struct text wire; /* what TLS makes of what is written */
};

extern const struct transport stream_transport;

/* Resolves the target and opens the loop with this transport. engine->link becomes s. */
bool streams_open(struct streams *s, struct loop *loop, const struct spec *spec,
                  struct engine *engine, struct err *e);
void streams_close(struct streams *s); /* once the loop is closed */

struct streams *streams_of(struct client *c);
struct stream *stream_of(struct client *c);

/* stream_ask.c, for stream.c. */

void stream_connect(struct client *c);
enum send_state stream_send(struct client *c, unsigned char *data, size_t length, bool binary);
/* What was put off is asked again, on a new connection. */
void stream_resume(struct client *c);
/* A connection is up, its TLS too. */
void stream_connected(struct client *c);
/* The connection of an open client is made anew; that has come to nothing. */
void stream_redial(struct stream *st);
void stream_redial_failed(struct stream *st, const char *reason);
/* Nothing is waited for any longer. */
void stream_forget(struct stream *st);
void stream_request_forget(struct stream *st); /* it has been answered */
/* What TLS has made goes out. */
void stream_wire_write(struct stream *st);

/* stream_request.c, for stream.c. */

/* What is asked for; `body` of `length` bytes for a POST. Afterwards out->data has LWS_PRE bytes in
 * front of the request, which out->length counts in. */
void stream_request(struct client *client, const char *last_id, const void *body, size_t length,
                    struct text *out);
/* True, and reason, where the answer's head is none of an event stream. */
bool stream_refused(const struct streams *s, const struct http *h, char *reason, size_t size);
/* True where it is one to ask again later, and the scenario wants that. */
bool stream_put_off(const struct streams *s, const struct http *h);

/* stream_tls.c, for stream.c. */

enum tls_state { TLS_DONE, TLS_MORE, TLS_FAILED };
bool stream_tls_begin(struct stream *st); /* a new connection; false: OpenSSL has no memory */
void stream_tls_end(struct stream *st);
void stream_tls_take(struct stream *st, const void *bytes, size_t length); /* came over the wire */
enum tls_state stream_tls_shake(struct stream *st);
/* TLS_DONE: *length bytes were for us. TLS_FAILED: also the end that the target has announced. */
enum tls_state stream_tls_read(struct stream *st, char *out, size_t room, size_t *length);
bool stream_tls_write(struct stream *st, const void *bytes, size_t length);
/* What is to go over the wire, behind LWS_PRE bytes of *out. */
void stream_tls_drain(struct stream *st, struct text *out);

#endif
