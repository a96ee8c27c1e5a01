/* The connection of a client: made, proven, greeted, lost, replaced, and what comes over it. */
#include "runner/engine.h"

#include "schema/units.h"

#include <stdio.h>

/* A target that refuses a client after the upgrade does so at once: a connection that it closes
 * within this time, without having said anything, was never made. */
#define PROVE_NS NS_PER_S

static int64_t connect_end_ns(const struct client *c)
{
    return c->tried_ns + c->engine->spec->scenario.connect_timeout_ns;
}

/* Sets the timer for the next thing that time alone brings about. */
void client_schedule(struct client *c)
{
    struct engine *e = c->engine;
    int64_t at_ns = c->due_ns < e->meter.end_ns ? c->due_ns : TIMER_NEVER;

    if (c->state == CLIENT_OPEN && load_wake_ns(c) < at_ns)
        at_ns = load_wake_ns(c);
    if (c->state == CLIENT_OPEN && !c->proven && !e->transport->answers_prove &&
        c->opened_ns + PROVE_NS < at_ns)
        at_ns = c->opened_ns + PROVE_NS;
    if (c->state == CLIENT_OPEN && link_wake_ns(c) < at_ns)
        at_ns = link_wake_ns(c);
    if (c->state == CLIENT_LOST && e->stage == ENGINE_RUNNING && c->retry_ns < at_ns)
        at_ns = c->retry_ns;
    if (c->resume_ns < at_ns)
        at_ns = c->resume_ns;
    if ((c->state == CLIENT_CONNECTING || c->state == CLIENT_GREETING) && connect_end_ns(c) < at_ns)
        at_ns = connect_end_ns(c);
    timers_set(&e->timers, &c->timer, at_ns);
}

static void client_connect(struct client *c, int64_t now_ns)
{
    struct engine *e = c->engine;

    c->state = CLIENT_CONNECTING;
    c->tried_ns = now_ns;
    c->retry_ns = TIMER_NEVER;
    e->begun++;
    if (c->lost_ns == 0)
        meter_connect(&e->meter, now_ns);
    client_schedule(c);
    e->transport->connect(c);
}

static void client_give_up(struct client *c)
{
    char reason[METER_REASON_SIZE], limit[UNITS_TEXT_SIZE];

    units_format_duration(limit, c->engine->spec->scenario.connect_timeout_ns);
    snprintf(reason, sizeof reason, "no handshake within %s", limit);
    c->engine->transport->abandon(c);
    client_failed(c, reason);
}

/* An attempt to replace a lost connection has failed. */
static void client_unreplaced(struct client *c, const char *reason)
{
    char failure[METER_REASON_SIZE];

    c->state = CLIENT_LOST;
    snprintf(failure, sizeof failure, METER_RECONNECT "%s", reason);
    meter_failure(&c->engine->meter, FAILURE_CONNECTION, failure, 1);
    link_lost(c, c->engine->clock());
    client_schedule(c);
}

void client_failed(struct client *c, const char *reason)
{
    struct engine *e = c->engine;

    if (c->state != CLIENT_CONNECTING)
        return;
    if (c->lost_ns) {
        client_unreplaced(c, reason);
        return;
    }
    c->state = CLIENT_FAILED;
    e->unopened--;
    timers_set(&e->timers, &c->timer, TIMER_NEVER);
    meter_failure(&e->meter, FAILURE_CONNECTION, reason, 1);
}

void client_refuse(struct client *c, const char *reason)
{
    c->engine->transport->abandon(c);
    c->linked = false;
    c->engine->linked--;
    c->state = CLIENT_CONNECTING;
    client_failed(c, reason);
}

void client_compressed(struct client *c, size_t bytes)
{
    meter_compressed(&c->engine->meter, c->engine->clock(), bytes);
}

void client_uncompressed(struct client *c)
{
    c->engine->meter.counts.connects_plain++;
}

void client_prove(struct client *c)
{
    if (c->proven)
        return;
    c->proven = true;
    if (c->lost_ns)
        meter_reconnected(&c->engine->meter, c->lost_ns, c->opened_ns);
    else
        meter_connected(&c->engine->meter, c->tried_ns, c->opened_ns);
    c->lost_ns = 0;
}

void client_wake(struct client *c, int64_t now_ns)
{
    if (now_ns >= c->resume_ns) {
        c->resume_ns = TIMER_NEVER;
        c->engine->transport->resume(c);
    }
    switch (c->state) {
    case CLIENT_WAITING:
        client_connect(c, now_ns);
        break;
    case CLIENT_CONNECTING:
    case CLIENT_GREETING:
        load_offer(c, now_ns);
        if (now_ns < connect_end_ns(c))
            client_schedule(c);
        else if (c->state == CLIENT_GREETING)
            greeting_expired(c);
        else
            client_give_up(c);
        break;
    case CLIENT_OPEN:
        if (now_ns >= c->opened_ns + PROVE_NS && !c->engine->transport->answers_prove)
            client_prove(c);
        if (!link_alive(c, now_ns))
            break;
        load_expire(c, now_ns);
        load_offer(c, now_ns);
        load_flush(c);
        client_schedule(c);
        break;
    case CLIENT_LOST:
        load_offer(c, now_ns);
        if (now_ns >= c->retry_ns && c->engine->stage == ENGINE_RUNNING)
            client_connect(c, now_ns);
        else
            client_schedule(c);
        break;
    case CLIENT_FAILED:
    case CLIENT_OVER:
        break;
    }
}

