/* interrupt: SIGINT, SIGTERM and SIGHUP, so that a partial run is kept.
 *
 * The first signal is noted: whoever waits sees it by the descriptor, whoever works looks at it
 * between steps. A second one ends the process at once. Signals are one per process, so this is
 * the one thing here that has a state of its own.
 */
#ifndef RUNNER_INTERRUPT_H
#define RUNNER_INTERRUPT_H

#include "schema/err.h"

bool interrupt_start(struct err *e);
int interrupt_signal(void); /* the first signal, or 0: none so far */
int interrupt_fd(void);     /* becomes readable with the first signal; never read it */

#endif
