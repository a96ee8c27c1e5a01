/* cmd_shift: the whole distributions of what check and compare judge. Belongs to the doors. */
#ifndef ANALYZE_CMD_SHIFT_H
#define ANALYZE_CMD_SHIFT_H

#include "analyze/cmd_subject.h"

/* Adds how the latency of the subject moved as a whole, where both sides have histograms. */
bool shift_add(struct judged_list *list, const struct subject *subject, struct store *store,
               const struct compare_options *options, struct err *e);

/* Adds a shift to the list, named as the run's scenario and environment; it becomes the list's. */
void shift_keep(struct judged_list *list, struct shift *shift, const struct run_row *of);

#endif
