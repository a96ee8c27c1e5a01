/* The search for leaks, by simulation with known truth. */
#include "analyze/analyze.h"
#include "tests/bench_analysis.h"
#include "tests/leak_noise.h"

#include <stdio.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

enum { TIMES = 1000, SAMPLES_MOST = 4000 };

/* How often a leak is found. */
static double leaks(const struct bench *b, const struct memory *m, double step_s, int n, int times)
{
    static double t[SAMPLES_MOST], y[SAMPLES_MOST];
    struct noise r = {.state = b->seed + (uint64_t)n};
    int found = 0;

    for (int i = 0; i < times; i++) {
        struct leak l;

        memory_make(&r, m, step_s, t, y, n);
        leak_find(t, y, (size_t)n, LEAK_MIB, &l);
        found += l.verdict == LEAK_FOUND;
    }
    return found / (double)times;
}

struct shapes {
    const char *name;
    enum memory_kind kind;
    double shape[5];
    const char *must, *better, *peer;
};

/* For each shape the mean over noise that hides it more or less. */
static void false_row(const struct bench *b, const struct shapes *s)
{
    static const double noise[] = {0.01, 0.1, 0.3, 1, 3};
    char measured[64];
    size_t at = 0;

    for (size_t i = 0; i < COUNT(s->shape) && s->shape[i] > 0; i++) {
        double sum = 0;

        for (size_t k = 0; k < COUNT(noise); k++) {
            struct memory m = {s->kind, 10, s->shape[i], noise[k], 0};

            sum += leaks(b, &m, 1, 300, TIMES) / (double)COUNT(noise);
        }
        at += (size_t)snprintf(measured + at, sizeof measured - at, "%s%.3f", i ? "/" : "", sum);
    }
    bench_row(s->name, measured, s->must, s->better, s->peer);
}

static void power_row(const struct bench *b, const char *name, struct memory m, double step_s,
                      int n)
{
    static const double slopes[] = {2, 5, 20, 100};
    char measured[64];
    size_t at = 0;

    for (size_t k = 0; k < COUNT(slopes); k++) {
        m.leak = slopes[k];
        at += (size_t)snprintf(measured + at, sizeof measured - at, "%s%.2f", k ? "/" : "",
                               leaks(b, &m, step_s, n, TIMES / 4));
    }
    bench_row(name, measured, "", "", "");
}

void bench_leak(const struct bench *b)
{
    static const struct shapes all[] = {
        {"AR(.8)", MEMORY_AR, {1}, ".08", ".06", ".51 Mann-Kendall"},
        {"sawtooth, 7/20/40/60/100 samples",
         MEMORY_SAWTOOTH,
         {7, 20, 40, 60, 100},
         ".03",
         ".02",
         ".00 Mann-Kendall"},
        {"ramp over .05/.1/.2/.3/.4 of the run",
         MEMORY_RAMP,
         {.05, .1, .2, .3, .4},
         ".08",
         ".05",
         ".9 Mann-Kendall"},
        {"1 - exp(-t/tau), tau .02/.05/.1/.15/.2",
         MEMORY_CURVE,
         {.02, .05, .1, .15, .2},
         ".08",
         ".05",
         ""},
        {"one step at .1/.3/.5/.7/.9", MEMORY_STEP, {.1, .3, .5, .7, .9}, "", "", ""},
        {"logarithm from .001/.01/.1 on: it never ends", MEMORY_LOG, {.001, .01, .1}, "", "", ""},
    };

    bench_title("leak: false alarms, 300 samples");
    for (size_t i = 0; i < COUNT(all); i++)
        false_row(b, &all[i]);
    bench_title("leak: found, of 2/5/20/100 MiB/h, budget 1 MiB/h");
    power_row(b, "1 h, AR(.8) of 0.3 MiB", (struct memory){MEMORY_AR, .3, 1, 0, 0}, 1, 3600);
    power_row(b, "1 h, AR(.8) of 2 MiB", (struct memory){MEMORY_AR, 2, 1, 0, 0}, 1, 3600);
    power_row(b, "1 h, a collector of 20 MiB a minute",
              (struct memory){MEMORY_SAWTOOTH, 20, 60, 0.1, 0}, 1, 3600);
    power_row(b, "1 h, warm-up of 20 MiB within 10 %",
              (struct memory){MEMORY_RAMP, 20, 0.1, 0.3, 0}, 1, 3600);
    power_row(b, "1 h, 300 samples, AR(.8) of 1 MiB", (struct memory){MEMORY_AR, 1, 1, 0, 0}, 12,
              300);
    power_row(b, "5 min, AR(.8) of 0.3 MiB", (struct memory){MEMORY_AR, .3, 1, 0, 0}, 1, 300);
}
