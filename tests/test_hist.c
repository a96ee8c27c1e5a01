/* Encoding and decoding, against other implementations, and how hostile blobs are answered. */
#include "schema/hist.h"
#include "schema/text.h"
#include "tests/hist_sample.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <zlib.h>

static void fill(struct hist *h)
{
    for (int64_t i = 0; i < 40; i++)
        hist_add_n(h, i * i * i * i * 997 + 1, i % 3 + 1);
    for (int i = 0; i < 200; i++)
        hist_add(h, HIST_MAX);
}

static void test_foreign(const struct hist_sample *s)
{
    unsigned char blob[512];
    struct hist h;
    struct err e = {0};
    bool same = true;
    /* buckets of 5 digits are within 1/1000 of ours, all others are ours or made of ours */
    double tolerance = strcmp(s->name, "a finer one") == 0 ? 0.001 : 0;

    hist_open(&h);
    OK(hist_decode(&h, blob, base64_decode(s->blob, blob), &e), "%s is read", s->name);
    OK(h.total == s->count && h.min == s->min && h.max == s->max, "%s: count, min, max", s->name);
    tap_near(hist_mean(&h), s->mean, 1e-12, "... mean");
    for (int i = 0; i < HIST_SAMPLE_QUANTILES; i++) {
        int64_t got = hist_percentile(&h, hist_sample_quantile[i]);

        if (fabs((double)(got - s->at[i])) > tolerance * (double)s->at[i]) {
            same = false;
            printf("# p%g: %ld, not %ld\n", hist_sample_quantile[i], (long)got, (long)s->at[i]);
        }
    }
    OK(same, "... percentiles");
    hist_close(&h);
}

/* What is inside the zlib stream; its own bytes may differ with the version of zlib. */
static size_t unpack(const unsigned char *blob, size_t length, unsigned char *out, size_t room)
{
    uLongf got = room;

    return uncompress(out, &got, blob + 8, length - 8) == Z_OK ? got : 0;
}

static void test_written(void)
{
    unsigned char theirs[512], plain[512];
    size_t length, want, got;
    unsigned char *blob;
    struct hist h;

    hist_open(&h);
    fill(&h);
    blob = hist_encode(&h, &length);
    want = base64_decode(hist_samples[1].blob, theirs);
    got = unpack(blob, length, plain, sizeof plain);
    OK(memcmp(blob, "\x1c\x84\x93\x14", 4) == 0, "begins with the cookie");
    OK(got == want && memcmp(plain, theirs, want) == 0, "writes byte for byte what Java writes");
    free(blob);
    hist_reset(&h);
    OK(h.total == 0 && hist_percentile(&h, 50) == 0 && hist_mean(&h) == 0, "reset empties");
    blob = hist_encode(&h, &length);
    want = base64_decode("HISTEwAAAAEAAAAAAAAAAwAAAAAAAAABAAADRjC4oAA/8AAAAAAAAAA=", theirs);
    got = unpack(blob, length, plain, sizeof plain);
    OK(got == want && memcmp(plain, theirs, want) == 0, "so does an empty one");
    free(blob);
    hist_close(&h);
}

/* Values of every size, so that the law of the buckets is seen at each of their borders. */
static void test_buckets(void)
{
    struct hist h;
    bool exact = true, narrow = true, border = true;

    hist_open(&h);
    for (unsigned bit = 0; bit < 42; bit++) {
        for (int64_t d = -2; d <= 2; d++) {
            int64_t v = (INT64_C(1) << bit) + d, lowest = 0, highest = 0, count = 0;
            size_t cursor = 0;

            if (v < 1 || v > HIST_MAX)
                continue;
            hist_reset(&h);
            hist_add(&h, v);
            exact = exact && h.min == v && h.max == v && h.sum == (double)v;
            exact = exact && hist_next(&h, &cursor, &lowest, &highest, &count) && count == 1;
            border = border && lowest <= v && v <= highest &&
                     !hist_next(&h, &cursor, &lowest, &highest, &count);
            narrow = narrow && (double)(highest - lowest) <= (double)v / 1000;
        }
    }
    OK(exact, "min, max and sum are exact");
    OK(border, "each value lies in the one bucket that counts it");
    OK(narrow, "no bucket is wider than 1/1000 of its values");
    hist_reset(&h);
    hist_add(&h, -5);
    hist_add(&h, 0);
    hist_add(&h, INT64_MAX);
    OK(h.min == 1 && h.max == HIST_MAX, "values outside the range count as its ends");
    hist_close(&h);
}

