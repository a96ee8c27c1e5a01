/* run: what the runner hands to the store, and what the store knows of a run.
 *
 * A run has two parts in time: struct run is known when it starts and is written at once
 * (`running`); struct result is written in one transaction when it ends.
 */
#ifndef SCHEMA_RUN_H
#define SCHEMA_RUN_H

#include "schema/budget.h"
#include "schema/commit.h"
#include "schema/metric.h"
#include "schema/sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UUID_SIZE = 37 };

enum run_status { RUN_RUNNING, RUN_OK, RUN_OVERLOADED, RUN_INTERRUPTED, RUN_FAILED };
extern const char *const run_status_name[]; /* "running", "ok", ... */

/* The machine that measured. `key` is made of what is keyed, or is the name given by
 * --environment; the rest is kept and shown. Strings belong to the struct. */
struct environment {
    char *key;  /* "x86_64, AMD EPYC 7B13, 2 cores, 24 GiB, Debian 12, kvm" */
    char *name; /* given by --environment, else NULL */
    char *architecture, *cpu_model, *os, *container;
    int64_t cores,
        memory_bytes; /* memory_bytes as its class: rounded to a power of 2 or 3/2 of one */
    char *kernel, *libraries, *governor;
};
void environment_free(struct environment *env);

struct label {
    char *key, *value;
};

struct run {
    char uuid[UUID_SIZE];                              /* version 7 */
    char *project, *branch, *commit_sha, *commit_time; /* NULL: not known */
    char *commit_author, *commit_subject, *commit_parent;
    int64_t commit_position;     /* number of commits before it in its history; -1: not known */
    struct tag_list commit_tags; /* those that name it */
    bool dirty;
    char *pr, *run_url, *session;
    int64_t repeat;     /* from 1 */
    char *role;         /* NULL, or "before"/"after" of an ab */
    int64_t started_ms; /* since 1970, UTC */
    int64_t seed;
    char *tool_version;
    char *scenario, *workload, *definition; /* name, hex SHA-256, JSON without secrets */
    struct environment environment;
    struct label *labels;
    size_t labels_count;
    struct budget_list budgets; /* those this run is judged by */
    char *extra;                /* a JSON object, or NULL */
    int64_t id;                 /* filled by the store */
};
void run_free(struct run *r);

enum failure_kind { FAILURE_CONNECTION, FAILURE_MESSAGE };
extern const char *const failure_kind_name[]; /* "connection", "message" */

struct failure {
    enum failure_kind kind;
    char *reason;
    int64_t count;
};

struct point { /* of a per-second series */
    enum metric_id metric;
    int32_t second; /* of the measured part, from 0 */
    double value;
};

struct histogram {         /* as it is stored */
    enum metric_id metric; /* a distribution */
    int32_t second;        /* -1: the whole run */
    int64_t count;
    double min, max, mean; /* in the metric's unit */
    void *hdr;             /* hist_encode() */
    size_t hdr_length;
};

struct result {
    enum run_status status;
    char *reason;               /* NULL where status is ok */
    double duration_s;          /* of the measured part, as far as it went */
    double value[METRIC_COUNT]; /* NAN: no row */
    struct point *points;
    size_t points_count;
    struct histogram *histograms;
    size_t histograms_count;
    struct failure *failures;
    size_t failures_count;
    char *extra;          /* a JSON object that replaces the run's, or NULL */
    int64_t uncompressed; /* connections that asked for compression and got none */
    char *unobserved;     /* why the target's own figures are missing where they were asked for, or
                           * NULL; told, not kept */
};
void result_init(struct result *r); /* every value NAN */
void result_free(struct result *r);
void result_add_point(struct result *r, enum metric_id metric, int32_t second, double value);
void result_add_failure(struct result *r, enum failure_kind kind, const char *reason,
                        int64_t count); /* adds to an equal one */

/* A recorded run without its values, as selections and listings give it. */
struct run_row {
    int64_t id, scenario_id, environment_id;
    char uuid[UUID_SIZE];
    char *project, *scenario, *workload, *environment, *branch, *commit_sha, *session, *reason;
    int64_t position;  /* of the commit; -1: not known */
    int64_t commit_ms; /* when the commit was made; -1: not known */
    int64_t repeat, started_ms;
    enum run_status status;
};

struct run_list {
    struct run_row *row;
    size_t count;
};
void run_list_free(struct run_list *l);
void run_list_drop(struct run_list *l, size_t i); /* the rest keeps its order */

#endif
