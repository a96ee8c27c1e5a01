/* The record of a run, out of frames made by hand. */
#include "runner/tally.h"
#include "tests/tap.h"

#include <stdlib.h>

static const struct scenario open_loop, closed_loop = {.rate = {.pattern = RATE_MAX}};
static struct tally tally;
static struct result result;

static void fresh_of(size_t workers)
{
    result_init(&result);
    tally_open(&tally, &result, workers);
}

static void fresh(void)
{
    fresh_of(1);
}

static void drop(void)
{
    tally_close(&tally);
    result_free(&result);
}

static size_t worker; /* whose frames they are */

/* Sends a histogram of `count` equal values and one of `most`. */
static bool put_hist(int kind, int second, int64_t ns, int64_t count, int64_t most)
{
    struct wire_hist head = {.kind = kind, .second = second, .sent = count + 3, .errors = 2};
    struct err e = {0};
    struct hist h;
    char frame[8192];
    size_t length;
    void *blob;
    bool done;

    hist_open(&h);
    hist_add_n(&h, ns, count);
    if (most)
        hist_add(&h, most);
    head.count = head.matched = h.total;
    head.min = h.min;
    head.max = h.max;
    head.sum = h.sum;
    blob = hist_encode(&h, &length);
    memcpy(frame, &head, sizeof head);
    memcpy(frame + sizeof head, blob, length);
    done = tally_take(&tally, worker, FRAME_HIST, frame, sizeof head + length, &e);
    free(blob);
    hist_close(&h);
    return done;
}

static bool put_failure(int kind, int64_t count, const char *reason)
{
    struct wire_failure head = {.kind = kind, .count = count};
    struct err e = {0};
    char frame[256];

    memcpy(frame, &head, sizeof head);
    memcpy(frame + sizeof head, reason, strlen(reason));
    return tally_take(&tally, worker, FRAME_FAILURE, frame, sizeof head + strlen(reason), &e);
}

static const struct counts counts = {.offered = 1000,
                                     .sent = 990,
                                     .matched = 970,
                                     .lost = 15,
                                     .errors = 5,
                                     .duplicate = 1,
                                     .reordered = 2,
                                     .late = 3,
                                     .unattempted = 10,
                                     .bytes_sent = 126720,
                                     .bytes_received = 124160,
                                     .connects_tried = 10,
                                     .connects_made = 9,
                                     .connect_first_ns = 1000000000,
                                     .connect_last_ns = 1450000000};

static double point_of(enum metric_id metric, int32_t second)
{
    for (size_t i = 0; i < result.points_count; i++)
        if (result.points[i].metric == metric && result.points[i].second == second)
            return result.points[i].value;
    return NAN;
}

static const struct histogram *histogram_of(enum metric_id metric, int32_t second)
{
    for (size_t i = 0; i < result.histograms_count; i++)
        if (result.histograms[i].metric == metric && result.histograms[i].second == second)
            return &result.histograms[i];
    return NULL;
}

static void test_tokens(void)
{
    struct counts c = counts;
    struct err e = {0};

    c.copies = 90;
    c.tokens = 300;
    c.tokens_ns = 6000000000;
    fresh();
    OK(put_hist(HIST_TOKEN_FIRST, -1, 30000000, 10, 90000000) &&
           put_hist(HIST_TOKEN_GAP, -1, 20000000, 300, 70000000) &&
           put_hist(HIST_HEARTBEAT, -1, 4000000, 5, 0) &&
           put_hist(HIST_RECONNECT, -1, 5000000, 5, 0) &&
           tally_take(&tally, worker, FRAME_COUNTS, &c, sizeof c, &e),
       "what only some runs have");
    tally_report(&tally, 2, &open_loop);
    tap_near(result.value[METRIC_TOKEN_FIRST_P50], 30, 1e-3, "time to the first token");
    tap_near(result.value[METRIC_TOKEN_GAP_P95], 20, 1e-3, "gaps");
    tap_near(result.value[METRIC_TOKEN_GAP_MAX], 70, 0, "the longest gap");
    tap_near(result.value[METRIC_TOKEN_RATE], 50, 1e-12, "tokens per second");
    tap_near(result.value[METRIC_HEARTBEAT_P95], 4, 1e-3, "heartbeat");
    tap_near(result.value[METRIC_RECONNECT_P50], 5, 1e-3, "replaced connections");
    tap_near(result.value[METRIC_THROUGHPUT_SENT], 450, 0, "a broadcast is sent once");
    tap_near(result.value[METRIC_MESSAGES_SENT], 990, 0, "and owed to each receiver");
    OK(histogram_of(METRIC_TOKEN_FIRST, -1) && histogram_of(METRIC_TOKEN_GAP, -1) &&
           histogram_of(METRIC_HEARTBEAT, -1) && histogram_of(METRIC_RECONNECT, -1),
       "their histograms are kept");
    drop();
}

