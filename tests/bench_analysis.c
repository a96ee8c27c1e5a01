/* The figures of the statistics: `make bench-analysis`, or
 *
 *     ANALYSIS_DATA=DIR build/tests/bench_analysis [-s SEED] [TOPIC...]
 *
 * Simulations take a fresh seed unless one is given. DIR has recorded series, ci_history*.json and
 * tcpd*.json; without it their rows say that they were skipped. */
#include "tests/bench_analysis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    void (*run)(const struct bench *b);
} topics[] = {
    {"changes", bench_changes},
    {"compare", bench_compare},
    {"gate", bench_gate},
    {"ab", bench_ab},
    {"leak", bench_leak},
    {"capacity", bench_capacity},
};
enum { TOPICS = sizeof topics / sizeof *topics };

void bench_title(const char *title)
{
    printf("\n%-54s %-20s %-11s %-11s %s\n", title, "measured", "must", "better", "best peer");
    fflush(stdout);
}

void bench_row(const char *what, const char *measured, const char *must, const char *better,
               const char *peer)
{
    printf("%-54s %-20s %-11s %-11s %s\n", what, measured, must, better, peer);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct bench b = {.seed = (uint64_t)time(NULL) % 1000000, .data = getenv("ANALYSIS_DATA")};
    int first = 1, ran = 0;

    if (argc > 2 && strcmp(argv[1], "-s") == 0) {
        b.seed = strtoull(argv[2], NULL, 10);
        first = 3;
    }
    printf("seed %llu%s%s\n", (unsigned long long)b.seed, b.data ? ", recorded series of " : "",
           b.data ? b.data : "");
    for (int t = 0; t < TOPICS; t++) {
        int wanted = first == argc;

        for (int i = first; i < argc; i++)
            wanted |= strcmp(argv[i], topics[t].name) == 0;
        if (wanted)
            topics[t].run(&b);
        ran += wanted;
    }
    if (!ran)
        fprintf(stderr, "there is no such topic\n");
    return ran ? 0 : 2;
}
