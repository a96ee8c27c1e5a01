/* change: how a change is told, in the sentences of analyze/ and the tables of report/ alike. */
#ifndef SCHEMA_CHANGE_H
#define SCHEMA_CHANGE_H

#include "schema/metric.h"
#include "schema/units.h"

/* A signed change on the metric's scale: "+24 %", "−1.5 %", "×12" from ten times on, "+0.4 pp" for
 * ratios (percentage points), "+3 per 10k" for counts; "-" for NAN. */
char *change_text(char out[UNITS_TEXT_SIZE], double change, enum metric_scale scale);
/* "+21 … +27 %"; "too wide" where it says nothing */
char *change_interval_text(char out[UNITS_TEXT_SIZE], double lo, double hi,
                           enum metric_scale scale);
/* A size of change, without a sign: "9 %". */
char *change_size_text(char out[UNITS_TEXT_SIZE], double change, enum metric_scale scale);

#endif
