/* cmd_measure: what ab and capacity do alike, which make many short runs for one answer. Belongs to
 * the doors. */
#ifndef ANALYZE_CMD_MEASURE_H
#define ANALYZE_CMD_MEASURE_H

#include "runner/runner.h"

/* One run, begun in the database, measured with a server of its own (by `command`; NULL: as the
 * command line says), and recorded, which is told. session_run() has filled *run. *alive (may be
 * NULL) is false where the server that was started had ended by itself. False: the database
 * failed. */
bool measure_run(const struct session *session, const struct scenario *scenario,
                 const char *command, const struct globals *g, const char *title, struct run *run,
                 struct result *result, bool *alive, struct err *e);

/* Makes what is measured shorter, to fit into `room_ns` with all that a run takes beside it, but
 * not below 5 s; a burst stays whole periods. Returns what the run takes then. */
int64_t measure_shorten(struct scenario *s, int64_t room_ns);
/* What a run takes: ramp, warm-up, what it measures, and to start and end the server. */
int64_t measure_run_ns(const struct scenario *s);

/* CLOCK_MONOTONIC */
int64_t clock_ns(void);

#endif
