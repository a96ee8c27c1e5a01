/* tell: numbers and names as all documents show them. Not for other rooms. */
#ifndef REPORT_TELL_H
#define REPORT_TELL_H

#include "report/report.h"
#include "schema/change.h"
#include "schema/units.h"

/* "29.3 ms"; the same without its unit */
char *tell_value(char out[UNITS_TEXT_SIZE], enum metric_id metric, double value);
char *tell_number(char out[UNITS_TEXT_SIZE], enum metric_id metric, double value);

/* "2026-11-23 16:05" */
char *tell_time(char out[UNITS_TEXT_SIZE], int64_t unix_ms);

/* The first seven digits of a commit; "-" where there is none. */
char *tell_commit(char out[UNITS_TEXT_SIZE], const char *sha);

/* "1 run", "5 runs" */
char *tell_count(char out[UNITS_TEXT_SIZE], int64_t count, const char *noun);

/* The typical value of several runs and how far they are apart; false and NAN where none has one.
 * value[i] is run i's METRIC_COUNT values. */
struct tell_range {
    double median, least, most;
};
bool tell_range(const double *const *value, size_t count, enum metric_id metric,
                struct tell_range *out);

/* What the runs of one scenario on one machine measured, for the report. */
struct measured {
    const struct run_list *runs; /* newest first */
    const double *const *value;  /* METRIC_COUNT of each that counts: the ok ones, if any is */
    size_t values;
    const struct budget_list *budgets;
};
/* One sentence about them, and the tone of it. */
enum tone tell_measured_tone(const struct measured *m);
void tell_measured_say(struct doc *d, const struct measured *m);
/* Where they come from; their figures, beside the budgets. */
void tell_measured(struct doc *d, const struct measured *m);

/* A judgement in parts, for a report that puts charts between them: its sentence; whether row i is
 * the first of its scenario and environment; all that is said of these. */
void tell_judged_lead(struct doc *d, const struct judged_list *l);
bool tell_judged_starts(const struct judged_list *l, size_t i);
void tell_judged_group(struct doc *d, const struct judged_list *l, size_t first, bool heading);
void tell_remarks(struct doc *d, const struct judged *const *row, size_t count);

/* Latency and throughput of each second as lines of bars, where the run has them. */
void tell_seconds(struct doc *d, const struct result *result);

/* "main 9e01b4d" or "main, 12 commits", empty where nothing is known; and "5 runs of" that. A
 * branch of more columns than `most` (0: any) loses its middle. The caller frees them. */
char *tell_runs_origin(const struct run_list *runs, size_t most);
char *tell_runs_name(const struct run_list *runs, size_t most);
/* The branch alone, the same way, and `between` after it; empty where there is none. */
char *tell_branch(const char *branch, size_t most, const char *between);
/* What a trend's subtitle has room for. */
enum { TREND_BRANCH_MOST = 24 };

/* A change of level of one or several metrics at one run, the one that tells most first. */
struct told_finding {
    const struct change_point **point;
    size_t count;
    char *author, *subject; /* of the commit; NULL: not known */
};

/* One scenario on one machine and branch, told since a place in its history. */
struct told_course {
    char *name; /* as it is told: the scenario, with its branch where it has several */
    const struct run_list *runs; /* ok ones, in commit order */
    const double (*value)[METRIC_COUNT];
    size_t split;                 /* the first run after the place */
    size_t first, end;            /* its rows in the judgement; equal: nothing was judged */
    struct told_finding *finding; /* those after the place */
    size_t findings;
    bool moved; /* measured on another machine before */
};
struct told_since {
    const char *name;
    const char *commit_sha; /* NULL: a moment */
    int64_t time_ms;        /* INT64_MIN: not known */
    const struct told_course *course;
    size_t courses;
    const struct judged_list *list;
};
/* What has to be known first, for all of them; what changed, with whose commits; where one of them
 * comes from. The metric that stands for a course. */
void tell_since(struct doc *d, const struct told_since *t);
void tell_since_findings(struct doc *d, const struct told_since *t);
void tell_since_course(struct doc *d, const struct told_since *t, const struct told_course *c);
enum metric_id tell_since_metric(const struct told_since *t, const struct told_course *c);
bool tell_change_worse(const struct change_point *p);
/* Its points have one cause: what is expected or fixed in one of them is so in all. A false alarm is
 * that of its metric alone. */
enum change_state tell_finding_state(const struct told_finding *f);

/* Parts of JSON documents: the array of a judgement's rows, the object of a run. */
void tell_json_rows(const struct judged_list *list, struct text *out);
void tell_json_run(const struct run_json *run, struct text *out);

/* Where the smallest change that would have been seen is ten times the value, it says nothing. */
#define TELL_DETECTABLE_MOST 10

enum tone tell_status_tone(enum run_status status);
enum tone tell_outcome_tone(enum outcome outcome);
enum tone tell_budget_tone(enum budget_state state);

#endif
