/* guardian: the process between the supervisor and a started target.
 *
 * It keeps the last of what the target writes, so that the target never blocks and nothing floods;
 * it adopts whatever the target leaves behind (it is its subreaper); and it ends all of that: by
 * TERM and later KILL when asked to, by KILL at once when the supervisor is gone. When no process
 * of the target is left it tells how that came and ends itself.
 */
#ifndef RUNNER_GUARDIAN_H
#define RUNNER_GUARDIAN_H

#include "schema/err.h"

#include <stdint.h>
#include <sys/types.h>

#define GUARDIAN_GRACE_NS INT64_C(5000000000) /* between TERM and KILL */

enum { GUARDIAN_TAIL = 4096 };

struct guardian {
    pid_t pid;   /* its own */
    pid_t group; /* the target's process group and first process */
    int fd;      /* to it; readable once the target has ended */
};

/* How the target ended, and the last it wrote. */
struct guardian_report {
    int status; /* of its first process, as of waitpid() */
    int length;
    char tail[GUARDIAN_TAIL];
};

/* Executes argv in a process group of its own, with no input, under a guardian. Where stdout_fd is
 * not negative it is the target's standard output; all else it writes goes to the guardian. */
bool guardian_start(struct guardian *g, char *const argv[], int stdout_fd, struct err *e);

/* Waits for the report, at most timeout_ns; false: none came. */
bool guardian_wait(struct guardian *g, int64_t timeout_ns, struct guardian_report *report);

/* Ends the target and the guardian; *report as above, where there was none before. */
void guardian_stop(struct guardian *g, struct guardian_report *report);

#endif
