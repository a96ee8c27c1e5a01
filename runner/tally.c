#include "runner/tally.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    enum wire_hist_kind kind;
    double percentile;
    enum metric_id metric;
} percentiles[] = {
    {HIST_LATENCY, 50, METRIC_LATENCY_P50},    {HIST_LATENCY, 90, METRIC_LATENCY_P90},
    {HIST_LATENCY, 95, METRIC_LATENCY_P95},    {HIST_LATENCY, 99, METRIC_LATENCY_P99},
    {HIST_LATENCY, 99.9, METRIC_LATENCY_P999}, {HIST_SERVICE, 50, METRIC_SERVICE_P50},
    {HIST_SERVICE, 90, METRIC_SERVICE_P90},    {HIST_SERVICE, 95, METRIC_SERVICE_P95},
    {HIST_SERVICE, 99, METRIC_SERVICE_P99},    {HIST_SERVICE, 99.9, METRIC_SERVICE_P999},
    {HIST_CONNECT, 50, METRIC_CONNECT_P50},    {HIST_CONNECT, 95, METRIC_CONNECT_P95},
    {HIST_CONNECT, 99, METRIC_CONNECT_P99},    {HIST_LATENESS, 99, METRIC_GENERATOR_LATE_P99},
};

/* Distributions that are stored; METRIC_COUNT: only its values are. */
static const enum metric_id distribution[TALLY_HISTS] = {
    [HIST_LATENCY] = METRIC_LATENCY,
    [HIST_SERVICE] = METRIC_SERVICE,
    [HIST_CONNECT] = METRIC_CONNECT,
    [HIST_LATENESS] = METRIC_COUNT,
};

void tally_open(struct tally *t, struct result *result)
{
    *t = (struct tally){.result = result};
    for (int i = 0; i < TALLY_HISTS; i++)
        hist_open(&t->whole[i]);
}

void tally_close(struct tally *t)
{
    for (int i = 0; i < TALLY_HISTS; i++)
        hist_close(&t->whole[i]);
}

/* Keeps the histogram as it will be stored. */
static void histogram_add(struct result *r, const struct wire_hist *h, const void *blob,
                          size_t length)
{
    struct histogram *to;

    r->histograms = mem_grow(r->histograms, r->histograms_count + 1, sizeof *r->histograms);
    to = &r->histograms[r->histograms_count++];
    *to = (struct histogram){.metric = distribution[h->kind],
                             .second = h->second,
                             .count = h->count,
                             .min = (double)h->min / HIST_PER_MS,
                             .max = (double)h->max / HIST_PER_MS,
                             .mean = h->sum / (double)h->count / HIST_PER_MS,
                             .hdr = mem_get(1, length),
                             .hdr_length = length};
    memcpy(to->hdr, blob, length);
}

/* A second's points: messages by the second that they were due in. */
static bool second_take(struct tally *t, const struct wire_hist *h, const void *blob, size_t length,
                        struct err *e)
{
    struct result *r = t->result;
    struct hist late;

    if (h->kind == HIST_LATENCY) {
        result_add_point(r, METRIC_THROUGHPUT_SENT, h->second, (double)h->sent);
        result_add_point(r, METRIC_THROUGHPUT_RECEIVED, h->second, (double)h->count);
        result_add_point(r, METRIC_ERRORS_COUNT, h->second, (double)h->errors);
        if (h->count > 0)
            histogram_add(r, h, blob, length);
    } else if (h->kind == HIST_LATENESS && h->count > 0) {
        bool done;

        hist_open(&late);
        done = hist_decode(&late, blob, length, e);
        if (done)
            result_add_point(r, METRIC_GENERATOR_LATE_P99, h->second,
                             (double)hist_percentile(&late, 99) / HIST_PER_MS);
        hist_close(&late);
        return done;
    }
    return true;
}

static bool hist_take(struct tally *t, const void *body, size_t length, struct err *e)
{
    struct wire_hist h;
    const void *blob = (const char *)body + sizeof h;
    struct hist *whole;

    if (length < sizeof h)
        return err_set(e, ERR_MEASURE, "the worker sent a histogram that is cut");
    memcpy(&h, body, sizeof h);
    length -= sizeof h;
    if (h.kind < 0 || h.kind >= TALLY_HISTS || h.second < -1 || h.count < 0)
        return err_set(e, ERR_MEASURE, "the worker sent a histogram that is none");
    if (h.second >= 0)
        return second_take(t, &h, blob, length, e);
    if (h.count == 0)
        return true;
    whole = &t->whole[h.kind];
    if (!hist_decode(whole, blob, length, e)) {
        e->kind = ERR_MEASURE;
        return err_wrap(e, "the worker's histogram");
    }
    whole->min = h.min; /* the exact ones, which a blob does not keep */
    whole->max = h.max;
    whole->sum = h.sum;
    if (distribution[h.kind] != METRIC_COUNT)
        histogram_add(t->result, &h, blob, length);
    return true;
}

static bool failure_take(struct tally *t, const void *body, size_t length, struct err *e)
{
    struct wire_failure f;
    char *reason;

    if (length < sizeof f)
        return err_set(e, ERR_MEASURE, "the worker sent a failure that is cut");
    memcpy(&f, body, sizeof f);
    reason = mem_printf("%.*s", (int)(length - sizeof f), (const char *)body + sizeof f);
    text_clean(reason);
    result_add_failure(t->result,
                       f.kind == FAILURE_CONNECTION ? FAILURE_CONNECTION : FAILURE_MESSAGE, reason,
                       f.count);
    free(reason);
    return true;
}

