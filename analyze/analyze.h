/* analyze: judges runs. Pure functions over arrays: no files, clock, database or output; the same
 * input gives the same answer bit for bit. Only the doors (cmd_*.c) do more.
 *
 * Methods, formulas and sources are in analyze/README.md; each function names its own. Not a number
 * means "not there" on the way in and "cannot be said" on the way out.
 */
#ifndef ANALYZE_ANALYZE_H
#define ANALYZE_ANALYZE_H

#include "schema/err.h"
#include "schema/hist.h"
#include "schema/judged.h"
#include "schema/run.h"

#include <stdbool.h>
#include <stddef.h>

/* Runs of one side: one value a run. session[i] tells which runs ran together; NULL: all did. */
struct sample {
    const double *value;
    const int *session;
    size_t count;
};

struct ab_plan;

struct compare_options {
    double alpha;          /* 0.05 */
    double minimum_effect; /* d: smaller changes are never worse, 0.02 */
    double tolerance;      /* D: what must be ruled out to say "same", 0.05; 0.10 from p99 up */
    enum metric_better better;
    double gate_level; /* above 0: `detectable` and `more_runs` are those of one of many
                        * comparisons, found at this p_gate; more_runs then whatever the outcome */
    int look; /* of a judgement: the k-th time that these runs are judged while more are added; 0:
               * the only time */
    double same_level; /* of either test behind "same"; 0: 0.05 */
    bool rounded; /* values may come in steps, which are no sign of quiet where some are equal */
    const struct ab_plan *plan; /* of a judgement: what is compared is pairs; NULL: two sets */
};
extern const struct compare_options compare_defaults;

/* Compares two sides of a log metric. `history` holds earlier sessions (session numbers tell them
 * apart; count 0: none). Values that are not finite or not positive are left out; a side left
 * empty gives OUTCOME_NONE. */
void compare_log(const struct sample *before, const struct sample *after,
                 const struct sample *history, const struct compare_options *options,
                 struct comparison *out);

/* Runs of one side of a ratio or count metric: events[i] of trials[i], both at least 0. */
struct events {
    const double *event, *trial;
    const int *session; /* NULL: all ran together */
    size_t count;
};
/* Margins in points: 0.1 and 1 percentage point. */
extern const struct compare_options events_defaults;

/* Compares two sides of a metric that counts events: SCALE_RATIO where no run can have more events
 * than trials, SCALE_COUNT where it can. Runs without a finite number of events and at least one
 * trial are left out; a side left empty gives OUTCOME_NONE. Two sides without any event, or
 * with nothing else, are the same. */
void compare_events(const struct events *before, const struct events *after,
                    const struct events *history, enum metric_scale scale,
                    const struct compare_options *options, struct comparison *out);

/* Pairs of runs in one session, before and after in turn, looked at more than once: after 4, 6, ...
 * `pairs` of them, and where that leaves it open, on request, up to `beyond`. Pairs make blocks of
 * two, before first and after first. */
enum { AB_BLOCK = 2, AB_FIRST_LOOK = 4, AB_PAIRS_MAX = 400, AB_LOOKS_MAX = AB_PAIRS_MAX / 2 };
struct ab_plan {
    int64_t pairs, beyond;
    double alpha;
    double within;                  /* the share of alpha that is spent by the planned looks */
    double constant, same_constant; /* of O'Brien and Fleming's boundaries */
    double information[AB_LOOKS_MAX];
    size_t looks;
};
/* 4 <= pairs <= AB_PAIRS_MAX and even; beyond 0 or not above pairs: not wanted. */
void plan_make(struct ab_plan *plan, int64_t pairs, int64_t beyond, double alpha);
/* The number of pairs at the look that follows `pairs`; 0: there is none. */
int64_t plan_next(const struct ab_plan *plan, int64_t pairs);

