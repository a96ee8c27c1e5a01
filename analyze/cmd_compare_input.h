/* cmd_compare_input: `compare --input FILE`. */
#ifndef ANALYZE_CMD_COMPARE_INPUT_H
#define ANALYZE_CMD_COMPARE_INPUT_H

#include "analyze/cmd_input.h"
#include "analyze/cmd_margins.h"

/* Returns the exit status. */
int compare_input(const char *path, const struct margins_args *margins, struct err *e);

/* A line of histograms instead of values, for compare_input(). options->tolerance may be NAN. */
bool compare_hdr_line(const struct json_at *line, const struct compare_options *options,
                      struct text *out, struct err *e);

/* Which session each of `runs` runs was in, where the line tells: one whole number a run. The
 * caller frees *out, NULL where it does not. */
bool input_sessions(const struct json_at *at, size_t runs, int **out, struct err *e);

#endif
