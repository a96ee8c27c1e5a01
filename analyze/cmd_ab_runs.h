/* cmd_ab_runs: the pairs of runs that ab makes. Belongs to the doors. */
#ifndef ANALYZE_CMD_AB_RUNS_H
#define ANALYZE_CMD_AB_RUNS_H

#include "analyze/analyze.h"
#include "runner/runner.h"
#include "schema/run.h"

/* The good runs of one side: run i is of pair i. */
struct ab_side {
    struct run_list runs;
    double (*value)[METRIC_COUNT];
    struct quantiles *latency;
};

struct ab_runs {
    struct session_args args;
    struct scenario scenario;
    struct session *session;
    const struct globals *globals;
    const char *command[2]; /* before, after */
    const char *before_commit;
    struct ab_side before, after;
    bool *before_first; /* of each pair */
    size_t pairs;
    int64_t deadline_ns;                 /* after it nothing is tried again */
    int64_t scenario_id, environment_id; /* of the runs; 0: none is recorded */
};

/* Makes one more pair, again where the generator was overloaded. Every run is recorded. False where
 * there is none: the database failed, a server did, the generator is never in time, or it was
 * interrupted (then without a sentence). */
bool ab_runs_pair(struct ab_runs *r, struct err *e);
void ab_runs_free(struct ab_runs *r);

#endif
