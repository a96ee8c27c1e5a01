/* What the built-in target serves, as libwebsockets calls it. */
#include "runner/target_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 16 << 20, PIECE_KEPT = 64 * 1024 };

static void echo_message(struct target *t, struct conn *c, const void *body, size_t length,
                         bool binary)
{
    if (!target_takes(t))
        return;
    conn_send(t, c, body, length, binary);
    conn_end(t, c);
}

static const struct endpoint endpoints[] = {
    {"/echo", NULL, echo_message, false},
    {"/request", NULL, request_message, false},
    {"/push", push_open, NULL, false},
    {"/sse", stream_open, echo_message, false},
    {"/chat", NULL, chat_message, false},
    {"/broadcast", room_open, room_message, false},
    {"/v1/chat/completions", NULL, openai_message, true},
};

static bool path_read(struct lws *wsi, enum lws_token_indexes method, char path[128])
{
    /* The path without its query, which libwebsockets keeps apart. A longer one is not ours. */
    return lws_hdr_copy(wsi, path, 128, method) > 0;
}

static const struct endpoint *endpoint_find(struct lws *wsi, enum lws_token_indexes method)
{
    char path[128];

    for (size_t i = 0; path_read(wsi, method, path) && i < sizeof endpoints / sizeof *endpoints;
         i++)
        if (strcmp(endpoints[i].path, path) == 0)
            return &endpoints[i];
    return NULL;
}

static int http_refuse(struct lws *wsi, unsigned status)
{
    return lws_return_http_status(wsi, status, NULL) || lws_http_transaction_completed(wsi) ? -1
                                                                                            : 0;
}

/* Where a body follows that is not read. */
static int http_close(struct lws *wsi, unsigned status)
{
    lws_return_http_status(wsi, status, NULL);
    return -1;
}

/* One connection, from its upgrade on, or one HTTP exchange. */

static struct conn *conn_of(struct lws *wsi)
{
    return lws_get_opaque_user_data(wsi);
}

/* NULL: the url's query is wrong. */
static struct conn *conn_open(struct target *t, struct lws *wsi, enum conn_kind kind,
                              const struct endpoint *endpoint)
{
    struct conn *c = mem_get(1, sizeof *c);

    if (!options_read(&c->options, wsi)) {
        free(c);
        return NULL;
    }
    c->wsi = wsi;
    c->kind = kind;
    c->endpoint = endpoint;
    t->conns++;
    lws_set_opaque_user_data(wsi, c);
    return c;
}

static void conn_leave(struct target *t, struct lws *wsi)
{
    struct conn *c = conn_of(wsi);

    lws_set_opaque_user_data(wsi, NULL);
    if (c)
        conn_close(t, c);
}

static void conn_message(struct target *t, struct conn *c, const void *body, size_t length,
                         bool binary)
{
    t->received++;
    if (c->endpoint->message)
        c->endpoint->message(t, c, body, length, binary);
}

/* WebSocket. */

static bool upgrade_allowed(struct lws *wsi)
{
    const struct endpoint *endpoint = endpoint_find(wsi, WSI_TOKEN_GET_URI);

    return endpoint && !endpoint->http_only;
}

static int upgrade_judge(struct lws *wsi, const char *protocol)
{
    struct options options;
    unsigned status = HTTP_STATUS_NOT_FOUND;

    if (strcmp(protocol, "websocket") == 0 && upgrade_allowed(wsi)) {
        if (options_read(&options, wsi))
            return 0;
        status = HTTP_STATUS_BAD_REQUEST;
    }
    return lws_return_http_status(wsi, status, NULL) ? -1 : 1;
}

static int upgraded(struct target *t, struct lws *wsi)
{
    struct conn *c = conn_open(t, wsi, CONN_WS, endpoint_find(wsi, WSI_TOKEN_GET_URI));

    if (c && c->endpoint->open)
        c->endpoint->open(t, c);
    return c ? 0 : -1;
}

static int frame_receive(struct target *t, struct conn *c, const void *in, size_t length)
{
    bool final = lws_is_final_fragment(c->wsi), binary = lws_frame_is_binary(c->wsi);

    if (final && c->piece.length == 0) {
        conn_message(t, c, in, length, binary);
        return 0;
    }
    if (length > MESSAGE_MAX - c->piece.length) {
        lws_close_reason(c->wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, NULL, 0);
        return -1;
    }
    text_add_bytes(&c->piece, in, length);
    if (!final)
        return 0;
    conn_message(t, c, c->piece.data, c->piece.length, binary);
    c->piece.length = 0;
    if (c->piece.capacity > PIECE_KEPT)
        text_free(&c->piece);
    return 0;
}

/* HTTP. */

