/* Time to recover from a storm or burst, out of seconds made by hand. */
#include "runner/recovery.h"
#include "schema/hist.h"
#include "schema/units.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>

static struct result result;

/* A second with 100 messages: `slow_ms` for those that were answered, `failed` that were not. */
static void second_add(int32_t second, double slow_ms, int failed)
{
    struct histogram *h;
    struct hist hist;

    hist_open(&hist);
    hist_add_n(&hist, (int64_t)(slow_ms * 1e6), 100 - failed);
    result_add_point(&result, METRIC_ERRORS_COUNT, second, failed);
    if (failed < 100) {
        result.histograms =
            realloc(result.histograms, (result.histograms_count + 1) * sizeof *result.histograms);
        h = &result.histograms[result.histograms_count++];
        *h = (struct histogram){.metric = METRIC_LATENCY, .second = second, .count = 100 - failed};
        h->hdr = hist_encode(&hist, &h->hdr_length);
    }
    hist_close(&hist);
}

static double recovery_ms(const struct scenario *s, double duration_s)
{
    double ms = recovery_ns(s, &result, duration_s) / 1e6;

    result_free(&result);
    return ms;
}

static void test_storm(void)
{
    const struct scenario s = {.storm = {.at_ns = 2500 * NS_PER_MS, .share = 1}};

    for (int i = 0; i < 3; i++)
        second_add(i, 10, 0);
    second_add(3, 50, 0);
    second_add(4, 10, 20);
    second_add(5, 11, 5);
    second_add(6, 10, 0);
    tap_near(recovery_ms(&s, 7), 3500, 0,
             "slow in second 3, a fifth failed in 4, within 10 %% and 5 %% failed in 5");
    for (int i = 0; i < 3; i++)
        second_add(i, 10, 0);
    second_add(3, 10, 0);
    second_add(4, 10, 0);
    tap_near(recovery_ms(&s, 5), 1500, 0, "nothing happened: the end of the first whole second");
    for (int i = 0; i < 3; i++)
        second_add(i, 10, 0);
    second_add(3, 12, 0);
    second_add(4, 10, 100);
    tap_near(recovery_ms(&s, 5), 2500, 0, "never back: what was left");
    second_add(0, 10, 0);
    OK(isnan(recovery_ms(&s, 2)), "interrupted before the storm");
}

static void test_burst(void)
{
    const struct scenario s = {.rate = {.pattern = RATE_BURST, .period_ns = 6 * NS_PER_S}};
    const struct scenario fast = {.rate = {.pattern = RATE_BURST, .period_ns = NS_PER_S}};
    const struct scenario constant = {.rate = {.pattern = RATE_CONSTANT}};

    for (int i = 0; i < 18; i++) /* high in 0-2, 6-8, 12-14 */
        second_add(i, i % 6 < 3 || i == 9 || i == 15 || i == 16 ? 40 : 5, 0);
    tap_near(recovery_ms(&s, 18), 3000, 0,
             "2 s after the first burst with a before, 3 s after the next");
    for (int i = 0; i < 18; i++)
        second_add(i, 5, 0);
    OK(isnan(recovery_ms(&fast, 18)), "bursts with no whole second between them");
    second_add(0, 5, 0);
    OK(isnan(recovery_ms(&constant, 5)), "neither storm nor burst");
}

int main(void)
{
    result_init(&result);
    test_storm();
    test_burst();
    return tap_end();
}
