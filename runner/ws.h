/* ws: the WebSocket transport, over libwebsockets.
 *
 * Frames are made here and gathered: what one connection has to say in one turn of the loop goes
 * out as one write. libwebsockets would read 4 bytes of /dev/urandom and call send() for every
 * message. The way around it (LWS_WRITE_HTTP on a WebSocket) is undocumented: it is proved against
 * a socket of our own when a worker starts, and not taken where it fails. */
#ifndef RUNNER_WS_H
#define RUNNER_WS_H

#include "runner/address.h"
#include "runner/engine.h"
#include "runner/loop.h"
#include "runner/rng.h"
#include "runner/ws_deflate.h"
#include "schema/url.h"

enum { WS_HOST_SIZE = URL_HOST_MAX + 16 };

/* Frames that wait to be written, all of one connection. */
struct ws_burst {
    struct client *client; /* NULL: there are none */
    unsigned char *data;   /* from LWS_PRE on */
    size_t length, capacity;
    struct rng masks;
};

/* A client's connection, as to compression. */
struct ws_packed {
    bool agreed; /* with these terms */
    struct ws_terms terms;
    struct ws_unpack unpack;
    bool unpacking; /* a message of this connection was unpacked before */
    struct client *client;
    struct lws *wsi;
    /* Of the message that is being read. */
    bool packed, binary;
    bool begun;     /* something of it was handed on */
    bool frame_new; /* what comes next begins a frame */
};

struct ws {
    struct loop *loop;
    const struct spec *spec;
    struct url url;
    struct tls tls;
    struct addresses addresses; /* of the target, or of the relay in its place */
    int port;
    char host[WS_HOST_SIZE];   /* as the Host header says it */
    char *authorization;       /* from the url's user info; NULL: none */
    const char *method;        /* "RAW" for a stream's bare connection, else NULL */
    struct client *connecting; /* inside the call that starts its connection */
    char reason[METER_REASON_SIZE];
    struct text filled; /* a header or a path, while it is needed */
    bool gathers;       /* frames are made here */
    struct ws_burst burst;
    struct ws_packed *packed; /* by the client's place in engine->clients; NULL: not asked for */
    size_t packed_count;
    struct ws_pack pack;
};

extern const struct transport ws_transport;

/* Resolves the target and opens the loop with this transport. engine->link becomes w. */
bool ws_open(struct ws *w, struct loop *loop, const struct spec *spec, const struct engine *engine,
             struct err *e);
void ws_close(struct ws *w);

/* ws_dial.c, also for the transports over HTTP (stream.h), whose struct begins with a struct ws: to
 * dial is the same whatever is said afterwards. */

/* Resolves the target and opens the loop with two protocols. w is zeroed but for its method; it is
 * closed by ws_close(). */
bool ws_dial_open(struct ws *w, struct loop *loop, const struct spec *spec,
                  const struct engine *engine, const struct lws_protocols *protocols,
                  struct err *e);
/* Tries the target's addresses in turn, from the one that worked last. False: w->reason says why
 * none does; the caller clears it. */
bool ws_dial(struct client *c);
/* What a failed connection is told by: reason is set. False inside ws_dial(), which goes on. */
bool ws_dial_failed(struct client *c, struct lws *wsi, const char *said, int number,
                    char reason[METER_REASON_SIZE]);
void ws_prefer(struct client *c, struct lws *wsi); /* the address of this connection is good */
void ws_link_drop(struct client *c, struct lws *wsi);
void ws_link_mark_closing(struct lws *wsi); /* by us */
bool ws_link_closing(struct lws *wsi);

int ws_event(struct lws *wsi, enum lws_callback_reasons event, void *user, void *in, size_t length);

/* ws_handshake.c, for ws.c. */

/* Host and, for user info in the url, Authorization, unless the scenario has its own. */
void ws_headers_prepare(struct ws *w);
/* Adds the headers to a handshake at *p, where `room` bytes are left; false: they do not fit. */
bool ws_headers_append(struct client *c, struct lws *wsi, unsigned char **p, size_t room);
/* The value of the scenario's header i, and the url's path, as this client has them; until the next
 * call of either. */
const char *ws_header(struct client *c, size_t i);
const char *ws_path(struct client *c);
/* ERR_USAGE where they are too long for some client. */
bool ws_texts_fit(const struct ws *w, const struct roster *r, struct err *e);
/* True, and w->reason, where the reply to the handshake is none that we can accept. */
bool ws_upgrade_refused(struct client *c, struct lws *wsi);
/* Sets w->reason, unless it is known, from an errno or else libwebsockets' words. */
void ws_failure_explain(struct ws *w, const char *said, int connect_errno);

/* ws_frames.c, for ws.c. */

enum ws_opcode { WS_CONTINUATION = 0, WS_TEXT = 1, WS_BINARY = 2, WS_PING = 9 };
enum { WS_PACKED = 0x40 }; /* beside the opcode of a message's first frame: RSV1 */

/* Adds a masked frame to the burst; a final one ends its message. */
void ws_frame_add(struct ws_burst *b, enum ws_opcode opcode, bool final, const unsigned char *data,
                  size_t length);
enum { WS_BURST_LIMIT = 64 << 10, WS_FRAME_HEAD_MAX = 14 };

/* ws_packed.c: compression. Where the scenario does not ask for it, w->packed is NULL. */

/* libwebsockets is to send our offer and let RSV1 pass. */
extern const struct lws_extension ws_packed_extensions[];
void ws_packed_open(struct ws *w, const struct engine *engine);
void ws_packed_close(struct ws *w);
/* NULL where compression is not agreed on for this client's connection. */
struct ws_packed *ws_packed_of(struct client *c);
/* Reads what the answer to the handshake says of it; NULL, or what is wrong with it. */
const char *ws_packed_answer(struct client *c, struct lws *wsi);
void ws_packed_established(struct client *c, struct lws *wsi);
void ws_packed_received(struct client *c, struct lws *wsi, const void *data, size_t length);
/* Packs the message at *data; false: it goes out as it is. */
bool ws_packed_make(struct client *c, unsigned char **data, size_t *length);
/* A control frame that is marked as compressed. */
bool ws_packed_misused(struct client *c, struct lws *wsi);

/* ws_proof.c: whether frames that are written raw arrive as they are, on a connection to a socket
 * of this process. The loop must be open and have no connections yet. */
bool ws_proof(struct loop *loop);
int ws_proof_event(struct lws *wsi, enum lws_callback_reasons event, void *user, void *in,
                   size_t length);
#define WS_PROOF_PROTOCOL "proof"

#endif
