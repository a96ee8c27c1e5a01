/* store: keeps runs, in one SQLite file.
 *
 * It opens, migrates, writes and finds; it does not judge (analyze/) and does not tell (report/).
 * The tables are schema/sql/, explained there; a database that comes from a stranger is opened
 * defensively. A reading handle never creates or changes the file. Every writing function is one
 * transaction: done and safe on disk, or nothing changed. Failures are ERR_STORE, except where
 * said. Handles are not shared between threads. Lists and structs filled here belong to the caller
 * and are freed by their own *_free().
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "schema/commit.h"
#include "schema/diagnosis.h"
#include "schema/err.h"
#include "schema/hist.h"
#include "schema/judged.h"
#include "schema/run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

enum store_mode {
    STORE_READ,   /* ERR_STORE when the file is missing, foreign, newer or damaged */
    STORE_UPDATE, /* writes and migrates, but the file has to be there */
    STORE_WRITE,  /* creates it, too */
};

bool store_open(struct store **s, const char *path, enum store_mode mode, int64_t wait_ns,
                struct err *e);
void store_close(struct store *s); /* NULL is done */

/* Writing a run: begin() writes it as `running` and fills run->id; finish() writes all of its
 * results. A run that is begun and never finished is seen as such. */
bool store_begin(struct store *s, struct run *run, struct err *e);
bool store_finish(struct store *s, const struct run *run, const struct result *result,
                  struct err *e);

/* Writes finished runs in one transaction, leaving out those whose UUIDs are there already; *added
 * is the number of the others. */
struct store_finished {
    const struct run *run;
    const struct result *result;
};
bool store_add(struct store *s, const struct store_finished *list, size_t count, int64_t *added,
               struct err *e);

/* Saves a finished run beside `path`, as PATH.UUID.pending, a database of its own. The caller
 * frees *file. */
bool store_pending(const char *path, struct run *run, const struct result *result, char **file,
                   struct err *e);

/* begin() and finish() for one who must not hold the database open in between, as while processes
 * are started: each opens the file, creating it, and closes it again. A finished run is not lost:
 * where the database does not take it, it is saved beside it or in $TMPDIR, and *e says where. */
bool store_begin_at(const char *path, int64_t wait_ns, struct run *run, struct err *e);
bool store_finish_at(const char *path, int64_t wait_ns, struct run *run,
                     const struct result *result, struct err *e);

/* Whether the path is that of the store's own file, under whatever name. */
bool store_is(const struct store *s, const char *path);

/* Takes all runs of another database (a .pending file too) into this one, by UUID; idempotent.
 * *added is the number of new runs. */
bool store_merge(struct store *s, const char *path, int64_t *added, struct err *e);

/* The runs that any of the selectors names (CONTRACT section 1), newest first, each once, of any
 * status. No run at all is ERR_USAGE naming the selector; so is a baseline that does not exist. */
bool store_select(struct store *s, char *const *selectors, size_t count, struct run_list *out,
                  struct err *e);
/* Leaves out what is no measurement of what was asked about, unless all are such: the probes of
 * `capacity`, which go beyond a limit by design, and the side of an `ab` that was before, which is
 * another server's. For who judges or sums up a selection. */
bool store_leave_roles(struct store *s, struct run_list *runs, struct err *e);

/* The same of one selector, for what `judged` is compared with: a baseline as seen from there, and
 * none of the judged runs themselves, unless there are no others. */
bool store_select_before(struct store *s, const char *selector, const struct run_list *judged,
                         struct run_list *out, struct err *e);
/* The one run meant: the last one of what the selector names. */
bool store_select_one(struct store *s, const char *selector, struct run_row *out, struct err *e);

/* Looks whether the file is whole, and what lies beside it; a file that is not there is no fault.
 * ERR_STORE where it cannot be read. */
bool store_doctor(const char *path, int64_t wait_ns, struct diagnoses *out, struct err *e);

/* Retention. Runs of a baseline, runs and changes that people wrote about, and runs that are not
 * over stay, but for those that are named; a named run of a baseline is ERR_USAGE, and nothing is
 * pruned. */
struct prune {
    const struct run_list *runs; /* these go; NULL: none is named */
    int64_t keep;                /* of each series the newest so many ok runs, and as many others,
                                  * stay; -1: all */
    int64_t seconds_before_ms;   /* of runs that started before, what is kept by the second goes;
                                  * -1: of none */
    bool dry;                    /* only say what would be done */
};
struct pruned {
    int64_t runs, seconds, left; /* runs and values by the second that went; runs that stay */
    int64_t bytes;               /* by which the file became smaller */
};
bool store_prune(struct store *s, const struct prune *p, struct pruned *out, struct err *e);

