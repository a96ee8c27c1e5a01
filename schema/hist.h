/* hist: a histogram of durations, as HdrHistogram keeps and writes it.
 *
 * Values are nanoseconds from 1 to HIST_MAX (one hour) with 3 significant decimal digits: value v
 * lies in a bucket whose width is at most v/1000. Smaller values count as 1, larger as HIST_MAX.
 * The blob is HdrHistogram's V2 compressed encoding (cookie 0x1c849304 | 0x10 around zlib around
 * 0x1c849303 | 0x10; ZigZag LEB128 counts, runs of zeros negative), readable by its Java, C and
 * JavaScript libraries; their blobs, of other ranges and precisions too, are read here.
 * Source: Gil Tene, HdrHistogram, https://hdrhistogram.org, the file format as in its Java
 * implementation. Not thread-safe.
 */
#ifndef SCHEMA_HIST_H
#define SCHEMA_HIST_H

#include "schema/err.h"

#include <stddef.h>
#include <stdint.h>

#define HIST_MAX INT64_C(3600000000000)

enum { HIST_BUCKETS = 33792 }; /* as many as the Java implementation has for this range */

/* Milliseconds in one unit of a histogram: column unit_value. */
#define HIST_UNIT_MS 0.000001

/* Units in a millisecond. Dividing by it rounds once, so that 236,799 ns is 0.236799 ms. */
#define HIST_PER_MS 1e6

struct hist {
    int64_t *counts; /* HIST_BUCKETS of them */
    int64_t total;
    int64_t min, max; /* exact; min is INT64_MAX and max 0 while empty */
    double sum;       /* exact values as they were recorded, not of buckets */
};

void hist_open(struct hist *h); /* empty; ends the program when memory runs out */
void hist_close(struct hist *h);
void hist_reset(struct hist *h);

/* Counts stop at INT64_MAX, where only hostile blobs get. */
void hist_add(struct hist *h, int64_t ns);
void hist_add_n(struct hist *h, int64_t ns, int64_t count); /* a count below 1 adds nothing */
void hist_merge(struct hist *into, const struct hist *from);

/* The highest value of the bucket in which the p-th percentile lies (0 <= p <= 100), as Java's
 * getValueAtPercentile, but never above max, so that p99 cannot exceed the maximum told beside it;
 * p = 0 gives min. 0 while empty. */
int64_t hist_percentile(const struct hist *h, double p);
double hist_mean(const struct hist *h); /* 0 while empty */

/* Walks the buckets that are not empty, from the lowest value. Start with *cursor = 0; false when
 * there is no further one. lowest and highest are the values the bucket stands for. */
bool hist_next(const struct hist *h, size_t *cursor, int64_t *lowest, int64_t *highest,
               int64_t *count);

/* Writes the blob to the heap; the caller frees it. */
void *hist_encode(const struct hist *h, size_t *length);

/* Fills *h, an opened one, from a blob that may be hostile: ERR_STORE and a sentence for anything
 * that is not a histogram, which leaves *h empty; nothing is allocated for what a blob claims. min,
 * max and sum are of the blob's buckets (it does not keep the exact ones), as Java tells them.
 * Wider buckets than ours are counted at their highest value, which keeps percentiles as Java's. */
bool hist_decode(struct hist *h, const void *blob, size_t length, struct err *e);

#endif
