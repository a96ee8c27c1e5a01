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

struct launch;

enum { RUNNER_WORKERS_MAX = 64 };

struct job {
    const char *title;               /* for the progress line: "hundred 2/5" */
    const struct scenario *scenario; /* options applied, checked */
    const char *url;                 /* resolved: no {port} left; ${env:...} still unfilled */
    struct launch *launch;           /* the target, where it was started here; NULL: elsewhere */
    int64_t observe_pid;             /* else the process to observe, 0: none */
    int64_t workers;                 /* 1 to RUNNER_WORKERS_MAX */
    int64_t seed;
    bool insecure;
    const char *program; /* to start workers with */
    const struct globals *globals;
};

/* Carries out the job. True: *result tells how it went, a run that failed or was interrupted
 * (interrupt.h) included. False: nothing could be started. */
bool runner_run(const struct job *job, struct result *result, struct err *e);

#endif