static void test_percentiles(void)
{
    struct hist h;
    bool ordered = true;
    int64_t last = 0;

    hist_open(&h);
    for (int64_t v = 1; v <= 1000; v++)
        hist_add(&h, v);
    OK(hist_percentile(&h, 50) == 500, "the median of 1..1000 is 500");
    OK(hist_percentile(&h, 99.9) == 999, "p99.9 of 1..1000 is 999");
    OK(hist_percentile(&h, 99.91) == 1000, "p99.91 of 1..1000 is 1000");
    OK(hist_percentile(&h, 0) == 1 && hist_percentile(&h, 100) == 1000, "p0 and p100 are the ends");
    OK(hist_percentile(&h, -3) == 1 && hist_percentile(&h, 400) == 1000, "so are what lies beyond");
    hist_add(&h, 123456789);
    for (double p = 0; p <= 100; p += 0.05) {
        ordered = ordered && hist_percentile(&h, p) >= last && hist_percentile(&h, p) <= h.max;
        last = hist_percentile(&h, p);
    }
    OK(ordered, "percentiles rise with p and end at max");
    hist_close(&h);
}

static bool equal(const struct hist *a, const struct hist *b)
{
    return a->total == b->total && a->min == b->min && a->max == b->max && a->sum == b->sum &&
           memcmp(a->counts, b->counts, HIST_BUCKETS * sizeof *a->counts) == 0;
}

static void test_merge(void)
{
    struct hist odd, even, all, merged;
    bool same = true;

    hist_open(&odd);
    hist_open(&even);
    hist_open(&all);
    hist_open(&merged);
    for (int64_t i = 1; i < 30000; i++) {
        hist_add(i % 2 ? &odd : &even, i * i);
        hist_add(&all, i * i);
    }
    hist_merge(&merged, &odd);
    hist_merge(&merged, &even);
    same = equal(&merged, &all);
    hist_merge(&merged, &(struct hist){.min = INT64_MAX});
    OK(same && equal(&merged, &all), "the merge of parts is the whole");
    hist_add_n(&merged, 5, INT64_MAX);
    hist_merge(&merged, &merged);
    OK(merged.total == INT64_MAX && hist_percentile(&merged, 50) == 5, "counts stop, not overflow");
    hist_add_n(&merged, 5, -1);
    OK(merged.total == INT64_MAX, "a negative count adds nothing");
    hist_close(&odd);
    hist_close(&even);
    hist_close(&all);
    hist_close(&merged);
}

static void test_round_trip(void)
{
    struct hist h, again;
    struct err e = {0};
    uint64_t random = 88172645463325252u;
    size_t length;
    void *blob;
    bool same = true;

    hist_open(&h);
    hist_open(&again);
    for (int i = 0; i < 50000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        hist_add(&h, (int64_t)(random >> (22 + random % 42)));
    }
    blob = hist_encode(&h, &length);
    OK(hist_decode(&again, blob, length, &e), "reads what it wrote");
    OK(memcmp(h.counts, again.counts, HIST_BUCKETS * sizeof *h.counts) == 0, "all counts are back");
    for (double p = 1; p < 99; p += 0.5)
        same = same && hist_percentile(&h, p) == hist_percentile(&again, p);
    OK(same, "and so are the percentiles");
    tap_near(hist_mean(&again), hist_mean(&h), 0.0005, "the mean of the buckets is near the exact");
    free(blob);
    hist_close(&h);
    hist_close(&again);
}

