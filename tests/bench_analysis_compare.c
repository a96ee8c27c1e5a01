/* The figures of comparisons of two sets of runs, by simulation with known truth. */
#include "analyze/analyze.h"
#include "tests/bench_analysis.h"
#include "tests/noise.h"

#include <stdio.h>
#include <string.h>

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

/* "0.41/0.65/0.93/1.00": the share of `times` comparisons, for each number of runs. */
struct shares {
    double share[COUNT(sizes)];
    char text[64];
};

enum ask { ASK_FOUND, ASK_WORSE, ASK_SAME };

static void shares_get(const struct bench *b, enum noise_kind kind, size_t m, double effect,
                       enum ask ask, int times, struct shares *out)
{
    out->text[0] = '\0';
    for (size_t n = 0; n < COUNT(sizes); n++) {
        struct noise r = {.state = b->seed * 7919 + 100 * m + 10 * (uint64_t)kind + n};
        size_t used = strlen(out->text);
        int found = 0;

        for (int i = 0; i < times; i++) {
            struct comparison c = compared(&r, kind, sizes[n], m, effect);

            found += ask == ASK_FOUND   ? c.p <= 0.05
                     : ask == ASK_WORSE ? c.outcome == OUTCOME_WORSE
                                        : c.outcome == OUTCOME_SAME;
        }
        out->share[n] = found / (double)times;
        snprintf(out->text + used, sizeof out->text - used, "%s%.3f", n ? "/" : "", out->share[n]);
        memmove(out->text + used + (n > 0), out->text + used + (n > 0) + 1, /* .041 for 0.041 */
                out->share[n] < 1 ? strlen(out->text + used + (n > 0)) : 0);
    }
}

static void false_positives(const struct bench *b, int times)
{
    struct shares s;
    char what[64];

    for (int kind = 0; kind < NOISE_KINDS; kind++)
        for (size_t m = 0; m < COUNT(sessions); m++) {
            shares_get(b, (enum noise_kind)kind, sessions[m], 0, ASK_FOUND, times, &s);
            snprintf(what, sizeof what, "false positives, %s, %zu sessions", noise_name[kind],
                     sessions[m]);
            bench_row(what, s.text, ".065", ".055", kind == NOISE_SESSION ? ".14-.50" : "");
        }
}

/* CPU of one gate over 40 metrics, in ms. */
static void speed(const struct bench *b)
{
    enum { METRICS = 40, TIMES = 500 };
    struct noise r = {.state = b->seed};
    struct gate_item item[METRICS];
    double value[METRICS][20], start;
    char text[32];

    for (int i = 0; i < METRICS; i++)
        noise_session(&r, NOISE_NORMAL, 0.03, 2, value[i], 20);
    start = bench_cpu_s();
    for (int t = 0; t < TIMES; t++) {
        for (int i = 0; i < METRICS; i++) {
            struct sample before = {value[i], NULL, 10}, after = {value[i] + 10, NULL, 10};
            struct sample none = {NULL, NULL, 0};
            struct comparison c;

            compare_log(&before, &after, &none, &compare_defaults, &c);
            item[i] = (struct gate_item){i % 7, c.p_gate, false};
        }
        gate_find(item, METRICS, 0.01, 0.05);
    }
    snprintf(text, sizeof text, "%.2f ms", (bench_cpu_s() - start) / TIMES * 1000);
    bench_row("one gate of 40 metrics, 10 runs a side, CPU", text, "2 ms", "1 ms",
              "1.1 ms benchstat");
}

void bench_compare(const struct bench *b)
{
    enum { TIMES = 4000 };
    struct shares s;

    bench_title("compare, 3/5/10/20 runs a side");
    false_positives(b, TIMES);
    shares_get(b, NOISE_NORMAL, 20, log(1.05), ASK_WORSE, TIMES, &s);
    bench_row("power for 5 % at 3 % noise, 20 sessions", s.text, ".40/.63/.88/.96", ".45/.70/.94/1",
              "0/.50/.90/1 benchstat");
    shares_get(b, NOISE_NORMAL, 20, 0, ASK_SAME, TIMES, &s);
    bench_row("\"same\" reached where nothing changed", s.text, ".14/.50/.90/.98", ".16/.55/.93/1",
              "none has it");
    speed(b);
}
