/* The broadcast exchange: what one sends all receive, the sender too. When a message is written
 * each client that is open then is owed a copy, which has a fate of its own: so sent = matched +
 * lost + errors counts copies. A copy is known by its id, or whole. */
#include "runner/engine.h"

static uint64_t broadcast_key(struct client *c, uint64_t number, const void *data, size_t length)
{
    struct engine *e = c->engine;
    struct digest whole;

    if (e->rules.id.text)
        return exchange_key(c, number, data, length);
    digest_start(&whole, e->digest_key + e->spec->scenario.message.binary);
    digest_add(&whole, data, length);
    return digest_end(&whole);
}

static void broadcast_writing(struct client *c, uint64_t number)
{
    struct engine *e = c->engine;
    struct pending_message m = *pending_at(&c->pending, number);
    int64_t copies = 0;

    m.sender = c->number;
    for (size_t i = 0; i < e->clients_count; i++) {
        struct client *to = &e->clients[i];

        if (to->state != CLIENT_OPEN)
            continue;
        *pending_at(&to->owed, pending_put(&to->owed, m.due_ns)) = m;
        to->owed.unsent = to->owed.end;
        copies++;
        client_watch(to);
    }
    meter_copied(&e->meter, m.due_ns, copies - 1); /* the sender is one of them */
    pending_settle(&c->pending, number, PENDING_SETTLED);
    e->casts[e->casts_count++ % CASTS] = m.digest;
}

/* One of ours that this client is owed nothing of: it was not open yet when it was sent. */
static bool is_cast(const struct engine *e, uint64_t digest)
{
    for (uint64_t i = 0; i < CASTS && i < e->casts_count; i++)
        if (e->casts[i] == digest)
            return true;
    return false;
}

/* Order is kept among the messages of one sender; none is promised between senders. */
static bool overtook(struct pending *p, uint64_t number)
{
    int64_t sender = pending_at(p, number)->sender;

    for (uint64_t i = p->oldest; i < number; i++)
        if (pending_at(p, i)->state == PENDING_OPEN && pending_at(p, i)->sender == sender)
            return true;
    return false;
}

static void broadcast_settle(struct client *c, uint64_t digest, int64_t now_ns)
{
    struct pending *p = &c->owed;
    uint64_t number;

    switch (pending_match(p, digest, &number)) {
    case MATCH_REORDERED:
        if (overtook(p, number))
            meter_reordered(&c->engine->meter, pending_at(p, number)->due_ns);
        client_matched(c, p, number, now_ns);
        break;
    case MATCH_NONE:
        if (is_cast(c->engine, digest))
            break;
        /* fall through */
    default:
        exchange_settle(c, p, digest, now_ns);
    }
}

static void broadcast_receive(struct client *c, const struct chunk *chunk, int64_t now_ns)
{
    if (chunk->first)
        digest_start(&c->reply, c->engine->digest_key + chunk->binary);
    digest_add(&c->reply, chunk->data, chunk->length);
    if (chunk->last)
        broadcast_settle(c, digest_end(&c->reply), now_ns);
}

static void broadcast_message(struct client *c, const struct reply *r, int64_t now_ns)
{
    struct chunk whole = {r->text, r->length, true, true, r->binary};
    uint64_t digest;

    if (!c->engine->rules.id.text)
        broadcast_receive(c, &whole, now_ns);
    else if (exchange_digest(c, r, &digest))
        broadcast_settle(c, digest, now_ns);
    else
        client_mismatched(c, &c->owed,
                          r->json ? "message without an id" : "message that is no JSON", now_ns);
}

const struct exchange_ops exchange_broadcast = {.receive = broadcast_receive,
                                                .message = broadcast_message,
                                                .error = exchange_error,
                                                .key = broadcast_key,
                                                .writing = broadcast_writing};
