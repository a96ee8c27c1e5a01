/* How the connection of a client lives: its heartbeat, and what follows its loss. */
#include "runner/engine.h"

#include "runner/rng.h"
#include "schema/units.h"

#include <math.h>
#include <stdio.h>

/* Random streams: clients have those from 0 on, the worker's own are the last ones below. */
#define STREAM_FIRST INT64_C(-1000)

/* How long to wait before attempt `tries`, from 1: twice as long each time; with jitter a random
 * part of that, so that clients that lost their connections together do not come back together. */
static int64_t backoff_ns(const struct client *c, int64_t tries)
{
    const struct reconnect *r = &c->engine->spec->scenario.reconnect;
    double longest = fmin((double)r->first_ns * exp2((double)(tries - 1)), (double)r->max_ns);
    struct rng rng;

    if (!r->jitter)
        return (int64_t)longest;
    rng_open(&rng, c->engine->spec->part.seed,
             STREAM_FIRST - c->number - (int64_t)c->attempts * SCENARIO_CLIENTS_MAX);
    return (int64_t)(longest * rng_share(&rng));
}

void link_lost(struct client *c, int64_t now_ns)
{
    if (!c->engine->spec->scenario.reconnect.on || c->engine->stage != ENGINE_RUNNING)
        return;
    if (c->lost_ns == 0) {
        c->lost_ns = now_ns;
        c->tries = 0;
    }
    if (c->tries == c->engine->spec->scenario.reconnect.tries) {
        char reason[METER_REASON_SIZE];

        snprintf(reason, sizeof reason, "not reconnected in %lld tries", (long long)c->tries);
        meter_failure(&c->engine->meter, FAILURE_CONNECTION, reason, 1);
        c->retry_ns = TIMER_NEVER;
        return;
    }
    c->tries++;
    c->attempts++;
    c->retry_ns = now_ns + backoff_ns(c, c->tries);
    if (c->engine->transport->wait_ns && c->engine->transport->wait_ns(c) > c->retry_ns - now_ns)
        c->retry_ns = now_ns + c->engine->transport->wait_ns(c);
}

void link_made(struct client *c)
{
    c->ping_sent_ns = 0;
    c->ping_due_ns = TIMER_NEVER;
    if (c->engine->spec->scenario.heartbeat.every_ns)
        c->ping_due_ns = c->opened_ns + c->engine->spec->scenario.heartbeat.every_ns;
}

bool link_alive(struct client *c, int64_t now_ns)
{
    const struct heartbeat *h = &c->engine->spec->scenario.heartbeat;
    char reason[METER_REASON_SIZE], limit[UNITS_TEXT_SIZE];

    if (c->ping_sent_ns && now_ns >= c->ping_sent_ns + h->timeout_ns) {
        meter_heartbeat_missed(&c->engine->meter, c->ping_sent_ns);
        c->ping_sent_ns = 0;
        if (c->engine->spec->scenario.reconnect.on) {
            snprintf(reason, sizeof reason, "no pong within %s",
                     units_format_duration(limit, h->timeout_ns));
            client_drop(c, reason, true);
            return false;
        }
    }
    if (now_ns >= c->ping_due_ns) {
        c->ping_due_ns += h->every_ns * ((now_ns - c->ping_due_ns) / h->every_ns + 1);
        if (c->ping_sent_ns)
            return true; /* its pong has time yet, and none overtakes it */
        c->ping_sent_ns = now_ns;
        c->pings++;
        c->engine->transport->ping(c, c->pings);
    }
    return true;
}

int64_t link_wake_ns(const struct client *c)
{
    int64_t pong_ns = TIMER_NEVER;

    if (c->ping_sent_ns)
        pong_ns = c->ping_sent_ns + c->engine->spec->scenario.heartbeat.timeout_ns;
    return pong_ns < c->ping_due_ns ? pong_ns : c->ping_due_ns;
}

void client_ponged(struct client *c, uint64_t number)
{
    if (c->state != CLIENT_OPEN || c->ping_sent_ns == 0 || number != c->pings)
        return; /* one that nobody asked for, or that is missed by now */
    meter_heartbeat(&c->engine->meter, c->ping_sent_ns, c->engine->clock());
    c->ping_sent_ns = 0;
    client_prove(c);
}

bool link_storms(const struct client *c)
{
    double share = c->engine->spec->scenario.storm.share;

    /* Evenly spread over the clients, and whole for each worker alike. */
    return floor((double)(c->number + 1) * share) > floor((double)c->number * share);
}
