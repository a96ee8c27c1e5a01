#include "analyze/spread.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* From here on a cell's own MAD says something, or the floor does. */
enum { RUNS_FOR_MAD = 5, DF_FOR_FLOOR = 10 };

static const double winsor_limit = 2.5; /* in standard deviations */

struct entry {
    int session;
    double value;
};

static int entry_order(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->session != y->session)
        return x->session < y->session ? -1 : 1;
    return (x->value > y->value) - (x->value < y->value);
}

static int value_order(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double sorted_median(const double *value, size_t count)
{
    return (value[(count - 1) / 2] + value[count / 2]) / 2;
}

/* The factor that makes 1.4826 MAD of few normal values unbiased: Croux & Rousseeuw,
 * Time-efficient algorithms for two highly robust estimators of scale, 1992. */
static double mad_correction(size_t count)
{
    static const double factor[] = {0, 0, 1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107};

    return count < 10 ? factor[count] : (double)count / ((double)count - 0.8);
}

double values_mad_sd(double *value, size_t count, double *median)
{
    qsort(value, count, sizeof *value, value_order);
    *median = sorted_median(value, count);
    for (size_t i = 0; i < count; i++)
        value[i] = fabs(value[i] - *median);
    qsort(value, count, sizeof *value, value_order);
    return 1.4826 * mad_correction(count) * sorted_median(value, count);
}

double rounding_variance(double *value, size_t count)
{
    double step = INFINITY;
    size_t ties = 0;

    qsort(value, count, sizeof *value, value_order);
    for (size_t i = 1; i < count; i++) {
        if (value[i] > value[i - 1])
            step = fmin(step, value[i] - value[i - 1]);
        else
            ties++;
    }
    return ties > 0 && isfinite(step) ? step * step / 12 : 0;
}

/* Sorted by session and value: cells are contiguous, and the order of runs cannot matter. */
static size_t entries_sorted(const struct sample *sample, int session, struct entry *entry)
{
    size_t count = 0;

    for (size_t i = 0; i < sample->count; i++) {
        double value = sample->value[i];

        if (isfinite(value) && value > 0)
            entry[count++] =
                (struct entry){sample->session ? sample->session[i] : session, log(value)};
    }
    qsort(entry, count, sizeof *entry, entry_order);
    return count;
}

void side_open(struct side *s, const struct sample *sample, int session)
{
    struct entry *entry = mem_get(sample->count + 1, sizeof *entry);
    double *scratch, median;

    *s = (struct side){.runs = entries_sorted(sample, session, entry)};
    s->value = mem_get(s->runs + 1, sizeof *s->value);
    s->cell = mem_get(s->runs + 1, sizeof *s->cell);
    for (size_t i = 0; i < s->runs; i++) {
        s->value[i] = entry[i].value;
        if (i == 0 || entry[i].session != entry[i - 1].session)
            s->cell[s->cells++] = (struct cell){&s->value[i], .session = entry[i].session};
        s->cell[s->cells - 1].runs++;
    }
    scratch = mem_get(s->runs + 1, sizeof *scratch);
    for (size_t i = 0; i < s->cells; i++) {
        struct cell *c = &s->cell[i];

        if (c->runs < RUNS_FOR_MAD)
            continue;
        memcpy(scratch, c->value, c->runs * sizeof *scratch);
        c->mad_sd = values_mad_sd(scratch, c->runs, &median);
    }
    free(scratch);
    free(entry);
}

void side_free(struct side *s)
{
    free(s->cell);
    free(s->value);
    *s = (struct side){0};
}

/* Mean and squares of the values pulled in to [low, high]. */
static void cell_summarise(struct cell *c, double low, double high)
{
    double sum = 0, origin = sorted_median(c->value, c->runs);

    c->outliers = 0;
    c->squares = 0;
    for (size_t i = 0; i < c->runs; i++) {
        c->outliers += c->value[i] < low || c->value[i] > high;
        sum += fmin(fmax(c->value[i], low), high) - origin;
    }
    c->mean = origin + sum / (double)c->runs;
    for (size_t i = 0; i < c->runs; i++) {
        double rest = fmin(fmax(c->value[i], low), high) - c->mean;

        c->squares += rest * rest;
    }
}

static void cell_winsorise(struct cell *c, const struct noise_floor *noise)
{
    double median = sorted_median(c->value, c->runs);
    bool trusted = c->runs >= RUNS_FOR_MAD || noise->df >= DF_FOR_FLOOR;
    double cut = trusted ? winsor_limit * fmax(noise->sd, c->mad_sd) : 0;

    if (!(cut > 0)) /* few runs, or more than half of them equal: no scale to cut by */
        cut = INFINITY;
    cell_summarise(c, median - cut, median + cut);
    /* Where the values themselves set the cut, those cut tell nothing of the noise: Dixon & Tukey,
     * Approximate behavior of the distribution of winsorized t, 1968. */
    c->df = (double)(c->runs - 1);
    if (c->mad_sd > noise->sd && c->outliers > 0) {
        double left = (double)(c->runs - c->outliers - 1);

        c->squares *= c->df / left;
        c->df = left;
    }
}

void side_winsorise(struct side *s, const struct noise_floor *noise)
{
    s->outliers = 0;
    s->mean = s->squares = s->df = 0;
    for (size_t i = 0; i < s->cells; i++) {
        struct cell *c = &s->cell[i];

        cell_winsorise(c, noise);
        s->outliers += c->outliers;
        s->mean += c->mean / (double)s->cells;
        s->squares += c->squares;
        s->df += c->df;
    }
}

struct noise_floor history_winsorise(struct side *history)
{
    struct noise_floor noise = {INFINITY, 0};

    /* The first turn cuts nothing: one stalled run would set the floor for good. */
    for (int turn = 0; turn < 20; turn++) {
        double last = noise.sd;

        side_winsorise(history, &noise);
        if (history->df == 0)
            return (struct noise_floor){0, 0};
        noise = (struct noise_floor){sqrt(history->squares / history->df), history->df};
        if (noise.sd >= last * 0.99)
            break;
    }
    return noise;
}