/* Writes a small copy of the database `from` to the new file `to`, whole or not at all: all of it,
 * or these runs (NULL: all) with what belongs to them, with or without what is kept by the second.
 * The database may be in use meanwhile. */
bool store_pack(const char *from, const char *to, const struct run_list *runs, bool seconds,
                int64_t *bytes, struct err *e);

struct run_filter {                                          /* NULL, 0, -1: any */
    const char *scenario, *branch, *commit, *status, *label; /* label: "K=V" */
    int64_t since_ms, limit;
};
bool store_list(struct store *s, const struct run_filter *f, struct run_list *out, struct err *e);
/* The newest ok run of each scenario row, branch and environment, newest first. */
bool store_latest(struct store *s, struct run_list *out, struct err *e);

/* One metric of the runs of a list: value[i] belongs to runs->row[i], NAN where there is none. */
bool store_values(struct store *s, const struct run_list *runs, enum metric_id metric,
                  double *value, struct err *e);
/* All metrics of each run: value[i * METRIC_COUNT + metric]. */
bool store_values_all(struct store *s, const struct run_list *runs, double *value, struct err *e);
/* All of a run. */
bool store_run(struct store *s, int64_t run_id, struct run *run, struct err *e);
bool store_result(struct store *s, int64_t run_id, struct result *result, struct err *e);
/* The runs' histograms of a distribution for the whole run, merged into *h (opened by the caller).
 * Runs without one add nothing. */
bool store_histogram(struct store *s, const struct run_list *runs, enum metric_id metric,
                     struct hist *h, struct err *e);

/* Earlier sessions of the scenario row and environment of `of` on `branch` (NULL: any), the last
 * `sessions` of them (STORE_SESSIONS_MAX at most) whose runs all started before `before_ms`: their
 * ok runs, newest first. No session that has a run of `except` (NULL: none) is among them, and no
 * run of an ab. */
enum { STORE_SESSIONS_MAX = 10000 };
bool store_history(struct store *s, const struct run_row *of, const char *branch, int64_t before_ms,
                   int64_t sessions, const struct run_list *except, struct run_list *out,
                   struct err *e);

/* The runs of the series that `of` belongs to, with all their values: its last `limit` ok ones. */
bool store_series(struct store *s, const struct run_row *of, size_t limit, struct series_runs *out,
                  struct err *e);

/* The series of all metrics that share scenario row, environment and branch. */
struct series_group {
    struct run_row newest; /* its last ok run; of->branch NULL: runs without one */
    char *runs;            /* what tells its runs, in their order, from others */
    int64_t points;        /* sessions and commits, each of which is one point */
    bool ordered;          /* by the history of git; else by the times of commits */
    bool analyzed;         /* store_put_changes() has been given these runs */
};
struct series_group_list {
    struct series_group *group;
    size_t count;
};
/* Those with an ok run, by scenario, branch and environment. NULL: any. */
bool store_series_groups(struct store *s, const char *scenario, const char *branch,
                         struct series_group_list *out, struct err *e);
void series_group_list_free(struct series_group_list *l);

/* Change points. put() takes all those of a group: each point with an id takes the place of that
 * row, one without makes a new one, and rows that are not named go, or stay as no longer found
 * where people have said something of them. States that people gave stay. */
bool store_put_changes(struct store *s, const struct series_group *group,
                       const struct change_point_list *points, struct err *e);
struct change_filter { /* NULL, 0, -1: any */
    const char *scenario, *branch;
    int64_t scenario_id, environment_id, id;
    int metric;
    bool without_branch; /* only of runs without one */
};
/* By scenario, branch, environment, then from the first to the last. */
bool store_changes(struct store *s, const struct change_filter *f, struct change_point_list *out,
                   struct err *e);

/* Tags, by name. */
bool store_tags(struct store *s, struct tag_list *out, struct err *e);

/* The commits that runs were measured of, as they were named; the caller frees each and the list.
 */
bool store_measured(struct store *s, char ***sha, size_t *count, struct err *e);
/* Keeps what git tells of commits and tags; what it does not tell (a position, in a shallow clone)
 * stays as it was. *changed is the number of those that were new or otherwise before. */
bool store_put_commits(struct store *s, const struct commit_list *commits,
                       const struct tag_list *tags, int64_t *changed, struct err *e);

