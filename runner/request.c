/* The request exchange: the reply is found by its id, whatever else it holds. */
#include "runner/engine.h"

static void request_message(struct client *c, const struct reply *r, int64_t now_ns)
{
    uint64_t digest;

    if (exchange_digest(c, r, &digest))
        exchange_settle(c, &c->pending, digest, now_ns);
    else
        client_mismatched(c, &c->pending, r->json ? "reply without an id" : "reply that is no JSON",
                          now_ns);
}

const struct exchange_ops exchange_request = {
    .message = request_message, .error = exchange_error, .key = exchange_key};
