#include "analyze/cmd_measure.h"

#include "schema/units.h"
#include "store/store.h"

#include <stdio.h>
#include <time.h>

int64_t clock_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

bool measure_run(const struct session *session, const struct scenario *scenario,
                 const char *command, const struct globals *g, const char *title, struct run *run,
                 struct result *result, bool *alive, struct err *e)
{
    bool lives;

    if (!store_begin_at(g->db, g->wait.ns, run, e))
        return false;
    lives = session_carry_out(session, command,
                              &(struct session_part){scenario, run, title, result}, 1);
    if (alive)
        *alive = lives;
    if (!store_finish_at(g->db, g->wait.ns, run, result, e))
        return false;
    fprintf(stderr, "recorded %s\n", run->uuid);
    return true;
}

static int64_t extra_ns(const struct scenario *s)
{
    return s->ramp_ns + s->warmup_ns + 3 * NS_PER_S / 2;
}

/* A burst is whole periods of high and low. */
static int64_t duration_whole(const struct scenario *s, int64_t duration_ns)
{
    if (s->rate.pattern != RATE_BURST || duration_ns >= s->duration_ns)
        return duration_ns;
    return duration_ns < s->rate.period_ns ? s->rate.period_ns
                                           : duration_ns / s->rate.period_ns * s->rate.period_ns;
}

int64_t measure_shorten(struct scenario *s, int64_t room_ns)
{
    const int64_t least_ns = 5 * NS_PER_S;
    int64_t left_ns = room_ns - extra_ns(s);

    if (left_ns < s->duration_ns && s->duration_ns > least_ns)
        s->duration_ns = duration_whole(s, left_ns > least_ns ? left_ns : least_ns);
    return measure_run_ns(s);
}

int64_t measure_run_ns(const struct scenario *s)
{
    return s->duration_ns + extra_ns(s);
}
