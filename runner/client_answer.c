/* Clients whose messages are requests of their own: what becomes of one that is not answered as it
 * should be. */
#include "runner/engine.h"

/* One that was never asked anything has nothing against it. */
bool client_stands(const struct client *c)
{
    return c->proven || !c->engine->transport->answers_prove || c->pending.end == 0;
}

void client_end(struct client *c)
{
    if (client_stands(c))
        client_prove(c);
    else if (c->lost_ns == 0)
        meter_failure(&c->engine->meter, FAILURE_CONNECTION, "no answer by the end of the run", 1);
}

void client_refused(struct client *c, const char *reason)
{
    struct engine *e = c->engine;

    c->linked = false;
    e->linked--;
    if (c->state != CLIENT_OPEN && c->state != CLIENT_GREETING)
        return;
    client_abort(c, reason);
    if (c->state == CLIENT_GREETING || c->lost_ns) {
        c->state = CLIENT_CONNECTING;
        client_failed(c, reason);
        return;
    }
    c->state = CLIENT_FAILED;
    c->due_ns = TIMER_NEVER;
    meter_failure(&e->meter, FAILURE_CONNECTION, reason, 1);
    client_schedule(c);
}

bool client_pause(struct client *c, int64_t wait_ns)
{
    struct engine *e = c->engine;
    const struct scenario *s = &e->spec->scenario;
    struct pending *p = &c->pending;
    int64_t now_ns = e->clock(), end_ns;

    if (c->state == CLIENT_CONNECTING || c->state == CLIENT_GREETING) {
        end_ns = c->tried_ns + s->connect_timeout_ns;
    } else if (c->state == CLIENT_OPEN && p->oldest < p->unsent) {
        end_ns = pending_at(p, p->oldest)->due_ns + s->timeout_ns;
    } else {
        return false;
    }
    if (now_ns + wait_ns >= end_ns)
        return false;
    e->meter.counts.put_off++;
    c->resume_ns = now_ns + wait_ns;
    client_schedule(c);
    return true;
}

void client_unanswered(struct client *c, const char *reason)
{
    struct pending *p = &c->pending;

    if (c->state == CLIENT_OPEN && p->oldest < p->unsent)
        client_erred(c, p, p->oldest, reason, c->engine->clock());
}