/* One value of each pair's runs; before_first[i] tells which ran first. */
struct ab_pairs {
    const double *before, *after;
    const bool *before_first;
    size_t count;
};
/* Compares a log metric of pairs at a look of the plan; p, interval and outcome hold whatever is
 * looked at before and after. Pairs without two values above 0 are left out. The plan's alpha
 * holds, not that of the options. */
void compare_pairs(const struct ab_pairs *pairs, const struct ab_plan *plan,
                   const struct compare_options *options, struct comparison *out);
/* The same for metrics that count events; run i of a side is of pair i. */
void compare_pairs_events(const struct events *before, const struct events *after,
                          const struct ab_plan *plan, enum metric_scale scale,
                          const struct compare_options *options, struct comparison *out);

/* Whole distributions, one a run: its percentiles at shift_percentile[], all that is looked at. */
enum { SHIFT_POINTS = 22 };
extern const double shift_percentile[SHIFT_POINTS];
struct quantiles {
    double count; /* messages; 0: the run has none */
    double value[SHIFT_POINTS];
};
/* In units of the histogram times `unit`. */
void quantiles_get(const struct hist *h, double unit, struct quantiles *out);

struct quantile_sample {
    const struct quantiles *run;
    const int *session; /* as of a sample */
    size_t count;
};
/* Compares two sides percentile by percentile, and all of them together: by the largest studentised
 * difference. options->tolerance NAN: 5 %, and 10 % from p99 up. What *out names (scenario...) is
 * left to the caller; free by shift_free(). */
void compare_shift(const struct quantile_sample *before, const struct quantile_sample *after,
                   const struct quantile_sample *history, const struct compare_options *options,
                   struct shift *out);
/* The same for pairs, by options->plan; run i of a side is of pair i. */
void compare_shift_pairs(const struct quantiles *before, const struct quantiles *after,
                         const bool *before_first, size_t pairs,
                         const struct compare_options *options, struct shift *out);

/* The verdict that follows from the change and the margins where a difference was found or not: by
 * p <= alpha, or by a gate over many comparisons. */
enum outcome compare_outcome(const struct comparison *c, const struct compare_options *o,
                             bool found);

/* Many comparisons in one gate. Each belongs to a family, what one cause tends to move together;
 * any numbers will do. One p a family by Simes, Benjamini and Hochberg over families at the false
 * discovery rate q, Hochberg at the level `inside` within a family that is found. An item whose p
 * is not a number takes no part. */
struct gate_item {
    int family;
    double p;
    bool found; /* filled */
};
void gate_find(struct gate_item *item, size_t count, double q, double inside);

/* A judgement of runs: what check, compare and report say of them, told in rows and one sentence.
 * The doors fetch, one scenario on one machine at a time; judge_add() adds the rows of all metrics
 * that have a value on a side or a budget, judge_end() holds the gate over all rows and fills
 * outcome and summary. A side without runs is one of count 0: then only budgets are judged, by the
 * median of the ok runs after. options->tolerance NAN: each metric's own; margins in points are
 * those of events_defaults; options->better is not looked at. */
struct judge_runs {
    const struct run_list *runs;         /* of any status; only ok ones are compared */
    const double (*value)[METRIC_COUNT]; /* of each run; NAN: none */
    double connects;                     /* connections that each run tried; 0: not known */
};
struct judge_subject {
    struct judge_runs before, after, history;
    const bool *before_first; /* of pairs, where all runs are ok and run i of a side is of pair i */
    const struct budget_list *budgets;
};
void judge_add(struct judged_list *list, const struct judge_subject *subject,
               const struct compare_options *options);
void judge_end(struct judged_list *list, const struct compare_options *options);
/* Whether a first look at the same finished rows would have found what this later one leaves open.
 */
bool judge_held_back(const struct judged_list *list, const struct compare_options *options);
/* The row that the sentence of a list that is worse or better leads with; NULL: neither. Keeps
 * with it the place in history since which that is seen, and makes the sentence again with it. */
