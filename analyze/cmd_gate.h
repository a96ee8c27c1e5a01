/* cmd_gate: --fail-on, and what it makes of a judgement; for check and ab. Belongs to the doors. */
#ifndef ANALYZE_CMD_GATE_H
#define ANALYZE_CMD_GATE_H

#include "schema/err.h"
#include "schema/judged.h"

#define GATE_DEFAULT "regression,budget"
#define GATE_OPTION(args)                    \
    OPTION(args, fail_on, "fail-on", "LIST", \
           "of regression,budget,warning,inconclusive,no-baseline (the first two)")

/* Fills *fail_on, one bit for each word. */
bool gate_parse(const char *list, unsigned *fail_on, struct err *e);

/* The exit status. `alone`: something had nothing to be compared with. */
int gate_status(const struct judged_list *list, bool alone, unsigned fail_on);

#endif
