/* tell: numbers and names as all documents show them. Not for other rooms. */
#ifndef REPORT_TELL_H
#define REPORT_TELL_H

#include "report/report.h"
#include "schema/units.h"

/* A signed change on the metric's scale: "+24 %", "−1.5 %", "×12" from ten times on, "+0.4 pp" for
 * ratios (percentage points), "+3 per 10k" for counts; "-" for NAN. */
char *tell_change(char out[UNITS_TEXT_SIZE], double change, enum metric_scale scale);
/* "+21 … +27 %" */
char *tell_interval(char out[UNITS_TEXT_SIZE], double lo, double hi, enum metric_scale scale);
/* A size of change, without a sign: "9 %". */
char *tell_size(char out[UNITS_TEXT_SIZE], double change, enum metric_scale scale);

/* "29.3 ms"; the same without its unit */
char *tell_value(char out[UNITS_TEXT_SIZE], enum metric_id metric, double value);
char *tell_number(char out[UNITS_TEXT_SIZE], enum metric_id metric, double value);

/* "2026-11-23 16:05" */
char *tell_time(char out[UNITS_TEXT_SIZE], int64_t unix_ms);

/* The first seven digits of a commit; "-" where there is none. */
char *tell_commit(char out[UNITS_TEXT_SIZE], const char *sha);

/* "1 run", "5 runs" */
char *tell_count(char out[UNITS_TEXT_SIZE], int64_t count, const char *noun);

/* Latency and throughput of each second as lines of bars, where the run has them. */
void tell_seconds(struct doc *d, const struct result *result);

enum tone tell_status_tone(enum run_status status);
enum tone tell_outcome_tone(enum outcome outcome);
enum tone tell_budget_tone(enum budget_state state);

#endif
