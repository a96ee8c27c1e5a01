/* cmd_capacity_input: `capacity --input FILE`. */
#ifndef ANALYZE_CMD_CAPACITY_INPUT_H
#define ANALYZE_CMD_CAPACITY_INPUT_H

#include "schema/err.h"

/* Answers on stdout, by an object with "error" too; draws the curve into CHART-light.svg and
 * -dark.svg (NULL: nowhere). Returns the exit status. */
int capacity_input(const char *path, const char *chart, struct err *e);

#endif
