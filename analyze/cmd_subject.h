/* cmd_subject: what check and compare fetch from the store to have it judged: one scenario on one
 * machine at a time, with the runs that it is compared with and the earlier sessions that know the
 * noise. Belongs to the doors. */
#ifndef ANALYZE_CMD_SUBJECT_H
#define ANALYZE_CMD_SUBJECT_H

#include "analyze/analyze.h"
#include "store/store.h"

/* Differences that a comparison may have because it was asked for. */
struct across {
    bool environment, scenario;
};
/* "environment,scenario"; NULL: none. */
bool across_parse(const char *list, struct across *out, struct err *e);

/* Runs of a list that belong together; rows are borrowed from it. */
struct part {
    struct run_list runs;
    double (*value)[METRIC_COUNT];
    double connects; /* that each run tried; 0: not known */
};

struct subject {
    struct part before, after, history;
    struct run_list earlier; /* owns the rows of history */
    struct budget_list budgets;
    bool other_environment, other_scenario; /* between before and after */
};
void subject_free(struct subject *s);

/* Fetches the runs of `judged` that are of the scenario and machine of its row `first`, and what is
 * comparable among `before` (count 0: nothing is). Fails with ERR_REFUSED where `before` has the
 * scenario, but as another load or on another machine, naming the difference; *s is then without
 * runs before, and good to judge budgets by. */
bool subject_get(struct subject *s, struct store *store, const struct run_list *judged,
                 size_t first, const struct run_list *before, const struct across *across,
                 struct err *e);

/* Why nothing is there to compare a run with, where the newest earlier run of its scenario's name
 * tells: "the last run of chat was of another load (clients: 100 and 50)". Adds nothing where there
 * is no such run. */
bool subject_stranger(struct store *store, const struct run_row *of, const char *branch,
                      struct text *out, struct err *e);

/* Whether two runs are of one scenario under another load or on another machine, and may be
 * compared all the same. */
bool subject_like(const struct run_row *a, const struct run_row *b, const struct across *across);

/* Whether row i is the first of its scenario and machine. */
bool subject_starts(const struct run_list *judged, size_t i);

/* The subject as the pure functions take it. */
struct judge_subject subject_judged(const struct subject *s);

/* Runs that are not ok: how many, and a sentence about them ("run 12 is overloaded: ..."). */
size_t runs_not_ok(const struct run_list *runs, struct text *out);

#endif
