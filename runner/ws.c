#include "runner/ws.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is in a ping: its number. */
enum { PING_BYTES = sizeof(uint64_t) };

static struct ws *ws_of(struct client *c)
{
    return c->engine->link;
}

/* The close frame's code, with the target's words where there are some. */
static void closed_by_target(struct client *c, struct lws *wsi, const unsigned char *frame,
                             size_t length)
{
    char reason[METER_REASON_SIZE];

    if (ws_packed_misused(c, wsi))
        snprintf(reason, sizeof reason, "protocol error");
    else if (length < 2)
        snprintf(reason, sizeof reason, "closed without a code");
    else if ((frame[0] << 8 | frame[1]) == 1002) /* libwebsockets rewrites those it knows not */
        snprintf(reason, sizeof reason, "closed 1002, 1012, 1013 or 1014%s%.*s",
                 length > 2 ? " " : "", (int)length - 2, (const char *)frame + 2);
    else
        snprintf(reason, sizeof reason, "closed %d%s%.*s", frame[0] << 8 | frame[1],
                 length > 2 ? " " : "", (int)length - 2, (const char *)frame + 2);
    roster_hide(&c->engine->roster, c->number, &c->token, reason);
    client_closed(c, reason);
}

/* The connection is gone without a close frame. Where the target still holds it, it was
 * libwebsockets that gave it up, over something that is no WebSocket. */
static void closed_without_frame(struct client *c, struct lws *wsi)
{
    char byte;
    ssize_t got = recv(lws_get_socket_fd(wsi), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    bool held = got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));

    client_closed(c, ws_link_closing(wsi) ? "closed by us"
                     : held               ? "protocol error"
                                          : "closed without a close frame");
}

static void received(struct client *c, struct lws *wsi, void *data, size_t length)
{
    struct chunk chunk = {.data = data,
                          .length = length,
                          .first = lws_is_first_fragment(wsi),
                          .last = lws_is_final_fragment(wsi),
                          .binary = lws_frame_is_binary(wsi)};

    if (ws_packed_of(c))
        ws_packed_received(c, wsi, data, length);
    else
        client_received(c, &chunk);
}

static int writable(struct client *c, struct lws *wsi)
{
    if (lws_partial_buffered(wsi))
        return 0;
    if (ws_link_closing(wsi)) { /* libwebsockets writes its close frame the next time it can */
        loop_want(ws_of(c)->loop, wsi, WANT_WRITE_ONCE);
        return -1;
    }
    loop_want(ws_of(c)->loop, wsi, WANT_READ);
    client_writable(c);
    return 0;
}

static void connection_failed(struct client *c, struct lws *wsi, const char *said, int number)
{
    char reason[METER_REASON_SIZE];

    if (ws_dial_failed(c, wsi, said, number, reason))
        client_failed(c, reason);
}

static void connection_gone(struct client *c, struct lws *wsi)
{
    if (!c->linked) {
        connection_failed(c, wsi, "closed before established", 0);
        return;
    }
    ws_link_drop(c, wsi);
    client_closed(c, "closed without a close frame");
}

int ws_event(struct lws *wsi, enum lws_callback_reasons event, void *user, void *in, size_t length)
{
    struct client *c = user;
    int number = errno;

    if (!c)
        return 0;
    switch (event) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return ws_headers_append(c, wsi, in, length) ? 0 : -1;
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        return ws_upgrade_refused(c, wsi);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        connection_failed(c, wsi, in, number);
        return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        c->link = wsi;
        ws_prefer(c, wsi);
        loop_established(ws_of(c)->loop, wsi);
        ws_packed_established(c, wsi);
        client_opened(c);
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        /* Never -1 from here: libwebsockets would go on to collect what is left of the frame
         * behind the end of its buffer. A connection that is to be closed is so when writable. */
        if (!ws_link_closing(wsi))
            received(c, wsi, in, length);
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
        if (length == PING_BYTES && !ws_link_closing(wsi) && !ws_packed_misused(c, wsi)) {
            uint64_t ping;

            memcpy(&ping, in, PING_BYTES);
            client_ponged(c, ping);
        }
        return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return writable(c, wsi);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        loop_want(ws_of(c)->loop, wsi, WANT_WRITE); /* a close frame in return */
        ws_link_drop(c, wsi);
        closed_by_target(c, wsi, in, length);
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        ws_link_drop(c, wsi);
        closed_without_frame(c, wsi);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY: /* of some failed handshakes it tells nothing else */
        connection_gone(c, wsi);
        return 0;
    default:
        return 0;
    }
}

static void ws_connect(struct client *c)
{
    struct ws *w = ws_of(c);

    if (!ws_dial(c))
        client_failed(c, w->reason);
    *w->reason = '\0';
}

static void ws_abandon(struct client *c)
{
    struct lws *wsi = c->link;

    if (!wsi)
        return;
    loop_hurry(ws_of(c)->loop);
    ws_link_drop(c, wsi);
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
}

/* One write of libwebsockets, and what comes of it. */
static enum send_state bytes_write(struct client *c, unsigned char *data, size_t length,
                                   enum lws_write_protocol as)
{
    struct lws *wsi = c->link;

