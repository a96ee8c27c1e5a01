/* What a client offers, and what becomes of it: every message due ends as exactly one thing. */
#include "runner/engine.h"

static bool closed_loop(const struct client *c)
{
    return c->engine->spec->scenario.rate.pattern == RATE_MAX;
}

static uint64_t digest_of(const struct engine *e, const void *data, size_t length, bool binary)
{
    struct digest digest;

    digest_start(&digest, e->digest_key + binary);
    digest_add(&digest, data, length);
    return digest_end(&digest);
}

/* Writes what is due and not yet written, as far as the target reads. */
void load_flush(struct client *c)
{
    struct engine *e = c->engine;
    unsigned char *data = e->buffer + e->transport->headroom;
    const char *token = roster_token(&e->roster, c->number, &c->token);
    bool binary = e->spec->scenario.message.binary;

    while (!c->full && pending_unsent(&c->pending)) {
        uint64_t number = c->pending.unsent++;
        struct pending_message *m = pending_at(&c->pending, number);
        size_t length = payload_write(&e->payload, c->number, token, number, m->recorded, data);

        m->digest = e->exchange->key ? e->exchange->key(c, number, data, length)
                                     : digest_of(e, data, length, binary);
        m->sent_ns = e->clock();
        meter_written(&e->meter, m->due_ns, length);
        if (e->exchange->writing)
            e->exchange->writing(c, number);
        c->full = e->transport->send(c, data, length, binary) != SEND_DONE;
    }
}

/* Keeps as many messages outstanding as a closed loop wants: one more for one settled. */
static void loop_next(struct client *c, int64_t now_ns)
{
    struct engine *e = c->engine;

    if (!closed_loop(c) || c->state != CLIENT_OPEN || e->stage != ENGINE_RUNNING ||
        now_ns >= e->meter.end_ns)
        return;
    pending_put(&c->pending, now_ns);
    meter_attempted(&e->meter, now_ns, now_ns);
    load_flush(c);
}

/* Offers the batch that is due: takes it up, or settles at once what can no longer be tried. */
static void batch_offer(struct client *c, int64_t now_ns)
{
    struct engine *e = c->engine;
    const struct scenario *s = &e->spec->scenario;

    for (int64_t i = 0; i < s->message.batch; i++) {
        if (now_ns >= c->due_ns + s->timeout_ns) {
            meter_unattempted(&e->meter, c->due_ns);
            continue;
        }
        meter_attempted(&e->meter, c->due_ns, now_ns);
        if (c->state == CLIENT_OPEN)
            pending_at(&c->pending, pending_put(&c->pending, c->due_ns))->recorded =
                c->arrivals.number - 1;
        else
            meter_error(&e->meter, c->due_ns, "not connected");
    }
}

static void due_advance(struct client *c)
{
    int64_t next_ns = arrivals_next(&c->arrivals);

    c->due_ns = next_ns == ARRIVALS_END ? TIMER_NEVER : c->engine->meter.start_ns + next_ns;
}

void load_begin(struct client *c, bool first, int64_t now_ns)
{
    const struct engine *e = c->engine;
    const struct scenario *s = &e->spec->scenario;

    if (closed_loop(c)) {
        for (int64_t i = 0; i < s->message.batch; i++)
            loop_next(c, now_ns);
    } else if (first) {
        arrivals_open(&c->arrivals, s, &e->trace, e->spec->part.seed, c->number,
                      now_ns - e->meter.start_ns);
        due_advance(c);
    }
}

/* Everything due by now. A connection that was lost still owes its messages: they fail. */
void load_offer(struct client *c, int64_t now_ns)
{
    for (; c->due_ns <= now_ns && c->due_ns < c->engine->meter.end_ns; due_advance(c))
        batch_offer(c, now_ns);
}

/* When the oldest message of a list is lost. */
static int64_t list_deadline(const struct client *c, struct pending *p)
{
    return p->oldest < p->end
               ? pending_at(p, p->oldest)->due_ns + c->engine->spec->scenario.timeout_ns
               : TIMER_NEVER;
}

