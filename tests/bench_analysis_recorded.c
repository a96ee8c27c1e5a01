/* The figures of change points on recorded series: real noise of CI with steps put into it, and the
 * annotated series of TCPD (van den Burg & Williams, An evaluation of change point detection
 * algorithms, 2020; scores as their section 3 defines them). */
#include "schema/json.h"
#include "schema/text.h"
#include "tests/bench_analysis.h"
#include "tests/bench_score.h"

#include <cJSON.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 200 };

static cJSON *file_read(const char *folder, const char *pattern)
{
    char *name = mem_printf("%s/%s", folder, pattern);
    struct text text = {0};
    cJSON *root = NULL;
    struct err e;
    char buffer[4096];
    size_t length;
    glob_t found;
    FILE *file;

    if (glob(name, 0, NULL, &found) == 0) {
        file = fopen(found.gl_pathv[0], "r");
        while (file && (length = fread(buffer, 1, sizeof buffer, file)) > 0)
            text_add_bytes(&text, buffer, length);
        if (file)
            fclose(file);
        if (text.data)
            root = json_read(text.data, text.length, found.gl_pathv[0], JSON_STRICT, &e);
        globfree(&found);
    }
    text_free(&text);
    free(name);
    return root;
}

static size_t numbers_read(const cJSON *array, double *out, size_t most)
{
    const cJSON *item;
    size_t n = 0;

    cJSON_ArrayForEach(item, array) if (n < most) out[n++] =
        cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
    return n;
}

/* A stretch of a recorded series without its order, which leaves the noise and no change; 0 to 3
 * steps of 5, 10 or 20 % are put into it. */
static bool real_make(struct made *m, const cJSON *series, struct noise *r, int i)
{
    static double all[SERIES_MAX];
    static const double shift[] = {0.05, 0.10, 0.20};
    size_t count =
               numbers_read(cJSON_GetObjectItemCaseSensitive(series, "values"), all, SERIES_MAX),
           from;

    for (size_t k = 0; k < count; k++)
        if (!(all[k] > 0))
            return false;
    if (count < POINTS)
        return false;
    from = (size_t)(noise_uniform(r) * (double)(count - POINTS + 1));
    *m = (struct made){.count = POINTS, .step = log1p(shift[i % 3])};
    memcpy(m->value, all + from, POINTS * sizeof *all);
    for (size_t k = POINTS - 1; k > 0; k--) {
        size_t j = (size_t)(noise_uniform(r) * (double)(k + 1));
        double swap = m->value[k];

        m->value[k] = m->value[j];
        m->value[j] = swap;
    }
    series_places(m, r, 0, 3);
    for (size_t k = 0; k < m->changes; k++) {
        double factor = exp(noise_uniform(r) < 0.5 ? m->step : -m->step);

        for (size_t j = m->change[k]; j < POINTS; j++)
            m->value[j] *= factor;
    }
    return true;
}

static void real_noise(const cJSON *root, const struct bench *b)
{
    enum { TIMES = 900, TRIES = 20 };
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "series"), *item, **series;
    struct noise r = {.state = b->seed + 1};
    size_t count = 0, size = (size_t)cJSON_GetArraySize(list);
    struct score s = {0};
    static struct made m;
    char text[80];

    series = mem_get(size + 1, sizeof *series);
    cJSON_ArrayForEach(item, list) series[count++] = item;
    for (int i = 0; i < TIMES && count; i++)
        for (int k = 0; k < TRIES; k++)
            if (real_make(&m, series[(size_t)(noise_uniform(&r) * (double)count)], &r, i)) {
                score_add(&s, &m, 2);
                s.points -= m.changes ? (double)m.count : 0;
                break;
            }
    free(series);
    snprintf(text, sizeof text, "%.3f / %.2f", score_f1(&s), share(1000 * s.false_ones, s.points));
    bench_row("real noise of CI: F1 / false per 1,000", text, ".73/.2", ".76/0", ".72/.5 MongoDB");
}

