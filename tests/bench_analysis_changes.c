/* The figures of change points by simulation: histories with known changes, pushes one by one, and
 * CPU time. */
#include "tests/bench_analysis.h"
#include "tests/bench_score.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double cvs[] = {0.01, 0.03, 0.05}, shifts[] = {0.02, 0.05, 0.10, 0.20};
enum { CVS = 3, SHIFTS = 4, POINTS = 200 };

static void offline(struct noise *r)
{
    enum { TIMES = 20 };
    struct score all = {0}, clear = {0}, weak = {0};
    static struct made m;
    char text[80];

    for (int kind = 0; kind < SERIES_KINDS; kind++)
        for (int c = 0; c < CVS; c++)
            for (int s = 0; s < SHIFTS; s++)
                for (int i = 0; i < TIMES; i++) {
                    double sd = log1p(shifts[s]) / cvs[c];

                    m = (struct made){.count = POINTS, .cv = cvs[c], .step = log1p(shifts[s])};
                    series_places(&m, r, 1, 4);
                    series_fill(&m, r, (enum series_kind)kind);
                    score_add(&all, &m, 2);
                    if (sd >= 2)
                        score_add(&clear, &m, 2);
                    else if (sd >= 1)
                        score_add(&weak, &m, 2);
                }
    snprintf(text, sizeof text, "%.3f / %.3f", score_f1(&all), share(all.both, all.found));
    bench_row("offline: F1 within 2 points / precision", text, ".77/.90", ".80/.94",
              ".69/.80 tuned Otava");
    snprintf(text, sizeof text, "%.3f / %.3f", share(clear.both, clear.true_ones),
             share(weak.both, weak.true_ones));
    bench_row("recall of steps of 2 sd and more / of 1 to 2 sd", text, ".98/.70", "1.00/.78",
              ".96/.73 MongoDB");
}

static void quiet(struct noise *r)
{
    enum { TIMES = 300 };
    struct score s = {0};
    static struct made m;
    char text[80];

    for (int kind = 0; kind < SERIES_KINDS; kind++)
        for (int i = 0; i < TIMES; i++) {
            m = (struct made){.count = POINTS, .cv = cvs[i % CVS]};
            series_fill(&m, r, (enum series_kind)kind);
            score_add(&s, &m, 2);
        }
    snprintf(text, sizeof text, "%.2f", 1000 * s.false_ones / s.points);
    bench_row("false change points per 1,000 points without change", text, ".5", ".25",
              "1.3 tuned Otava");
}

/* A history as it grows: alarms are change points that are more than 5 from every earlier one. */
struct stream {
    size_t alarm[FOUND_MAX], at[FOUND_MAX], count;
};

static bool is_near(size_t place, const size_t *other, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (place <= other[i] + 5 && other[i] <= place + 5)
            return true;
    return false;
}

enum { STREAM_FROM = 20 };
static void stream_run(const struct made *m, struct stream *out)
{
    *out = (struct stream){0};
    for (size_t n = STREAM_FROM; n <= m->count; n++) {
        struct step_list list;

        changes_find(m->value, n, SCALE_LOG, &list);
        for (size_t i = 0; i < list.count && out->count < FOUND_MAX; i++)
            if (!is_near(list.step[i].index, out->alarm, out->count)) {
                out->alarm[out->count] = list.step[i].index;
                out->at[out->count++] = n;
            }
        step_list_free(&list);
    }
}

static void streamed(struct noise *r)
{
    enum { TIMES = 3 };
    double wrong = 0, pushes = 0;
    static struct made m;
    struct stream stream;
    char text[80];

    for (int kind = 0; kind < SERIES_KINDS; kind++)
        for (int c = 0; c < CVS; c++)
            for (int s = 0; s < SHIFTS; s++)
                for (int i = 0; i < TIMES; i++) {
                    m = (struct made){.count = POINTS, .cv = cvs[c], .step = log1p(shifts[s])};
                    if (i % 3) /* every third history has no change */
                        series_places(&m, r, 1, 4);
                    series_fill(&m, r, (enum series_kind)kind);
                    stream_run(&m, &stream);
                    pushes += (double)(m.count - STREAM_FROM + 1);
                    for (size_t k = 0; k < stream.count; k++)
                        wrong += !is_near(stream.alarm[k], m.change, m.changes);
                }
    snprintf(text, sizeof text, "%.2f", 1000 * wrong / pushes);
    bench_row("new false alarms per 1,000 pushes, streamed", text, "3", "1.5", "3.2 asv");
}

static int number_order(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void delays(struct noise *r)
{
    enum { TIMES = 6, BEFORE = 60, AFTER = 30, MOST = SERIES_KINDS * CVS * SHIFTS * TIMES };
    static double delay[2][MOST];
    size_t count[2] = {0};
    static struct made m;
    struct stream stream;
    char text[80];

    for (int kind = 0; kind < SERIES_KINDS; kind++)
        for (int c = 0; c < CVS; c++)
            for (int s = 1; s < SHIFTS; s++)
                for (int i = 0; i < TIMES; i++) {
                    double sd = log1p(shifts[s]) / cvs[c], late = INFINITY;

                    m = (struct made){.count = BEFORE + AFTER,
                                      .change = {BEFORE},
                                      .changes = 1,
                                      .cv = cvs[c],
                                      .step = log1p(shifts[s])};
                    series_fill(&m, r, (enum series_kind)kind);
                    stream_run(&m, &stream);
                    for (size_t k = 0; k < stream.count; k++)
                        if (stream.at[k] > BEFORE && is_near(stream.alarm[k], m.change, 1))
                            late = fmin(late, (double)(stream.at[k] - BEFORE));
                    if (sd >= 1.5)
                        delay[sd < 3][count[sd < 3]++] = late;
                }
    for (int i = 0; i < 2; i++)
        qsort(delay[i], count[i], sizeof *delay[i], number_order);
    snprintf(text, sizeof text, "%.0f / %.0f", delay[0][count[0] / 2], delay[1][count[1] / 2]);
    bench_row("delay in runs, median, steps of 3 sd / of 1.5 to 3 sd", text, "4/8", "3/6",
              "2/13 tuned Otava");
}

static void speed(struct noise *r)
{
    static const size_t sizes[] = {100, 1000, 10000};
    static const int times[] = {1000, 100, 10};
    static struct made m;
    char text[80] = "";

    for (int k = 0; k < 3; k++) {
        double used = 0, start;

        for (int i = 0; i < times[k]; i++) {
            struct step_list list;

            m = (struct made){.count = sizes[k], .cv = 0.03, .step = 0.1};
            series_places(&m, r, 1, 4);
            series_fill(&m, r, (enum series_kind)(i % SERIES_KINDS));
            start = bench_cpu_s();
            changes_find(m.value, m.count, SCALE_LOG, &list);
            used += bench_cpu_s() - start;
            step_list_free(&list);
        }
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%.2f", k ? " / " : "",
                 1000 * used / times[k]);
    }
    bench_row("CPU per series of 100 / 1,000 / 10,000 points, ms", text, ".3/3/40", ".15/1.5/20",
              "2.4/16.5/229 Otava");
}

void bench_changes(const struct bench *b)
{
    struct noise r = {.state = b->seed};

    bench_title("change points");
    offline(&r);
    quiet(&r);
    streamed(&r);
    delays(&r);
    speed(&r);
    bench_recorded(b);
}