static void test_whole(void)
{
    struct err e = {0};
    const struct histogram *h;

    fresh();
    OK(put_hist(HIST_LATENCY, 0, 2000000, 99, 0) &&
           put_hist(HIST_LATENCY, 1, 2000000, 98, 50000000),
       "two seconds");
    OK(put_hist(HIST_LATENESS, -1, 700000, 99, 12000000), "lateness");
    OK(put_hist(HIST_LATENCY, -1, 2000000, 197, 50000000), "the whole");
    OK(put_hist(HIST_SERVICE, -1, 1000000, 198, 0) && put_hist(HIST_CONNECT, -1, 3000000, 9, 0),
       "service and connections");
    OK(put_failure(FAILURE_CONNECTION, 1, "refused") && put_failure(FAILURE_MESSAGE, 4, "odd\x1b"),
       "failures");
    OK(tally_take(&tally, worker, FRAME_COUNTS, &counts, sizeof counts, &e) &&
           tally_take(&tally, worker, FRAME_DONE, NULL, 0, &e) && tally.from[0].done,
       "the end");
    tally_report(&tally, 2, &open_loop);

    tap_near(result.value[METRIC_LATENCY_P50], 2, 1e-3, "median");
    tap_near(result.value[METRIC_LATENCY_P999], 50, 1e-3, "p99.9");
    tap_near(result.value[METRIC_LATENCY_MAX], 50, 0, "the exact maximum");
    tap_near(result.value[METRIC_LATENCY_MEAN], (197 * 2 + 50) / 198.0, 1e-12, "the exact mean");
    tap_near(result.value[METRIC_SERVICE_P99], 1, 1e-3, "service");
    tap_near(result.value[METRIC_CONNECT_MAX], 3, 0, "connections");
    tap_near(result.value[METRIC_GENERATOR_LATE_P99], 0.7, 1e-3, "lateness of the generator");
    tap_near(result.value[METRIC_THROUGHPUT_SENT], 495, 0, "sent per second");
    tap_near(result.value[METRIC_THROUGHPUT_RECEIVED], 485, 0, "received per second");
    tap_near(result.value[METRIC_THROUGHPUT_DELIVERED], 0.97, 1e-12, "delivered of what was due");
    tap_near(result.value[METRIC_ERRORS_RATE], 20.0 / 990, 1e-12, "errors and lost, of those sent");
    tap_near(result.value[METRIC_ERRORS_COUNT], 5, 0, "errors alone");
    tap_near(result.value[METRIC_BYTES_SENT], 63360, 0, "bytes per second");
    tap_near(result.value[METRIC_CONNECT_SUCCESS], 0.9, 1e-12, "connections that succeeded");
    tap_near(result.value[METRIC_CONNECT_RATE], 20, 1e-9, "connections per second");
    tap_near(result.value[METRIC_MESSAGES_LATE], 3, 0, "late replies");
    OK(isnan(result.value[METRIC_TARGET_CPU_MEAN]) && isnan(result.value[METRIC_RECONNECT_COUNT]),
       "what was not measured has no value");

    tap_near(point_of(METRIC_THROUGHPUT_SENT, 0), 102, 0, "a second's messages");
    tap_near(point_of(METRIC_THROUGHPUT_RECEIVED, 1), 99, 0, "a second's replies");
    tap_near(point_of(METRIC_ERRORS_COUNT, 1), 2, 0, "a second's errors");
    h = histogram_of(METRIC_LATENCY, -1);
    OK(h && h->count == 198 && h->max == 50 && h->min == 2, "the whole run's histogram is stored");
    OK(histogram_of(METRIC_LATENCY, 1) && histogram_of(METRIC_SERVICE, -1) &&
           histogram_of(METRIC_CONNECT, -1) && result.histograms_count == 5,
       "so are a second's and the others, but not lateness");
    OK(result.failures_count == 2 && strcmp(result.failures[1].reason, "odd?") == 0,
       "reasons are clean text");
    tap_is(tally_connection_reason(&tally), "refused", "why connections failed");
    drop();
}

