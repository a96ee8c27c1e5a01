/* What a client says beside its messages: the steps of `hello`, before the connection counts as
 * open, and the answers of `match.reply`. */
#include "runner/engine.h"

#include "schema/units.h"

#include <stdio.h>
#include <string.h>

/* Sends a parcel; what it draws from the seed depends on the number alone. */
static void parcel_send(struct client *c, const struct parcel *p, uint64_t number)
{
    struct engine *e = c->engine;
    unsigned char *data = e->buffer + e->transport->headroom;
    struct template_values values = roster_values(&e->roster, c->number, &c->token);
    enum template_form form = p->json ? TEMPLATE_JSON : TEMPLATE_PLAIN;
    size_t length;

    values.seed = ~e->spec->part.seed; /* other letters than messages */
    values.number = number;
    length = template_write(p->text, strlen(p->text), form, &values, data);
    c->full = e->transport->send(c, data, length, false) != SEND_DONE;
}

void greeting_advance(struct client *c)
{
    const struct scenario *s = &c->engine->spec->scenario;

    while (c->state == CLIENT_GREETING && !c->full && c->step / 2 < s->hello_count) {
        const struct greeting *g = &s->hello[c->step / 2];

        if (c->step % 2 == 1 && g->expect.terms > 0)
            return; /* for greeting_message() */
        if (c->step++ % 2 == 0 && g->send.text)
            parcel_send(c, &g->send, (c->step - 1) / 2);
    }
    if (c->state == CLIENT_GREETING && c->step / 2 >= s->hello_count)
        client_ready(c);
}

/* The step that is waited for; from 1 on, as people count. */
static size_t step_of(const struct client *c)
{
    return c->step / 2 + 1;
}

void greeting_message(struct client *c, const struct reply *r)
{
    const struct rules *rules = &c->engine->rules;
    char reason[METER_REASON_SIZE];

    if (c->step % 2 == 1 && rule_met(&rules->expect.item[c->step / 2], r)) {
        c->step++;
        greeting_advance(c);
    } else if (rules_any(&rules->error, r)) {
        snprintf(reason, sizeof reason, "hello: step %zu was answered by an error", step_of(c));
        client_refuse(c, reason);
    }
}

void greeting_expired(struct client *c)
{
    char reason[METER_REASON_SIZE], limit[UNITS_TEXT_SIZE];

    units_format_duration(limit, c->engine->spec->scenario.connect_timeout_ns);
    snprintf(reason, sizeof reason, "hello: step %zu was not answered within %s", step_of(c),
             limit);
    client_refuse(c, reason);
}

void answers_send(struct client *c)
{
    const struct match *m = &c->engine->spec->scenario.match;

    for (uint32_t i = 0; i < m->replies; i++) {
        if (!(c->to_answer & UINT32_C(1) << i))
            continue;
        if (c->full)
            return;
        c->to_answer &= ~(UINT32_C(1) << i);
        parcel_send(c, &m->reply[i].send, (uint64_t)1 << 32 | c->answers++);
    }
}
