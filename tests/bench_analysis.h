/* bench_analysis: the figures of the statistics, one file a topic (bench_analysis_TOPIC.c), one row
 * a figure: what was measured, what must be reached, what would be better, and the best that is
 * known of other tools on the same kind of data. */
#ifndef TESTS_BENCH_ANALYSIS_H
#define TESTS_BENCH_ANALYSIS_H

#include <stdint.h>
#include <time.h>

struct bench {
    uint64_t seed;    /* of all generators */
    const char *data; /* the folder of recorded series; NULL: there is none */
};

/* Prints a row; `measured` is text, as some figures are several numbers. */
void bench_title(const char *title);
void bench_row(const char *what, const char *measured, const char *must, const char *better,
               const char *peer);

/* CPU that this process has used, in seconds. */
static inline double bench_cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void bench_compare(const struct bench *b);
void bench_gate(const struct bench *b);
void bench_ab(const struct bench *b);
void bench_leak(const struct bench *b);
void bench_capacity(const struct bench *b);
void bench_changes(const struct bench *b);
void bench_recorded(const struct bench *b); /* its part that needs data */

#endif