static void test_broken_off(void)
{
    fresh();
    put_hist(HIST_LATENCY, 0, 1000000, 100, 0);
    put_hist(HIST_LATENCY, 1, 3000000, 300, 0);
    tally_report(&tally, 2.5, &open_loop);
    tap_near(result.value[METRIC_LATENCY_P50], 3, 1e-3, "what came is put together");
    tap_near(result.value[METRIC_LATENCY_MEAN], 2.5, 1e-3, "and has a mean");
    OK(histogram_of(METRIC_LATENCY, -1) != NULL, "and a histogram of the whole");
    OK(isnan(result.value[METRIC_MESSAGES_SENT]) && isnan(result.value[METRIC_ERRORS_RATE]),
       "totals that never came are not made up");
    OK(!tally_connection_reason(&tally), "no connection failed");
    drop();
}

/* What several workers tell becomes one, as if one had measured it. */
static void test_workers(void)
{
    struct progress progress = {
        .second = 3, .open = 5, .sent = 120, .matched = 100, .p95_ns = 1000};
    struct counts other = counts;
    struct err e = {0};
    const struct histogram *h;

    fresh_of(2);
    other.connect_first_ns -= 100000000;
    other.connect_last_ns -= 100000000;
    for (worker = 0; worker < 2; worker++) {
        OK(put_hist(HIST_LATENCY, 0, worker ? 4000000 : 2000000, 100, 0), "worker %zu", worker);
        put_hist(HIST_LATENCY, 1, 2000000, worker ? 0 : 100, 0);
        put_hist(HIST_LATENCY, -1, worker ? 4000000 : 2000000, worker ? 100 : 200, 0);
        put_hist(HIST_CONNECT, -1, 1000000 + (int64_t)worker, 9, 0);
        put_failure(FAILURE_CONNECTION, 2, "refused");
        tally_take(&tally, worker, FRAME_PROGRESS, &progress, sizeof progress, &e);
        progress = (struct progress){.second = 4, .open = 1, .matched = 300, .p95_ns = 5000};
        tally_take(&tally, worker, FRAME_COUNTS, worker ? &other : &counts, sizeof counts, &e);
    }
    OK(!tally_take(&tally, 1, FRAME_COUNTS, &other, sizeof other, &e), "totals come once");
    worker = 0;
    progress = tally_progress(&tally);
    OK(progress.second == 4 && progress.open == 6 && progress.matched == 400 &&
           progress.p95_ns == 4000,
       "how far they are, together");
    tally_report(&tally, 2, &open_loop);
    h = histogram_of(METRIC_LATENCY, 0);
    OK(h && h->count == 200 && h->min == 2 && h->max == 4, "a second's histogram is of both");
    tap_near(h->mean, 3, 1e-9, "and its mean");
    h = histogram_of(METRIC_LATENCY, 1);
    OK(h && h->count == 100, "a second in which one had no reply");
    h = histogram_of(METRIC_LATENCY, -1);
    OK(h && h->count == 300 && result.histograms_count == 4, "the whole run's is one");
    tap_near(result.value[METRIC_LATENCY_P50], 2, 2e-3, "median of all");
    tap_near(result.value[METRIC_LATENCY_P90], 4, 4e-3, "p90 of all");
    tap_near(result.value[METRIC_LATENCY_MEAN], 800.0 / 300, 1e-9, "mean of all");
    tap_near(point_of(METRIC_THROUGHPUT_SENT, 0), 206, 0, "messages of a second, added");
    tap_near(point_of(METRIC_THROUGHPUT_RECEIVED, 1), 100, 0, "replies of a second, added");
    OK(result.points_count == 6, "one point for each second of a series");
    tap_near(result.value[METRIC_MESSAGES_SENT], 1980, 0, "totals, added");
    tap_near(result.value[METRIC_CONNECT_RATE], 18 / 0.55, 1e-9,
             "connections from the first of all to the last of all");
    OK(result.failures_count == 1 && result.failures[0].count == 4, "failures of a kind, added");
    drop();

    fresh_of(2);
    put_hist(HIST_LATENCY, 0, 2000000, 100, 0);
    put_hist(HIST_LATENCY, -1, 2000000, 100, 0);
    tally_take(&tally, 0, FRAME_COUNTS, &counts, sizeof counts, &e);
    worker = 1;
    put_hist(HIST_LATENCY, 0, 2000000, 50, 0);
    worker = 0;
    tally_report(&tally, 1, &open_loop);
    h = histogram_of(METRIC_LATENCY, -1);
    OK(h && h->count == 150 && isnan(result.value[METRIC_MESSAGES_SENT]),
       "where one broke off: the seconds of both, and no totals");
    drop();
}

