/* cmd_runs: how the doors of this room show a list of runs. */
#ifndef STORE_CMD_RUNS_H
#define STORE_CMD_RUNS_H

#include "schema/command.h"
#include "store/store.h"

/* To stdout, as a table or as the fixed JSON document. */
bool runs_show(const struct globals *g, struct store *s, const struct run_list *runs,
               struct err *e);

#endif
