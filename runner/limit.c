#include "runner/limit.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

bool limit_files(int64_t clients, int64_t need, const char * or, struct err *e)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return err_set(e, ERR_MEASURE, "limit of open files: %s", strerror(errno));
    if (limit.rlim_cur >= (rlim_t)need)
        return true;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < (rlim_t)need)
        return err_set(e, ERR_MEASURE,
                       "%lld clients need %lld open files, and the limit is %llu: raise it "
                       "(`ulimit -Hn`), or take %s",
                       (long long)clients, (long long)need, (unsigned long long)limit.rlim_max, or);
    limit.rlim_cur = (rlim_t)need;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ||
           err_set(e, ERR_MEASURE, "limit of open files: %s", strerror(errno));
}

void limit_files_most(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit); /* where it cannot be, there are as many as before */
}
