#include "schema/hist.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Values below 2048 have a bucket each; from there on, each doubling of the value has 1024 buckets
 * (3 significant digits need 2 * 10^3 steps, rounded up to a power of two). */
enum { HALF_BITS = 10, LINEAR = 2 << HALF_BITS };

static size_t bucket_index(int64_t ns)
{
    unsigned shift = 63 - HALF_BITS - (unsigned)__builtin_clzll((uint64_t)ns | (LINEAR - 1));

    return ((size_t)shift << HALF_BITS) + (size_t)(ns >> shift);
}

static unsigned bucket_shift(size_t index)
{
    return index < LINEAR ? 0 : (unsigned)(index >> HALF_BITS) - 1;
}

static int64_t bucket_lowest(size_t index)
{
    unsigned shift = bucket_shift(index);

    return (int64_t)(index - ((size_t)shift << HALF_BITS)) << shift;
}

static int64_t bucket_highest(size_t index)
{
    return bucket_lowest(index) + (INT64_C(1) << bucket_shift(index)) - 1;
}

static int64_t count_add(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

void hist_open(struct hist *h)
{
    *h = (struct hist){.counts = mem_get(HIST_BUCKETS, sizeof *h->counts), .min = INT64_MAX};
}

void hist_close(struct hist *h)
{
    free(h->counts);
    *h = (struct hist){.min = INT64_MAX};
}

void hist_reset(struct hist *h)
{
    if (h->total > 0) {
        size_t first = bucket_index(h->min), last = bucket_index(h->max);

        memset(h->counts + first, 0, (last - first + 1) * sizeof *h->counts);
    }
    *h = (struct hist){.counts = h->counts, .min = INT64_MAX};
}

static int64_t value_limit(int64_t ns)
{
    return ns < 1 ? 1 : ns > HIST_MAX ? HIST_MAX : ns;
}

void hist_add(struct hist *h, int64_t ns)
{
    ns = value_limit(ns);
    h->counts[bucket_index(ns)]++;
    h->total++;
    h->sum += (double)ns;
    if (ns < h->min)
        h->min = ns;
    if (ns > h->max)
        h->max = ns;
}

void hist_add_n(struct hist *h, int64_t ns, int64_t count)
{
    int64_t *bucket;

    if (count < 1)
        return;
    ns = value_limit(ns);
    bucket = &h->counts[bucket_index(ns)];
    *bucket = count_add(*bucket, count);
    h->total = count_add(h->total, count);
    h->sum += (double)ns * (double)count;
    if (ns < h->min)
        h->min = ns;
    if (ns > h->max)
        h->max = ns;
}

void hist_merge(struct hist *into, const struct hist *from)
{
    if (from->total == 0)
        return;
    for (size_t i = bucket_index(from->min), last = bucket_index(from->max); i <= last; i++)
        into->counts[i] = count_add(into->counts[i], from->counts[i]);
    into->total = count_add(into->total, from->total);
    into->sum += from->sum;
    if (from->min < into->min)
        into->min = from->min;
    if (from->max > into->max)
        into->max = from->max;
}

int64_t hist_percentile(const struct hist *h, double p)
{
    double rank;
    int64_t below = 0;

    if (h->total == 0)
        return 0;
    if (!(p > 0))
        return h->min;
    if (p >= 100)
        return h->max;
    /* One ulp less before rounding up, as Java does: 99.9 % of 1000 is the 999th, although the
     * product comes out a little above 999. */
    rank = ceil(nextafter(p, 0) * (double)h->total / 100);
    for (size_t i = bucket_index(h->min), last = bucket_index(h->max); i < last; i++) {
        below = count_add(below, h->counts[i]);
        if (below > 0 && (double)below >= rank)
            return bucket_highest(i);
    }
    return h->max;
}

double hist_mean(const struct hist *h)
{
    return h->total > 0 ? h->sum / (double)h->total : 0;
}

bool hist_next(const struct hist *h, size_t *cursor, int64_t *lowest, int64_t *highest,
               int64_t *count)
{
    size_t last;

    if (h->total == 0)
        return false;
    last = bucket_index(h->max);
    for (size_t i = *cursor > 0 ? *cursor : bucket_index(h->min); i <= last; i++) {
        if (h->counts[i] == 0)
            continue;
        *cursor = i + 1;
        *lowest = bucket_lowest(i);
        *highest = bucket_highest(i);
        *count = h->counts[i];
        return true;
    }
    return false;
}
