/* judged: what analysis says, as the store keeps it and the report tells it.
 *
 * Uncertainty is part of the answer: OUTCOME_INCONCLUSIVE with the smallest change that would have
 * been seen is a value, not an error. What cannot be said is NAN.
 */
#ifndef SCHEMA_JUDGED_H
#define SCHEMA_JUDGED_H

#include "schema/budget.h"
#include "schema/metric.h"

#include <stddef.h>
#include <stdint.h>

enum outcome { OUTCOME_NONE, OUTCOME_SAME, OUTCOME_BETTER, OUTCOME_WORSE, OUTCOME_INCONCLUSIVE };
extern const char *const outcome_name[]; /* NULL, "same", "better", "worse", "inconclusive" */

/* The comparison of one metric on two sides. Changes are relative (0.05 = 5 % more) for log
 * metrics, in points (0.01 = 1 percentage point) for ratios and events per message for counts. */
struct comparison {
    enum outcome outcome; /* OUTCOME_NONE: nothing to compare */
    double before, after; /* levels: geometric means for log metrics */
    double change;
    double lo, hi;           /* interval of the change at 1 - alpha */
    double same_lo, same_hi; /* the 90 % interval "same" rests on */
    double p;                /* two-sided, bare */
    double p_gate;           /* the same for one of many: its level holds far out in the tail */
    double detectable;       /* smallest change these runs would show with 80 % power */
    int64_t more_runs; /* runs a side that would decide; 0: decided; -1: more runs would not */
    size_t before_runs, after_runs, before_sessions, after_sessions, history_sessions;
    size_t before_outliers, after_outliers; /* winsorised runs */
    double outliers_p;                      /* Fisher's exact test of their numbers */
};

/* One row of check, compare or ab. Strings belong to the row. */
struct judged {
    char *scenario, *environment;
    int64_t scenario_id, environment_id;
    enum metric_id metric;
    struct comparison comparison;
    struct budget budget; /* its limits; all NAN: none */
    double budget_value;  /* what they are held against: the after side's median run */
    enum budget_state budget_state;
    bool regression_broken; /* beyond the budget's regression, with the evidence */
    bool gates;             /* counts for the gate's verdict */
    char *note;             /* "not compared: ..."; NULL: none */
};

struct judged_list {
    struct judged *row;
    size_t count;
    enum outcome outcome; /* of the whole; OUTCOME_NONE: only budgets were judged */
    char *summary;        /* one sentence */
};
void judged_list_free(struct judged_list *l);

/* One series in commit order: (project, scenario row, branch, environment, metric). */
struct series_point {
    int64_t run_id, position, started_ms;
    double value;
    char *commit_sha, *session;
};

struct series {
    struct series_point *point;
    size_t count;
};
void series_free(struct series *s);

#endif
