/* The blob of a histogram: HdrHistogram's V2 encoding, as the Java implementation
 * (AbstractHistogram, ZigZagEncoding; version 2.1.11 as packaged by Debian) writes and reads it.
 * All numbers are big-endian:
 *
 *   int32 cookie 0x1c849304 | 0x10     the packed form: a zlib stream of the plain one
 *   int32 length of the zlib stream
 *
 *   int32 cookie 0x1c849303 | 0x10     the plain form
 *   int32 length of the counts in bytes
 *   int32 normalizing index offset     how Java turns its array in memory; the counts are written
 *                                      in order of value all the same, so it says nothing here
 *   int32 significant digits
 *   int64 lowest, int64 highest value that can be told apart, tracked
 *   double conversion ratio            of Java's DoubleHistogram around this one; not used
 *   counts: ZigZag LEB128 of at most 9 bytes; a negative one is a run of that many zeros
 */
#include "schema/hist.h"
#include "schema/text.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define COOKIE_PACKED UINT32_C(0x1c849304)
#define COOKIE_PLAIN UINT32_C(0x1c849303)
#define COOKIE_WORD UINT32_C(0x10) /* "word size": counts are ZigZag LEB128 */

/* The highest value of the bucket that HIST_MAX lies in: what Java calls the maximum there. */
#define BUCKETS_END (((HIST_MAX >> 31) + 1) * (INT64_C(1) << 31) - 1)

enum { HEAD_PACKED = 8, HEAD_PLAIN = 40, COUNT_BYTES = 9, CHUNK = 4096, DIGITS = 3 };

static void put_be(unsigned char *to, uint64_t value, size_t bytes)
{
    for (size_t i = bytes; i-- > 0; value >>= 8)
        to[i] = (unsigned char)value;
}

static uint64_t get_be(const unsigned char *from, size_t bytes)
{
    uint64_t value = 0;

    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | from[i];
    return value;
}

/* Writing. */

static void put_count(struct text *out, int64_t count)
{
    uint64_t rest = (uint64_t)count << 1 ^ (uint64_t)(count >> 63);
    char byte[COUNT_BYTES];
    size_t n = 0;

    while (rest >= 0x80 && n < COUNT_BYTES - 1) {
        byte[n++] = (char)(rest | 0x80);
        rest >>= 7;
    }
    byte[n++] = (char)rest; /* the ninth byte holds 8 bits */
    text_add_bytes(out, byte, n);
}

static void put_counts(struct text *out, const struct hist *h)
{
    size_t cursor = 0, written = 0;
    int64_t lowest, highest, count;

    while (hist_next(h, &cursor, &lowest, &highest, &count)) {
        size_t zeros = cursor - 1 - written;

        if (zeros > 0)
            put_count(out, zeros > 1 ? -(int64_t)zeros : 0);
        put_count(out, count);
        written = cursor;
    }
    if (written == 0)
        put_count(out, 0); /* Java's empty histogram */
}

static void put_head(unsigned char head[HEAD_PLAIN], size_t counts_length)
{
    static const double ratio = 1;
    uint64_t ratio_bits;

    memcpy(&ratio_bits, &ratio, sizeof ratio_bits);
    put_be(head, COOKIE_PLAIN | COOKIE_WORD, 4);
    put_be(head + 4, counts_length, 4);
    put_be(head + 8, 0, 4);
    put_be(head + 12, DIGITS, 4);
    put_be(head + 16, 1, 8);
    put_be(head + 24, HIST_MAX, 8);
    put_be(head + 32, ratio_bits, 8);
}

void *hist_encode(const struct hist *h, size_t *length)
{
    struct text plain = {0};
    unsigned char head[HEAD_PLAIN] = {0}, *blob;
    uLongf packed;

    text_add_bytes(&plain, (const char *)head, sizeof head);
    put_counts(&plain, h);
    put_head((unsigned char *)plain.data, plain.length - HEAD_PLAIN);
    packed = compressBound(plain.length);
    blob = mem_get(HEAD_PACKED + packed, 1);
    if (compress(blob + HEAD_PACKED, &packed, (const Bytef *)plain.data, plain.length) != Z_OK)
        abort(); /* only for want of memory: compressBound() is room enough */
    text_free(&plain);
    put_be(blob, COOKIE_PACKED | COOKIE_WORD, 4);
    put_be(blob + 4, packed, 4);
    *length = HEAD_PACKED + packed;
    return mem_grow(blob, *length, 1);
}

