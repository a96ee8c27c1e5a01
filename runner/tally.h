/* tally: puts what a worker measured into the record of the run.
 *
 * Frames are taken as they come; per-second series, histograms and failures go straight into the
 * result, values are computed at the end, from the totals and the whole-run histograms. Of a
 * worker that broke off there remain the seconds that it had reported.
 */
#ifndef RUNNER_TALLY_H
#define RUNNER_TALLY_H

#include "runner/wire.h"
#include "schema/run.h"

enum { TALLY_HISTS = HIST_LATENESS + 1 };

struct tally {
    struct result *result; /* borrowed */
    bool counted, done;    /* totals came; the worker said that this was all */
    struct counts counts;
    struct progress progress;       /* the latest */
    struct hist whole[TALLY_HISTS]; /* empty: did not come */
};

void tally_open(struct tally *t, struct result *result);
void tally_close(struct tally *t);

/* Takes a frame that tells a measurement; others are left alone. Fails with ERR_MEASURE on one
 * that is malformed, or that is the worker's word that it cannot go on. */
bool tally_take(struct tally *t, enum frame_type type, const void *body, size_t length,
                struct err *e);

/* Computes the values. `duration_s` of the measured part have passed; in a closed loop nothing is
 * offered, so that nothing of an offer can be missing. */
void tally_report(struct tally *t, double duration_s, bool closed_loop);

/* The reason that most connections failed for, NULL where none did. */
const char *tally_connection_reason(const struct tally *t);

#endif
