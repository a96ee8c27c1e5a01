/* judged: what analysis says, as the store keeps it and the report tells it.
 *
 * Uncertainty is part of the answer: OUTCOME_INCONCLUSIVE with the smallest change that would have
 * been seen is a value, not an error. What cannot be said is NAN.
 */
#ifndef SCHEMA_JUDGED_H
#define SCHEMA_JUDGED_H

#include "schema/budget.h"
#include "schema/metric.h"
#include "schema/run.h"
#include "schema/text.h"

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
    size_t pair_outliers;                   /* of pairs: winsorised ones */
    bool paired;                            /* the runs are the pairs of an ab */
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
    char *since;            /* the place in history since which it is seen; NULL: not known */
};

/* How a whole distribution moved between two sides: one point for each percentile, from low to
 * high. The runs' own percentiles are compared, never those of pooled messages, which are no
 * replicates; levels are geometric means over runs, in the metric's unit. */
struct shift_point {
    double percentile;    /* 0..100 */
    double before, after; /* ms for latency */
    double change;        /* a share, as of a log metric */
    double lo, hi;        /* its interval; NAN: cannot be said */
    bool tested;          /* false: some run has fewer than 10 messages expected beyond it */
    bool found;           /* differs, whatever the other percentiles do */
};

enum shift_test {
    SHIFT_POINTWISE,  /* not tested: each interval holds by itself, not all of them together */
    SHIFT_PARAMETRIC, /* the largest studentised difference, by Student's t */
    SHIFT_PERMUTATION /* the same among the ways to deal the runs out to the sides */
};
extern const char *const shift_test_name[]; /* "pointwise", "parametric", "permutation" */

struct shift {
    char *scenario, *environment;
    int64_t scenario_id, environment_id;
    enum metric_id metric; /* a distribution */
    struct shift_point *point;
    size_t count;
    size_t most;          /* the point that the outcome speaks of: the largest difference */
    enum outcome outcome; /* OUTCOME_NONE: nothing to compare */
    enum shift_test test; /* other than SHIFT_POINTWISE: all intervals hold together */
    double p;             /* that nothing moved; NAN: not tested */
    double detectable;    /* the smallest change at `most` that would be seen with 80 % power */
    size_t before_runs, after_runs;
};
void shift_free(struct shift *s);

struct judged_list {
    struct judged *row;
    size_t count;
    struct shift *shift; /* one for each scenario and environment that has histograms */
    size_t shifts;
    enum outcome outcome; /* of the whole; OUTCOME_NONE: only budgets were judged */
    char *summary;        /* one sentence */
    size_t runs, unfit;   /* that were judged, and those of them that are not ok: they never pass */
    bool refused;         /* some comparison that was asked for was not made */
};
void judged_list_free(struct judged_list *l);

/* The runs that some series share, in commit order: those of a project, scenario row, branch and
 * environment. */
struct series_run {
    int64_t id, position, started_ms;
    char *commit_sha, *session;
    char uuid[UUID_SIZE];
    bool first;  /* of its session and commit, as series_fold() found them */
    size_t next; /* the next run of the same; 0: there is none */
};
struct series_runs {
    struct series_run *run;
    double (*value)[METRIC_COUNT]; /* NAN: a run without it */
    size_t count;
};
void series_runs_free(struct series_runs *r);
/* Finds the runs of each session and commit, which are not independent of one another. */
void series_fold(struct series_runs *r);

/* One series: a metric of the runs that have it. */
struct series_point {
    const struct series_run *run; /* borrowed */
    double value;
    size_t runs; /* that the value stands for */
};
struct series {
    struct series_point *point;
    size_t count;
};
/* A point for each run. */
void series_get(const struct series_runs *r, enum metric_id metric, struct series *out);
/* A point for each session and commit, after series_fold(): the median of its runs, the first of
 * them giving the rest. */
void series_get_folded(const struct series_runs *r, enum metric_id metric, struct series *out);
void series_free(struct series *s);

/* One change of level in a series, found by changes_find() (analyze/). */
struct step {
    size_t index;         /* of the first point of the new level */
    double before, after; /* the levels on its two sides */
    double change;        /* relative, 0.05 = 5 % more; in points for ratio and count metrics */
    double lo, hi;        /* its interval at 95 % */
    double p;             /* two-sided, as if the place had been known */
};
struct step_list {
    struct step *step; /* by index */
    size_t count;
};
void step_list_free(struct step_list *l);
/* Adds what is known of it besides its place, as members of a JSON object, each behind a comma. */
void step_add_json(const struct step *s, struct text *out);

enum change_state {
    CHANGE_NEW,       /* found in the newest runs */
    CHANGE_CONFIRMED, /* two more runs agree */
    CHANGE_EXPECTED,  /* these three are said by people: it was meant, */
    CHANGE_FIXED,     /* it was a regression and is mended since, */
    CHANGE_FALSE_ALARM
};
extern const char *const change_state_name[]; /* "new", "confirmed", "expected", ... */

/* A change point as it is stored. Strings belong to it. */
struct change_point {
    int64_t id; /* what `annotate change ID` takes; 0: not stored */
    int64_t scenario_id, environment_id;
    enum metric_id metric;
    char *scenario, *environment;
    char *branch;             /* NULL: of runs without one */
    char run_uuid[UUID_SIZE]; /* the first run of the new level */
    int64_t started_ms;       /* its start */
    int64_t position;         /* its commit's; -1: not known */
    char *commit_sha;         /* its commit */
    char *previous_sha;       /* the last one that was measured before; both NULL: not known */
    struct step step;         /* its index counts only where the series is at hand */
    enum change_state state;
    bool found; /* false: no longer; kept for what people said of it */
    char *note; /* the newest one, or NULL */
};
struct change_point_list {
    struct change_point *point;
    size_t count;
};
void change_point_list_free(struct change_point_list *l);

#endif
