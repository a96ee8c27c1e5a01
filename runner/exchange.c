/* What several exchanges have in common. */
#include "runner/engine.h"

#include <stdio.h>

const char exchange_differs[] = "reply differs from the message";
static const char belongs_to_none[] = "reply with an id that is no open message's";

/* A reply, or a copy of a broadcast, that is known by its digest. */
void exchange_settle(struct client *c, struct pending *p, uint64_t digest, int64_t now_ns)
{
    struct meter *m = &c->engine->meter;
    uint64_t number;

    switch (pending_match(p, digest, &number)) {
    case MATCH_REORDERED:
        meter_reordered(m, pending_at(p, number)->due_ns);
        client_matched(c, p, number, now_ns);
        break;
    case MATCH_OLDEST:
        client_matched(c, p, number, now_ns);
        break;
    case MATCH_LATE:
        meter_late(m, pending_at(p, number)->due_ns);
        pending_settle(p, number, PENDING_SETTLED);
        break;
    case MATCH_DUPLICATE:
        meter_duplicate(m, pending_at(p, number)->due_ns);
        break;
    case MATCH_NONE:
        client_mismatched(c, p, c->engine->rules.id.text ? belongs_to_none : exchange_differs,
                          now_ns);
        break;
    }
}

bool exchange_digest(struct client *c, const struct reply *r, uint64_t *digest)
{
    struct engine *e = c->engine;
    struct found id = reply_find(r, &e->rules.id);

    if (!e->rules.id.text || id.kind <= FOUND_NULL)
        return false;
    *digest = found_digest(&id, e->digest_key);
    return true;
}

/* The id that stands in the message; where it stands elsewhere than in the reply, what ${id} or
 * ${seq} was. */
uint64_t exchange_key(struct client *c, uint64_t number, const void *data, size_t length)
{
    struct engine *e = c->engine;
    struct found id = {.kind = FOUND_STRING};
    char name[48];
    uint64_t digest;
    struct reply r;

    reply_read(&r, data, length, false);
    if (exchange_digest(c, &r, &digest))
        return digest;
    id.text = name;
    id.length = (size_t)(e->payload.by_id
                             ? snprintf(name, sizeof name, "%lld-%llu", (long long)c->number,
                                        (unsigned long long)number)
                             : snprintf(name, sizeof name, "%llu", (unsigned long long)number));
    return found_digest(&id, e->digest_key);
}

void exchange_error(struct client *c, const struct reply *r, int64_t now_ns)
{
    struct pending *p = c->engine->exchange == &exchange_broadcast ? &c->owed : &c->pending;
    uint64_t digest, number;
    enum pending_match match;

    if (!exchange_digest(c, r, &digest)) {
        client_mismatched(c, p, "error reply", now_ns);
        return;
    }
    match = pending_match(p, digest, &number);
    if (match == MATCH_OLDEST || match == MATCH_REORDERED)
        client_erred(c, p, number, "error reply", now_ns);
    else if (match == MATCH_NONE)
        client_mismatched(c, p, "error reply", now_ns);
    else
        exchange_settle(c, p, digest, now_ns); /* late, or one too many */
}
