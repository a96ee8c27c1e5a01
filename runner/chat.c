/* The chat exchange: one request, many chunks, until one says that it is done or the message is
 * "[DONE]". A chunk belongs to the request whose id it has; without ids requests are answered in
 * turn. A token is a chunk with content, unless the reply says how many there were (`usage`). */
#include "runner/engine.h"

#include <string.h>

/* Without ids: the request that is being answered. One that is lost may yet be, since its answer
 * comes before the next one's: it is waited for once more as long, or until it is done if it has
 * begun. */
static enum pending_match chat_turn(struct client *c, int64_t now_ns, uint64_t *number)
{
    struct pending *p = &c->pending;
    int64_t patience_ns = 2 * c->engine->spec->scenario.timeout_ns;

    if (c->head < p->first)
        c->head = p->first;
    for (; c->head < p->unsent; c->head++) {
        const struct pending_message *m = pending_at(p, c->head);

        *number = c->head;
        if (m->state == PENDING_OPEN)
            return MATCH_OLDEST;
        if (m->state == PENDING_LOST && (m->chunks > 0 || now_ns < m->due_ns + patience_ns))
            return MATCH_LATE;
    }
    return MATCH_NONE;
}

static void chat_content(struct client *c, struct pending_message *m, int64_t now_ns)
{
    struct meter *meter = &c->engine->meter;

    if (m->state == PENDING_OPEN) {
        if (m->chunks == 0)
            meter_token_first(meter, m->due_ns, now_ns);
        else
            meter_token_gap(meter, m->due_ns, now_ns - m->last_ns);
    }
    if (m->chunks++ == 0)
        m->first_ns = now_ns;
    m->last_ns = now_ns;
}

/* The last chunk has come. What the target says of tokens is spread over the chunks. */
static void chat_done(struct client *c, uint64_t number, int64_t now_ns)
{
    const struct pending_message *m = pending_at(&c->pending, number);
    int64_t tokens = m->usage > 0 ? m->usage : m->chunks;

    if (m->chunks > 1)
        meter_tokens(&c->engine->meter, m->due_ns, tokens - tokens / m->chunks,
                     m->last_ns - m->first_ns);
    client_matched(c, &c->pending, number, now_ns);
}

static bool is_done(const struct reply *r, const struct rules *rules)
{
    static const char word[] = "[DONE]";

    return (r->length == sizeof word - 1 && memcmp(r->text, word, r->length) == 0) ||
           rules_any(&rules->done, r);
}

static void usage_take(struct client *c, struct pending_message *m, const struct reply *r)
{
    int64_t tokens;

    for (int i = 0; i < 2; i++) {
        struct found f = reply_find(r, &c->engine->rules.usage[i]);

        if (found_integer(&f, &tokens) && tokens > 0 && tokens < INT32_MAX)
            m->usage = tokens;
    }
}

static void chat_message(struct client *c, const struct reply *r, int64_t now_ns)
{
    struct engine *e = c->engine;
    struct pending *p = &c->pending;
    struct found content = reply_find(r, &e->rules.content);
    bool done = is_done(r, &e->rules), named;
    uint64_t digest, number = 0;
    enum pending_match match;
    struct pending_message *m;

    named = exchange_digest(c, r, &digest);
    match = named ? pending_match(p, digest, &number) : chat_turn(c, now_ns, &number);
    if (match == MATCH_NONE) {
        if (named)
            exchange_settle(c, p, digest, now_ns);
        else if (done || found_content(&content))
            meter_unexpected(&e->meter, now_ns, r->length, "unexpected message");
        return;
    }
    m = pending_at(p, number);
    usage_take(c, m, r);
    if (found_content(&content))
        chat_content(c, m, now_ns);
    if (!done) {
        meter_received(&e->meter, m->due_ns, r->length);
        return;
    }
    if (!named)
        c->head = number + 1;
    if (m->state == PENDING_OPEN)
        chat_done(c, number, now_ns);
    else
        exchange_settle(c, p, m->digest, now_ns); /* late, or once more */
}

static void chat_error(struct client *c, const struct reply *r, int64_t now_ns)
{
    uint64_t digest, number;

    if (exchange_digest(c, r, &digest)) {
        exchange_error(c, r, now_ns);
        return;
    }
    if (chat_turn(c, now_ns, &number) != MATCH_OLDEST) {
        meter_unexpected(&c->engine->meter, now_ns, r->length, "error reply");
        return;
    }
    c->head = number + 1;
    client_erred(c, &c->pending, number, "error reply", now_ns);
}

/* Replies without ids are told by their turn: the number is as good a key as any. */
static uint64_t chat_key(struct client *c, uint64_t number, const void *data, size_t length)
{
    return c->engine->rules.id.text ? exchange_key(c, number, data, length) : number;
}

const struct exchange_ops exchange_chat = {
    .message = chat_message, .error = chat_error, .key = chat_key};
