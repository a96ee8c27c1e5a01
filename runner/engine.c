#include "runner/engine.h"

#include "schema/text.h"
#include "schema/units.h"

#include <stdio.h>
#include <stdlib.h>

/* How long closing may take: a peer that answers the close frame at all does so at once. */
#define LINGER_NS NS_PER_S
#define LINGER_STOPPED_NS (NS_PER_S / 5)

static const struct exchange_ops *exchange_of(enum exchange exchange)
{
    switch (exchange) {
    case EXCHANGE_ECHO:
        return &exchange_echo;
    default:
        return NULL;
    }
}

/* The clients of this worker: every workers-th one. */
static void clients_open(struct engine *e)
{
    const struct spec_part *part = &e->spec->part;
    int64_t all = e->spec->scenario.clients;

    if (all > part->worker)
        e->clients_count = (size_t)((all - part->worker - 1) / part->workers + 1);
    e->clients = mem_get(e->clients_count, sizeof *e->clients);
    for (size_t i = 0; i < e->clients_count; i++) {
        e->clients[i].engine = e;
        e->clients[i].number = part->worker + (int64_t)i * part->workers;
        e->clients[i].due_ns = e->clients[i].retry_ns = e->clients[i].ping_due_ns = TIMER_NEVER;
    }
    e->unopened = e->clients_count;
}

void engine_open(struct engine *e, const struct spec *spec, const struct transport *transport,
                 int64_t (*clock)(void))
{
    const struct scenario *s = &spec->scenario;
    char timeout[UNITS_TEXT_SIZE];
    struct rng rng;

    *e = (struct engine){
        .spec = spec, .transport = transport, .exchange = exchange_of(s->exchange), .clock = clock};
    rng_open(&rng, spec->part.seed, -2); /* a stream of its own */
    e->digest_key = rng_next(&rng);
    payload_open(&e->payload, &s->message, spec->part.seed);
    e->buffer = mem_get(transport->headroom + e->payload.length + 1, 1);
    units_format_duration(timeout, s->timeout_ns);
    snprintf(e->late_reason, sizeof e->late_reason, "no reply within %s", timeout);
    snprintf(e->unread_reason, sizeof e->unread_reason, "not read by the target within %s",
             timeout);
    clients_open(e);
}

void engine_close(struct engine *e)
{
    for (size_t i = 0; i < e->clients_count; i++)
        pending_free(&e->clients[i].pending);
    free(e->clients);
    free(e->buffer);
    payload_close(&e->payload);
    timers_free(&e->timers);
    meter_close(&e->meter);
    *e = (struct engine){0};
}

void engine_start(struct engine *e, int64_t start_ns)
{
    const struct scenario *s = &e->spec->scenario;
    int64_t window_ns = start_ns + s->ramp_ns + s->warmup_ns;

    meter_open(&e->meter, window_ns, s->duration_ns, s->rate.pattern != RATE_MAX);
    e->stage_end_ns = e->meter.end_ns;
    e->wake_ns = start_ns;
    e->storm_ns = s->storm.share > 0 ? window_ns + s->storm.at_ns : TIMER_NEVER;
    for (size_t i = 0; i < e->clients_count; i++) {
        struct client *c = &e->clients[i];

        timers_set(&e->timers, &c->timer,
                   start_ns +
                       (int64_t)((double)s->ramp_ns * (double)c->number / (double)s->clients));
    }
}

/* Every connection is told to close; what is still connecting is given up. */
static void closing_enter(struct engine *e, int64_t now_ns, int64_t linger_ns)
{
    e->stage = ENGINE_CLOSING;
    e->stage_end_ns = now_ns + linger_ns;
    for (size_t i = 0; i < e->clients_count; i++) {
        struct client *c = &e->clients[i];

        timers_set(&e->timers, &c->timer, TIMER_NEVER);
        if (c->state == CLIENT_CONNECTING) {
            e->transport->abandon(c);
            client_failed(c, "no handshake by the end of the run");
        } else if (c->state == CLIENT_OPEN) {
            client_prove(c);
            c->state = CLIENT_OVER;
            e->transport->close(c, CLOSE_NORMAL);
        }
    }
}

/* Nobody has got through and nobody is left to try: the rest of the time would be idle. */
static bool engine_hopeless(const struct engine *e)
{
    return e->unopened == 0 && e->linked == 0 && e->meter.counts.connects_made == 0 &&
           e->meter.open == 0;
}

static void stage_advance(struct engine *e, int64_t now_ns)
{
    if (e->stage == ENGINE_RUNNING && now_ns >= e->meter.end_ns) {
        e->stage = ENGINE_DRAINING;
        e->stage_end_ns = e->meter.end_ns + e->spec->scenario.timeout_ns;
    }
    if ((e->stage == ENGINE_RUNNING && engine_hopeless(e)) ||
        (e->stage == ENGINE_DRAINING && (e->meter.open == 0 || now_ns >= e->stage_end_ns)))
        closing_enter(e, now_ns, LINGER_NS);
    if (e->stage == ENGINE_CLOSING && (e->linked == 0 || now_ns >= e->stage_end_ns))
        e->stage = ENGINE_OVER;
}

/* Those that it hits lose their connections all at once. */
static void storm_break(struct engine *e)
{
    e->storm_ns = TIMER_NEVER;
    for (size_t i = 0; i < e->clients_count; i++) {
        struct client *c = &e->clients[i];

        if (c->state != CLIENT_OPEN || !link_storms(c))
            continue;
        client_prove(c);
        client_drop(c, "connection dropped by the storm", false);
    }
}

void engine_run(struct engine *e, int64_t now_ns)
{
    struct timer *timer;
    int64_t next_ns;

    while ((timer = timers_take(&e->timers, now_ns))) {
        client_wake((struct client *)timer, now_ns);
        now_ns = e->clock();
    }
    if (now_ns >= e->storm_ns && e->stage == ENGINE_RUNNING)
        storm_break(e);
    stage_advance(e, now_ns);
    next_ns = timers_next(&e->timers);
    if (e->stage == ENGINE_RUNNING && e->storm_ns < next_ns)
        next_ns = e->storm_ns;
    e->wake_ns = next_ns < e->stage_end_ns ? next_ns : e->stage_end_ns;
}

void engine_stop(struct engine *e, int64_t now_ns)
{
    if (e->stage >= ENGINE_CLOSING)
        return;
    for (size_t i = 0; i < e->clients_count; i++)
        client_withdraw(&e->clients[i]);
    closing_enter(e, now_ns, LINGER_STOPPED_NS);
}
