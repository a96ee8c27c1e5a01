#include "analyze/cmd_gate.h"

#include "schema/exit.h"
#include "schema/text.h"

#include <stdlib.h>
#include <string.h>

enum fail { FAIL_REGRESSION, FAIL_BUDGET, FAIL_WARNING, FAIL_INCONCLUSIVE, FAIL_NO_BASELINE };
static const char *const fail_name[] = {"regression",   "budget",      "warning",
                                        "inconclusive", "no-baseline", NULL};

bool gate_parse(const char *list, unsigned *fail_on, struct err *e)
{
    *fail_on = 0;
    for (const char *word = list; *word;) {
        size_t length = strcspn(word, ",");
        char *name = mem_printf("%.*s", (int)length, word);
        const char *nearest = text_nearest(name, fail_name);
        int i = 0;

        while (fail_name[i] && strcmp(fail_name[i], name) != 0)
            i++;
        if (fail_name[i])
            *fail_on |= 1U << i;
        else
            err_set(e, ERR_USAGE, "--fail-on %s: expected %s%s", name,
                    nearest ? nearest : "regression, budget, warning, inconclusive or no-baseline",
                    nearest ? "?" : "");
        free(name);
        if (e->kind != ERR_NONE)
            return false;
        word += length + (word[length] == ',');
    }
    return true;
}

int gate_status(const struct judged_list *list, bool alone, unsigned fail_on)
{
    bool here[] = {list->outcome == OUTCOME_WORSE, false, false, false, alone};
    int status = EXIT_DONE;

    for (size_t i = 0; i < list->count; i++) {
        const struct judged *row = &list->row[i];

        here[FAIL_BUDGET] |= row->budget_state == BUDGET_CRITICAL || row->regression_broken;
        here[FAIL_WARNING] |= row->budget_state == BUDGET_WARNING;
        here[FAIL_INCONCLUSIVE] |= row->budget_state == BUDGET_UNKNOWN ||
                                   (row->gates && row->comparison.outcome == OUTCOME_INCONCLUSIVE);
    }
    for (int i = 0; i <= FAIL_NO_BASELINE; i++)
        if (here[i] && fail_on & 1U << i)
            status = exit_worse(status, i >= FAIL_INCONCLUSIVE ? EXIT_UNSURE : EXIT_WORSE);
    return status;
}
