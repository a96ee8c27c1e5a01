/* cmd_changes_input: `changes --input FILE`. */
#ifndef ANALYZE_CMD_CHANGES_INPUT_H
#define ANALYZE_CMD_CHANGES_INPUT_H

#include "schema/err.h"

/* Returns the exit status. */
int changes_input(const char *path, struct err *e);

#endif
