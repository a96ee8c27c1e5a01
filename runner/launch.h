/* launch: starting and ending the servers that are measured: the built-in target in a process of
 * its own, or a command of the user's (--start-target, --before, --after).
 *
 * Between the supervisor and the target stands a guardian, a process that does only this: it keeps
 * the last lines of the target's output (which therefore never blocks), says when the target has
 * ended, and ends it. It is the subreaper of all that the target starts, and when the supervisor
 * dies, by kill -9 too, it ends all of that at once. The target has a process group of its own.
 * Not thread-safe; waits are ended early by interrupt.h.
 */
#ifndef RUNNER_LAUNCH_H
#define RUNNER_LAUNCH_H

#include "schema/command.h"
#include "schema/err.h"
#include "schema/scenario.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define LAUNCH_TIMEOUT_NS INT64_C(30000000000) /* default of --start-timeout */

struct launch_spec {
    const char *program;             /* call->program, executed again as `target` */
    const char *command;             /* run by `sh -c`; {port} is a free port; NULL: the built-in */
    struct arg_list options;         /* K=V for the built-in: what --target-option said */
    const struct scenario *scenario; /* its handshake tells when the command's server is ready */
    bool insecure;   /* do not verify its certificate */
    int64_t timeout_ns;
};

struct launch;

/* Starts the target and waits until it is ready: the built-in has said so, a command's server has
 * answered the scenario's handshake. ERR_MEASURE with the last lines of its output where it ended,
 * did not get ready in time, or SIGINT or SIGTERM came; ERR_USAGE for a bad option or url. Nothing
 * is left running after a failure. */
bool launch_start(struct launch **l, const struct launch_spec *spec, struct err *e);

/* Ends it: TERM to the group, after 5 s KILL to all there is. Returns when it is gone. NULL is
 * done. */
void launch_stop(struct launch *l);

int launch_port(const struct launch *l); /* what {port} stands for */
/* The process group to be observed, which is also the pid of its first process. */
pid_t launch_group(const struct launch *l);
/* Whose child is whatever of the target has gone to the background. */
pid_t launch_guardian(const struct launch *l);
/* Becomes readable when the target has ended; never read it. */
int launch_fd(const struct launch *l);
/* False when the target has ended: *e (ERR_MEASURE) says how, with the last lines of its output. */
bool launch_alive(struct launch *l, struct err *e);

/* Checks K=V of --target-option, without starting anything. */
bool launch_options(const struct arg_list *options, struct err *e);

/* text with every {port} replaced; the caller frees it. */
char *launch_fill(const char *text, int port);

#endif
