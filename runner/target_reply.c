/* How the built-in target answers: the knobs, and frames written by hand.
 *
 * lws_write() costs one send() a message. Here the replies of one read are laid out as frames in
 * one buffer, which goes out raw (LWS_WRITE_HTTP); what the kernel does not take libwebsockets
 * keeps, and the connection is not read from until it has gone.
 */
#include "runner/target_parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>

enum { BURST_LIMIT = 64 * 1024, HEADER_MAX = 10 };

int64_t target_clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
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
    if (!c->paused && lws_partial_buffered(c->wsi)) {
        c->paused = true;
        lws_rx_flow_control(c->wsi, 0);
        lws_callback_on_writable(c->wsi);
    }
}

/* Room for `more` bytes of frames to c. */
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

static void send_frame(struct target *t, struct conn *c, const void *body, size_t length,
                       bool binary)
{
    unsigned char *at = burst_room(t, c, HEADER_MAX + length);
    size_t header = frame_header(at, length, binary);

    if (length > 0)
        memcpy(at + header, body, length);
    t->burst.length += header + length;
}

/* The knobs. */

/* Kept memory, one piece behind the other, so that a message costs exactly what was asked for. */
struct leak {
    struct leak *next;
    size_t used, size;
    unsigned char data[];
};

static void leak_keep(struct target *t, size_t bytes)
{
    enum { BLOCK_SIZE = 1 << 20 };

    while (bytes > 0) {
        struct leak *block = t->leak;
        size_t piece;

        if (!block || block->used == block->size) {
            block = mem_grow(NULL, 1, BLOCK_SIZE);
            *block = (struct leak){t->leak, 0, BLOCK_SIZE - sizeof *block};
            t->leak = block;
        }
        piece = block->size - block->used < bytes ? block->size - block->used : bytes;
        memset(block->data + block->used, 0xa5, piece);
        block->used += piece;
        bytes -= piece;
    }
}

static void delays_arm(struct target *t)
{
    const struct delayed *d = delay_first(&t->delayed);
    struct itimerspec at = {0};

    if (d)
        at.it_value = (struct timespec){d->due_ns / 1000000000, d->due_ns % 1000000000};
    timerfd_settime(t->delays.fd, TFD_TIMER_ABSTIME, &at, NULL);
}

void target_answer(struct target *t, struct conn *c, const void *body, size_t length, bool binary)
{
    struct delayed d = {c, 0, (uint32_t)length, binary};
    bool first;

    if (t->knobs.leak_bytes > 0)
        leak_keep(t, (size_t)t->knobs.leak_bytes);
    if (t->knobs.drop > 0 && rng_share(&t->random) <= t->knobs.drop)
        return;
    if (t->knobs.delay_ns == 0) {
        send_frame(t, c, body, length, binary);
        return;
    }
    first = !delay_first(&t->delayed);
    d.due_ns = target_clock_ns() + t->knobs.delay_ns;
    c->waiting++;
    delay_push(&t->delayed, &d, body);
    if (first)
        delays_arm(t);
}

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

        if (c->wsi && !c->closing)
            send_frame(t, c, d + 1, d->length, d->binary);
        delay_pop(&t->delayed);
        c->waiting--;
        conn_free_unused(c);
    }
    target_flush(t);
    delays_arm(t);
}

void conn_close(struct target *t, struct conn *c)
{
    if (t->burst.conn == c)
        t->burst.conn = NULL;
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
    while (t->leak) {
        struct leak *block = t->leak;

        t->leak = block->next;
        free(block);
    }
    free(t->burst.data);
}
