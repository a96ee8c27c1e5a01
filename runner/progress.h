/* progress: the one line on a terminal that tells how a run goes; it is gone when the run ends. */
#ifndef RUNNER_PROGRESS_H
#define RUNNER_PROGRESS_H

#include "schema/command.h"
#include "schema/text.h"

#include <stdbool.h>
#include <stdint.h>

struct progress_view {
    const char *title; /* "hundred 2/5" */
    double elapsed_s, total_s;
    int64_t open;   /* connections */
    double rate;    /* messages per second; NAN: not known yet */
    int64_t p95_ns; /* 0: not known yet */
    int64_t errors;
};

/* True where a line is wanted: stderr is a terminal that can clear a line, and not --quiet. */
bool progress_wanted(const struct globals *g);
/* Writes the line anew, as wide as the terminal is now. */
void progress_draw(const struct progress_view *v);
void progress_clear(void);

/* The line itself, at most `width` columns: where there is little room the bar goes, then the
 * title's end. */
void progress_line(const struct progress_view *v, int width, struct text *out);

#endif
