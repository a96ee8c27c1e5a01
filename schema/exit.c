#include "schema/exit.h"

static int exit_weight(int status)
{
    switch (status) {
    case EXIT_DONE:
        return 0;
    case EXIT_UNSURE:
        return 1;
    case EXIT_MEASURE:
        return 2;
    case EXIT_WORSE:
        return 3;
    case EXIT_USAGE:
        return 4;
    case EXIT_STORE:
        return 5;
    default:
        return 6;
    }
}

int exit_worse(int a, int b)
{
    return exit_weight(b) > exit_weight(a) ? b : a;
}

const char exit_help[] =
    "  0    done, nothing worse\n"
    "  1    the answer is \"worse\": a regression, a critical budget, what --fail-on adds\n"
    "  2    bad command line or input file, or a named baseline that does not exist\n"
    "  3    could not measure: nothing connected, the generator was overloaded, the run\n"
    "       is invalid\n"
    "  4    the database could not be read or written\n"
    "  5    inconclusive or no baseline, where --fail-on asks for it; a refused comparison\n"
    "  130  interrupted by SIGINT (the partial run is kept and marked)\n"
    "  143  ended by SIGTERM (likewise); 129 by SIGHUP, as when a terminal is closed\n"
    "\n"
    "Where several apply, the first of 129/130/143, 4, 2, 1, 3, 5 is given. With --bisect, 3 and 5\n"
    "become 125, which `git bisect run` takes as \"skip this commit\".\n";

int exit_bisect(int status, bool bisect)
{
    return bisect && (status == EXIT_MEASURE || status == EXIT_UNSURE) ? EXIT_BISECT_SKIP : status;
}