const struct judged *judge_leading(const struct judged_list *list);
void judge_say_since(struct judged_list *list, const struct compare_options *options,
                     const char *place);

/* The changes of level in a series of runs, in the order of their commits. Values that are not
 * finite are runs that are missing: they count for the index of a step, for nothing else.
 * SCALE_LOG: as logs, where all values are above 0, and changes as shares; else values and changes
 * as they are. The caller frees *out. */
void changes_find(const double *value, size_t count, enum metric_scale scale,
                  struct step_list *out);

/* How a series goes along x: the median slope of all pairs of points, and its interval at 95 % by
 * Kendall's variance, widened where the residuals are autocorrelated. x does not fall. NAN where
 * fewer than two points differ in x; the interval from 5 points on. At most SLOPE_POINTS points, or
 * the medians of as many parts, enter. Values that are not finite are left out. */
enum { SLOPE_POINTS = 400 };
struct slope {
    double slope, lo, hi; /* per unit of x */
    size_t count;         /* of the values that are there */
};
void slope_get(const double *x, const double *y, size_t count, struct slope *out);

/* What a stretch of runs without a change is like: its median, the distribution-free interval of
 * the median at 95 % or more (two order statistics; NAN below 6 values, where none reaches that),
 * and the 5th and 95th percentile, between which most runs are. Values that are not finite are
 * left out; without any everything is NAN. */
struct level {
    size_t count;
    double median, lo, hi, spread_lo, spread_hi;
};
void level_get(const double *value, size_t count, struct level *out);

/* The Universal Scalability Law: throughput(N) = gamma N / (1 + alpha (N - 1) + beta N (N - 1)), by
 * least squares within 0 <= alpha <= 1 and 0 <= beta. Gunther, Guerrilla Capacity Planning, 2007.
 */
struct usl {
    double gamma;                      /* throughput at load 1 */
    double alpha, beta;                /* contention, coherency */
    double peak_load, peak_throughput; /* NAN: none within twice the largest load measured */
    double limit;    /* gamma/alpha, what contention alone allows; NAN: no limit */
    bool bounded;    /* alpha or beta is at a bound */
    double r2;       /* share of the variance explained; NAN: nothing varies */
    double load_max; /* the largest load measured */
};
/* Loads have to be above 0, throughputs at least 0. ERR_USAGE for others and for fewer than 3
 * different loads. */
bool usl_fit(const double *load, const double *throughput, size_t count, struct usl *out,
             struct err *e);
/* NAN beyond twice the largest load measured: nothing is known there. */
double usl_throughput(const struct usl *u, double load);

/* The search for the largest load at which budgets hold: doubling until they break, then bisection,
 * both edges confirmed by more runs. The caller asks for the next load, makes a run at it, and adds
 * what came of it; the same answers lead to the same loads. */
enum load_answer {
    LOAD_HELD,   /* within all budgets */
    LOAD_BROKEN, /* beyond one */
    LOAD_UNMADE  /* the generator was not in time: says nothing of the target */
};
struct load_level {
    double load;
    int answers[LOAD_UNMADE + 1]; /* runs of each answer */
};
struct load_search {
    double from, most;        /* where it begins (at least `least`), where it ends */
    double least;             /* it does not go below */
    double precision;         /* the edges may differ by this share of the load */
    bool whole;               /* loads are whole numbers */
    int repeats;              /* runs that decide about an edge at most, by their majority */
    struct load_level *level; /* by load; free by load_search_free() */
    size_t levels;
};
/* The load to be measured next; 0: nothing is left to find out. */
double load_search_next(const struct load_search *s);
void load_search_add(struct load_search *s, double load, enum load_answer answer);
void load_search_free(struct load_search *s);

/* Where the search stands: the largest load that held below any that did not (NULL: none), and the
 * smallest that did not (NULL: none was found), which broke a budget or could not be made. */
