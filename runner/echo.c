/* The echo exchange: the reply is the message, whole and of the same kind. */
#include "runner/engine.h"

static void echo_receive(struct client *c, const struct chunk *chunk, int64_t now_ns)
{
    if (chunk->first)
        digest_start(&c->reply, c->engine->digest_key + chunk->binary);
    digest_add(&c->reply, chunk->data, chunk->length);
    if (chunk->last)
        exchange_settle(c, &c->pending, digest_end(&c->reply), now_ns);
}

static void echo_message(struct client *c, const struct reply *r, int64_t now_ns)
{
    struct chunk whole = {r->text, r->length, true, true, r->binary};

    echo_receive(c, &whole, now_ns);
}

const struct exchange_ops exchange_echo = {
    .receive = echo_receive, .message = echo_message, .error = exchange_error};
