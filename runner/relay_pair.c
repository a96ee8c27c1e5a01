#include "runner/relay_parts.h"

#include "schema/text.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_BYTES = 64 << 10, KEPT_BYTES = 4 << 10 };

/* The socket to one side. */
struct half {
    struct ev_io io;
    struct flow *out, *in; /* what it sends, what it gets */
};

struct pair {
    struct relay *relay;
    struct pair *previous, *next;
    struct half client, target;
    struct flow up, down; /* from the client to the target, and back */
    int64_t number;
    int address;    /* of the target's, that is tried */
    bool connected; /* to the target */
};

static void reason_add(struct relay *r, int number)
{
    int i = 0;

    while (i < r->reasons && r->reason[i].number != number)
        i++;
    if (i == RELAY_REASONS_MAX)
        return;
    if (i == r->reasons)
        r->reason[r->reasons++].number = number;
    r->reason[i].count++;
}

/* Descriptors are watched for what is wanted of them now. */
static void half_want(struct half *h)
{
    struct pair *p = h->out->pair;
    bool connecting = h == &p->target && !p->connected;
    bool room = h->out->stage == FLOW_OPEN && h->out->length < RELAY_WINDOW;
    int events =
        (room && !connecting ? EV_READ : 0) | (connecting || h->in->blocked ? EV_WRITE : 0);

    if (h->io.fd < 0 || (events == (h->io.events & (EV_READ | EV_WRITE)) && ev_is_active(&h->io)))
        return;
    ev_io_stop(p->relay->loop, &h->io);
    ev_io_set(&h->io, h->io.fd, events);
    if (events)
        ev_io_start(p->relay->loop, &h->io);
}

