#include "runner/curve.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>

void curve_add(struct curve *c, int64_t at_ns, double value)
{
    if (c->count == c->capacity) {
        c->capacity = c->capacity ? 2 * c->capacity : 256;
        c->point = mem_grow(c->point, c->capacity, sizeof *c->point);
    }
    c->point[c->count++] = (struct curve_point){at_ns, value};
}

void curve_free(struct curve *c)
{
    free(c->point);
    *c = (struct curve){0};
}

/* The first point at or after `at`; count where there is none. */
static size_t curve_find(const struct curve *c, int64_t at_ns)
{
    size_t low = 0, high = c->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (c->point[middle].at_ns < at_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static double curve_at(const struct curve *c, int64_t at_ns)
{
    size_t i = curve_find(c, at_ns);
    const struct curve_point *a, *b;

    if (i == 0)
        return c->point[0].value;
    if (i == c->count)
        return c->point[c->count - 1].value;
    a = &c->point[i - 1];
    b = &c->point[i];
    return a->value +
           (b->value - a->value) * (double)(at_ns - a->at_ns) / (double)(b->at_ns - a->at_ns);
}

double curve_rate(const struct curve *c, int64_t from_ns, int64_t to_ns)
{
    int64_t slack = (to_ns - from_ns) / 10;

    if (c->count < 2 || to_ns <= from_ns || c->point[0].at_ns > from_ns + slack ||
        c->point[c->count - 1].at_ns < to_ns - slack)
        return NAN;
    return (curve_at(c, to_ns) - curve_at(c, from_ns)) / (double)(to_ns - from_ns) * 1e9;
}

double curve_max(const struct curve *c, int64_t from_ns, int64_t to_ns)
{
    double most = NAN;

    for (size_t i = curve_find(c, from_ns); i < c->count && c->point[i].at_ns <= to_ns; i++)
        most = fmax(most, c->point[i].value);
    return most;
}

static int double_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *value, size_t count)
{
    qsort(value, count, sizeof *value, double_order);
    return (value[(count - 1) / 2] + value[count / 2]) / 2;
}

double curve_slope(const struct curve *c, int64_t from_ns, int64_t to_ns)
{
    enum { BLOCKS = 20 };
    size_t first = curve_find(c, from_ns), last = curve_find(c, to_ns), n = 0;
    double time[BLOCKS], level[BLOCKS], slope[BLOCKS * (BLOCKS - 1) / 2], *block;

    if (last < first + CURVE_SLOPE_MIN)
        return NAN;
    block = mem_get((last - first) / BLOCKS + 1, sizeof *block);
    for (size_t b = 0; b < BLOCKS; b++) {
        size_t begin = first + b * (last - first) / BLOCKS;
        size_t end = first + (b + 1) * (last - first) / BLOCKS;

        for (size_t i = begin; i < end; i++)
            block[i - begin] = c->point[i].value;
        level[b] = median(block, end - begin);
        time[b] = ((double)c->point[begin].at_ns + (double)c->point[end - 1].at_ns) / 2e9;
    }
    free(block);
    for (size_t i = 0; i < BLOCKS; i++)
        for (size_t j = i + 1; j < BLOCKS; j++)
            slope[n++] = (level[j] - level[i]) / (time[j] - time[i]);
    return median(slope, n);
}
