#include "runner/engine.h"

#include "schema/text.h"
#include "schema/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How long closing may take: a peer that answers the close frame at all does so at once. */
#define LINGER_NS NS_PER_S
/* From so many messages a second on, those of a tick are written together: to sleep and wake costs
 * more than to write one. The tick grows with the rate, up to half a millisecond at twice as many.
 */
#define TICK_RATE 4000.0
#define TICK_MAX_NS (NS_PER_S / 2000)

/* Connections that are begun before those under way are seen to. */
enum { CONNECTS_AT_ONCE = 64 };

#define LINGER_STOPPED_NS (NS_PER_S / 5)

static const struct exchange_ops *exchange_of(enum exchange exchange)
{
    switch (exchange) {
    case EXCHANGE_ECHO:
        return &exchange_echo;
    case EXCHANGE_REQUEST:
        return &exchange_request;
    case EXCHANGE_PUSH:
        return &exchange_push;
    case EXCHANGE_CHAT:
        return &exchange_chat;
    case EXCHANGE_BROADCAST:
        return &exchange_broadcast;
    }
    return NULL;
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
        e->clients[i].resume_ns = TIMER_NEVER;
    }
    e->unopened = e->clients_count;
}

static int64_t wall_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* The most bytes that a parcel of the scenario can have. */
static bool parcel_room(const struct roster *r, const struct parcel *p, const char *key,
                        size_t *most, struct err *err)
{
    struct template_values values = roster_values(r, 0, NULL);
    enum template_form form = p->json ? TEMPLATE_JSON : TEMPLATE_PLAIN;
    size_t room = p->text ? template_room(p->text, strlen(p->text), form, &values) : 1;

    if (room > *most)
        *most = room;
    return room > 0 || err_set(err, ERR_USAGE, "%s: what is sent can be longer than 1 MiB", key);
}

/* Room for whatever is sent. */
static bool buffer_open(struct engine *e, struct err *err)
{
    const struct scenario *s = &e->spec->scenario;
    size_t most = e->payload.length;

    for (size_t i = 0; i < s->hello_count; i++)
        if (!parcel_room(&e->roster, &s->hello[i].send, "hello", &most, err))
            return false;
    for (size_t i = 0; i < s->match.replies; i++)
        if (!parcel_room(&e->roster, &s->match.reply[i].send, "match.reply", &most, err))
            return false;
    e->buffer = mem_get(e->transport->headroom + most + 1, 1);
    return true;
}

static bool trace_enter(struct engine *e, struct err *err)
{
    const struct scenario *s = &e->spec->scenario;

    struct template_values values = roster_values(&e->roster, 0, NULL);

    if (s->rate.pattern != RATE_TRACE)
        return true;
    values.variables_count = 0;
    if (!trace_open(&e->trace, s->rate.path, s->rate.sha256, &values, err))
        return err_wrap(err, "rate");
    trace_schedule(&e->trace, s);
    return true;
}

static bool messages_open(struct engine *e, struct err *err)
{
    const struct template_values values = roster_values(&e->roster, 0, NULL);

    return payload_open(&e->payload, &e->spec->scenario, &e->trace, e->spec->part.seed, &values,
                        err);
}

bool engine_open(struct engine *e, const struct spec *spec, const struct transport *transport,
                 int64_t (*clock)(void), struct err *err)
{
    const struct scenario *s = &spec->scenario;
    char timeout[UNITS_TEXT_SIZE];
    struct rng rng;

    *e = (struct engine){.spec = spec,
                         .transport = transport,
                         .exchange = exchange_of(s->exchange),
                         .clock = clock,
                         .wall = wall_clock};
    rng_open(&rng, spec->part.seed, -2); /* a stream of its own */
    e->digest_key = rng_next(&rng);
    rules_open(&e->rules, s);
    e->whole = !e->exchange->receive || e->rules.error.count || e->rules.ignore.count ||
               e->rules.reply.count || s->match.id;
    if (s->exchange == EXCHANGE_BROADCAST)
        e->casts = mem_get(CASTS, sizeof *e->casts);
    if (!roster_open(&e->roster, spec, err) || !trace_enter(e, err) || !messages_open(e, err) ||
        !buffer_open(e, err))
        return false;
    units_format_duration(timeout, s->timeout_ns);
    if (e->exchange->missing)
        snprintf(e->late_reason, sizeof e->late_reason, "%s", e->exchange->missing);
    else
        snprintf(e->late_reason, sizeof e->late_reason, "no reply within %s", timeout);
    snprintf(e->unread_reason, sizeof e->unread_reason, "not read by the target within %s",
             timeout);
    clients_open(e);
    return true;
}

void engine_close(struct engine *e)
{
    for (size_t i = 0; i < e->clients_count; i++) {
        pending_free(&e->clients[i].pending);
        pending_free(&e->clients[i].owed);
        inbox_free(&e->clients[i].inbox, &e->inbox_bytes);
        token_free(&e->clients[i].token);
    }
    free(e->clients);
    free(e->buffer);
    payload_close(&e->payload);
    roster_close(&e->roster);
    trace_close(&e->trace);
    rules_close(&e->rules);
    free(e->casts);
    timers_free(&e->timers);
    meter_close(&e->meter);
    *e = (struct engine){0};
}

/* Of a rate that is not known, in closed loop, it is none. */
static int64_t tick_of(double rate)
{
    return rate >= TICK_RATE ? (int64_t)(fmin(rate / (2 * TICK_RATE), 1) * TICK_MAX_NS) : 1;
}

void engine_start(struct engine *e, int64_t start_ns)
{
    const struct scenario *s = &e->spec->scenario;
    int64_t window_ns = start_ns + s->ramp_ns + s->warmup_ns;

    meter_open(&e->meter, window_ns, s->duration_ns, s->rate.pattern != RATE_MAX);
    e->stage_end_ns = e->meter.end_ns;
    e->wake_ns = start_ns;
    e->tick_ns = tick_of(scenario_offered(s) / (double)e->spec->part.workers);
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
        } else if (c->state == CLIENT_GREETING) {
            client_refuse(c, "hello: was not answered by the end of the run");
        } else if (c->state == CLIENT_OPEN) {
            client_overdue(c); /* of events, whose times are the target's, one may hide another */
            client_end(c);
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
        for (size_t i = 0; i < e->clients_count; i++)
            client_await(&e->clients[i]);
    }
    if ((e->stage == ENGINE_RUNNING && engine_hopeless(e)) ||
        (e->stage == ENGINE_DRAINING &&
         ((e->meter.open == 0 && e->awaited == 0) || now_ns >= e->stage_end_ns)))
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

        /* Where nothing was answered yet, there is no connection to be dropped. */
        if (c->state != CLIENT_OPEN || !client_stands(c) || !link_storms(c))
            continue;
        client_prove(c);
        client_drop(c, "connection dropped by the storm", false);
    }
}

void engine_run(struct engine *e, int64_t now_ns)
{
    struct timer *timer;
    int64_t next_ns;

    e->begun = 0;
    while (e->begun < CONNECTS_AT_ONCE && (timer = timers_take(&e->timers, now_ns))) {
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
    e->wake_ns += e->tick_ns - 1 - (e->wake_ns - 1) % e->tick_ns;
}

void engine_stop(struct engine *e, int64_t now_ns)
{
    if (e->stage >= ENGINE_CLOSING)
        return;
    for (size_t i = 0; i < e->clients_count; i++)
        client_withdraw(&e->clients[i]);
    closing_enter(e, now_ns, LINGER_STOPPED_NS);
}
