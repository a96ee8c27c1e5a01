/* Due times: exact where the pattern is, right on average where it is chance, fixed by the seed. */
#include "runner/arrivals.h"
#include "schema/units.h"
#include "tests/tap.h"

#include <stdlib.h>

static struct scenario load(struct rate rate, int64_t clients, double seconds)
{
    return (struct scenario){.clients = clients,
                             .ramp_ns = NS_PER_S,
                             .warmup_ns = 2 * NS_PER_S,
                             .duration_ns = (int64_t)(seconds * 1e9),
                             .rate = rate,
                             .message = {.batch = 1}};
}

/* Messages of all clients due in each bin of `bin_ns`, from the window's start on. */
static void count(const struct scenario *s, int64_t seed, int64_t bin_ns, int64_t *bin, int bins)
{
    for (int i = 0; i < bins; i++)
        bin[i] = 0;
    for (int64_t client = 0; client < s->clients; client++) {
        struct arrivals a;
        int64_t due;

        arrivals_open(&a, s, NULL, seed, client, -(s->ramp_ns + s->warmup_ns));
        while ((due = arrivals_next(&a)) < bins * bin_ns && due < s->duration_ns)
            if (due >= 0)
                bin[due / bin_ns] += s->message.batch;
    }
}

static int64_t total(const struct scenario *s)
{
    int64_t bin;

    count(s, 1, s->duration_ns, &bin, 1);
    return bin;
}

static void test_constant(void)
{
    struct scenario s = load((struct rate){.pattern = RATE_CONSTANT, .value = 10}, 100, 30);
    struct arrivals a;
    int64_t bin[30], even = 0, last = -1;
    bool steady = true;

    count(&s, 1, NS_PER_S, bin, 30);
    for (int i = 0; i < 30; i++)
        even += bin[i] == 1000;
    OK(even == 30, "100 clients at 10/s: 1,000 in every second");
    count(&s, 1, 10 * NS_PER_MS, bin, 30);
    even = 0;
    for (int i = 0; i < 30; i++)
        even += bin[i] == 10;
    OK(even == 30, "spread: 10 in every 10 ms");
    arrivals_open(&a, &s, NULL, 1, 3, 0);
    OK(arrivals_next(&a) == 3 * NS_PER_MS, "client 3 of 100 starts 3/100 of an interval in");
    for (int i = 0; i < 1000; i++) {
        int64_t due = arrivals_next(&a);

        steady = steady && (last < 0 || due - last == 100 * NS_PER_MS);
        last = due;
    }
    OK(steady, "and goes on every 100 ms");
    s.phase = PHASE_TOGETHER;
    count(&s, 1, 10 * NS_PER_MS, bin, 30);
    OK(bin[0] == 100 && bin[1] == 0 && bin[9] == 0 && bin[10] == 100 && bin[20] == 100,
       "in step: all at once, every 100 ms");
    arrivals_open(&a, &s, NULL, 1, 0, -s.ramp_ns - s.warmup_ns);
    OK(arrivals_next(&a) == -3 * NS_PER_S, "the load runs during ramp and warm-up");
    arrivals_open(&a, &s, NULL, 1, 0, -250 * NS_PER_MS);
    OK(arrivals_next(&a) == -200 * NS_PER_MS, "from the moment a client is connected");
    s = load((struct rate){.pattern = RATE_CONSTANT, .value = 1.0 / 3}, 7, 30);
    OK(total(&s) == 70, "a rate below 1 is exact too");
    s.rate.value = 0;
    arrivals_open(&a, &s, NULL, 1, 0, 0);
    OK(arrivals_next(&a) == ARRIVALS_END, "a rate of 0 is never due");
    s = load((struct rate){.pattern = RATE_CONSTANT, .value = 20}, 50, 30);
    s.message.batch = 5;
    OK(total(&s) == 30000, "batches keep the rate of messages");
    arrivals_open(&a, &s, NULL, 1, 1, 0);
    OK(arrivals_next(&a) == 5 * NS_PER_MS && arrivals_next(&a) == 255 * NS_PER_MS,
       "and their own phase");
}