/* Reading. A reader hands out the bytes of the plain form, from memory or by inflating a piece at a
 * time, so that a small blob that grows to gigabytes is refused at the first byte too many. */

struct reader {
    const unsigned char *at, *end;
    bool packed;
    z_stream zlib;
    unsigned char piece[CHUNK];
};

static bool blob_bad(struct err *e, const char *what)
{
    return err_set(e, ERR_STORE, "not a readable HdrHistogram: %s", what);
}

static bool reader_open(struct reader *r, const unsigned char *blob, size_t length, struct err *e)
{
    uint64_t stream;

    memset(r, 0, sizeof *r);
    r->at = blob;
    r->end = blob + length;
    if (length < HEAD_PACKED)
        return blob_bad(e, "it is too short");
    if (get_be(blob, 4) == (COOKIE_PLAIN | COOKIE_WORD))
        return true;
    if (get_be(blob, 4) != (COOKIE_PACKED | COOKIE_WORD))
        return blob_bad(e, "it does not begin as the V2 encoding does");
    stream = get_be(blob + 4, 4);
    if (stream > length - HEAD_PACKED)
        return blob_bad(e, "it is shorter than it says");
    r->zlib.next_in = (Bytef *)(blob + HEAD_PACKED);
    r->zlib.avail_in = (uInt)stream;
    if (inflateInit(&r->zlib) != Z_OK)
        return err_set(e, ERR_STORE, "zlib: out of memory");
    r->packed = true;
    r->at = r->end = r->piece;
    return true;
}

static void reader_close(struct reader *r)
{
    if (r->packed)
        inflateEnd(&r->zlib);
}

/* False at the end, and where the zlib stream is damaged. */
static bool reader_byte(struct reader *r, unsigned char *byte)
{
    if (r->at == r->end && r->packed) {
        int done;

        r->zlib.next_out = r->piece;
        r->zlib.avail_out = CHUNK;
        done = inflate(&r->zlib, Z_NO_FLUSH);
        if (done != Z_OK && done != Z_STREAM_END)
            return false;
        r->at = r->piece;
        r->end = r->zlib.next_out;
    }
    if (r->at == r->end)
        return false;
    *byte = *r->at++;
    return true;
}

/* True when nothing follows; the zlib stream's checksum has been verified then. */
static bool reader_at_end(struct reader *r)
{
    unsigned char byte;

    if (!r->packed)
        return true; /* Java's buffers may be larger than what was written to them */
    return !reader_byte(r, &byte) && inflate(&r->zlib, Z_FINISH) == Z_STREAM_END;
}

/* How the buckets of a blob lie, which need not be as ours. */
struct layout {
    unsigned unit, half_bits; /* powers of two: the smallest bucket, the buckets per doubling */
    size_t buckets;
};

static bool layout_get(struct layout *l, uint64_t digits, int64_t lowest, int64_t highest,
                       struct err *e)
{
    static const unsigned char half_bits[] = {0, 4, 7, 10, 14, 17}; /* of 2 * 10^digits, halved */
    size_t doublings = 1;

    if (digits >= sizeof half_bits || lowest < 1 || highest / 2 < lowest)
        return blob_bad(e, "its range or precision cannot be");
    l->half_bits = half_bits[digits];
    l->unit = 63 - (unsigned)__builtin_clzll((uint64_t)lowest);
    if (l->unit + l->half_bits + 1 > 62)
        return blob_bad(e, "its range or precision cannot be");
    for (unsigned shift = l->unit + l->half_bits + 1; shift < 63 && highest >> shift > 0; shift++)
        doublings++;
    l->buckets = (doublings + 1) << l->half_bits;
    return true;
}

