/* How the built-in target sends: frames and chunks written by hand.
 *
 * lws_write() costs one send() a message. Here what one read brings forth is laid out in one
 * buffer, which goes out raw (LWS_WRITE_HTTP); what the kernel does not take libwebsockets keeps,
 * and the connection is not read from until it has gone.
 */
#include "runner/target_parts.h"
#include "schema/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BURST_LIMIT = 64 * 1024, HEADER_MAX = 24 };

static int64_t clock_read(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t target_clock_ns(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

int64_t target_wall_ns(void)
{
    return clock_read(CLOCK_REALTIME);
}

/* Writing. */

void target_flush(struct target *t)
{
    struct burst *b = &t->burst;
    struct conn *c = b->conn;

    if (!c)
        return;
    b->conn = NULL;
    if (!c->wsi)
        return;
    if (lws_write(c->wsi, b->data + LWS_PRE, b->length, LWS_WRITE_HTTP) < 0) {
        lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
        return;
    }
    if (c->paused) {
        c->kept += b->length;
    } else if (lws_partial_buffered(c->wsi)) {
        c->paused = true;
        lws_rx_flow_control(c->wsi, 0);
        lws_callback_on_writable(c->wsi);
    } else if (c->ended) {
        conn_complete(t, c);
    }
}

/* At once, before a further request can come: libwebsockets 4.1.6 takes one that comes in the
 * middle of an exchange for the end of its body, over and over. */
void conn_complete(struct target *t, struct conn *c)
{
    struct lws *wsi = c->wsi;

    lws_set_opaque_user_data(wsi, NULL);
    conn_close(t, c);
    if (lws_http_transaction_completed(wsi))
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

/* Room for `more` bytes to c. */
static unsigned char *burst_room(struct target *t, struct conn *c, size_t more)
{
    struct burst *b = &t->burst;

    if (b->conn != c || b->length + more > BURST_LIMIT)
        target_flush(t);
    if (!b->conn) {
        b->conn = c;
        b->length = 0;
    }
    if (LWS_PRE + b->length + more > b->capacity) {
        b->capacity = LWS_PRE + BURST_LIMIT + more;
        b->data = mem_grow(b->data, b->capacity, 1);
    }
    return b->data + LWS_PRE + b->length;
}

static void burst_add(struct target *t, struct conn *c, const void *data, size_t length)
{
    memcpy(burst_room(t, c, length), data, length);
    t->burst.length += length;
}

/* RFC 6455 section 5.2: FIN, the opcode, no mask, the length in 1, 3 or 9 bytes. */
static size_t frame_header(unsigned char *at, size_t length, bool binary)
{
    size_t extra = length < 126 ? 0 : length <= UINT16_MAX ? 2 : 8;

    at[0] = binary ? 0x82 : 0x81;
    at[1] = extra == 0 ? (unsigned char)length : extra == 2 ? 126 : 127;
    for (size_t i = 0; i < extra; i++)
        at[2 + i] = (unsigned char)((uint64_t)length >> 8 * (extra - 1 - i));
    return 2 + extra;
}

static void write_frame(struct target *t, struct conn *c, const void *body, size_t length,
                        bool binary)
{
    unsigned char *at = burst_room(t, c, HEADER_MAX + length);
    size_t header = frame_header(at, length, binary);

    if (length > 0)
        memcpy(at + header, body, length);
    t->burst.length += header + length;
}

/* RFC 9112 section 7.1; a chunk of no bytes would be the last. */
static void write_chunk(struct target *t, struct conn *c, const void *body, size_t length)
{
    char *at = (char *)burst_room(t, c, HEADER_MAX + length);
    size_t header;

    if (length == 0)
        return;
    header = (size_t)snprintf(at, HEADER_MAX, "%zx\r\n", length);
    memcpy(at + header, body, length);
    memcpy(at + header + length, "\r\n", 2);
    t->burst.length += header + length + 2;
}

static void write_end(struct target *t, struct conn *c)
{
    burst_add(t, c, "0\r\n\r\n", 5);
    c->ended = true;
}

static void piece_write(struct target *t, struct conn *c, enum piece_kind kind, const void *body,
                        size_t length)
{
    if (!c->wsi || c->closing || c->ended)
        return;
    switch (kind) {
    case PIECE_TEXT:
    case PIECE_BINARY:
        write_frame(t, c, body, length, kind == PIECE_BINARY);
        break;
    case PIECE_EVENT:
        write_chunk(t, c, body, length);
        break;
    case PIECE_END:
        write_end(t, c);
        break;
    }
}

/* Now, or when the worker has done what came before it, and after the delay. */
static void piece_send(struct target *t, struct conn *c, enum piece_kind kind, const void *body,
                       size_t length)
{
    struct delayed d = {.conn = c, .length = (uint32_t)length, .kind = kind};

    if (t->knobs.delay_ns == 0 && t->knobs.work_ns == 0) {
        piece_write(t, c, kind, body, length);
        return;
    }
    d.due_ns = target_clock_ns();
    if (d.due_ns < t->busy_ns)
        d.due_ns = t->busy_ns;
    d.due_ns += t->knobs.delay_ns;
    c->waiting++;
    delay_push(&t->delayed, &d, body);
}

/* HTTP. */

static void head_send(struct target *t, struct conn *c, int status, const char *type)
{
    char head[256];
    int length;

    if (c->kind == CONN_WS || c->begun)
        return;
    c->begun = true;
    length = snprintf(head, sizeof head,
                      "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nCache-Control: no-store\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n",
                      status, status == 200 ? "OK" : "Refused", type);
    burst_add(t, c, head, (size_t)length);
}

void conn_begin(struct target *t, struct conn *c)
{
    head_send(t, c, 200, "text/event-stream; charset=utf-8");
}

void conn_begin_json(struct target *t, struct conn *c, int status)
{
    c->plain = true;
    head_send(t, c, status, "application/json");
}

void conn_end(struct target *t, struct conn *c)
{
    if (c->kind != CONN_WS)
        piece_send(t, c, PIECE_END, NULL, 0);
}

/* An event has a line for each line of its data. */
static void event_lay_out(struct text *out, const char *id, const char *name, const char *body,
                          size_t length)
{
    const char *end = body + length, *line_end;

    out->length = 0;
    if (id)
        text_addf(out, "id: %s\n", id);
    if (name)
        text_addf(out, "event: %s\n", name);
    for (;; body = line_end + 1) {
        line_end = length ? memchr(body, '\n', (size_t)(end - body)) : NULL;
        text_add(out, "data: ");
        text_add_bytes(out, body, (size_t)((line_end ? line_end : end) - body));
        text_add(out, "\n");
        if (!line_end)
            break;
    }
    text_add(out, "\n");
}

void conn_send_event(struct target *t, struct conn *c, const char *id, const char *name,
                     const void *body, size_t length)
{
    t->sent++;
    if (c->kind == CONN_WS) {
        piece_send(t, c, PIECE_TEXT, body, length);
    } else if (c->plain) {
        piece_send(t, c, PIECE_EVENT, body, length);
    } else {
        event_lay_out(&t->event, id, name, body, length);
        piece_send(t, c, PIECE_EVENT, t->event.data, t->event.length);
    }
}

void conn_send(struct target *t, struct conn *c, const void *body, size_t length, bool binary)
{
    if (c->kind != CONN_WS || !binary) {
        conn_send_event(t, c, NULL, NULL, body, length);
        return;
    }
    t->sent++;
    piece_send(t, c, PIECE_BINARY, body, length);
}

void conn_send_raw(struct target *t, struct conn *c, const char *text)
{
    piece_send(t, c, PIECE_EVENT, text, strlen(text));
}

/* Endings. */

static void conn_free_unused(struct conn *c)
{
    if (c->wsi || c->waiting > 0)
        return;
    text_free(&c->piece);
    free(c);
}

void target_due(struct target *t)
{
    int64_t now_ns = target_clock_ns();
    const struct delayed *d;

    while ((d = delay_first(&t->delayed)) && d->due_ns <= now_ns) {
        struct conn *c = d->conn;

        piece_write(t, c, d->kind, d + 1, d->length);
        delay_pop(&t->delayed);
        c->waiting--;
        conn_free_unused(c);
    }
}

void conn_resume(struct target *t, struct conn *c)
{
    c->paused = false;
    c->kept = 0;
    lws_rx_flow_control(c->wsi, 1);
    if (c->held) {
        task_again(t, c->held, target_clock_ns());
        c->held = NULL;
    }
}

void conn_close(struct target *t, struct conn *c)
{
    if (t->burst.conn == c)
        t->burst.conn = NULL;
    room_leave(t, c);
    while (c->tasks)
        task_end(t, c->tasks);
    t->conns--;
    c->wsi = NULL;
    conn_free_unused(c);
}

void target_reply_free(struct target *t)
{
    const struct delayed *d;

    while ((d = delay_first(&t->delayed))) {
        d->conn->waiting--;
        conn_free_unused(d->conn);
        delay_pop(&t->delayed);
    }
    delay_free(&t->delayed);
    free(t->burst.data);
    text_free(&t->event);
}