/* The commits after one commit up to another, as far as the database knows them. */
struct commit_range {
    int64_t commits; /* -1: not known */
    char *middle;    /* half of them lie before it; NULL: not known, or there is one at most */
};
bool store_commits(struct store *s, const char *after, const char *up_to, struct commit_range *out,
                   struct err *e);

/* A place in history: a commit, or a moment. ERR_USAGE for what is neither a tag, a commit nor a
 * date. A run is held by it that was measured of this commit or before. */
struct since {
    char *name;        /* as it was asked for */
    char *commit_sha;  /* NULL: a moment */
    int64_t position;  /* of the commit; -1: not known */
    int64_t commit_ms; /* when the commit was made; -1: not known */
    int64_t time_ms;   /* the moment; of a commit, its first run, else when it was made */
};
bool store_since(struct store *s, const char *word, struct since *out, struct err *e);
bool since_holds(const struct since *since, const struct run_row *run);
void since_free(struct since *since);

/* The runs of all series of a group, as of store_series(): the last `limit`, in commit order. */
bool store_group_runs(struct store *s, const struct run_row *of, int64_t limit,
                      struct run_list *out, struct err *e);
/* Who made a commit, and what for; NULL: not known. The caller frees them. */
bool store_commit_text(struct store *s, const char *sha, char **author, char **subject,
                       struct err *e);

/* What people say. ERR_USAGE where there is no such run or change point. `state` is one of the
 * three that are theirs, or CHANGE_NEW: none, then a note is due. */
bool store_annotate_run(struct store *s, int64_t run_id, const char *note, struct err *e);
bool store_annotate_change(struct store *s, int64_t change_id, enum change_state state,
                           const char *note, struct err *e);
struct note {
    int64_t created_ms;
    char *text;
};
struct note_list {
    struct note *note; /* from the first to the last */
    size_t count;
};
bool store_notes(struct store *s, int64_t run_id, struct note_list *out, struct err *e);
void note_list_free(struct note_list *l);

/* Baselines. A pinned one is a set of ok runs (others are refused, ERR_USAGE); a window is
 * resolved at each use: of the last `sessions` sessions on a branch before the judged ones those
 * that come after the last change point of a gating metric that is confirmed or expected. */
struct baseline {
    char *name, *branch; /* branch: of a window */
    int64_t window;      /* sessions; 0: pinned */
    int64_t runs;        /* of a pinned one */
    int64_t created_ms;
};
bool store_baseline_set(struct store *s, const char *name, const struct run_list *runs,
                        struct err *e);
/* ERR_USAGE for more than STORE_SESSIONS_MAX sessions. */
bool store_baseline_window(struct store *s, const char *name, int64_t sessions, const char *branch,
                           struct err *e);
bool store_baseline_remove(struct store *s, const char *name, struct err *e); /* ERR_USAGE: none */
bool store_baseline_list(struct store *s, struct baseline **list, size_t *count, struct err *e);
void baseline_list_free(struct baseline *list, size_t count);
/* Its runs as seen from `judged` (NULL: from now), which it never contains. *exists is false where
 * there is no such baseline (no error). */
bool store_baseline_runs(struct store *s, const char *name, const struct run_list *judged,
                         struct run_list *out, bool *exists, struct err *e);

/* Budgets as recorded with the runs' scenario: those of the newest run. */
bool store_budgets(struct store *s, int64_t run_id, struct budget_list *out, struct err *e);

/* How often check, compare or ab has judged these runs of a scenario on a machine before, with
 * another number of runs on a side: by then more had come, or fewer had. `baseline` and `session`
 * as in store_put_verdicts(). */
struct look {
    const char *command, *baseline, *session;
    int64_t scenario_id, environment_id;
    int64_t before_runs, after_runs;
};
bool store_looks(struct store *s, const struct look *of, int64_t *looks, struct err *e);

/* Writes the rows of one judgement; `command` is "check", "compare" or "ab", `baseline` may be
 * NULL. Looks at one comparison are counted from here. */
bool store_put_verdicts(struct store *s, const char *command, const char *baseline,
                        const char *session, const struct judged_list *list, struct err *e);

/* The session that was judged last; NULL: none, or runs without one. */
bool store_judged_session(struct store *s, char **session, struct err *e);

/* What was said last of a session (NULL: of runs without one), row by row; where it was held
 * against several baselines, each is named behind the scenario. Without a summary, and what is not
 * recorded is NAN. None is an empty list. */
bool store_verdicts(struct store *s, const char *session, struct judged_list *out, struct err *e);

#endif
