/* cmd_window: the runs of a baseline, for the doors that compare with one. Belongs to the doors. */
#ifndef ANALYZE_CMD_WINDOW_H
#define ANALYZE_CMD_WINDOW_H

#include "analyze/analyze.h"
#include "analyze/cmd_subject.h"
#include "schema/command.h"
#include "store/store.h"

/* store_baseline_runs() with the change points of the judged runs' scenarios brought up to date,
 * where the baseline is a window; it has runs of other loads and machines, too, as far as asked
 * for. (The same by a selector: window_select() in analyze.h.) */
bool window_baseline(struct store *s, const struct globals *g, const char *name,
                     const struct run_list *judged, const struct across *across,
                     struct run_list *out, bool *exists, struct err *e);

#endif
