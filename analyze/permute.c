/* The largest studentised difference under all ways to deal runs out to two sides. */
#include "analyze/shift.h"

#include "schema/text.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { WAYS_MAX = 5000 };

/* splitmix64: Steele, Lea & Flood, Fast splittable pseudorandom number generators, 2014. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

struct deal {
    const double *value; /* rows x columns */
    double *total, *squares, *sum;
    size_t first, rows, columns;
    double floor;
    size_t *chosen; /* the rows of the first side, rising */
};

static void deal_open(struct deal *d, const double *value, size_t first, size_t rows,
                      size_t columns, double floor)
{
    *d = (struct deal){.value = value,
                       .total = mem_get(columns + 1, sizeof(double)),
                       .squares = mem_get(columns + 1, sizeof(double)),
                       .sum = mem_get(columns + 1, sizeof(double)),
                       .first = first,
                       .rows = rows,
                       .columns = columns,
                       .floor = floor,
                       .chosen = mem_get(first + 1, sizeof(size_t))};
    for (size_t i = 0; i < first; i++)
        d->chosen[i] = i;
    for (size_t k = 0; k < rows * columns; k++) {
        d->total[k % columns] += value[k];
        d->squares[k % columns] += value[k] * value[k];
    }
}

static void deal_close(struct deal *d)
{
    free(d->total);
    free(d->squares);
    free(d->sum);
    free(d->chosen);
}

/* Values are centred on about 0, so that sums of squares lose nothing. */
static double deal_largest(struct deal *d)
{
    double n1 = (double)d->first, n2 = (double)(d->rows - d->first), largest = 0;

    memset(d->sum, 0, d->columns * sizeof *d->sum);
    for (size_t i = 0; i < d->first; i++)
        for (size_t k = 0; k < d->columns; k++)
            d->sum[k] += d->value[d->chosen[i] * d->columns + k];
    for (size_t k = 0; k < d->columns; k++) {
        double s1 = d->sum[k], s2 = d->total[k] - s1;
        double within = fmax(0, d->squares[k] - s1 * s1 / n1 - s2 * s2 / n2);
        double variance = fmax(within / (n1 + n2 - 2), d->floor) * (1 / n1 + 1 / n2);
        double change = s2 / n2 - s1 / n1;

        largest = fmax(largest, fabs(change) / sqrt(variance));
    }
    return largest;
}

/* The next way in order; false after the last. */
static bool deal_next(struct deal *d)
{
    size_t i = d->first;

    while (i > 0 && d->chosen[i - 1] == d->rows - d->first + i - 1)
        i--;
    if (i == 0)
        return false;
    d->chosen[i - 1]++;
    for (; i < d->first; i++)
        d->chosen[i] = d->chosen[i - 1] + 1;
    return true;
}

/* Any way: R. W. Floyd's sample (Bentley, Programming Pearls, 1987). Order does not matter. */
static void deal_random(struct deal *d, uint64_t *state)
{
    size_t count = 0;

    for (size_t j = d->rows - d->first; j < d->rows; j++) {
        size_t pick = (size_t)(next_random(state) % (j + 1)), i = 0;

        while (i < count && d->chosen[i] != pick)
            i++;
        d->chosen[count] = i < count ? j : pick;
        count++;
    }
}

static bool few_ways(size_t first, size_t rows)
{
    double ways = 1;

    for (size_t i = 1; i <= first; i++)
        ways *= (double)(rows - first + i) / (double)i;
    return ways <= WAYS_MAX;
}

/* The statistic of each way; the first is that of the rows as they stand. Returns their number. */
static size_t deal_all(struct deal *d, double *largest)
{
    uint64_t state = 20051; /* fixed: the same data give the same answer */
    size_t count = 0;

    if (few_ways(d->first, d->rows)) {
        do
            largest[count++] = deal_largest(d);
        while (deal_next(d));
        return count;
    }
    largest[count++] = deal_largest(d);
    while (count < WAYS_MAX) {
        deal_random(d, &state);
        largest[count++] = deal_largest(d);
    }
    return count;
}

static int falling(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x < *y) - (*x > *y);
}

void permute_largest(const double *value, size_t first, size_t rows, size_t columns, double floor,
                     double alpha, double *p, double *critical)
{
    double *largest = mem_get(WAYS_MAX, sizeof *largest);
    double *centred = mem_get(rows * columns + 1, sizeof *centred);
    struct deal d;
    size_t ways, extreme = 0;

    deal_open(&d, value, first, rows, columns, floor);
    ways = deal_all(&d, largest);
    deal_close(&d);
    for (size_t i = 0; i < ways; i++)
        extreme += largest[i] >= largest[0] * (1 - 1e-9);
    *p = (double)extreme / (double)ways;
    for (size_t k = 0; k < columns; k++) {
        double mean[2] = {0, 0};

        for (size_t i = 0; i < rows; i++)
            mean[i >= first] += value[i * columns + k] / (double)(i < first ? first : rows - first);
        for (size_t i = 0; i < rows; i++)
            centred[i * columns + k] = value[i * columns + k] - mean[i >= first];
    }
    deal_open(&d, centred, first, rows, columns, floor);
    ways = deal_all(&d, largest);
    deal_close(&d);
    qsort(largest, ways, sizeof *largest, falling);
    *critical = largest[(size_t)(alpha * (double)ways)];
    free(largest);
    free(centred);
}
