/* cmd_compare_input: `compare --input FILE`. */
#ifndef ANALYZE_CMD_COMPARE_INPUT_H
#define ANALYZE_CMD_COMPARE_INPUT_H

#include "analyze/cmd_margins.h"

/* Returns the exit status. */
int compare_input(const char *path, const struct margins_args *margins, struct err *e);

#endif
