#include "analyze/cmd_margins.h"

bool margins_check(const struct margins_args *m, struct err *e)
{
    if (!(m->alpha > 0 && m->alpha < 1))
        return err_set(e, ERR_USAGE, "--alpha %g: expected a number above 0 and below 1", m->alpha);
    return true;
}

void margins_get(const struct margins_args *m, struct compare_options *out)
{
    *out = compare_defaults;
    out->alpha = m->alpha;
    out->minimum_effect = m->minimum_effect.share;
    out->tolerance = m->tolerance.share;
}
