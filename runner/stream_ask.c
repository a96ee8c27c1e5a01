/* Asking: connections are made, and made anew, and requests written on them. */
#include "runner/stream.h"

#include <stdio.h>
#include <string.h>

enum { REQUEST_KEPT = 4096 }; /* bytes, of a client between its requests */

struct streams *streams_of(struct client *c)
{
    return c->engine->link;
}

struct stream *stream_of(struct client *c)
{
    return &streams_of(c)->stream[c - c->engine->clients];
}

/* Writes what lies behind LWS_PRE bytes. */
static void bytes_write(struct stream *st, struct text *bytes)
{
    struct lws *wsi = st->client->link;

    if (bytes->length <= LWS_PRE)
        return;
    if (lws_write(wsi, (unsigned char *)bytes->data + LWS_PRE, bytes->length - LWS_PRE,
                  LWS_WRITE_RAW) < 0) {
        loop_hurry(st->all->ws.loop); /* its end is told by RAW_CLOSE */
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    } else if (lws_partial_buffered(wsi)) {
        loop_want(st->all->ws.loop, wsi, WANT_WRITE);
    }
}

void stream_wire_write(struct stream *st)
{
    stream_tls_drain(st, &st->all->wire);
    bytes_write(st, &st->all->wire);
}

static void request_write(struct stream *st)
{
    if (!st->ssl) {
        bytes_write(st, &st->request);
        return;
    }
    if (stream_tls_write(st, st->request.data + LWS_PRE, st->request.length - LWS_PRE))
        stream_wire_write(st);
}

/* What comes from now on is the answer. */
static void answer_begin(struct stream *st)
{
    http_next(&st->http);
    sse_restart(&st->sse);
    st->waiting = true;
    st->heard = false;
}

static void request_make(struct stream *st, const void *body, size_t length)
{
    stream_request(st->client, st->sse.id, body, length, &st->request);
    answer_begin(st);
}

void stream_request_forget(struct stream *st)
{
    if (st->request.capacity > REQUEST_KEPT)
        text_free(&st->request);
}

void stream_forget(struct stream *st)
{
    st->waiting = st->redialling = false;
    st->client->resume_ns = TIMER_NEVER;
    stream_request_forget(st);
}

void stream_redial_failed(struct stream *st, const char *reason)
{
    st->redialling = false;
    client_closed(st->client, reason);
}

void stream_redial(struct stream *st)
{
    struct ws *w = &st->all->ws;
    char reason[METER_REASON_SIZE];

    st->redialling = true;
    if (ws_dial(st->client))
        return;
    snprintf(reason, sizeof reason, "%s", w->reason);
    *w->reason = '\0';
    stream_redial_failed(st, reason);
}

void stream_connect(struct client *c)
{
    struct stream *st = stream_of(c);

    st->waiting = st->redialling = st->used = false;
    ws_transport.connect(c);
}

enum send_state stream_send(struct client *c, unsigned char *data, size_t length, bool binary)
{
    struct stream *st = stream_of(c);

    (void)binary;
    request_make(st, data, length);
    if (c->link)
        request_write(st);
    else
        stream_redial(st);
    return SEND_FULL; /* until the answer is whole */
}

void stream_resume(struct client *c)
{
    struct stream *st = stream_of(c);

    if (!st->all->post) {
        stream_connect(c);
        return;
    }
    answer_begin(st);
    stream_redial(st);
}

void stream_connected(struct client *c)
{
    struct stream *st = stream_of(c);

    if (!st->all->post) {
        request_make(st, NULL, 0);
        request_write(st);
    } else if (!st->redialling) {
        client_opened(c);
    } else {
        st->redialling = false;
        if (st->waiting)
            request_write(st);
        else
            client_writable(c);
    }
}