    if (lws_write(wsi, data, length, as) < 0) {
        loop_hurry(ws_of(c)->loop);
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
        return SEND_GONE;
    }
    if (!lws_partial_buffered(wsi))
        return SEND_DONE;
    loop_want(ws_of(c)->loop, wsi, WANT_WRITE); /* for what the kernel did not take */
    return SEND_FULL;
}

/* Writes the frames that were gathered. */
static void burst_write(void *arg)
{
    struct ws_burst *b = &((struct ws *)arg)->burst;
    struct client *c = b->client;

    if (!c)
        return;
    b->client = NULL;
    if (bytes_write(c, b->data + LWS_PRE, b->length, LWS_WRITE_HTTP) != SEND_DONE)
        client_full(c);
}

/* A place for a frame of this connection among those that are gathered. */
static struct ws_burst *burst_for(struct client *c, size_t length)
{
    struct ws *w = ws_of(c);
    struct ws_burst *b = &w->burst;

    if (b->client != c || b->length + length > WS_BURST_LIMIT)
        burst_write(w);
    if (!b->client) {
        b->client = c;
        b->length = 0;
    }
    return b;
}

static void ws_ping(struct client *c, uint64_t number)
{
    unsigned char data[LWS_PRE + PING_BYTES];

    memcpy(data + LWS_PRE, &number, PING_BYTES);
    if (ws_of(c)->gathers)
        ws_frame_add(burst_for(c, PING_BYTES), WS_PING, true, data + LWS_PRE, PING_BYTES);
    else if (bytes_write(c, data + LWS_PRE, PING_BYTES, LWS_WRITE_PING) != SEND_DONE)
        client_full(c);
}

/* One frame of a message. */
static enum send_state frame_send(struct client *c, unsigned char *data, size_t length,
                                  enum ws_opcode opcode, bool final)
{
    static const enum lws_write_protocol as[] = {
        [WS_CONTINUATION] = LWS_WRITE_CONTINUATION,
        [WS_TEXT] = LWS_WRITE_TEXT,
        [WS_BINARY] = LWS_WRITE_BINARY,
    };

    if (!ws_of(c)->gathers)
        return bytes_write(c, data, length,
                           (enum lws_write_protocol)(as[opcode] | (final ? 0 : LWS_WRITE_NO_FIN)));
    ws_frame_add(burst_for(c, length), opcode, final, data, length);
    return c->full ? SEND_FULL : SEND_DONE; /* what was before it may have filled the pipe */
}

static enum send_state ws_send(struct client *c, unsigned char *data, size_t length, bool binary)
{
    size_t most = (size_t)ws_of(c)->spec->scenario.message.fragment;
    enum ws_opcode opcode = binary ? WS_BINARY : WS_TEXT;
    enum send_state state = SEND_DONE, piece;

    if (ws_of(c)->gathers && ws_packed_make(c, &data, &length))
        opcode = (enum ws_opcode)(opcode | WS_PACKED);

    /* What lies in front of a piece is written, so that libwebsockets may have the room. */
    for (; most > 0 && length > most && state != SEND_GONE; data += most, length -= most) {
        piece = frame_send(c, data, most, opcode, false);
        state = piece != SEND_DONE ? piece : state;
        opcode = WS_CONTINUATION;
    }
    if (state == SEND_GONE)
        return state;
    piece = frame_send(c, data, length, opcode, true);
    return piece != SEND_DONE ? piece : state;
}

static void ws_end(struct client *c, int code)
{
    struct lws *wsi = c->link;

    if (!wsi || ws_link_closing(wsi))
        return;
    burst_write(ws_of(c)); /* before the close frame */
    ws_link_mark_closing(wsi);
    lws_close_reason(wsi, (enum lws_close_status)code, NULL, 0);
    if (code == CLOSE_NORMAL) /* the end of the run, which waits for nobody for long */
        loop_untimed(ws_of(c)->loop, wsi);
    lws_callback_on_writable(wsi);
    loop_want(ws_of(c)->loop, wsi, WANT_WRITE_ONCE);
}

const struct transport ws_transport = {.headroom = LWS_PRE,
                                       .connect = ws_connect,
                                       .abandon = ws_abandon,
                                       .send = ws_send,
                                       .ping = ws_ping,
                                       .close = ws_end};

bool ws_open(struct ws *w, struct loop *loop, const struct spec *spec, const struct engine *engine,
             struct err *e)
{
    const struct lws_protocols protocols[] = {
        {
            .name = "websocket",
            .callback = ws_event,
            /* What a connection costs while it is idle; larger messages come in pieces. */
            .rx_buffer_size = 4096,
            .tx_packet_size = (size_t)SCENARIO_MESSAGE_MAX + LWS_PRE,
        },
        {.name = WS_PROOF_PROTOCOL, .callback = ws_proof_event},
    };

    if (spec->scenario.compression)
        ws_packed_open(w, engine);
    if (!ws_dial_open(w, loop, spec, engine, protocols, e))
        return false;
    rng_open(&w->burst.masks, spec->part.seed, -3 - spec->part.worker); /* streams of no client */
    loop->settle = burst_write;
    loop->settle_arg = w;
    w->gathers = ws_proof(loop);
    return true;
}

void ws_close(struct ws *w)
{
    free(w->authorization);
    free(w->burst.data);
    text_free(&w->filled);
    ws_packed_close(w);
    tls_close(&w->tls);
    *w = (struct ws){0};
}
