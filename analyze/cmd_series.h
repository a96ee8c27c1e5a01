/* cmd_series: what the doors that look at whole series share: change points brought up to date with
 * the runs that are recorded. Belongs to the doors. */
#ifndef ANALYZE_CMD_SERIES_H
#define ANALYZE_CMD_SERIES_H

#include "analyze/analyze.h"
#include "schema/command.h"
#include "store/store.h"

/* With fewer points than that nothing is looked for. */
enum { SERIES_POINTS_MIN = 5 };

/* Whether change points of this metric are looked for: it has a value and a better direction. */
bool series_counts(enum metric_id metric);
/* The metric that --metric names, if it counts; -1 where it is NULL. */
bool series_metric(const char *name, int *metric, struct err *e);

/* The runs of a group's series, ready for series_get_folded(). */
bool series_read(struct store *s, const struct run_row *of, struct series_runs *out, struct err *e);
/* The values of a series; the caller frees them. */
double *series_values(const struct series *s);

/* All change points of a group, of one metric by itself (-1: of all, whose places agree), looked
 * for anew: each has the id of the stored one that it is, and its own state, which that of a stored
 * one may override. */
bool series_search(struct store *s, const struct series_group *group, int metric,
                   struct change_point_list *out, struct err *e);

/* The database with its change points up to date, for `scenario` and `branch` (NULL: any);
 * ERR_USAGE where nothing is recorded of one that is named. A file
 * that may not be written is searched all the same, and stays as it is. */
struct series_view {
    struct store *store;
    struct series_group_list groups;
    bool writes;
};
bool series_open(struct series_view *v, const struct globals *g, const char *scenario,
                 const char *branch, struct err *e);
/* The change points of a group that are found now, of one metric (-1: of all), from the first to
 * the last. */
bool series_changes(const struct series_view *v, const struct series_group *group, int metric,
                    struct change_point_list *out, struct err *e);
void series_close(struct series_view *v);
/* Only brings the change points up to date of what these runs ran, on a branch, where the file may
 * be written; it may be that nothing is recorded. */
bool series_update(const struct globals *g, const struct run_list *runs, const char *branch,
                   struct err *e);

/* "chat on main"; with its load, its machine or both where others of this name have another. */
struct doc;
void series_name_say(struct doc *d, const struct series_group_list *all,
                     const struct series_group *group);

#endif