static void test_edges(void)
{
    struct counts none = {.connects_tried = 5};
    struct err e = {0};

    fresh();
    OK(tally_take(&tally, worker, FRAME_COUNTS, &none, sizeof none, &e), "nothing connected");
    tally_report(&tally, 1, &open_loop);
    tap_near(result.value[METRIC_CONNECT_SUCCESS], 0, 0, "no connection of five");
    OK(isnan(result.value[METRIC_ERRORS_RATE]) && isnan(result.value[METRIC_LATENCY_P50]) &&
           isnan(result.value[METRIC_CONNECT_RATE]) && result.value[METRIC_MESSAGES_SENT] == 0,
       "shares of nothing are not numbers");
    drop();

    fresh();
    tally_take(&tally, worker, FRAME_COUNTS, &counts, sizeof counts, &e);
    tally_report(&tally, 0, &closed_loop);
    OK(isnan(result.value[METRIC_THROUGHPUT_SENT]), "no time, no rate");
    tally_report(&tally, 2, &closed_loop);
    OK(isnan(result.value[METRIC_THROUGHPUT_DELIVERED]) &&
           result.value[METRIC_THROUGHPUT_RECEIVED] == 485,
       "a closed loop offers nothing that could be delivered");
    drop();
}

static void test_malformed(void)
{
    struct wire_hist head = {.kind = 99};
    struct err e = {0};
    int32_t kind = ERR_USAGE;
    char frame[64];

    fresh();
    OK(!tally_take(&tally, worker, FRAME_COUNTS, &counts, sizeof counts - 1, &e),
       "counts that are cut");
    OK(!tally_take(&tally, worker, FRAME_PROGRESS, "", 0, &e), "empty progress");
    OK(!tally_take(&tally, worker, FRAME_HIST, &head, sizeof head, &e), "a histogram of no kind");
    OK(!tally_take(&tally, worker, FRAME_HIST, &head, 3, &e), "a histogram that is cut");
    head = (struct wire_hist){.kind = HIST_SERVICE, .second = -1, .count = 1};
    OK(!tally_take(&tally, worker, FRAME_HIST, &head, sizeof head, &e) && e.kind == ERR_MEASURE,
       "a histogram without its blob: %s", e.text);
    OK(!tally_take(&tally, worker, FRAME_FAILURE, "x", 1, &e), "a failure that is cut");
    memcpy(frame, &kind, sizeof kind);
    memcpy(frame + sizeof kind, "no memory", 9);
    OK(!tally_take(&tally, worker, FRAME_ERROR, frame, sizeof kind + 9, &e),
       "the worker's own word");
    tap_is(e.text, "no memory", "is taken");
    OK(!tally_take(&tally, worker, FRAME_ERROR, frame, 1, &e), "without a word");
    OK(tally_take(&tally, worker, (enum frame_type)77, frame, 1, &e),
       "other frames are left alone");
    drop();
}

/* Metrics that only some scenarios have. */
static void test_asked(void)
{
    const struct scenario s = {.heartbeat = {.every_ns = 1}, .reconnect = {.on = true}};
    struct counts some = counts;
    struct err e = {0};

    some.heartbeats_missed = 3;
    fresh();
    tally_take(&tally, 0, FRAME_COUNTS, &some, sizeof some, &e);
    tally_report(&tally, 2, &s);
    OK(result.value[METRIC_HEARTBEAT_MISSED] == 3 && result.value[METRIC_RECONNECT_COUNT] == 0,
       "heartbeats and reconnects, where they are asked for");
    drop();
}

int main(void)
{
    test_whole();
    test_tokens();
    test_broken_off();
    test_workers();
    test_edges();
    test_malformed();
    test_asked();
    return tap_end();
}
