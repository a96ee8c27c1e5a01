/* What the search for a leak found, in words: the same ones for `leak` and for charts of memory. */
#include "analyze/analyze.h"

#include "schema/units.h"

#include <math.h>

#define MIB 1048576.0

static void mib_add(struct text *out, double bytes, const char *unit)
{
    char size[UNITS_TEXT_SIZE];

    text_addf(out, "%s%s", bytes < 0 ? "−" : "",
              units_format_metric(size, fabs(bytes) / MIB, unit));
}

const char *leak_news(const struct leak *l)
{
    static const char *const news[] = {"no verdict yet", "no leak", "a leak"};

    return news[l->verdict];
}

void leak_figures(const struct leak *l, double budget, struct text *out)
{
    bool shrinks = l->bytes_per_hour < 0;

    if (!isfinite(l->bytes_per_hour))
        return;
    text_addf(out, ": memory %s by %s", shrinks ? "shrinks" : "grows",
              isfinite(l->lo) ? "" : "about ");
    mib_add(out, fabs(l->bytes_per_hour), "MiB/h");
    if (isfinite(l->lo)) {
        text_addf(out, ", 95 %% interval %s", shrinks ? "of growth " : "");
        mib_add(out, l->lo, "");
        text_add(out, " … ");
        mib_add(out, l->hi, "MiB/h");
    }
    text_add(out, "; budget ");
    mib_add(out, budget, "MiB/h");
}

void leak_doubts(const struct leak *l, struct text *out)
{
    char needed[UNITS_TEXT_SIZE];

    if (l->verdict != LEAK_UNSURE)
        return;
    switch (l->doubt) {
    case LEAK_FEW:
        text_addf(out,
                  "a verdict needs %d samples, one a second: run it for at least %s, longer is "
                  "better",
                  LEAK_SAMPLES_MIN,
                  units_format_duration(needed, (LEAK_SAMPLES_MIN + 1) * NS_PER_S));
        break;
    case LEAK_SHORT:
        text_add(out, "the memory moves up and down so slowly that this run has too few of its "
                      "waves: run it several times as long");
        break;
    case LEAK_SLOWING:
        text_add(out, "it grew, but less and less or not until the end, as a server does that "
                      "warms up: a longer run, or a longer warm-up, would decide");
        break;
    case LEAK_STEP:
        text_add(out, "it grew by one step, not steadily: a longer run would show whether more "
                      "follow");
        break;
    case LEAK_CLEAR:
        text_add(out, "the interval reaches beyond the budget on both sides: a longer run narrows "
                      "it");
        break;
    }
}
