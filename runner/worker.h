/* worker: one process of load: obeys the supervisor at the other end of a socket (wire.h). */
#ifndef RUNNER_WORKER_H
#define RUNNER_WORKER_H

#include "schema/err.h"

#include <stdbool.h>

/* Carries out what comes from `fd` until it is done. True: the supervisor was told everything, a
 * failure to start included. False: it could not be told, *e says what. */
bool worker_run(int fd, struct err *e);

#endif
