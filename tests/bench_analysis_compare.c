/* The figures of the comparisons and gates, by simulation with known truth. */
#include "analyze/analyze.h"
#include "tests/bench_analysis.h"
#include "tests/gate_noise.h"
#include "tests/noise.h"

#include <stdio.h>
#include <time.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const size_t sizes[] = {3, 5, 10, 20}, sessions[] = {0, 1, 3, 20};

static struct comparison compared(struct noise *r, enum noise_kind kind, size_t n, size_t m,
                                  double effect)
{
    double b[20], a[20], h[400];
    int number[400];
    struct sample before = {b, NULL, n}, after = {a, NULL, n}, history = {h, number, n * m};
    struct comparison c;

    noise_session(r, kind, 0.03, 2, b, n);
    noise_session(r, kind, 0.03, 2 + effect, a, n);
    for (size_t k = 0; k < m; k++)
        noise_session(r, kind, 0.03, 2, h + k * n, n);
    for (size_t k = 0; k < n * m; k++)
        number[k] = (int)(k / n);
    compare_log(&before, &after, &history, &compare_defaults, &c);
    return c;
}

static void false_positives(int times)
{
    for (int kind = 0; kind < NOISE_KINDS; kind++)
        for (size_t m = 0; m < COUNT(sessions); m++) {
            printf("compare: false positives, %-9s %2zu sessions, n = 3/5/10/20: ",
                   noise_name[kind], sessions[m]);
            for (size_t n = 0; n < COUNT(sizes); n++) {
                struct noise r = {.state = 100 * m + n};
                int found = 0;

                for (int i = 0; i < times; i++)
                    found += compared(&r, (enum noise_kind)kind, sizes[n], sessions[m], 0).p <= .05;
                printf(" %.4f", found / (double)times);
            }
            printf("   (.065, better .055)\n");
        }
}

static void verdicts(int times, double effect, enum outcome want, const char *name,
                     const char *goal)
{
    printf("compare: %s, 3 %% noise, 20 sessions, n = 3/5/10/20: ", name);
    for (size_t n = 0; n < COUNT(sizes); n++) {
        struct noise r = {.state = 7000 + n};
        int found = 0;

        for (int i = 0; i < times; i++)
            found += compared(&r, NOISE_NORMAL, sizes[n], 20, effect).outcome == want;
        printf(" %.3f", found / (double)times);
    }
    printf("   (%s)\n", goal);
}

static void gates(int times)
{
    for (size_t m = 0; m < COUNT(sessions); m++) {
        struct noise r = {.state = 900 + m};
        int red = 0, found = 0, other = 0;

        for (int i = 0; i < times; i++) {
            struct gate_turn turn = gate_turn(&r, sessions[m], 30, log(1.3));

            red += gate_turn(&r, sessions[m], 0, 0).red;
            found += turn.red;
            other += turn.other;
        }
        printf(
            "gate, %2zu sessions: red per 1,000 unchanged commits %.1f (10, better 3); one cause "
            "of 30 %% in 30 metrics found %.3f, another family too %.3f (.02, better .01)\n",
            sessions[m], 1000.0 * red / times, found / (double)times, other / (double)times);
    }
}

static void speed(void)
{
    struct noise r = {.state = 1};
    struct timespec start, end;
    enum { TIMES = 20000 };
    double value[40], us;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (int i = 0; i < TIMES; i++) {
        struct sample before = {value, NULL, 10}, after = {value + 10, NULL, 10};
        struct sample none = {NULL, NULL, 0};
        struct comparison c;

        noise_session(&r, NOISE_NORMAL, 0.03, 2, value, 20);
        compare_log(&before, &after, &none, &compare_defaults, &c);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    us = ((double)(end.tv_sec - start.tv_sec) * 1e6 + (double)(end.tv_nsec - start.tv_nsec) / 1e3) /
         TIMES;
    printf("compare: 40 metrics, 10 runs a side: %.3f ms of CPU (2, better 1)\n", 40 * us / 1000);
}

void bench_compare(const struct bench *b)
{
    enum { TIMES = 10000 };

    false_positives(TIMES);
    verdicts(TIMES, log(1.05), OUTCOME_WORSE, "power for 5 %",
             ".40/.63/.88/.96, better .45/.70/.94/1");
    verdicts(TIMES, 0, OUTCOME_SAME, "unchanged code told the same",
             ".14/.50/.90/.98, better .16/.55/.93/1");
    gates(TIMES / 2);
    speed();
    (void)b;
}
