/* link: the supervisor's end of one helper: its process, and the socket to it.
 *
 * A helper is this program, executed anew as `worker` or `relay`, with the other end of the socket
 * as descriptor 3. It never outlives the supervisor: end of file on the socket ends it, and should
 * it hang, the kernel does as soon as its parent is gone.
 */
#ifndef RUNNER_LINK_H
#define RUNNER_LINK_H

#include "runner/wire.h"

#include <sys/types.h>

struct link {
    pid_t pid; /* 0: none */
    int fd;    /* non-blocking; -1: closed */
    struct wire wire;
};

bool link_start(struct link *l, const char *program, const char *command, struct err *e);

/* Ends the helper by KILL where it has not ended by itself within grace_ns, and waits for it.
 * *ending (the caller frees it) says in words how it ended, NULL where it did well. */
void link_stop(struct link *l, int64_t grace_ns, char **ending);

#endif
