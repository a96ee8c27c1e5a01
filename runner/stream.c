#include "runner/stream.h"

#include "schema/units.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MAX_S = 86400 }; /* that a target may ask for */

static void link_kill(struct client *c)
{
    struct lws *wsi = c->link;

    if (!wsi)
        return;
    loop_hurry(streams_of(c)->ws.loop);
    ws_link_drop(c, wsi);
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
}

static bool event_take(void *arg, const struct sse_event *event)
{
    struct stream *st = arg;
    struct client *c = st->client;
    const void *link = c->link;
    struct chunk chunk = {event->data, event->length, true, true, false};

    client_received(c, &chunk);
    return c->link == link; /* it may have been closed */
}

/* A stream that is taken up again goes on in its sequence. */
static void stream_opened(struct stream *st)
{
    int64_t sequence = st->client->sequence;

    client_opened(st->client);
    if (*st->sse.id)
        st->client->sequence = sequence;
}

static bool head_take(void *arg)
{
    struct stream *st = arg;
    struct streams *s = st->all;
    struct client *c = st->client;
    const void *link = c->link;

    st->retry_after_s = st->http.retry_after_s;
    st->put_off = stream_put_off(s, &st->http);
    if (stream_refused(s, &st->http, s->reason, sizeof s->reason))
        return false;
    stream_request_forget(st);
    if (st->http.coding == HTTP_GZIP && !gunzip_start(&st->gunzip)) {
        snprintf(s->reason, sizeof s->reason, "gzip: out of memory");
        return false;
    }
    if (s->post)
        client_prove(c);
    else
        stream_opened(st);
    return c->link == link;
}

static bool text_take(void *arg, const char *bytes, size_t length)
{
    struct stream *st = arg;

    return sse_feed(&st->sse, bytes, length);
}

static bool body_take(void *arg, const char *bytes, size_t length)
{
    struct stream *st = arg;

    if (st->http.coding != HTTP_GZIP)
        return sse_feed(&st->sse, bytes, length);
    client_compressed(st->client, length);
    return gunzip_feed(&st->gunzip, bytes, length, text_take, st);
}

/* The connection is of no more use. Of an open client that posts only the message is lost, and the
 * next one gets another connection. */
static void answer_fail(struct stream *st, struct lws *wsi, const char *reason)
{
    struct client *c = st->client;

    ws_link_drop(c, wsi);
    stream_forget(st);
    if (!c->linked)
        client_failed(c, reason);
    else if (!st->all->post)
        client_closed(c, reason);
    else if (!c->proven)
        client_refused(c, reason);
    else
        client_unanswered(c, reason);
    if (c->linked && st->all->post)
        client_writable(c);
}

/* Retry-After, or `retry` of the stream. */
static int64_t stream_wait(struct client *c)
{
    const struct stream *st = stream_of(c);
    int64_t retry_ms = st->sse.retry_ms < WAIT_MAX_S * 1000 ? st->sse.retry_ms : WAIT_MAX_S * 1000;
    int64_t after_s = st->retry_after_s < WAIT_MAX_S ? st->retry_after_s : WAIT_MAX_S;

    if (after_s > 0)
        return after_s * NS_PER_S;
    return retry_ms > 0 ? retry_ms * NS_PER_MS : 0;
}

/* The target wants to be asked again later. False: that would be too late. */
static bool answer_put_off(struct stream *st, struct lws *wsi)
{
    if (!client_pause(st->client, st->retry_after_s > 0 ? stream_wait(st->client) : NS_PER_S))
        return false;
    ws_link_drop(st->client, wsi);
    return true;
}

/* Returns what libwebsockets is to be told: -1 closes the connection. */
static int answer_whole(struct stream *st, struct lws *wsi, bool more)
{
    struct client *c = st->client;
    /* more: than was asked for */
    bool last = st->http.close || more || !st->all->ws.spec->scenario.reuse;

    if (!st->all->post) {
        answer_fail(st, wsi, "the stream ended");
        return -1;
    }
    st->waiting = false;
    st->used = true;
    http_next(&st->http);
    if (last)
        ws_link_drop(c, wsi);
    client_unanswered(c, "the answer ended without a reply");
    if (c->linked)
        client_writable(c);
    return c->link == wsi ? 0 : -1;
}

static int received(struct client *c, struct lws *wsi, const char *bytes, size_t length)
{
    struct stream *st = stream_of(c);
    char reason[METER_REASON_SIZE];
    size_t taken;
    bool good;

    if (!st->waiting) { /* and not asked for */
        ws_link_drop(c, wsi);
        return -1;
    }
    st->heard = true;
    *st->all->reason = '\0';
    good = http_feed(&st->http, bytes, length, &taken);
    if (c->link != wsi)
        return -1;
    if (!good) {
        if (st->put_off && answer_put_off(st, wsi))
            return -1;
        snprintf(reason, sizeof reason, "%s",
                 *st->http.fault    ? st->http.fault
                 : st->gunzip.fault ? st->gunzip.fault
                 : st->sse.fault    ? st->sse.fault
                                    : st->all->reason);
        roster_hide(&c->engine->roster, c->number, &c->token, reason);
        answer_fail(st, wsi, reason);
        return -1;
    }
    return st->http.state == HTTP_WHOLE ? answer_whole(st, wsi, taken < length) : 0;
}

static void closed(struct client *c, struct lws *wsi);

static int tls_fail(struct stream *st, struct lws *wsi)
{
    const char *fault = st->all->ws.tls.fault;
    char reason[METER_REASON_SIZE];

    snprintf(reason, sizeof reason, "%s", *fault ? fault : "TLS failed");
    if (st->secured && !*fault)
        closed(st->client, wsi);
    else
        answer_fail(st, wsi, reason);
    return -1;
}

