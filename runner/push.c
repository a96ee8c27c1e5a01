/* The push exchange: the server sends events. They are counted by the time at which they were sent,
 * where they tell it, else by their coming. A number that is left out may yet come: it is pending
 * like a message of ours, and lost after the timeout. Beyond GAP_MAX at a time such numbers are
 * lost at once; a jump beyond JUMP_MAX, or back behind what can be remembered, begins anew. */
#include "runner/engine.h"
#include "schema/units.h"

enum { GAP_MAX = 1024, JUMP_MAX = 1000000 };

/* A clock that is further off than this cannot be meant: 3600 s is what a histogram takes. */
#define PLAUSIBLE_NS (3600 * NS_PER_S)
#define AHEAD_NS NS_PER_MS /* clocks that agree are not further apart */

/* How long the event that comes at now_ns was on its way; -1 where that is not known. */
static int64_t latency_of(struct client *c, const struct reply *r, int64_t now_ns)
{
    struct engine *e = c->engine;
    struct found f = reply_find(r, &e->rules.time);
    int64_t sent_ns, latency_ns;

    if (!found_time(&f, &sent_ns)) {
        if (f.kind > FOUND_NULL)
            meter_unexpected(&e->meter, now_ns, 0, "event with a time that is none since 1970");
        return -1;
    }
    latency_ns = e->wall() - sent_ns;
    if (latency_ns > PLAUSIBLE_NS || latency_ns < -PLAUSIBLE_NS) {
        meter_unexpected(&e->meter, now_ns, 0, "event with a time more than 1h away");
        return -1;
    }
    if (latency_ns < -AHEAD_NS)
        meter_unexpected(&e->meter, now_ns, 0, "event from the future: clocks differ");
    c->timed = true;
    return latency_ns > 0 ? latency_ns : 0;
}

/* Numbers from c->sequence up to `next` have not come. */
static void gap_open(struct client *c, int64_t next, int64_t due_ns)
{
    struct engine *e = c->engine;
    struct pending *p = &c->pending;

    for (; c->sequence < next; c->sequence++) {
        meter_missed(&e->meter, due_ns);
        if (p->end - p->oldest >= GAP_MAX) {
            meter_lost(&e->meter, due_ns, e->late_reason);
            continue;
        }
        pending_at(p, pending_put(p, due_ns))->digest = (uint64_t)c->sequence;
        p->unsent = p->end;
    }
    client_watch(c);
}

/* An event from before the one that is expected. */
static void event_old(struct client *c, int64_t sequence, int64_t latency_ns, size_t bytes,
                      int64_t due_ns)
{
    struct meter *m = &c->engine->meter;
    struct pending *p = &c->pending;
    uint64_t number;

    switch (pending_match(p, (uint64_t)sequence, &number)) {
    case MATCH_OLDEST:
    case MATCH_REORDERED:
        meter_reordered(m, pending_at(p, number)->due_ns);
        meter_arrived(m, pending_at(p, number)->due_ns, latency_ns, bytes);
        pending_settle(p, number, PENDING_SETTLED);
        break;
    case MATCH_LATE:
        meter_late(m, pending_at(p, number)->due_ns);
        pending_settle(p, number, PENDING_SETTLED);
        break;
    case MATCH_DUPLICATE:
    case MATCH_NONE: /* those that came in turn are not remembered one by one */
        meter_duplicate(m, due_ns);
        break;
    }
}

static void push_message(struct client *c, const struct reply *r, int64_t now_ns)
{
    struct engine *e = c->engine;
    struct found f = reply_find(r, &e->rules.sequence);
    int64_t latency_ns = latency_of(c, r, now_ns),
            due_ns = now_ns - (latency_ns > 0 ? latency_ns : 0);
    int64_t sequence;

    if (due_ns >= e->meter.end_ns)
        client_awaited(c);
    if (found_integer(&f, &sequence) && sequence >= 0 && sequence < INT64_MAX) {
        bool known = c->sequence >= 0;

        if (known && (sequence - c->sequence > JUMP_MAX || sequence < c->sequence - JUMP_MAX)) {
            meter_unexpected(&e->meter, due_ns, 0, "sequence began anew");
            known = false;
        }
        if (known && sequence < c->sequence) {
            event_old(c, sequence, latency_ns, r->length, due_ns);
            return;
        }
        if (known && sequence > c->sequence)
            gap_open(c, sequence, due_ns);
        c->sequence = sequence + 1;
    }
    meter_event(&e->meter, due_ns, latency_ns, r->length);
}

static void push_error(struct client *c, const struct reply *r, int64_t now_ns)
{
    meter_unexpected(&c->engine->meter, now_ns, r->length, "error message");
}

const struct exchange_ops exchange_push = {
    .message = push_message, .error = push_error, .missing = "missing in the sequence of events"};
