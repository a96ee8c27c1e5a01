/* The echo exchange: the reply is the message, whole and of the same kind. */
#include "runner/engine.h"

static void echo_settle(struct client *c, int64_t now_ns)
{
    struct meter *m = &c->engine->meter;
    uint64_t number;

    switch (pending_match(&c->pending, digest_end(&c->reply), &number)) {
    case MATCH_REORDERED:
        meter_reordered(m, pending_at(&c->pending, number)->due_ns);
        client_matched(c, number, now_ns);
        break;
    case MATCH_OLDEST:
        client_matched(c, number, now_ns);
        break;
    case MATCH_LATE:
        meter_late(m, pending_at(&c->pending, number)->due_ns);
        pending_settle(&c->pending, number, PENDING_SETTLED);
        break;
    case MATCH_DUPLICATE:
        meter_duplicate(m, pending_at(&c->pending, number)->due_ns);
        break;
    case MATCH_NONE:
        client_mismatched(c, now_ns);
        break;
    }
}

static void echo_receive(struct client *c, const struct chunk *chunk, int64_t now_ns)
{
    if (chunk->first)
        digest_start(&c->reply, c->engine->digest_key + chunk->binary);
    digest_add(&c->reply, chunk->data, chunk->length);
    if (chunk->last)
        echo_settle(c, now_ns);
}

const struct exchange_ops exchange_echo = {.receive = echo_receive};