void client_opened(struct client *c)
{
    c->linked = true;
    c->engine->linked++;
    c->full = false;
    c->sequence = -1;
    c->step = 0;
    if (c->engine->spec->scenario.hello_count == 0) {
        client_ready(c);
        return;
    }
    c->state = CLIENT_GREETING; /* the timer of the handshake goes on */
    greeting_advance(c);
}

void client_ready(struct client *c)
{
    struct engine *e = c->engine;
    const struct scenario *s = &e->spec->scenario;
    int64_t now_ns = e->clock();
    bool first = c->lost_ns == 0;

    c->state = CLIENT_OPEN;
    c->opened_ns = now_ns;
    c->proven = false;
    link_made(c);
    if (first)
        e->unopened--;
    for (size_t i = 0; i < s->hello_count; i++)
        if (s->hello[i].expect.terms) /* it has answered */
            client_prove(c);
    load_begin(c, first, now_ns);
    client_schedule(c);
}

/* The connection is of no use any more. */
static void client_lose(struct client *c, const char *reason, bool is_failure)
{
    char failure[METER_REASON_SIZE];

    c->state = c->proven || c->lost_ns ? CLIENT_LOST : CLIENT_FAILED;
    if (c->state == CLIENT_FAILED)
        c->due_ns = TIMER_NEVER;
    snprintf(failure, sizeof failure, c->proven ? "lost: %s" : "%s right after the handshake",
             reason);
    if (is_failure)
        meter_failure(&c->engine->meter, FAILURE_CONNECTION, failure, 1);
    client_abort(c, reason);
    if (c->state == CLIENT_LOST)
        link_lost(c, c->engine->clock());
    client_schedule(c);
}

void client_drop(struct client *c, const char *reason, bool is_failure)
{
    c->engine->transport->abandon(c);
    c->linked = false;
    c->engine->linked--;
    client_lose(c, reason, is_failure);
}

void client_closed(struct client *c, const char *reason)
{
    char failure[METER_REASON_SIZE];

    c->linked = false;
    c->engine->linked--;
    if (c->state == CLIENT_OPEN) {
        client_lose(c, reason, true);
    } else if (c->state == CLIENT_GREETING) {
        snprintf(failure, sizeof failure, "%s before hello was done", reason);
        c->state = CLIENT_CONNECTING;
        client_failed(c, failure);
    }
}

void client_writable(struct client *c)
{
    if (c->state != CLIENT_OPEN && c->state != CLIENT_GREETING)
        return;
    c->full = false;
    answers_send(c);
    if (c->state == CLIENT_GREETING)
        greeting_advance(c);
    else
        load_flush(c);
}

void client_full(struct client *c)
{
    c->full = true;
}

/* More comes from the target than can be kept. */
static void client_overrun(struct client *c, const char *reason)
{
    if (c->state == CLIENT_GREETING) {
        client_refuse(c, reason);
        return;
    }
    client_lose(c, reason, true);
    c->engine->transport->close(c, CLOSE_TOO_BIG);
}

/* A whole message: the rules for messages in general come first. */
static void client_message(struct client *c, const char *data, size_t length, bool binary,
                           int64_t now_ns)
{
    struct engine *e = c->engine;
    const struct rules *rules = &e->rules;
    struct reply r;
    bool answer = false;

    reply_read(&r, data, length, binary);
    for (size_t i = 0; i < rules->reply.count && !answer; i++) {
        answer = rule_met(&rules->reply.item[i], &r);
        c->to_answer |= (uint32_t)answer << i;
    }
    if (answer)
        answers_send(c);
    else if (c->state == CLIENT_GREETING)
        greeting_message(c, &r);
    else if (rules_any(&rules->error, &r))
        e->exchange->error(c, &r, now_ns);
    else if (!rules_any(&rules->ignore, &r))
        e->exchange->message(c, &r, now_ns);
}

/* Collects the message, and deals with it once it is whole. */
static void client_collect(struct client *c, const struct chunk *chunk, int64_t now_ns)
{
    struct engine *e = c->engine;
    struct inbox whole;
    const char *data;
    size_t length;

    switch (inbox_add(&c->inbox, chunk, &e->inbox_bytes, INBOX_MAX, &data, &length)) {
    case INBOX_WHOLE:
        whole = c->inbox; /* whatever becomes of the client meanwhile */
        c->inbox = (struct inbox){0};
        client_message(c, data, length, chunk->binary, now_ns);
        inbox_free(&whole, &e->inbox_bytes);
        break;
    case INBOX_FULL:
        inbox_free(&c->inbox, &e->inbox_bytes);
        client_overrun(c, "message too large: all that are being read exceed 32 MiB");
        break;
    case INBOX_MORE:
        break;
    }
}

void client_received(struct client *c, const struct chunk *chunk)
{
    struct engine *e = c->engine;
    int64_t now_ns = e->clock();

    if (c->state != CLIENT_OPEN && c->state != CLIENT_GREETING)
        return;
    if (c->state == CLIENT_OPEN)
        client_prove(c);
    c->reply_length = chunk->first ? chunk->length : c->reply_length + chunk->length;
    if (c->reply_length > REPLY_MAX)
        client_overrun(c, "reply larger than 1 MiB");
    else if (e->whole || c->state == CLIENT_GREETING)
        client_collect(c, chunk, now_ns);
    else
        e->exchange->receive(c, chunk, now_ns);
    if (now_ns >= e->wake_ns) /* a flood of replies must not make what is due late */
        engine_run(e, now_ns);
}
