/* supervisor: one run as it goes on, from the side that starts, watches and judges it. runner.c
 * goes through its stages in order: open, prepare, start, look until it is over, finish, close.
 */
#ifndef RUNNER_SUPERVISOR_H
#define RUNNER_SUPERVISOR_H

#include "runner/crew.h"
#include "runner/detour.h"
#include "runner/runner.h"
#include "runner/sampler.h"
#include "runner/scrape.h"
#include "runner/tally.h"

enum { SUPERVISOR_POLLED = RUNNER_WORKERS_MAX + 4 };

struct supervisor {
    const struct job *job;
    struct result *result;
    struct crew crew;
    struct detour detour;
    struct sampler sampler;
    struct scrape scrape; /* where the job says so */
    struct tally tally;
    int64_t start_ns, begin_ns, end_ns, deadline_ns; /* begin to end is what is measured */
    int64_t sample_ns;                               /* when the next sample is due */
    int64_t stop_ns;    /* when the workers were told to stop; 0: not */
    int64_t over_ns;    /* when it was over; 0: not yet */
    bool interrupted;   /* by SIGINT or SIGTERM, before its end */
    struct err failure; /* why the run failed; kind ERR_NONE: it has not */
};

int64_t supervisor_clock_ns(void);

void supervisor_open(struct supervisor *s, const struct job *job);
/* Starts the processes that make the load, and takes the first sample. */
bool supervisor_prepare(struct supervisor *s, struct err *e);
/* Gives the order to start at start_ns, a little ahead. */
bool supervisor_start(struct supervisor *s, int64_t start_ns, struct err *e);
/* Takes what there is to take, and sees to all that can end the run. */
void supervisor_look(struct supervisor *s);
/* The run has failed: workers are told to stop by the next look. Only the first cause counts, what
 * follows from it is not news. */
void supervisor_fail(struct supervisor *s, const struct err *e);
/* Fills the result of a run that is over. */
void supervisor_finish(struct supervisor *s);
void supervisor_close(struct supervisor *s); /* also after a failure */

/* Fills SUPERVISOR_POLLED descriptors at most that are to be waited for. */
size_t supervisor_poll(const struct supervisor *s, struct pollfd *fds);

#endif
