/* Whatever scenario_parse() takes keeps its limits, and is the same workload when it is printed and
 * parsed again; what it refuses it refuses in words. */
#include "schema/scenario.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scenario s, again = {0};
    struct text printed = {0};
    struct err e = {0};
    char before[65], after[65];

    if (scenario_parse(&s, (const char *)data, size, "fuzz", &e)) {
        scenario_print(&s, &printed);
        scenario_workload(&s, before);
        if (!scenario_check(&s, &e) || scenario_offered(&s) < 0)
            abort();
        /* Masked values can be longer than the secrets, and headers have a limit together. */
        if (scenario_parse(&again, printed.data, printed.length, "again", &e)) {
            scenario_workload(&again, after);
            if (strcmp(before, after) != 0)
                abort();
        } else if (!strstr(printed.data, "\"***\"")) {
            abort();
        }
    } else if (e.kind != ERR_USAGE || strncmp(e.text, "fuzz", 4) != 0) {
        abort();
    }
    scenario_free(&s);
    scenario_free(&again);
    text_free(&printed);
    return 0;
}