static void layout_bucket(const struct layout *l, size_t index, int64_t *lowest, int64_t *highest)
{
    size_t half = index >> l->half_bits, shift = half > 1 ? half - 1 : 0;

    *lowest = (int64_t)(index - (shift << l->half_bits)) << (shift + l->unit);
    *highest = *lowest + (int64_t)((UINT64_C(1) << (shift + l->unit)) - 1);
}

static bool get_count(struct reader *r, size_t *left, int64_t *count)
{
    uint64_t bits = 0;
    unsigned char byte = 0x80;

    for (unsigned shift = 0; byte & 0x80 && shift < 7 * COUNT_BYTES; shift += 7) {
        if (*left == 0 || !reader_byte(r, &byte))
            return false;
        --*left;
        if (shift == 7 * (COUNT_BYTES - 1)) {
            bits |= (uint64_t)byte << shift;
            break;
        }
        bits |= (uint64_t)(byte & 0x7f) << shift;
    }
    *count = (int64_t)(bits >> 1) ^ -(int64_t)(bits & 1);
    return true;
}

/* What the buckets seen so far say of the values in them. */
struct extent {
    int64_t min, max;
    double sum;
};

static int64_t extent_limit(int64_t ns)
{
    return ns < 1 ? 1 : ns > BUCKETS_END ? BUCKETS_END : ns;
}

static void bucket_put(struct hist *h, struct extent *x, const struct layout *l, size_t index,
                       int64_t count)
{
    int64_t lowest, highest, middle;

    layout_bucket(l, index, &lowest, &highest);
    middle = lowest + (highest - lowest + 1) / 2; /* as Java's getMean() */
    hist_add_n(h, highest, count);
    x->sum += (double)extent_limit(middle) * (double)count;
    if (x->max == 0)
        x->min = extent_limit(lowest);
    x->max = extent_limit(highest);
}

static bool counts_read(struct hist *h, struct reader *r, const struct layout *l, size_t left,
                        struct err *e)
{
    struct extent x = {INT64_MAX, 0, 0};
    int64_t count;

    for (size_t index = 0; left > 0;) {
        if (!get_count(r, &left, &count))
            return blob_bad(e, "its counts are cut off or damaged");
        if (count < 0 ? (uint64_t) - (count + 1) >= l->buckets - index : index >= l->buckets)
            return blob_bad(e, "it has more counts than its range allows");
        if (count > INT64_MAX - h->total)
            return blob_bad(e, "its counts add up to more than can be");
        if (count > 0)
            bucket_put(h, &x, l, index, count);
        index += count < 0 ? (size_t)-count : 1;
    }
    h->min = x.min;
    h->max = x.max;
    h->sum = x.sum;
    return true;
}

static bool plain_read(struct hist *h, struct reader *r, struct err *e)
{
    unsigned char head[HEAD_PLAIN];
    struct layout l = {0};
    size_t counts_length;

    for (size_t i = 0; i < sizeof head; i++)
        if (!reader_byte(r, &head[i]))
            return blob_bad(e, "it is cut off or damaged");
    if (get_be(head, 4) != (COOKIE_PLAIN | COOKIE_WORD))
        return blob_bad(e, "what is packed in it is not the V2 encoding");
    counts_length = get_be(head + 4, 4);
    if (!layout_get(&l, get_be(head + 12, 4), (int64_t)get_be(head + 16, 8),
                    (int64_t)get_be(head + 24, 8), e) ||
        !counts_read(h, r, &l, counts_length, e))
        return false;
    return reader_at_end(r) || blob_bad(e, "its end is damaged or further than it says");
}

bool hist_decode(struct hist *h, const void *blob, size_t length, struct err *e)
{
    struct reader r;
    bool good;

    hist_reset(h);
    if (!reader_open(&r, blob, length, e))
        return false;
    good = plain_read(h, &r, e);
    reader_close(&r);
    if (!good)
        hist_reset(h);
    return good;
}
