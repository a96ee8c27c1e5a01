/* recovery: how long latency takes to get back to what it was, after a storm of reconnects or a
 * burst. Pure.
 *
 * It is looked at by whole seconds of the measured part, each with the messages due in it. A
 * second's p95 is over all of them: those that failed count as slower than any that were answered,
 * or an outage would look like a fast second. Back is the first second whose p95 is at most 1.1
 * times that of before:
 *
 *   storm   before: the whole seconds before it, together. The value: from the storm to the end of the
 *           first such second that starts after it.
 *   burst   before: the last whole second of the low half before it. The value: from the end of the
 *           high half to the end of the first such second in the low half that follows; of several
 *           bursts the longest. The first half of the measured part is a burst without a before.
 *
 * Where no second is back: the time until the next burst or the end of the measured part, of which
 * the truth is not less. NAN: there was no storm or burst, or no whole second to look at.
 */
#ifndef RUNNER_RECOVERY_H
#define RUNNER_RECOVERY_H

#include "schema/run.h"
#include "schema/scenario.h"

/* Nanoseconds, out of the seconds (throughput.sent, errors.count, histograms of latency) of r. */
double recovery_ns(const struct scenario *s, const struct result *r, double duration_s);

#endif
