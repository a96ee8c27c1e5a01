/* record: what is known of a run when it starts, put together. */
#ifndef RUNNER_RECORD_H
#define RUNNER_RECORD_H

#include "runner/identity.h"
#include "schema/command.h"
#include "schema/run.h"
#include "schema/scenario.h"

struct record_facts {
    const struct identity *identity;
    const char *session, *environment; /* environment: given by name, or NULL */
    struct arg_list labels;            /* "K=V", checked */
    const char *target;                /* "built-in", "started", "observed", "elsewhere" */
    struct arg_list target_options;    /* of the built-in */
    int64_t workers;
};

/* ERR_USAGE for anything but "K=V" with a key. */
bool record_labels_check(const struct arg_list *labels, struct err *e);

/* Fills *r, with a new UUID and the present time. Free by run_free(). */
void record_make(struct run *r, const struct scenario *s, const struct record_facts *facts,
                 int64_t repeat, int64_t seed);

/* Adds a label; of two with one key the last one holds. */
void record_label(struct run *r, const char *key, const char *value);

/* Adds those of the command line. */
void record_labels_take(struct run *r, const struct arg_list *labels);
/* Copies what was measured into the run. */
void record_identity(struct run *r, const struct identity *id);

/* The row that the store would show of a run that went as `result` says. */
void record_row(struct run_row *row, const struct run *r, const struct result *result);

#endif
