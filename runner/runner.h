/* runner: makes runs. Carries out one scenario against a target, by worker processes, and hands
 * back the record of it. It does not know the database or the statistics.
 *
 * The supervisor (this side) starts workers and targets by fork and exec, samples the target and
 * the host, shows progress and merges what the workers measured (wire.h). Times are int64_t
 * nanoseconds of CLOCK_MONOTONIC.
 */
#ifndef RUNNER_RUNNER_H
#define RUNNER_RUNNER_H

#include "schema/command.h"
#include "schema/run.h"
#include "schema/scenario.h"

#include <stdbool.h>
#include <stdint.h>

struct job {
    const struct scenario *scenario; /* options applied, checked */
    const char *url;                 /* resolved: no {port} left; ${env:...} still unfilled */
    int64_t observe_pid;             /* the target's process (its whole group if observe_group) */
    bool observe_group;
    int64_t workers;
    int64_t seed;
    bool insecure;
    const char *program; /* to start workers with */
    const struct globals *globals;
};

/* Carries out the job. True: *result tells how it went, a run that failed or was interrupted
 * included. False: nothing could be started. After a signal, *signal_number is 2 or 15. */
bool runner_run(const struct job *job, struct result *result, int *signal_number, struct err *e);

#endif