/* What came over the wire. */
static int tls_received(struct client *c, struct lws *wsi, const char *bytes, size_t length)
{
    struct stream *st = stream_of(c);
    enum tls_state state = TLS_DONE;
    char plain[16 << 10];
    size_t got;

    stream_tls_take(st, bytes, length);
    if (!st->secured) {
        state = stream_tls_shake(st);
        stream_wire_write(st);
        if (state == TLS_DONE)
            stream_connected(c);
    }
    while (state == TLS_DONE && c->link == wsi) {
        state = stream_tls_read(st, plain, sizeof plain, &got);
        if (state == TLS_DONE && received(c, wsi, plain, got) != 0)
            return -1;
    }
    if (c->link != wsi)
        return -1;
    return state == TLS_FAILED ? tls_fail(st, wsi) : 0;
}

static int wire_up(struct client *c, struct lws *wsi)
{
    struct stream *st = stream_of(c);

    c->link = wsi;
    ws_prefer(c, wsi);
    st->used = st->heard = false;
    if (!st->all->ws.tls.context) {
        stream_connected(c);
        return 0;
    }
    if (!stream_tls_begin(st) || stream_tls_shake(st) == TLS_FAILED)
        return tls_fail(st, wsi);
    stream_wire_write(st);
    return 0;
}

/* The target has closed the connection, or it broke. */
static void closed(struct client *c, struct lws *wsi)
{
    struct stream *st = stream_of(c);

    if (st->all->post && c->linked && !st->waiting) { /* the next message gets another one */
        ws_link_drop(c, wsi);
    } else if (st->waiting && st->used && !st->heard) {
        /* It was closed while the request was on its way: the target has not seen it. */
        ws_link_drop(c, wsi);
        stream_redial(st);
    } else if (st->heard && st->http.state != HTTP_HEAD && http_ends_here(&st->http)) {
        st->http.close = true;
        answer_whole(st, wsi, false);
    } else {
        answer_fail(st, wsi,
                    st->ssl && !st->secured       ? "closed inside the TLS handshake"
                    : !st->heard                  ? "closed before the answer"
                    : st->http.state == HTTP_HEAD ? "closed inside the answer's head"
                                                  : "closed inside the answer");
    }
}

static int stream_event(struct lws *wsi, enum lws_callback_reasons event, void *user, void *in,
                        size_t length)
{
    struct client *c = user;
    int number = errno;

    if (!c)
        return 0;
    switch (event) {
    case LWS_CALLBACK_RAW_CONNECTED:
        return wire_up(c, wsi);
    case LWS_CALLBACK_RAW_RX:
        return stream_of(c)->ssl ? tls_received(c, wsi, in, length) : received(c, wsi, in, length);
    case LWS_CALLBACK_RAW_WRITEABLE:
        if (!lws_partial_buffered(wsi))
            loop_want(streams_of(c)->ws.loop, wsi, WANT_READ);
        return 0;
    case LWS_CALLBACK_RAW_CLOSE:
        closed(c, wsi);
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_WSI_DESTROY:
        if (stream_of(c)->redialling) {
            char reason[METER_REASON_SIZE];

            if (ws_dial_failed(c, wsi, in, number, reason))
                stream_redial_failed(stream_of(c), reason);
            return 0;
        }
        errno = number;
        return ws_event(wsi, event, user, in, length);
    default:
        return 0;
    }
}

/* The answer to a message is not waited for any longer. */
static void stream_cancel(struct client *c)
{
    struct stream *st = stream_of(c);

    if (!st->waiting)
        return;
    link_kill(c);
    stream_forget(st);
    client_writable(c);
}

static void stream_abandon(struct client *c)
{
    link_kill(c);
    stream_forget(stream_of(c));
}

static void stream_end(struct client *c, int code)
{
    (void)code;
    stream_abandon(c);
    client_closed(c, "closed by us");
}

const struct transport stream_transport = {.answers_prove = true,
                                           .connect = stream_connect,
                                           .abandon = stream_abandon,
                                           .send = stream_send,
                                           .resume = stream_resume,
                                           .cancel = stream_cancel,
                                           .wait_ns = stream_wait,
                                           .close = stream_end};

bool streams_open(struct streams *s, struct loop *loop, const struct spec *spec,
                  struct engine *engine, struct err *e)
{
    const struct lws_protocols protocols[] = {
        {.name = "stream", .callback = stream_event},
        {.name = WS_PROOF_PROTOCOL, .callback = ws_proof_event}};

    *s = (struct streams){.ws = {.method = "RAW"},
                          .post = spec->scenario.exchange != EXCHANGE_PUSH,
                          .count = engine->clients_count,
                          .room = {.limit = STREAM_BUFFERS_MAX},
                          .stream = mem_get(engine->clients_count, sizeof *s->stream)};
    for (size_t i = 0; i < engine->clients_count; i++) {
        struct stream *st = &s->stream[i];

        st->all = s;
        st->client = &engine->clients[i];
        http_open(&st->http, head_take, body_take, st);
        sse_open(&st->sse, event_take, st, &s->room);
    }
    return ws_dial_open(&s->ws, loop, spec, engine, protocols, e);
}

void streams_close(struct streams *s)
{
    for (size_t i = 0; i < s->count; i++) {
        http_close(&s->stream[i].http);
        sse_close(&s->stream[i].sse);
        gunzip_close(&s->stream[i].gunzip);
        stream_tls_end(&s->stream[i]);
        text_free(&s->stream[i].request);
    }
    free(s->stream);
    text_free(&s->wire);
    ws_close(&s->ws);
    *s = (struct streams){0};
}
