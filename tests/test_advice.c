/* What a run is told about the machine that made it. */
#include "runner/advice.h"
#include "tests/tap.h"

#include <math.h>

static struct text text;

static const char *advice(double generator, double host, int64_t workers, int64_t cores, bool here)
{
    double value[METRIC_COUNT];
    struct advice_facts f = {value, workers, cores, here, NULL, 0};

    for (int i = 0; i < METRIC_COUNT; i++)
        value[i] = NAN;
    value[METRIC_GENERATOR_CPU_MEAN] = generator;
    value[METRIC_HOST_CPU_MEAN] = host;
    text_free(&text);
    text_add(&text, "");
    advice_add(&f, &text);
    return text.data;
}

int main(void)
{
    tap_is(advice(79, 89, 1, 8, true), "", "nothing to say");
    tap_is(advice(NAN, NAN, 1, 8, true), "", "nothing known");
    tap_is(advice(97, 40, 1, 8, true),
           "the worker was busy for 97 % of a core: this load calls for --workers 2\n",
           "one worker is not enough");
    tap_is(advice(95, 60, 4, 8, true),
           "the workers were busy for 95 % of a core each: this load calls for --workers 7\n",
           "four are not enough");
    tap_is(advice(100, 60, 2, 2, false),
           "the workers were busy for 100 % of a core each: this load calls for 4 workers, and "
           "this machine has 2 cores: take fewer clients or a lower rate, or a larger machine\n",
           "more than there are cores");
    tap_is(advice(50, 99, 1, 2, true),
           "this machine's cores were 99 % busy: generator and target waited for each other and "
           "for other processes, which is in the latency\n",
           "a crowded machine");
    tap_is(advice(50, 99, 1, 2, false), "",
           "a crowded machine is the target's own affair elsewhere");
    text_free(&text);
    return tap_end();
}