static bool struct_take(void *out, size_t size, const void *body, size_t length, struct err *e)
{
    if (length != size)
        return err_set(e, ERR_MEASURE, "the worker sent a frame of %zu bytes instead of %zu",
                       length, size);
    memcpy(out, body, size);
    return true;
}

bool tally_take(struct tally *t, enum frame_type type, const void *body, size_t length,
                struct err *e)
{
    switch (type) {
    case FRAME_PROGRESS:
        return struct_take(&t->progress, sizeof t->progress, body, length, e);
    case FRAME_HIST:
        return hist_take(t, body, length, e);
    case FRAME_FAILURE:
        return failure_take(t, body, length, e);
    case FRAME_COUNTS:
        t->counted = struct_take(&t->counts, sizeof t->counts, body, length, e);
        return t->counted;
    case FRAME_DONE:
        t->done = true;
        return true;
    case FRAME_ERROR:
        if (length <= sizeof(int32_t))
            return err_set(e, ERR_MEASURE, "the worker could not start");
        return err_set(e, ERR_MEASURE, "%.*s", (int)(length - sizeof(int32_t)),
                       (const char *)body + sizeof(int32_t));
    default:
        return true;
    }
}

/* Puts the whole run's latency together from its seconds, for a worker that broke off. */
static void seconds_merge(struct tally *t)
{
    struct result *r = t->result;
    struct hist *whole = &t->whole[HIST_LATENCY], second;
    struct wire_hist h = {.kind = HIST_LATENCY, .second = -1};
    struct err ignored;
    void *blob;
    size_t length;

    hist_open(&second);
    for (size_t i = 0; i < r->histograms_count; i++)
        if (r->histograms[i].metric == METRIC_LATENCY && r->histograms[i].second >= 0 &&
            hist_decode(&second, r->histograms[i].hdr, r->histograms[i].hdr_length, &ignored))
            hist_merge(whole, &second);
    hist_close(&second);
    if (whole->total == 0)
        return;
    h.count = whole->total;
    h.min = whole->min;
    h.max = whole->max;
    h.sum = whole->sum;
    blob = hist_encode(whole, &length);
    histogram_add(r, &h, blob, length);
    free(blob);
}

static void distributions_report(struct tally *t)
{
    double *value = t->result->value;
    const struct hist *latency = &t->whole[HIST_LATENCY], *service = &t->whole[HIST_SERVICE];

    for (size_t i = 0; i < sizeof percentiles / sizeof *percentiles; i++) {
        const struct hist *h = &t->whole[percentiles[i].kind];

        if (h->total > 0)
            value[percentiles[i].metric] =
                (double)hist_percentile(h, percentiles[i].percentile) / HIST_PER_MS;
    }
    if (latency->total > 0) {
        value[METRIC_LATENCY_MIN] = (double)latency->min / HIST_PER_MS;
        value[METRIC_LATENCY_MEAN] = hist_mean(latency) / HIST_PER_MS;
        value[METRIC_LATENCY_MAX] = (double)latency->max / HIST_PER_MS;
    }
    if (service->total > 0) {
        value[METRIC_SERVICE_MIN] = (double)service->min / HIST_PER_MS;
        value[METRIC_SERVICE_MEAN] = hist_mean(service) / HIST_PER_MS;
        value[METRIC_SERVICE_MAX] = (double)service->max / HIST_PER_MS;
    }
    if (t->whole[HIST_CONNECT].total > 0)
        value[METRIC_CONNECT_MAX] = (double)t->whole[HIST_CONNECT].max / HIST_PER_MS;
}

static double ratio(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : NAN;
}

static void counts_report(const struct counts *c, double duration_s, bool closed_loop,
                          double *value)
{
    double span_s = (double)c->connect_span_ns / 1e9;

    value[METRIC_CONNECT_SUCCESS] = ratio(c->connects_made, c->connects_tried);
    if (c->connects_made > 1 && span_s > 0)
        value[METRIC_CONNECT_RATE] = (double)c->connects_made / span_s;
    if (!(duration_s > 0))
        return; /* interrupted before anything was measured */
    value[METRIC_THROUGHPUT_SENT] = (double)c->sent / duration_s;
    value[METRIC_THROUGHPUT_RECEIVED] = (double)c->matched / duration_s;
    if (!closed_loop)
        value[METRIC_THROUGHPUT_DELIVERED] = ratio(c->matched, c->offered);
    value[METRIC_BYTES_SENT] = (double)c->bytes_sent / duration_s;
    value[METRIC_BYTES_RECEIVED] = (double)c->bytes_received / duration_s;
    value[METRIC_ERRORS_RATE] = ratio(c->errors + c->lost, c->sent);
    value[METRIC_ERRORS_COUNT] = (double)c->errors;
    value[METRIC_MESSAGES_SENT] = (double)c->sent;
    value[METRIC_MESSAGES_MATCHED] = (double)c->matched;
    value[METRIC_MESSAGES_LOST] = (double)c->lost;
    value[METRIC_MESSAGES_DUPLICATE] = (double)c->duplicate;
    value[METRIC_MESSAGES_REORDERED] = (double)c->reordered;
    value[METRIC_MESSAGES_LATE] = (double)c->late;
}

void tally_report(struct tally *t, double duration_s, bool closed_loop)
{
    if (!t->counted)
        seconds_merge(t);
    distributions_report(t);
    if (t->counted)
        counts_report(&t->counts, duration_s, closed_loop, t->result->value);
}

const char *tally_connection_reason(const struct tally *t)
{
    const struct result *r = t->result;
    const struct failure *most = NULL;

    for (size_t i = 0; i < r->failures_count; i++)
        if (r->failures[i].kind == FAILURE_CONNECTION &&
            (!most || r->failures[i].count > most->count))
            most = &r->failures[i];
    return most ? most->reason : NULL;
}