static void test_burst(void)
{
    struct rate rate = {.pattern = RATE_BURST, .low = 1, .high = 20, .period_ns = 5 * NS_PER_S};
    struct scenario s = load(rate, 100, 30);
    struct arrivals a;
    int64_t bin[12], good = 0;

    count(&s, 1, 2500 * NS_PER_MS, bin, 12);
    for (int i = 0; i < 12; i++)
        good += bin[i] == (i % 2 ? 250 : 5000);
    OK(good == 12, "burst: the first half of each period high, the second low, to the message");
    OK(total(&s) == 31500, "and the whole is the exact integral");
    arrivals_open(&a, &s, NULL, 1, 0, -NS_PER_S);
    OK(arrivals_next(&a) == -NS_PER_S && arrivals_next(&a) == 0, "before the window it is low");
    s.rate.low = 0;
    s.phase = PHASE_TOGETHER;
    count(&s, 1, 2500 * NS_PER_MS, bin, 12);
    good = 0;
    for (int i = 0; i < 12; i++)
        good += bin[i] == (i % 2 ? 0 : 5000);
    OK(good == 12,
       "with nothing in the low half, what is due at its start waits for the next high");
    s.rate.low = 3;
    s.rate.high = 0;
    OK(total(&s) == 100 * 3 * 15, "a silent high half");
    /* The whole is exact for rates and periods that no double holds. */
    for (int i = 1; i < 200 && good < 400; i++) {
        s = load(
            (struct rate){
                .pattern = RATE_BURST, .low = i / 7.0, .high = i / 3.0, .period_ns = 300000007},
            1, 300.000007);
        good += llabs(total(&s) - (int64_t)((i / 7.0 + i / 3.0) / 2 * 300.000007)) <= 1;
    }
    OK(good == 12 + 199, "whatever the figures, at most one off");
}

static void test_ramp(void)
{
    struct scenario s = load((struct rate){.pattern = RATE_RAMP, .from = 0, .to = 10}, 100, 30);
    struct arrivals a;
    int64_t bin[30];
    int good = 0;

    count(&s, 1, NS_PER_S, bin, 30);
    for (int i = 0; i < 30; i++) /* integral of t/3 * 100 over second i */
        good += llabs(bin[i] - (int64_t)lround(100.0 / 6 * ((i + 1) * (i + 1) - i * i))) <= 1;
    OK(good == 30, "ramp: every second holds its integral");
    OK(total(&s) == 15000, "and the window the whole");
    arrivals_open(&a, &s, NULL, 1, 5, -3 * NS_PER_S);
    OK(arrivals_next(&a) > 0, "from 0: nothing before the window");
    s.rate = (struct rate){.pattern = RATE_RAMP, .from = 10, .to = 0};
    OK(total(&s) == 15000, "downwards too");
    arrivals_open(&a, &s, NULL, 1, 0, -3 * NS_PER_S);
    OK(arrivals_next(&a) == -3 * NS_PER_S && arrivals_next(&a) == -2900 * NS_PER_MS,
       "which begins with `from` during the warm-up");
    while (arrivals_next(&a) < s.duration_ns)
        ;
    OK(arrivals_next(&a) == ARRIVALS_END, "and ends where the rate does");
}

static void test_poisson(void)
{
    struct scenario s = load((struct rate){.pattern = RATE_POISSON, .value = 10}, 50, 100);
    struct scenario other = s;
    static int64_t bin[1000], again[1000];
    struct arrivals a;
    double mean = 0, variance = 0;
    int64_t due, first = -1;

    count(&s, 42, 100 * NS_PER_MS, bin, 1000);
    for (int i = 0; i < 1000; i++)
        mean += bin[i] / 1000.0;
    for (int i = 0; i < 1000; i++)
        variance += (bin[i] - mean) * (bin[i] - mean) / 999;
    /* 50 per bin; standard errors: mean 0.224, variance 50 * sqrt(2/999) = 2.24 */
    OK(fabs(mean - 50) < 4 * 0.224, "poisson: mean %.2f of 50", mean);
    OK(fabs(variance - 50) < 4 * 2.24, "variance %.1f equals the mean", variance);
    count(&s, 42, 100 * NS_PER_MS, again, 1000);
    OK(memcmp(bin, again, sizeof bin) == 0, "the same seed gives the same schedule");
    count(&s, 43, 100 * NS_PER_MS, again, 1000);
    OK(memcmp(bin, again, sizeof bin) != 0, "another seed another one");
    other.clients = 25;
    arrivals_open(&a, &s, NULL, 42, 7, 10 * NS_PER_S);
    due = arrivals_next(&a);
    arrivals_open(&a, &other, NULL, 42, 7, -NS_PER_S);
    while ((first = arrivals_next(&a)) < 10 * NS_PER_S)
        ;
    OK(due == first && due >= 10 * NS_PER_S, "which does not depend on when it is entered");
}

int main(void)
{
    test_constant();
    test_burst();
    test_ramp();
    test_poisson();
    return tap_end();
}