struct load_edges {
    const struct load_level *held, *failed;
    bool unmade;
};
struct load_edges load_search_edges(const struct load_search *s);

/* For the doors of other rooms: the change points of a group of series as `changes` tells them,
 * with what people said of them, of one metric (-1: of all), from the first to the last. What the
 * database does not hold yet is looked for, and not kept. The caller frees *out. */
struct store;
struct series_group;
bool changes_recorded(struct store *s, const struct series_group *group, int metric,
                      struct change_point_list *out, struct err *e);

/* What recorded runs are compared with: store_select_before(), and where that is a window of which
 * the change points decide, these are first brought up to date in the database; a file that may not
 * be written gives what it holds. `across` tells whether it may have runs of other loads and
 * machines; NULL: no. */
struct globals;
struct across;
bool window_select(struct store *s, const struct globals *g, const char *selector,
                   const struct run_list *judged, const struct across *across, struct run_list *out,
                   struct err *e);

/* Brings the change points up to date that say where a baseline begins, if it is a window: for who
 * shows what is in it. */
bool window_refresh(struct store *s, const struct globals *g, const char *baseline, struct err *e);

/* Names in the sentence of a finished judgement the commits since which it is seen, where the
 * change points of the leading row's series tell: on the branch of the runs after, between both
 * sides. */
bool since_recorded(struct judged_list *list, struct store *s, const struct run_list *before,
                    const struct run_list *after, const struct compare_options *options,
                    struct err *e);

/* And how latency moved as a whole between recorded runs: of[0] before, of[1] after, of[2] earlier
 * ones. Nothing is added where a side has no histogram. */
bool shift_recorded(struct judged_list *list, struct store *store, const struct run_list *const *of,
                    const struct compare_options *options, struct err *e);

/* Growth of memory over a run: samples in the order of time, seconds of any origin. Samples that
 * are not finite are left out. The verdict is LEAK only where growth beyond the budget is certain,
 * steady and seen in the later part too; what might be warming up, a step or a slow wave is not. */
enum leak_verdict { LEAK_UNSURE, LEAK_NONE, LEAK_FOUND };
extern const char *const leak_verdict_name[]; /* "inconclusive", "no leak", "leak" */

enum leak_doubt {
    LEAK_CLEAR,   /* there is none: the verdict stands, or only the interval is too wide for one */
    LEAK_FEW,     /* fewer than 200 samples */
    LEAK_SHORT,   /* the memory moves too slowly for a run of this length */
    LEAK_SLOWING, /* it grew, but less and less, or not in the later part: warming up? */
    LEAK_STEP     /* it grew by one step, not steadily */
};
enum { LEAK_SAMPLES_MIN = 200 };
#define LEAK_BUDGET 1048576.0 /* growth per hour that is accepted where nothing else is said */

struct leak {
    enum leak_verdict verdict;
    enum leak_doubt doubt;
    double bytes_per_hour, lo, hi; /* growth after the warm-up, its interval at 95 %; NAN: none */
    size_t samples, blocks;        /* after the warm-up */
    double from_s, to_s;           /* the stretch that was looked at */
};
void leak_find(const double *seconds, const double *bytes, size_t count, double budget_per_hour,
               struct leak *out);
/* In words: "a leak"; ": memory grows by 30 MiB/h, 95 % interval 29 … 31 MiB/h; budget 1 MiB/h",
 * nothing where nothing is known; why there is no verdict and what would bring one. */
const char *leak_news(const struct leak *l);
void leak_figures(const struct leak *l, double budget_per_hour, struct text *out);
void leak_doubts(const struct leak *l, struct text *out);

/* The same of the target's memory by second, as a run has it. False, and *out left alone, where it
 * has none. For the doors of other rooms, too. */
struct result;
bool leak_recorded(const struct result *r, double budget_per_hour, struct leak *out);

#endif
