/* tally: puts what the workers measured into the record of the run.
 *
 * Frames are taken as they come, and what several workers tell of one thing becomes one: counts and
 * per-second series are added, histograms merged. Per-second series, their histograms and failures
 * go straight into the result; values are computed at the end, from the totals and the whole-run
 * histograms. Where a worker broke off there remain the seconds that were reported.
 */
#ifndef RUNNER_TALLY_H
#define RUNNER_TALLY_H

#include "runner/wire.h"
#include "schema/run.h"
#include "schema/scenario.h"

struct tally {
    struct result *result;        /* borrowed */
    struct tally_from {           /* of each worker */
        bool counted, done;       /* totals came; it said that this was all */
        struct progress progress; /* the latest */
    } * from;
    size_t workers;
    struct counts counts;          /* of those that came, added */
    struct hist whole[HIST_KINDS]; /* likewise */
};

void tally_open(struct tally *t, struct result *result, size_t workers);
void tally_close(struct tally *t);

/* Takes a frame of a worker (from 0) that tells a measurement; others are left alone. Fails with
 * ERR_MEASURE on one that is malformed, or that is the worker's word that it cannot go on. */
bool tally_take(struct tally *t, size_t worker, enum frame_type type, const void *body,
                size_t length, struct err *e);

/* The latest of all workers together; p95_ns is the mean of theirs, by messages matched. */
struct progress tally_progress(const struct tally *t);

/* Computes the values. `duration_s` of the measured part have passed; what the scenario does not ask
 * for has none. */
void tally_report(struct tally *t, double duration_s, const struct scenario *s);

/* The reason that most connections failed for, NULL where none did. */
const char *tally_connection_reason(const struct tally *t);

#endif
