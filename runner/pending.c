#include "runner/pending.h"

#include "schema/text.h"

#include <stdlib.h>

/* How many settled messages are remembered at least; and at most, where a lost one among them may
 * yet be answered. */
enum { REMEMBER_MIN = 8, REMEMBER_MAX = 1024 };

void pending_free(struct pending *p)
{
    free(p->ring);
    *p = (struct pending){0};
}

struct pending_message *pending_at(struct pending *p, uint64_t number)
{
    return &p->ring[number & (p->capacity - 1)];
}

static void pending_grow(struct pending *p)
{
    struct pending grown = *p;

    grown.capacity = p->capacity ? 2 * p->capacity : 2 * REMEMBER_MIN;
    grown.ring = mem_get(grown.capacity, sizeof *grown.ring);
    for (uint64_t n = p->first; n < p->end; n++)
        *pending_at(&grown, n) = *pending_at(p, n);
    free(p->ring);
    *p = grown;
}

static bool pending_forgettable(struct pending *p)
{
    uint64_t remembered = p->oldest - p->first;

    return remembered > REMEMBER_MAX ||
           (remembered > REMEMBER_MIN && pending_at(p, p->first)->state == PENDING_SETTLED);
}

uint64_t pending_put(struct pending *p, int64_t due_ns)
{
    if (p->end - p->first == p->capacity) {
        if (p->capacity > 0 && pending_forgettable(p))
            p->first++;
        else
            pending_grow(p);
    }
    *pending_at(p, p->end) = (struct pending_message){.due_ns = due_ns};
    return p->end++;
}

void pending_settle(struct pending *p, uint64_t number, enum pending_state state)
{
    pending_at(p, number)->state = state;
    while (p->oldest < p->end && pending_at(p, p->oldest)->state != PENDING_OPEN)
        p->oldest++;
}

bool pending_unsent(struct pending *p)
{
    if (p->unsent < p->oldest)
        p->unsent = p->oldest;
    return p->unsent < p->end;
}

/* The first message in [from, to) of this state and digest. */
static bool pending_find(struct pending *p, uint64_t from, uint64_t to, enum pending_state state,
                         uint64_t digest, uint64_t *number)
{
    for (*number = from; *number < to; ++*number) {
        const struct pending_message *m = pending_at(p, *number);

        if (m->digest == digest && m->state == state)
            return true;
    }
    return false;
}

enum pending_match pending_match(struct pending *p, uint64_t digest, uint64_t *number)
{
    if (pending_find(p, p->oldest, p->unsent, PENDING_OPEN, digest, number))
        return *number == p->oldest ? MATCH_OLDEST : MATCH_REORDERED;
    if (pending_find(p, p->first, p->oldest, PENDING_LOST, digest, number))
        return MATCH_LATE;
    if (pending_find(p, p->first, p->unsent, PENDING_SETTLED, digest, number))
        return MATCH_DUPLICATE;
    return MATCH_NONE;
}