static int metrics_serve(struct target *t, struct lws *wsi)
{
    struct text out = {0}, body = {0};
    bool sent;

    metrics_write(t, &body);
    text_addf(&out, "%*s", LWS_PRE, "");
    text_addf(&out,
              "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
              "Content-Length: %zu\r\n\r\n%s",
              body.length, body.data);
    sent = lws_write(wsi, (unsigned char *)out.data + LWS_PRE, out.length - LWS_PRE,
                     LWS_WRITE_HTTP) >= 0;
    text_free(&out);
    text_free(&body);
    return sent && lws_http_transaction_completed(wsi) == 0 ? 0 : -1;
}

static int stream_serve(struct target *t, struct lws *wsi)
{
    const struct endpoint *endpoint = endpoint_find(wsi, WSI_TOKEN_GET_URI);
    struct conn *c;
    char path[128];

    if (path_read(wsi, WSI_TOKEN_GET_URI, path) && strcmp(path, "/metrics") == 0)
        return metrics_serve(t, wsi);
    if (!endpoint)
        return http_refuse(wsi, HTTP_STATUS_NOT_FOUND);
    if (endpoint->http_only)
        return http_refuse(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED);
    if (!endpoint->open)
        return http_refuse(wsi, 426);
    c = conn_open(t, wsi, CONN_STREAM, endpoint);
    if (!c)
        return http_refuse(wsi, HTTP_STATUS_BAD_REQUEST);
    lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
    endpoint->open(t, c);
    return 0;
}

static int body_end(struct target *t, struct lws *wsi)
{
    struct conn *c = conn_of(wsi);

    if (!c)
        return -1;
    lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
    if (c->refusal) {
        conn_begin_json(t, c, c->refusal);
        conn_end(t, c);
        return 0;
    }
    if (!c->endpoint->http_only)
        conn_begin(t, c);
    conn_message(t, c, c->piece.data ? c->piece.data : "", c->piece.length, false);
    text_free(&c->piece);
    return 0;
}

static int post_serve(struct target *t, struct lws *wsi)
{
    const struct endpoint *endpoint = endpoint_find(wsi, WSI_TOKEN_POST_URI);
    struct conn *c;
    char length[24] = "";

    if (lws_hdr_copy(wsi, length, sizeof length, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0)
        return http_close(wsi, 411);
    if (strlen(length) > 8 || atoi(length) > MESSAGE_MAX)
        return http_close(wsi, 413);
    c = conn_open(t, wsi, CONN_POST, endpoint);
    if (!c)
        return http_close(wsi, HTTP_STATUS_BAD_REQUEST);
    /* Its body is read first, or the answer would not get through. */
    c->refusal = !endpoint            ? HTTP_STATUS_NOT_FOUND
                 : !endpoint->message ? HTTP_STATUS_METHOD_NOT_ALLOWED
                                      : 0;
    return atoi(length) == 0 ? body_end(t, wsi) : 0;
}

static int http_serve(struct target *t, struct lws *wsi)
{
    if (lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) > 0)
        return post_serve(t, wsi);
    if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0)
        return stream_serve(t, wsi);
    return http_refuse(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED);
}

static int body_receive(struct conn *c, const void *in, size_t length)
{
    if (!c || length > MESSAGE_MAX - c->piece.length)
        return -1;
    text_add_bytes(&c->piece, in, length);
    return 0;
}

/* All that was kept back has gone: read on. An answer that is whole makes room for the next. */
static int conn_writable(struct target *t, struct lws *wsi)
{
    struct conn *c = conn_of(wsi);

    if (!c)
        return 0;
    if (!c->paused || lws_partial_buffered(wsi))
        return 0;
    conn_resume(t, c);
    if (c->ended && t->burst.conn != c)
        conn_complete(t, c);
    return 0;
}

static int web_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                        size_t length)
{
    struct target *t = lws_context_user(lws_get_context(wsi));

    (void)user;
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        return http_serve(t, wsi);
    case LWS_CALLBACK_HTTP_BODY:
        return body_receive(conn_of(wsi), in, length);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return body_end(t, wsi);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return upgrade_judge(wsi, in);
    case LWS_CALLBACK_ESTABLISHED:
        return upgraded(t, wsi);
    case LWS_CALLBACK_RECEIVE:
        return frame_receive(t, conn_of(wsi), in, length);
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return conn_writable(t, wsi);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        target_flush(t); /* answers go before the answer to the close */
        conn_of(wsi)->closing = true;
        return 0;
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_CLOSED_HTTP:
        conn_leave(t, wsi);
        return 0;
    default:
        return 0;
    }
}

const struct lws_protocols target_protocols[] = {
    /* Connections are read 16 KiB at a time, and written as they come (see target_reply.c). */
    {"web", web_callback, 0, 16 * 1024, 0, NULL, 1 << 20},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};
