/* The parts that the engine stands on: digests, payloads, what is pending, timers, reasons. */
#include "runner/digest.h"
#include "runner/meter.h"
#include "runner/payload.h"
#include "runner/pending.h"
#include "runner/rng.h"
#include "runner/timers.h"
#include "schema/text.h"
#include "tests/tap.h"

#include <stdlib.h>

static uint64_t digest_of(const void *data, size_t length, uint64_t key)
{
    struct digest d;

    digest_start(&d, key);
    digest_add(&d, data, length);
    return digest_end(&d);
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void test_digest(void)
{
    enum { MANY = 100000, BITS = 40 * 8 };
    unsigned char data[40] = "the quick brown fox jumps over the lazy";
    uint64_t whole = digest_of(data, sizeof data, 1), *all = malloc(MANY * sizeof *all);
    bool same = true, differ = true;

    for (size_t a = 0; a <= sizeof data; a++)
        for (size_t b = a; b <= sizeof data; b++) {
            struct digest d;

            digest_start(&d, 1);
            digest_add(&d, data, a);
            digest_add(&d, data + a, b - a);
            digest_add(&d, data + b, sizeof data - b);
            same = same && digest_end(&d) == whole;
        }
    OK(same, "a digest does not depend on how the bytes are cut");
    for (int i = 0; i < BITS; i++) {
        data[i / 8] ^= (unsigned char)(1 << i % 8);
        differ = differ && digest_of(data, sizeof data, 1) != whole;
        data[i / 8] ^= (unsigned char)(1 << i % 8);
    }
    for (size_t length = 0; length < sizeof data; length++)
        differ = differ && digest_of(data, length, 1) != whole;
    OK(differ && digest_of(data, sizeof data, 2) != whole, "but on each bit, length and key");
    OK(digest_of("\0\0", 2, 1) != digest_of("\0\0\0", 3, 1), "zeros count");
    for (uint32_t i = 0; i < MANY; i++)
        all[i] = digest_of(&i, sizeof i, 3);
    qsort(all, MANY, sizeof *all, compare_u64);
    for (int i = 1; i < MANY; i++)
        differ = differ && all[i] != all[i - 1];
    OK(differ, "%d neighbours have as many digests", MANY);
    for (uint64_t i = 0; i < MANY; i++)
        all[i] = digest_of(&(uint64_t){i / 8}, sizeof i, i % 8);
    qsort(all, MANY, sizeof *all, compare_u64);
    for (int i = 1; i < MANY; i++)
        differ = differ && all[i] != all[i - 1];
    OK(differ, "under neighbouring keys too");
    free(all);
}

static void test_payload(void)
{
    const struct template_values nobody = {0};
    struct scenario s = {.clients = 60000, .message = {.form = MESSAGE_SIZE, .size_bytes = 128}};
    struct err e = {0};
    unsigned char a[128], b[128], c[128], d[128];
    struct payload p, again;
    bool printable = true;

    payload_open(&p, &s, NULL, 5, &nobody, &e);
    payload_open(&again, &s, NULL, 5, &nobody, &e);
    payload_write(&p, 59999, NULL, 7, 0, a);
    payload_write(&again, 59999, NULL, 7, 0, b);
    payload_write(&p, 59999, NULL, 8, 0, c);
    payload_write(&p, 59998, NULL, 7, 0, d);
    OK(memcmp(a, b, 128) == 0, "a message follows from client, number and seed");
    OK(memcmp(a, c, 128) != 0 && memcmp(a, d, 128) != 0, "and differs with them");
    for (int i = 0; i < 128; i++)
        printable = printable && a[i] > ' ' && a[i] < 0x7f && a[i] != '"' && a[i] != '\\';
    OK(printable, "in letters that need no escape anywhere");
    payload_close(&p);
    payload_close(&again);
    s.message.size_bytes = 2;
    payload_open(&p, &s, NULL, 5, &nobody, &e);
    payload_write(&p, 1, NULL, 63, 0, a);
    payload_write(&p, 1, NULL, 64, 0, b);
    payload_write(&p, 1, NULL, 63 + 4096, 0, c);
    OK(memcmp(a, b, 2) != 0 && memcmp(a, c, 2) == 0, "2 bytes tell 4,096 messages apart");
    payload_close(&p);
    s.message.size_bytes = 0;
    payload_open(&p, &s, NULL, 5, &nobody, &e);
    OK(p.length == 0, "an empty message is one too");
    payload_close(&p);
}

/* A message that was written, with its number as its digest. */
static void put(struct pending *p)
{
    uint64_t number = pending_put(p, 0);

    pending_at(p, number)->digest = 1000 + number;
    p->unsent = p->end;
}

static void test_pending(void)
{
    struct pending p = {0};
    uint64_t number;
    bool good = true;

    OK(pending_match(&p, 1, &number) == MATCH_NONE, "nothing is pending at first");
    for (int i = 0; i < 100000; i++) {
        put(&p);
        good = good && pending_match(&p, 1000 + (uint64_t)i, &number) == MATCH_OLDEST &&
               number == (uint64_t)i;
        pending_settle(&p, number, PENDING_SETTLED);
        good = good && pending_match(&p, 1000 + (uint64_t)i, &number) == MATCH_DUPLICATE;
    }
    OK(good && p.capacity <= 32, "one outstanding at a time needs %u places", p.capacity);
    pending_free(&p);

    for (int i = 0; i < 500; i++) { /* lost ones are remembered until they are answered */
        put(&p);
        pending_settle(&p, (uint64_t)i, PENDING_LOST);
    }
    for (uint64_t i = 0; i < 500; i++) {
        good = good && pending_match(&p, 1000 + i, &number) == MATCH_LATE && number == i;
        pending_settle(&p, number, PENDING_SETTLED);
    }
    OK(good, "500 lost messages are known when their replies come after all");
    for (int i = 0; i < 100000; i++) {
        put(&p);
        pending_settle(&p, p.end - 1, PENDING_LOST);
    }
    OK(p.capacity <= 4096, "but not without limit");
    pending_free(&p);

    for (int i = 0; i < 100; i++)
        put(&p);
    for (uint64_t i = 99; i > 0; i--) { /* answered from the last to the second */
        good = good && pending_match(&p, 1000 + i, &number) == MATCH_REORDERED && number == i;
        pending_settle(&p, number, PENDING_SETTLED);
    }
    OK(good && p.oldest == 0 && pending_match(&p, 1050, &number) == MATCH_DUPLICATE,
       "replies in reverse order");
    pending_settle(&p, 0, PENDING_SETTLED);
    OK(p.oldest == 100 && !pending_unsent(&p), "the oldest moves on behind all that is settled");
    pending_put(&p, 0);
    OK(pending_match(&p, 0, &number) == MATCH_NONE && pending_unsent(&p),
       "what is not yet written has no reply");
    pending_settle(&p, 100, PENDING_LOST);
    OK(!pending_unsent(&p), "and is not written any more once it is lost");
    pending_free(&p);
}

static void test_timers(void)
{
    enum { TIMERS = 500, ROUNDS = 20000 };
    static struct timer timer[TIMERS];
    static int64_t at[TIMERS];
    struct timers t = {0};
    struct rng rng;
    bool good = true;

    rng_open(&rng, 1, 1);
    for (int i = 0; i < TIMERS; i++)
        at[i] = TIMER_NEVER;
    for (int round = 0; round < ROUNDS; round++) {
        size_t i = rng_next(&rng) % TIMERS;
        int64_t least = TIMER_NEVER;

        at[i] = rng_next(&rng) % 8 ? (int64_t)(rng_next(&rng) % 1000) : TIMER_NEVER;
        timers_set(&t, &timer[i], at[i]);
        if (round % 3 == 0) {
            int64_t limit = (int64_t)(rng_next(&rng) % 100);
            struct timer *taken = timers_take(&t, limit);

            for (int k = 0; k < TIMERS; k++)
                least = at[k] < least ? at[k] : least;
            good = good && (taken ? at[taken - timer] == least && least <= limit : least > limit);
            if (taken)
                at[taken - timer] = TIMER_NEVER;
        }
    }
    OK(good, "timers come in order whatever was set, moved and taken out");
    timers_free(&t);
}

static void test_reasons(void)
{
    struct meter m;
    int64_t others = 0, total = 0;
    bool clean = true;

    meter_open(&m, 0, 1, true);
    for (int i = 0; i < 1000; i++) {
        char *reason = mem_printf("HTTP %d \x1b[31m\n%0300d", i, i);

        meter_failure(&m, i % 2 ? FAILURE_CONNECTION : FAILURE_MESSAGE, reason, 1);
        free(reason);
    }
    for (int i = 0; i < m.failures_count; i++) {
        total += m.failures[i].count;
        others += strcmp(m.failures[i].reason, "other reasons") == 0 ? m.failures[i].count : 0;
        clean = clean && !strpbrk(m.failures[i].reason, "\x1b\n") &&
                strlen(m.failures[i].reason) < METER_REASON_SIZE;
    }
    OK(clean, "a reason is one clean, short line");
    OK(m.failures_count == METER_REASONS && total == 1000 && others == 1000 - METER_REASONS + 2,
       "a target that invents reasons fills no memory, and none is lost");
    meter_close(&m);
}

int main(void)
{
    test_digest();
    test_payload();
    test_pending();
    test_timers();
    test_reasons();
    return tap_end();
}