static bool refused(const void *blob, size_t length, const char *why)
{
    struct hist h;
    struct err e = {0};
    bool good;

    hist_open(&h);
    hist_add(&h, 7);
    good = !hist_decode(&h, blob, length, &e) && e.kind == ERR_STORE && strstr(e.text, why) &&
           h.total == 0 && hist_percentile(&h, 50) == 0;
    if (!good)
        printf("# %s\n", e.kind ? e.text : "was read");
    hist_close(&h);
    return good;
}

/* A plain blob with the head of Java's and these counts. */
static size_t plain_blob(unsigned char *out, const void *counts, size_t length)
{
    base64_decode(hist_samples[1].blob, out);
    memset(out + 4, 0, 4);
    out[6] = (unsigned char)(length >> 8);
    out[7] = (unsigned char)length;
    memcpy(out + 40, counts, length);
    return 40 + length;
}

static void test_hostile(void)
{
    static const unsigned char most[] = {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2},
                               run[] = {0x81, 0x90, 0x04, 2},
                               least[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
                               endless[] = {0x80, 0x80};
    unsigned char good[512], blob[512];
    size_t length = base64_decode(hist_samples[0].blob, good);
    bool all = true;

    for (size_t cut = 0; cut < length; cut++)
        all = all && refused(good, cut, "");
    OK(all, "a blob cut anywhere is refused");
    OK(refused("", 0, "short"), "nothing is no histogram");
    OK(refused("SQLite format 3", 16, "begin"), "nor is something else");
    memcpy(blob, good, length);
    blob[length - 1] ^= 1;
    OK(refused(blob, length, "damaged"), "a wrong checksum is refused");
    OK(refused(blob, plain_blob(blob, most, sizeof most), "add up"), "counts that overflow");
    OK(refused(blob, plain_blob(blob, run, sizeof run), "more counts"), "a run past the end");
    OK(refused(blob, plain_blob(blob, least, sizeof least), "more counts"), "a run of 2^63");
    OK(refused(blob, plain_blob(blob, endless, sizeof endless), "cut off"), "a count cut off");
    for (size_t field = 12; field < 32; field += 8 - field % 8) {
        size_t n = plain_blob(blob, run, 0);

        memset(blob + field, 0x7f, 4);
        blob[31] = 0; /* of the highest value */
        if (field == 24)
            memset(blob + field, 0xff, 8);
        OK(refused(blob, n, "range or precision"), "an impossible head (byte %zu)", field);
    }
}

/* 64 MiB of single zeros packed into 64 KiB. */
static void test_bomb(void)
{
    enum { SIZE = 64 << 20 };
    unsigned char *plain = mem_get(SIZE, 1), *blob;
    uLongf packed = compressBound(SIZE);

    blob = mem_get(packed + 8, 1);
    base64_decode(hist_samples[1].blob, plain);
    memset(plain + 40, 0, 600);
    memcpy(plain + 4, "\x03\xff\xff\xd8", 4);
    compress2(blob + 8, &packed, plain, SIZE, 1);
    memcpy(blob, "\x1c\x84\x93\x14", 4);
    for (int i = 0; i < 4; i++)
        blob[4 + i] = (unsigned char)(packed >> (24 - 8 * i));
    OK(refused(blob, packed + 8, "more counts"), "a bomb is refused at the first count too many");
    free(plain);
    free(blob);
}

int main(void)
{
    for (size_t i = 0; i < sizeof hist_samples / sizeof *hist_samples; i++)
        test_foreign(&hist_samples[i]);
    test_written();
    test_buckets();
    test_percentiles();
    test_merge();
    test_round_trip();
    test_hostile();
    test_bomb();
    return tap_end();
}