/* The places of one annotator or prediction that count, with 0 as the trivial one. */
struct marks {
    size_t at[FOUND_MAX], count;
};

static void marks_add(struct marks *m, size_t at)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->at[i] == at)
            return;
    if (m->count < FOUND_MAX)
        m->at[m->count++] = at;
}

static int place_order(const void *a, const void *b)
{
    const size_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double matched(const struct marks *t, const struct marks *x)
{
    bool taken[FOUND_MAX] = {false};
    double n = 0;

    for (size_t i = 0; i < t->count; i++)
        n += match(t->at[i], x->at, x->count, taken, 5);
    return n;
}

/* How much of each true segment its best predicted one covers. */
static double covering(const struct marks *t, const struct marks *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < t->count; i++) {
        size_t l = t->at[i], r = i + 1 < t->count ? t->at[i + 1] : n;
        double best = 0;

        for (size_t k = 0; k < x->count; k++) {
            size_t p = x->at[k], q = k + 1 < x->count ? x->at[k + 1] : n;
            double both = (double)(r < q ? r : q) - (double)(l > p ? l : p);

            if (both > 0)
                best = fmax(best, both / ((double)(r > q ? r : q) - (double)(l < p ? l : p)));
        }
        sum += best * (double)(r - l);
    }
    return sum / (double)n;
}

static void tcpd_one(const cJSON *item, double *f1, double *cover)
{
    static double value[SERIES_MAX];
    const cJSON *people = cJSON_GetObjectItemCaseSensitive(item, "annotations"), *one;
    size_t n = numbers_read(cJSON_GetObjectItemCaseSensitive(item, "values"), value, SERIES_MAX);
    struct marks found = {.count = 1}, all = {.count = 1};
    struct step_list list;
    double recall = 0, persons = 0, precision;

    changes_find(value, n, SCALE_LOG, &list);
    for (size_t i = 0; i < list.count; i++)
        if (list.step[i].index < n - 1)
            marks_add(&found, list.step[i].index);
    step_list_free(&list);
    *cover = 0;
    cJSON_ArrayForEach(one, people)
    {
        struct marks t = {.count = 1};
        const cJSON *at;

        cJSON_ArrayForEach(at, one) marks_add(&t, (size_t)at->valuedouble);
        qsort(t.at, t.count, sizeof *t.at, place_order);
        for (size_t i = 0; i < t.count; i++)
            marks_add(&all, t.at[i]);
        recall += matched(&t, &found) / (double)t.count;
        *cover += covering(&t, &found, n);
        persons++;
    }
    qsort(all.at, all.count, sizeof *all.at, place_order);
    precision = matched(&all, &found) / (double)found.count;
    recall /= persons;
    *cover /= persons;
    *f1 = 2 * precision * recall / (precision + recall);
}

static void tcpd(const cJSON *root)
{
    double f1 = 0, cover = 0, count = 0;
    const cJSON *item;
    char text[80];

    cJSON_ArrayForEach(item, root)
    {
        double one_f1, one_cover;

        tcpd_one(item, &one_f1, &one_cover);
        f1 += one_f1;
        cover += one_cover;
        count++;
    }
    snprintf(text, sizeof text, "%.3f / %.3f", share(f1, count), share(cover, count));
    bench_row("TCPD: F1 / cover", text, ".73/.70", ".75/.73", ".730/.683 BinSeg");
}

void bench_recorded(const struct bench *b)
{
    cJSON *history = b->data ? file_read(b->data, "ci_history*.json") : NULL;
    cJSON *annotated = b->data ? file_read(b->data, "tcpd*.json") : NULL;

    if (history)
        real_noise(history, b);
    else
        bench_row("real noise of CI: F1 / false per 1,000", "skipped: no file", ".73/.2", ".76/0",
                  ".72/.5 MongoDB");
    if (annotated)
        tcpd(annotated);
    else
        bench_row("TCPD: F1 / cover", "skipped: no file", ".73/.70", ".75/.73", ".730/.683 BinSeg");
    cJSON_Delete(history);
    cJSON_Delete(annotated);
}
