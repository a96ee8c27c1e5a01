/* timers: who wants to be called next. A 4-ary heap of timers that their owners embed; at most one
 * entry each. Times are nanoseconds of the monotonic clock. */
#ifndef RUNNER_TIMERS_H
#define RUNNER_TIMERS_H

#include <stddef.h>
#include <stdint.h>

#define TIMER_NEVER INT64_MAX

struct timer {
    uint32_t place; /* in the heap, from 1; 0: not set. Zero a new one. */
};

struct timers {
    struct timer_slot {
        int64_t at_ns;
        struct timer *timer;
    } * heap;
    uint32_t count, capacity;
};

void timers_free(struct timers *t);

/* Sets or moves a timer; TIMER_NEVER takes it out. */
void timers_set(struct timers *t, struct timer *timer, int64_t at_ns);

/* What a timer is set to; TIMER_NEVER when it is not. */
int64_t timers_when(const struct timers *t, const struct timer *timer);

/* When the next one is due; TIMER_NEVER when none is set. */
int64_t timers_next(const struct timers *t);

/* Takes out a timer that is due by now_ns, the earliest first; NULL when there is none. */
struct timer *timers_take(struct timers *t, int64_t now_ns);

#endif
