/* What the built-in target serves, as libwebsockets calls it. */
#include "runner/target_parts.h"

#include <string.h>

enum { MESSAGE_MAX = 16 << 20, PIECE_KEPT = 64 * 1024 };

static const struct endpoint endpoints[] = {
    {"/echo", target_answer},
};

static const struct endpoint *endpoint_find(struct lws *wsi)
{
    char path[128];

    /* The path without its query, which libwebsockets keeps apart. A longer one is not ours. */
    if (lws_hdr_copy(wsi, path, sizeof path, WSI_TOKEN_GET_URI) <= 0)
        return NULL;
    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++)
        if (strcmp(endpoints[i].path, path) == 0)
            return &endpoints[i];
    return NULL;
}

static int http_refuse(struct lws *wsi, unsigned status)
{
    return lws_return_http_status(wsi, status, NULL) || lws_http_transaction_completed(wsi) ? -1
                                                                                            : 0;
}

/* One connection, from its upgrade on. */

static int conn_open(struct lws *wsi, struct conn **session)
{
    struct conn *c = mem_get(1, sizeof *c);

    c->wsi = wsi;
    c->endpoint = endpoint_find(wsi);
    *session = c;
    return c->endpoint ? 0 : -1;
}

static int conn_receive(struct target *t, struct conn *c, const void *in, size_t length)
{
    bool final = lws_is_final_fragment(c->wsi), binary = lws_frame_is_binary(c->wsi);

    if (final && c->piece.length == 0) {
        c->endpoint->message(t, c, in, length, binary);
        return 0;
    }
    if (length > MESSAGE_MAX - c->piece.length) {
        lws_close_reason(c->wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, NULL, 0);
        return -1;
    }
    text_add_bytes(&c->piece, in, length);
    if (!final)
        return 0;
    c->endpoint->message(t, c, c->piece.data, c->piece.length, binary);
    c->piece.length = 0;
    if (c->piece.capacity > PIECE_KEPT)
        text_free(&c->piece);
    return 0;
}

/* All that was kept back has gone: read on. */
static int conn_writeable(struct conn *c)
{
    if (c->paused && !lws_partial_buffered(c->wsi)) {
        c->paused = false;
        lws_rx_flow_control(c->wsi, 1);
    }
    return 0;
}

static int web_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                        size_t length)
{
    struct target *t = lws_context_user(lws_get_context(wsi));
    struct conn **session = user;

    switch (reason) {
    case LWS_CALLBACK_HTTP:
        return http_refuse(wsi, endpoint_find(wsi) ? 426 : HTTP_STATUS_NOT_FOUND);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        if (strcmp(in, "websocket") == 0 && endpoint_find(wsi))
            return 0;
        return lws_return_http_status(wsi, HTTP_STATUS_NOT_FOUND, NULL) ? -1 : 1;
    case LWS_CALLBACK_ESTABLISHED:
        return conn_open(wsi, session);
    case LWS_CALLBACK_RECEIVE:
        return conn_receive(t, *session, in, length);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return conn_writeable(*session);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        target_flush(t); /* answers go before the answer to the close */
        (*session)->closing = true;
        return 0;
    case LWS_CALLBACK_CLOSED:
        if (*session)
            conn_close(t, *session);
        *session = NULL;
        return 0;
    default:
        return 0;
    }
}

const struct lws_protocols target_protocols[] = {
    /* Connections are read 16 KiB at a time, and written as they come (see target_reply.c). */
    {"web", web_callback, sizeof(struct conn *), 16 * 1024, 0, NULL, 1 << 20},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};
