/* How a group of series is called where several are told. */
#include "analyze/cmd_series.h"

#include "report/report.h"

#include <string.h>

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

void series_name_say(struct doc *d, const struct series_group_list *all,
                     const struct series_group *group)
{
    const struct run_row *of = &group->newest;
    bool machine = false, load = false;

    for (size_t i = 0; i < all->count; i++) {
        const struct run_row *other = &all->group[i].newest;

        if (&all->group[i] == group || strcmp(other->scenario, of->scenario) != 0 ||
            !same_text(other->branch, of->branch))
            continue;
        machine |= other->environment_id != of->environment_id;
        load |= other->scenario_id != of->scenario_id;
    }
    doc_say(d, TONE_STRONG, "%s", of->scenario);
    if (of->branch)
        doc_say(d, TONE_PLAIN, " on %s", of->branch);
    if (load)
        doc_say(d, TONE_PLAIN, " [workload %.7s]", of->workload);
    if (machine)
        doc_say(d, TONE_PLAIN, " [%s]", of->environment);
}
