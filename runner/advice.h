/* advice: what a run says about the machine that made it: whether its load called for more workers,
 * and whether generator and target were in each other's way. Pure. */
#ifndef RUNNER_ADVICE_H
#define RUNNER_ADVICE_H

#include "schema/run.h"
#include "schema/text.h"

#include <stdbool.h>
#include <stdint.h>

struct advice_facts {
    const double *value; /* of the run, by metric */
    int64_t workers;
    int64_t cores;          /* that the generator may use */
    bool target_here;       /* the target is on this machine */
    const char *unobserved; /* struct result, as the next one */
    int64_t uncompressed;
};

/* Adds a line, ended by '\n', for each thing there is to say; adds nothing where all is well. */
void advice_add(const struct advice_facts *f, struct text *out);

#endif
