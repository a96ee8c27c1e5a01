/* relay: the process that is the emulated network of a run.
 *
 * It listens on 127.0.0.1, where the workers connect in place of the target, makes a connection to
 * the target for each, and passes on what comes from either side when shape.h says that it has
 * arrived. Ends of streams and resets are passed on in their place, too. A side that does not read
 * is waited for, and RELAY_WINDOW bytes on their way (each way) make the other side wait. A target
 * that refuses a connection has it reset when it would have been open; why, is told to the
 * supervisor.
 *
 *   supervisor                              relay
 *   FRAME_SPEC (struct relay_spec) ------->
 *               <------- FRAME_READY (uint16_t port), or FRAME_ERROR (int32_t kind, sentence)
 *   FRAME_STOP  -------------------------->
 *               <------- FRAME_FAILURE  struct wire_failure + why the target was not reached
 *               <------- FRAME_HIST     of HIST_LATENESS: how much later than planned it passed on
 *               <------- FRAME_DONE
 */
#ifndef RUNNER_RELAY_H
#define RUNNER_RELAY_H

#include "schema/err.h"
#include "schema/scenario.h"
#include "schema/url.h"

#include <stdbool.h>
#include <stdint.h>

/* What Linux lets a connection have on its way when nobody asks for more is of this size. */
enum { RELAY_WINDOW = 256 << 10 };

struct relay_spec {
    struct network network;
    int64_t seed, clients; /* how many connections at a time, about */
    char host[URL_HOST_MAX + 1];
    uint16_t port;
};

/* Serves until told to stop by the supervisor on fd, or left by it. */
bool relay_run(int fd, struct err *e);

#endif
