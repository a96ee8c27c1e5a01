/* cmd_margins: the options by which compare, check and ab judge a change. */
#ifndef ANALYZE_CMD_MARGINS_H
#define ANALYZE_CMD_MARGINS_H

#include "analyze/analyze.h"
#include "schema/command.h"

/* Part of an argument struct. */
struct margins_args {
    double alpha;
    struct arg_share minimum_effect, tolerance; /* tolerance.share NAN: the metric's own */
};
#define MARGINS_DEFAULT \
    {                   \
        0.05, {0.02},   \
        {               \
            NAN         \
        }               \
    }

#define MARGINS_OPTIONS(args)                                                           \
    OPTION(args, margins.alpha, "alpha", "P", "false alarms that are accepted (0.05)"), \
        OPTION(args, margins.minimum_effect, "minimum-effect", "SHARE",                 \
               "smaller changes are never worse (2%)"),                                 \
        OPTION(args, margins.tolerance, "tolerance", "SHARE",                           \
               "what must be ruled out to say same (5%; 10% from p99 up)")

/* As the pure functions take them. */
void margins_get(const struct margins_args *m, struct compare_options *out);

/* Refuses an alpha that is not between 0 and 1. */
bool margins_check(const struct margins_args *m, struct err *e);

#endif
