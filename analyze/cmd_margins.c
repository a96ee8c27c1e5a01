#include "analyze/cmd_margins.h"

bool margins_check(const struct margins_args *m, struct err *e)
{
    if (!(m->alpha > 0 && m->alpha < 1))
        return err_set(e, ERR_USAGE, "--alpha %g: expected a number above 0 and below 1", m->alpha);
    return true;
}
