/* exit: what the program's exit statuses mean; one list for `help exit-status` and the man page. */
#ifndef SCHEMA_EXIT_H
#define SCHEMA_EXIT_H

#include <stdbool.h>

enum exit_status {
    EXIT_DONE = 0,         /* done, nothing worse */
    EXIT_WORSE = 1,        /* the answer is "worse" */
    EXIT_USAGE = 2,        /* as ERR_USAGE */
    EXIT_MEASURE = 3,      /* as ERR_MEASURE */
    EXIT_STORE = 4,        /* as ERR_STORE */
    EXIT_UNSURE = 5,       /* inconclusive or no baseline, where asked for; refused comparisons */
    EXIT_BISECT_SKIP = 125 /* 3 and 5 under --bisect */
};

/* Where several apply to one invocation: 129/130/143, 4, 2, 1, 3, 5, 0. Returns the weightier. */
int exit_worse(int a, int b);

/* --bisect: what `git bisect run` takes as "skip this commit" for 3 and 5, else the status itself.
 */
int exit_bisect(int status, bool bisect);

/* The table above as lines of text, for help. */
extern const char exit_help[];

#endif
