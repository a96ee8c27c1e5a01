/* The emulated network: when segments arrive, against values worked out by hand from the RFCs that
 * shape.h names, and how often they are lost; and whose fault it is that a connection was reset. */
#include "runner/detour.h"
#include "runner/shape.h"
#include "schema/units.h"
#include "tests/tap.h"

#include <stdlib.h>

#define MS NS_PER_MS

static struct rng rng;

static struct shape opened(const struct network *n)
{
    struct shape s;

    shape_open(&s, n, &rng, 0);
    return s;
}

/* When the next segment is passed on; -1: none is there. */
static int64_t passed(struct shape *s)
{
    int64_t due_ns = -1;

    if (shape_next(s, &due_ns))
        shape_take(s);
    return due_ns;
}

static void test_delay(void)
{
    const struct network n = {.delay_ns = 20 * MS};
    struct shape s = opened(&n);
    int64_t due_ns;

    shape_send(&s, 100, 5 * MS);
    shape_send(&s, 3000, 6 * MS);
    shape_send(&s, 0, 7 * MS);
    OK(shape_next(&s, &due_ns)->length == 100 && due_ns == 25 * MS, "one way");
    shape_take(&s);
    OK(shape_next(&s, &due_ns)->length == 1448 && due_ns == 26 * MS, "3000 bytes: a first segment");
    for (int i = 0; i < 3; i++)
        shape_take(&s);
    OK(shape_next(&s, &due_ns)->length == 0 && due_ns == 27 * MS, "two more, then the end");
    shape_take(&s);
    OK(!shape_next(&s, &due_ns), "nothing more");
    OK(shape_handshake(&n, &rng, 3 * MS) == 43 * MS, "open after a round trip");
    shape_close(&s);
    shape_open(&s, &n, &rng, 43 * MS);
    shape_send(&s, 10, 4 * MS);
    OK(passed(&s) == 63 * MS, "nothing leaves before it is open");
    shape_close(&s);
}

/* 934 bytes and 66 of headers are 8000 bits: 8 ms at 1 Mbit/s. */
static void test_bandwidth(void)
{
    const struct network n = {.delay_ns = 10 * MS, .bandwidth = 1000000};
    struct shape s = opened(&n);

    shape_send(&s, 934, 0);
    shape_send(&s, 934, 1 * MS);
    shape_send(&s, 1448 + 934, 100 * MS);
    OK(passed(&s) == 18 * MS && passed(&s) == 26 * MS, "one after the other through the line");
    OK(passed(&s) == 100 * MS + 12112 * NS_PER_US + 10 * MS, "a full segment: 1514 bytes");
    OK(passed(&s) == 100 * MS + 20112 * NS_PER_US + 10 * MS, "and what is behind it");
    shape_close(&s);
}

static void test_jitter(void)
{
    const struct network n = {.delay_ns = 20 * MS, .jitter_ns = 5 * MS};
    struct shape s = opened(&n);
    int64_t last_ns = 0, least_ns = INT64_MAX, most_ns = 0;
    double sum_ms = 0;
    bool ordered = true;
    enum { COUNT = 20000 };

    for (int i = 0; i < COUNT; i++) {
        int64_t sent_ns = i * 50 * MS, took_ns;

        shape_send(&s, 1, sent_ns);
        took_ns = passed(&s) - sent_ns;
        least_ns = took_ns < least_ns ? took_ns : least_ns;
        most_ns = took_ns > most_ns ? took_ns : most_ns;
        sum_ms += (double)took_ns / MS;
    }
    OK(least_ns >= 15 * MS && least_ns < 15.01 * MS && most_ns <= 25 * MS && most_ns > 24.99 * MS,
       "from delay - jitter to delay + jitter");
    /* The mean of 20,000 from U(15, 25) has a standard error of 10 / sqrt(12 * 20000) = 0.0204. */
    tap_near(sum_ms / COUNT, 20, 5 * 0.0204 / 20, "20 ms on average");
    for (int i = 0; i < 1000; i++)
        shape_send(&s, 1, 2000 * NS_PER_S + i * 1000);
    for (int i = 0; i < 1000; i++) {
        int64_t due_ns = passed(&s);

        ordered = ordered && due_ns >= last_ns;
        last_ns = due_ns;
    }
    OK(ordered, "nothing overtakes");
    shape_close(&s);
}

/* Segments on their own, a minute apart: lost once they take a time-out longer (40 + 200 ms), and
 * lost again two more, and so on. */
static void test_loss_alone(void)
{
    const struct network n = {.delay_ns = 20 * MS, .loss = 0.1};
    struct shape s = opened(&n);
    enum { COUNT = 100000 };
    int lost[4] = {0}, other = 0;

    for (int i = 0; i < COUNT; i++) {
        int64_t sent_ns = i * 60 * NS_PER_S, more_ns;
        int again = 0;

        shape_send(&s, 100, sent_ns);
        more_ns = passed(&s) - sent_ns - 20 * MS;
        for (int64_t timeout_ns = 240 * MS; more_ns > 0 && again < 30; timeout_ns *= 2, again++)
            more_ns -= timeout_ns;
        other += more_ns != 0;
        lost[again < 3 ? again : 3]++;
    }
    OK(other == 0, "by time-outs that double each time, and nothing else");
    /* Binomial: standard errors of sqrt(p (1 - p) / 100000). */
    tap_near((double)lost[0] / COUNT, 0.9, 5 * 0.00095, "90 % are not lost");
    tap_near((double)lost[1] / COUNT, 0.09, 5 * 0.0009, "9 % once");
    tap_near((double)lost[2] / COUNT, 0.009, 5 * 0.0003, "0.9 % twice");
    OK(lost[3] > 50 && lost[3] < 150, "0.1 %% more often: %d", lost[3]);
    shape_close(&s);
}