static void half_close(struct half *h, bool reset)
{
    const struct linger at_once = {.l_onoff = 1};

    if (h->io.fd < 0)
        return;
    ev_io_stop(h->out->pair->relay->loop, &h->io);
    if (reset)
        setsockopt(h->io.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(h->io.fd);
    h->io.fd = -1;
}

static void flow_close(struct flow *f)
{
    timers_set(&f->pair->relay->timers, &f->timer, TIMER_NEVER);
    shape_close(&f->shape);
    free(f->data);
}

void pair_close(struct pair *p, bool reset)
{
    half_close(&p->client, reset);
    half_close(&p->target, reset);
    flow_close(&p->up);
    flow_close(&p->down);
    if (p->previous)
        p->previous->next = p->next;
    else
        p->relay->pairs = p->next;
    if (p->next)
        p->next->previous = p->previous;
    free(p);
}

const struct pair *pair_next(const struct pair *p)
{
    return p->next;
}

/* The sender has no more to say: its end travels behind what it said. */
static void flow_end(struct flow *f, bool reset, int64_t now_ns)
{
    f->stage = FLOW_ENDING;
    f->reset = reset;
    shape_send(&f->shape, 0, now_ns);
}

static void data_add(struct flow *f, const void *bytes, size_t length)
{
    if (f->start + f->length + length > f->capacity) {
        if (f->start > 0)
            memmove(f->data, f->data + f->start, f->length);
        f->start = 0;
        while (f->length + length > f->capacity)
            f->capacity = f->capacity ? 2 * f->capacity : KEPT_BYTES;
        f->data = mem_grow(f->data, f->capacity, 1);
    }
    memcpy(f->data + f->start + f->length, bytes, length);
    f->length += length;
}

static void data_take(struct flow *f, size_t length)
{
    f->start += length;
    f->length -= length;
    f->due -= length;
    if (f->length > 0)
        return;
    f->start = 0;
    if (f->capacity > KEPT_BYTES) { /* a connection that is idle needs none */
        free(f->data);
        f->data = NULL;
        f->capacity = 0;
    }
}

static void flow_read(struct flow *f, int64_t now_ns)
{
    static unsigned char bytes[READ_BYTES];
    size_t room = RELAY_WINDOW - f->length;
    ssize_t got;

    if (f->stage != FLOW_OPEN || room == 0)
        return;
    got = recv(f->from->io.fd, bytes, room < sizeof bytes ? room : sizeof bytes, 0);
    if (got > 0) {
        data_add(f, bytes, (size_t)got);
        shape_send(&f->shape, (size_t)got, now_ns);
    } else if (got == 0) {
        flow_end(f, false, now_ns);
    } else if (errno != EAGAIN && errno != EINTR) {
        flow_end(f, true, now_ns);
    }
}

/* What has arrived by now can be written. */
static void flow_arrive(struct flow *f, int64_t now_ns)
{
    const struct shape_segment *g;
    int64_t due_ns;

    while ((g = shape_next(&f->shape, &due_ns)) && g->length > 0 && due_ns <= now_ns) {
        hist_add(&f->pair->relay->lateness, now_ns - due_ns);
        f->due += g->length;
        shape_take(&f->shape);
    }
}

/* Nobody is there any more. Where the way back is still open, reading it tells so to the sender, in
 * its place; else nothing would. */
static void receiver_gone(struct flow *f)
{
    struct flow *back = f->to->out;

    data_take(f, f->due);
    if (back->stage == FLOW_ENDING)
        back->reset = true;
    else if (back->stage == FLOW_ENDED)
        f->gone = true;
}

static void flow_write(struct flow *f)
{
    ssize_t put;

    f->blocked = false;
    while (f->due > 0 && f->stage != FLOW_ENDED) {
        put = send(f->to->io.fd, f->data + f->start, f->due, MSG_NOSIGNAL);
        if (put >= 0) {
            data_take(f, (size_t)put);
        } else if (errno == EAGAIN) {
            f->blocked = true;
            return;
        } else if (errno != EINTR) {
            receiver_gone(f);
        }
    }
}

/* Passes on what is due, and arms the timer for what comes next. False: the connection is over. */
static bool flow_go(struct flow *f, int64_t now_ns)
{
    struct pair *p = f->pair;
    const struct shape_segment *g;
    bool reachable = f == &p->down || p->connected;
    int64_t due_ns = TIMER_NEVER;

    flow_arrive(f, now_ns);
    if (reachable)
        flow_write(f);
    g = shape_next(&f->shape, &due_ns);
    if (g && g->length == 0 && f->due > 0)
        due_ns = TIMER_NEVER; /* the end waits behind what the receiver has not taken */
    if (g && g->length == 0 && due_ns <= now_ns) {
        if (f->reset || !reachable)
            return false;
        shape_take(&f->shape);
        f->stage = FLOW_ENDED;
        shutdown(f->to->io.fd, SHUT_WR);
        due_ns = TIMER_NEVER;
    }
    timers_set(&p->relay->timers, &f->timer, due_ns);
    return !f->gone;
}

/* Brings both ways up to date. */
static void pair_go(struct pair *p, int64_t now_ns)
{
    bool over = !flow_go(&p->up, now_ns) || !flow_go(&p->down, now_ns);

    if (over || (p->up.stage == FLOW_ENDED && p->down.stage == FLOW_ENDED)) {
        pair_close(p, over);
        return;
    }
    half_want(&p->client);
    half_want(&p->target);
}

void flow_due(struct flow *f, int64_t now_ns)
{
    pair_go(f->pair, now_ns);
}

static void half_ready(struct ev_loop *loop, struct ev_io *io, int events);

/* Begins to connect to an address. */
static int target_connect(struct pair *p, const struct address *a)
{
    int one = 1, fd = socket(a->socket.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in source = {.sin_family = AF_INET};

    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (address_source(a, p->relay->spec.clients, p->number, &source.sin_addr)) {
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        if (bind(fd, (const struct sockaddr *)&source, sizeof source) != 0)
            goto fail;
    }
    if (connect(fd, (const struct sockaddr *)&a->socket, a->length) == 0 || errno == EINPROGRESS)
        return fd;
fail:
    one = errno;
    close(fd);
    errno = one;
    return -1;
}

/* Tries the target's addresses from the present one on; the last failure is the reason. */
static void target_try(struct pair *p, int number)
{
    const struct addresses *a = &p->relay->target;
    int fd = -1;

    for (; fd < 0 && p->address < a->count; p->address += fd < 0)
        if ((fd = target_connect(p, &a->item[p->address])) < 0)
            number = errno;
    if (fd >= 0) {
        ev_io_init(&p->target.io, half_ready, fd, EV_WRITE);
        p->target.io.data = &p->target;
        return;
    }
    relay_starve(p->relay, number);
    reason_add(p->relay, number);
    flow_end(&p->down, true, relay_clock()); /* its refusal comes back after a round trip */
}

/* The target's answer to a connection. */
static void target_ready(struct pair *p)
{
    int number = 0;
    socklen_t length = sizeof number;

    getsockopt(p->target.io.fd, SOL_SOCKET, SO_ERROR, &number, &length);
    if (number == 0) {
        p->connected = true;
        return;
    }
    half_close(&p->target, false);
    p->address++;
    target_try(p, number);
}

static void half_ready(struct ev_loop *loop, struct ev_io *io, int events)
{
    struct half *h = io->data;
    struct pair *p = h->out->pair;
    int64_t now_ns = relay_clock();

    (void)loop;
    if (h == &p->target && !p->connected)
        target_ready(p);
    else if (events & EV_READ)
        flow_read(h->out, now_ns);
    pair_go(p, now_ns);
}

static void flow_open(struct flow *f, struct pair *p, struct half *from, struct half *to,
                      int64_t open_ns)
{
    *f = (struct flow){.pair = p, .from = from, .to = to};
    from->out = f;
    to->in = f;
    shape_open(&f->shape, &p->relay->spec.network, &p->relay->random, open_ns);
}

void pair_open(struct relay *r, int client_fd)
{
    struct pair *p = mem_get(1, sizeof *p);
    int64_t now_ns = relay_clock(), open_ns;

    *p = (struct pair){.relay = r, .next = r->pairs, .number = r->accepted++};
    if (r->pairs)
        r->pairs->previous = p;
    r->pairs = p;
    open_ns = shape_handshake(&r->spec.network, &r->random, now_ns);
    flow_open(&p->up, p, &p->client, &p->target, open_ns);
    flow_open(&p->down, p, &p->target, &p->client, open_ns);
    ev_io_init(&p->client.io, half_ready, client_fd, EV_READ);
    p->client.io.data = &p->client;
    p->target.io.fd = -1;
    target_try(p, 0);
    pair_go(p, now_ns);
}
