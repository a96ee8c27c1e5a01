/* The table of repeated runs: medians and ranges, without what has no value. */
#include "report/report.h"
#include "tests/tap.h"

static double value[4][METRIC_COUNT];

int main(void)
{
    const double *runs[] = {value[0], value[1], value[2], value[3]};
    struct doc d = {0};
    struct text out = {0};

    for (int i = 0; i < 4; i++) {
        for (int m = 0; m < METRIC_COUNT; m++)
            value[i][m] = NAN;
        value[i][METRIC_LATENCY_P95] = (double[]){30, 10, 20, 28}[i];
        value[i][METRIC_ERRORS_RATE] = 0;
    }
    value[2][METRIC_TARGET_RSS_PEAK] = 64;
    report_repeats(&d, "burst <b>", runs, 4);
    doc_terminal(&d, 80, false, &out);
    tap_is(out.data,
           "burst <b>: 4 runs\n"
           "\n"
           "metric           median  lowest  highest\n"
           "────────────────────────────────────────\n"
           "p95 latency       24 ms   10 ms    30 ms\n"
           "errors.rate         0 %     0 %      0 %\n"
           "target.rss.peak  64 MiB  64 MiB   64 MiB\n",
           "four runs");
    doc_free(&d);
    text_free(&out);
    return tap_end();
}
