/* limit: what the system lets a process have. */
#ifndef RUNNER_LIMIT_H
#define RUNNER_LIMIT_H

#include "schema/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Makes room for so many open files, where the hard limit allows it; else ERR_MEASURE says that the
 * `clients` need them, and what to do: raise it `or` something else. */
bool limit_files(int64_t clients, int64_t need, const char * or, struct err *e);

/* As many as this process may have, where it cannot be known beforehand how many it needs. */
void limit_files_most(void);

#endif