int64_t load_wake_ns(struct client *c)
{
    int64_t pending_ns = list_deadline(c, &c->pending), owed_ns = list_deadline(c, &c->owed);

    return pending_ns < owed_ns ? pending_ns : owed_ns;
}

void client_watch(struct client *c)
{
    struct engine *e = c->engine;

    if (load_wake_ns(c) < timers_when(&e->timers, &c->timer))
        client_schedule(c);
}

/* The oldest open message is lost. True: it was written. */
static bool oldest_lose(struct client *c, struct pending *p)
{
    struct engine *e = c->engine;
    int64_t due_ns = pending_at(p, p->oldest)->due_ns;
    bool written = p->oldest < p->unsent;

    pending_settle(p, p->oldest, PENDING_LOST);
    meter_lost(&e->meter, due_ns, written ? e->late_reason : e->unread_reason);
    return written;
}

static void list_expire(struct client *c, struct pending *p, int64_t now_ns)
{
    struct engine *e = c->engine;

    while (p->oldest < p->end && now_ns >= list_deadline(c, p)) {
        if (oldest_lose(c, p) && e->transport->cancel)
            e->transport->cancel(c);
        loop_next(c, now_ns);
    }
}

void load_expire(struct client *c, int64_t now_ns)
{
    list_expire(c, &c->pending, now_ns);
    list_expire(c, &c->owed, now_ns);
}

/* Settles everything open as an error; what was missing before is lost, whatever came then. */
static void list_abort(struct client *c, struct pending *p, const char *reason)
{
    struct engine *e = c->engine;

    while (p->oldest < p->end) {
        int64_t due_ns = pending_at(p, p->oldest)->due_ns;

        if (e->exchange->missing)
            meter_lost(&e->meter, due_ns, e->late_reason);
        else
            meter_error(&e->meter, due_ns, reason);
        pending_settle(p, p->oldest, e->exchange->missing ? PENDING_LOST : PENDING_SETTLED);
    }
}

void client_overdue(struct client *c)
{
    while (c->pending.oldest < c->pending.end)
        oldest_lose(c, &c->pending);
    while (c->owed.oldest < c->owed.end)
        oldest_lose(c, &c->owed);
}

void client_abort(struct client *c, const char *reason)
{
    list_abort(c, &c->pending, reason);
    list_abort(c, &c->owed, reason);
    client_awaited(c);
}

static void list_withdraw(struct client *c, struct pending *p)
{
    while (p->oldest < p->end) {
        meter_withdrawn(&c->engine->meter, pending_at(p, p->oldest)->due_ns);
        pending_settle(p, p->oldest, PENDING_SETTLED);
    }
}

void client_withdraw(struct client *c)
{
    list_withdraw(c, &c->pending);
    list_withdraw(c, &c->owed);
}

void client_await(struct client *c)
{
    c->awaited = c->state == CLIENT_OPEN && c->timed;
    c->engine->awaited += c->awaited;
}

void client_awaited(struct client *c)
{
    c->engine->awaited -= c->awaited;
    c->awaited = false;
}

/* A message has met its fate. */
void client_settled(struct client *c, int64_t now_ns)
{
    loop_next(c, now_ns);
    if (c->timer.place == 0)
        client_schedule(c);
}

void client_matched(struct client *c, struct pending *p, uint64_t number, int64_t now_ns)
{
    struct pending_message *m = pending_at(p, number);

    meter_matched(&c->engine->meter, m->due_ns, m->sent_ns, now_ns, c->reply_length);
    pending_settle(p, number, PENDING_SETTLED);
    client_settled(c, now_ns);
}

void client_erred(struct client *c, struct pending *p, uint64_t number, const char *reason,
                  int64_t now_ns)
{
    meter_error(&c->engine->meter, pending_at(p, number)->due_ns, reason);
    pending_settle(p, number, PENDING_SETTLED);
    client_settled(c, now_ns);
}

void client_mismatched(struct client *c, struct pending *p, const char *reason, int64_t now_ns)
{
    if (p->oldest < p->unsent)
        client_erred(c, p, p->oldest, reason, now_ns);
    else
        meter_unexpected(&c->engine->meter, now_ns, c->reply_length, "unexpected message");
}
