/* tally_parts: what the files of tally.h share among themselves. */
#ifndef RUNNER_TALLY_PARTS_H
#define RUNNER_TALLY_PARTS_H

#include "runner/wire.h"
#include "schema/hist.h"
#include "schema/scenario.h"

/* Sets the values, by metric, that are percentiles and extremes of distributions; one without any
 * entry has none. */
void tally_distributions(const struct hist whole[HIST_KINDS], double *value);

/* Sets the values that are counts, rates and shares, of `duration_s` measured; what the scenario
 * does not ask for has none. */
void tally_counts(const struct counts *c, double duration_s, const struct scenario *s,
                  double *value);

#endif
