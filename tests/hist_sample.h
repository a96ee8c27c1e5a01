/* hist_sample: histograms of other implementations.
 *
 * The blobs below and what they say were made once with other implementations: Java HdrHistogram
 * 2.1.11 (Debian's libhdrhistogram-java) and npm's hdr-histogram-js 3.0.1. In Java:
 *
 *   h = new Histogram(lowest, highest, digits);
 *   for (long i = 0; i < 40; i++)
 *       h.recordValueWithCount(i * i * i * i * 997 + 1, i % 3 + 1);   // while within the range
 *   h.encodeIntoCompressedByteBuffer(b);                              // here in base64
 *
 * and min, max, mean and percentiles from the histogram decoded again there. What this program
 * writes was read by both libraries with equal results. */
#ifndef TESTS_HIST_SAMPLE_H
#define TESTS_HIST_SAMPLE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { HIST_SAMPLE_QUANTILES = 10 };
static const double hist_sample_quantile[HIST_SAMPLE_QUANTILES] = {1,  10, 25, 50,   75,
                                                                   90, 95, 99, 99.9, 100};

struct hist_sample {
    const char *name, *blob;
    int64_t count, min, max;
    double mean;
    int64_t at[HIST_SAMPLE_QUANTILES];
};

static const struct hist_sample hist_samples[] = {
    /* 1..3600000000000, 3 digits, and 3600000000000 200 times */
    {"a blob of Java's, our range and precision",
     "HISTFAAAAJp4nC2IoQrCYBRG/3332/1VRIVFjT6Ab7DmU9l0yFhQMBgsRotxzGIa4gOMhQXTWJKBBvMU3CnncCarnWeM"
     "WZg/0tr55Xx2ORr/1R7ch7z5mk6RjPn0NB8hHfDd17KLoMeqo7VFbBlZrVyEljk1ctG4XFJDoiBL6lpwFX5EYyIDH9BA"
     "cBYWoglwAGNoBtTgRnQPNCdnK1/joSYM",
     279,
     1,
     3601330077695,
     2.5809632366141113e12,
     {998, 38305791, 1496317951, 3601330077695, 3601330077695, 3601330077695, 3601330077695,
      3601330077695, 3601330077695, 3601330077695}},
    {"the same not compressed",
     "HISTEwAAAHwAAAAAAAAAAwAAAAAAAAABAAADRjC4oAA/8AAAAAAAAAACxw8ExT8GwyQCtxsE6xMG1RACww4E8QwG4wkC"
     "hQoE5QgG7QcCtQcEiwcG5QUCiQcE1QQGiwUC/wUEgwQGiQQC2QQE4wQGhwMCvQME9QMGtQQC0wIE3QIGhQMCrQME2QMG"
     "twICmwIEtQIG0wIC7QIEjwMGlwIC/6gBkAM=",
     279,
     1,
     3601330077695,
     2.5809632366141113e12,
     {998, 38305791, 1496317951, 3601330077695, 3601330077695, 3601330077695, 3601330077695,
      3601330077695, 3601330077695, 3601330077695}},
    /* 1000..60000000000, 2 digits; the lowest value is 0 for Java */
    {"a coarser one",
     "HISTFAAAAHd4nJNpmSzMwMAQzgABTBCK+QWQ4P3hHsFg/wEqwWLJ9pORaSszy24mtnYmpueMLKcZ2WYyMs1nZOlkZKtm"
     "KmXJZ4tkymdxZ/NnimWxZ7Nl8mTxZtNlMmWxZXNm0mTRBLKNgYYoMymyqLKpM2mz6LMpMgEAKuATpw==",
     79,
     1,
     2315255807,
     4.7435097762025315e8,
     {511, 255999, 10027007, 160432127, 708837375, 1501560831, 2080374783, 2315255807, 2315255807,
      2315255807}},
    /* 1..3600000000, 5 digits */
    {"a finer one",
     "HISTFAAAAMJ4nC2IS0sCYRhGP5/vmfdLCQvEnf+l3yYzdmEmQoYQggzBy2pwIYgQ0apm5UImGkQGBC8wi+6JbgIJPYtz"
     "4JQcv6CUulU7rH0z/3r1m+rkc38QHjFKMxL+GvjtIivvBQnHxyg/59n6PpS/RRZn5zmO0gP5+TDoDAzjSyOrpYXANayN"
     "KTPPwpUtXDmUJ4+4SMi3OcV2NYaPmvFGS69PNGLwbgqJTjWSruZwosW/B8p1sDeABC/A+gu8rmp5uAG20R8/gg==",
     79,
     1,
     2306506751,
     4.744139946075949e8,
     {1, 255233, 9970047, 159520767, 705159167, 1496129535, 2078883839, 2306506751, 2306506751,
      2306506751}},
    /* 1..3600000000000, 3 digits, then shiftValuesLeft(3) */
    {"one with a normalizing index offset",
     "HISTFAAAAJl4nCWIoQ6CYBRGr9/9uL86pm5EjT6Ab0DzlXwAZY4RDAaDxRcwMiwmHoERCCZGcmwaDCZl45Rzdha7YyAi"
     "GxG/k6j0DLpcr24XCV/9mCIK+Q0tXyKb8xlYOUM+4du3eoRozGZorUPqmDhrPMSOJS3x8PO4pcVERda0veKu/KilRAE+"
     "YJHiqqzUMuAMprACaMGD2gn4A0GGJAk=",
     79,
     8,
     18454937599,
     3.795021867088608e9,
     {8, 2042879, 79822847, 1277165567, 5641338879, 11970543615, 16634609663, 18454937599,
      18454937599, 18454937599}},
    /* the values above without the 200, written by hdr-histogram-js with a 64-bit array */
    {"a blob of JavaScript's",
     "HISTFAAAAJd4nD3HoQ3CUBQF0Nf7bt8HQoCkEiQDsAGOlRgAGtJUIBAVGBZA/hSDaggDNBUVqKaKVCDQIEg47sy2h0hE"
     "1iISiIjKTyCiq8XlJP/jPuZtacUc+ZTPyKoJihFfQ2v6iAdse9Y5eMfUWRsicaxoaYhPyA0tIWqyoe0UV+VbzRMl+IDF"
     "irOyVsuBI+hhJdCBe7UM+AKQbyKf",
     79,
     1,
     2306867199,
     474377733.37974685,
     {1, 255359, 9977855, 159645695, 705167359, 1496317951, 2079326207, 2306867199, 2306867199,
      2306867199}},
    {"an empty one",
     "HISTFAAAACF4nJNpmSzMwMDAyAABzFAayGd2M9ixgMH+A1QEAFKmBEw=",
     0,
     INT64_MAX,
     0,
     0,
     {0}},
    /* 5000 2^40 + 12345 times, 7000 2^62 times */
    {"counts of nine bytes",
     "HISTFAAAAC14nJNpmSzMwMAAwiDADKUZgUw3gx0LGOw/QAQOG3860NjQ4PCUvQEGAAqCDjM=",
     4611687117939028025,
     5000,
     7003,
     7001.99952316295,
     {7003, 7003, 7003, 7003, 7003, 7003, 7003, 7003, 7003, 7003}},
};

static inline size_t base64_decode(const char *text, unsigned char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = 0, have = 0;
    size_t length = 0;

    for (; *text && *text != '='; text++) {
        bits = bits << 6 | (unsigned)(strchr(digits, *text) - digits);
        have += 6;
        if (have >= 8)
            out[length++] = (unsigned char)(bits >> (have -= 8));
    }
    return length;
}

#endif
