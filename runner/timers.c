#include "runner/timers.h"

#include "schema/text.h"

#include <stdlib.h>

enum { BRANCHES = 4 };

void timers_free(struct timers *t)
{
    free(t->heap);
    *t = (struct timers){0};
}

static void slot_put(struct timers *t, uint32_t i, struct timer_slot slot)
{
    t->heap[i] = slot;
    slot.timer->place = i + 1;
}

static void sift_up(struct timers *t, uint32_t i, struct timer_slot slot)
{
    for (; i > 0; i = (i - 1) / BRANCHES) {
        struct timer_slot parent = t->heap[(i - 1) / BRANCHES];

        if (parent.at_ns <= slot.at_ns)
            break;
        slot_put(t, i, parent);
    }
    slot_put(t, i, slot);
}

static void sift_down(struct timers *t, uint32_t i, struct timer_slot slot)
{
    for (;;) {
        uint32_t first = i * BRANCHES + 1, best = first;

        if (first >= t->count)
            break;
        for (uint32_t c = first + 1; c < first + BRANCHES && c < t->count; c++)
            if (t->heap[c].at_ns < t->heap[best].at_ns)
                best = c;
        if (t->heap[best].at_ns >= slot.at_ns)
            break;
        slot_put(t, i, t->heap[best]);
        i = best;
    }
    slot_put(t, i, slot);
}

/* Puts a slot where there is a gap at i. */
static void slot_settle(struct timers *t, uint32_t i, struct timer_slot slot)
{
    if (i > 0 && t->heap[(i - 1) / BRANCHES].at_ns > slot.at_ns)
        sift_up(t, i, slot);
    else
        sift_down(t, i, slot);
}

static void slot_remove(struct timers *t, uint32_t i)
{
    t->heap[i].timer->place = 0;
    if (i < --t->count)
        slot_settle(t, i, t->heap[t->count]);
}

void timers_set(struct timers *t, struct timer *timer, int64_t at_ns)
{
    struct timer_slot slot = {at_ns, timer};

    if (at_ns == TIMER_NEVER) {
        if (timer->place > 0)
            slot_remove(t, timer->place - 1);
        return;
    }
    if (timer->place > 0) {
        slot_settle(t, timer->place - 1, slot);
        return;
    }
    if (t->count == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 64;
        t->heap = mem_grow(t->heap, t->capacity, sizeof *t->heap);
    }
    sift_up(t, t->count++, slot);
}

int64_t timers_when(const struct timers *t, const struct timer *timer)
{
    return timer->place ? t->heap[timer->place - 1].at_ns : TIMER_NEVER;
}

int64_t timers_next(const struct timers *t)
{
    return t->count > 0 ? t->heap[0].at_ns : TIMER_NEVER;
}

struct timer *timers_take(struct timers *t, int64_t now_ns)
{
    struct timer *timer;

    if (timers_next(t) > now_ns)
        return NULL;
    timer = t->heap[0].timer;
    slot_remove(t, 0);
    return timer;
}
