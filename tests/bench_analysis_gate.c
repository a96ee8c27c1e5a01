/* The figures of one gate over many metrics. */
#include "tests/bench_analysis.h"
#include "tests/gate_noise.h"

#include <stdio.h>

void bench_gate(const struct bench *b)
{
    enum { TIMES = 5000 };
    static const size_t sessions[] = {0, 1, 3, 20};
    char what[64], text[32];

    bench_title("gate: 40 correlated metrics, 5 runs a side");
    for (size_t m = 0; m < sizeof sessions / sizeof *sessions; m++) {
        struct noise r = {.state = b->seed * 104729 + m};
        int red = 0, found = 0, other = 0;

        for (int i = 0; i < TIMES; i++) {
            struct gate_turn turn = gate_turn(&r, sessions[m], 30, log(1.3));

            red += gate_turn(&r, sessions[m], 0, 0).red;
            found += turn.red;
            other += turn.other;
        }
        snprintf(what, sizeof what, "red per 1,000 unchanged commits, %zu sessions", sessions[m]);
        snprintf(text, sizeof text, "%.1f", 1000.0 * red / TIMES);
        bench_row(what, text, "10", "3", "24-53 BH, 870 none");
        snprintf(what, sizeof what, "30 %% in 30 metrics: found, %zu sessions", sessions[m]);
        snprintf(text, sizeof text, "%.3f", found / (double)TIMES);
        bench_row(what, text, "", "", "");
        snprintf(what, sizeof what, "the same: another family too, %zu sessions", sessions[m]);
        snprintf(text, sizeof text, "%.4f", other / (double)TIMES);
        bench_row(what, text, ".02", ".01", ".33");
    }
}