/* What is sent behind a lost segment tells of it: a round trip and a quarter, then the way. */
static void test_loss_followed(void)
{
    const struct network n = {.delay_ns = 20 * MS, .loss = 0.5};
    int told = 0, burst = 0, tail = 0, wrong = 0;

    for (int i = 0; i < 4000; i++) {
        struct shape s = opened(&n);
        int64_t due_ns, longest_ns = 0;

        shape_send(&s, 100, 0);
        shape_send(&s, 100, 30 * MS);
        due_ns = passed(&s);
        told += due_ns == 30 * MS + 50 * MS + 20 * MS;
        wrong += due_ns != 20 * MS && due_ns < 100 * MS;
        shape_close(&s);
        s = opened(&n);
        shape_send(&s, 2 * SHAPE_SEGMENT, 0);
        due_ns = passed(&s);
        burst += due_ns == 70 * MS;
        wrong += due_ns != 20 * MS && due_ns < 70 * MS;
        longest_ns = passed(&s);
        tail += due_ns == 20 * MS && longest_ns == 100 * MS;
        shape_close(&s);
    }
    OK(wrong == 0, "never sooner");
    /* Lost once and not again: 1/4 of 4000; the last of two alone so: 1/8. */
    tap_near(told, 1000, 5 * 27.4 / 1000, "told by the next message");
    tap_near(burst, 1000, 5 * 27.4 / 1000, "told by the rest of the same one");
    tap_near(tail, 500, 5 * 20.9 / 500, "the last of several: after two round trips");
}

static void test_handshake(void)
{
    const struct network n = {.delay_ns = 20 * MS, .loss = 0.2};
    int at_once = 0, once = 0, other = 0;

    for (int i = 0; i < 10000; i++) {
        int64_t more_ns = shape_handshake(&n, &rng, 0) - 40 * MS;

        at_once += more_ns == 0;
        once += more_ns == NS_PER_S;
        other += more_ns % NS_PER_S != 0;
    }
    OK(other == 0, "a lost handshake costs whole seconds");
    tap_near(at_once, 6400, 5 * 48.0 / 6400, "both ways must be free of loss: 0.8 squared");
    tap_near(once, 6400 * 0.36, 5 * 42.1 / 2304, "else another try");
}

/* Many on their way at once, taken in turn. */
static void test_queue(void)
{
    const struct network n = {.delay_ns = NS_PER_S};
    struct shape s = opened(&n);
    int64_t sent = 0, taken = 0, wrong = 0;

    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 37; i++)
            shape_send(&s, 1, sent++ * MS);
        for (int i = 0; i < 30; i++)
            wrong += passed(&s) != taken++ * MS + NS_PER_S;
    }
    while (taken < sent)
        wrong += passed(&s) != taken++ * MS + NS_PER_S;
    OK(wrong == 0 && passed(&s) == -1, "all of %lld, in order", (long long)sent);
    shape_close(&s);
}

static int64_t failures(const struct result *r, const char *reason)
{
    for (size_t i = 0; i < r->failures_count; i++)
        if (strcmp(r->failures[i].reason, reason) == 0)
            return r->failures[i].count;
    return 0;
}

static void test_explain(void)
{
    char refused[] = "connection refused", no_route[] = "no route to host";
    struct failure why[] = {{FAILURE_CONNECTION, refused, 12}, {FAILURE_CONNECTION, no_route, 5}};
    const struct detour d = {.on = true, .reason = why, .reasons = 2};
    struct result r;

    result_init(&r);
    result_add_failure(&r, FAILURE_CONNECTION, "closed before the upgrade", 8);
    result_add_failure(&r, FAILURE_CONNECTION, "reconnect: closed before the upgrade", 10);
    result_add_failure(&r, FAILURE_CONNECTION, "upgrade refused with HTTP 503", 3);
    result_add_failure(&r, FAILURE_MESSAGE, "closed before the upgrade", 7);
    detour_explain(&d, &r);
    OK(failures(&r, "connection refused") == 8, "those that were reset, by the reason");
    OK(failures(&r, "reconnect: connection refused") == 4, "those of reconnects, too");
    OK(failures(&r, "reconnect: no route to host") == 5, "the next reason");
    OK(failures(&r, "reconnect: closed before the upgrade") == 1, "what the target closed remains");
    OK(failures(&r, "upgrade refused with HTTP 503") == 3, "so do others");
    OK(failures(&r, "closed before the upgrade") == 7, "and messages");
    OK(r.failures_count == 6, "nothing of count 0");
    result_free(&r);
}

int main(void)
{
    rng_open(&rng, 7, 7);
    test_delay();
    test_bandwidth();
    test_jitter();
    test_loss_alone();
    test_loss_followed();
    test_handshake();
    test_queue();
    test_explain();
    return tap_end();
}
