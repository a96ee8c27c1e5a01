/* merge: what the two files of it share. */
#ifndef STORE_MERGE_H
#define STORE_MERGE_H

#include "store/rows.h"

/* Ids of the other file and what they are here, in ascending order. */
struct idpair {
    int64_t from, to;
};
struct idmap {
    struct idpair *pair;
    size_t count;
};
void idmap_add(struct idmap *map, int64_t from, int64_t to);
int64_t idmap_get(const struct idmap *map, int64_t from); /* 0: none */

enum { MERGE_CHILDREN = 4 };
struct merge {
    struct store *into, *from;
    struct idmap metrics, scenarios, environments, runs, changes;
    struct query find, insert, finish;
    struct query read[MERGE_CHILDREN], write[MERGE_CHILDREN];
    int64_t added;
};

/* ERR_STORE about the other file. Always returns false. */
bool merge_damaged(const struct merge *m, const char *what, struct err *e);

/* The runs of the other file and all that belongs to each (merge_run.c). */
#define MERGE_RUNS                                                                            \
    "SELECT id, uuid, scenario_id, environment_id, status, branch, commit_sha, commit_time, " \
    "dirty, pr, run_url, session, repeat, role, started_at, duration_s, reason, seed, "       \
    "tool_version, extra FROM run ORDER BY id"
bool merge_runs_open(struct merge *m, struct err *e);
void merge_runs_close(struct merge *m);
bool merge_run(struct merge *m, const struct query *q, struct err *e);

/* Change points and what people said of runs and of them, which decides on a change point's state
 * in the end (merge_changes.c). */
#define MERGE_CHANGES                                                                        \
    "SELECT id, scenario_id, environment_id, branch, metric_id, run_uuid, started_at, "      \
    "commit_sha, previous_sha, before_value, after_value, change, change_low, change_high, " \
    "p, state, found, analyzed_at FROM change_point ORDER BY id"
#define MERGE_ANNOTATIONS "SELECT uuid, run_id, change_id, created_at, state, note FROM annotation"
bool merge_change(struct merge *m, const struct query *q, struct err *e);
bool merge_annotation(struct merge *m, const struct query *q, struct err *e);
bool merge_states(struct merge *m, struct err *e);

#endif
