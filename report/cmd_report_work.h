/* What the parts of the report's door share. */
#ifndef REPORT_CMD_REPORT_WORK_H
#define REPORT_CMD_REPORT_WORK_H

#include "report/cmd_report_charts.h"

/* One report in the making. */
struct work {
    const struct globals *globals;
    struct store *store;
    struct doc doc;
    struct chart_folder charts;
    const char *kind; /* of the JSON document */
    struct text json; /* its members beyond those that all have, each behind a comma */
};

/* A selection by itself; what came after against what was before. */
bool measured_report(struct work *w, char *const *selector, struct err *e);
bool compared_report(struct work *w, char *const *before, char *const *after, struct err *e);
/* What changed since a commit, a date or a tag. */
bool since_report(struct work *w, const char *since, struct err *e);

/* Connections that each run like this one tried, as its scenario says; 0: not known. */
bool run_connects(struct store *s, int64_t run_id, double *connects, struct err *e);
/* Verdict and rows of a judgement as members of the JSON document. */
void judged_json(struct work *w, const struct judged_list *list);

/* Whether run i is the newest of its scenario and machine; how many of those there are. */
bool group_starts(const struct run_list *runs, size_t i);
size_t groups_count(const struct run_list *runs);

/* Those of the list that ran what `of` ran, where it ran. Rows are borrowed: the caller frees .row
 * alone. */
struct run_list runs_like(const struct run_list *all, const struct run_row *of);

#endif
