#include "runner/tally.h"

#include "runner/tally_parts.h"
#include "schema/text.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Distributions that are stored; METRIC_COUNT: only its values are. */
static const enum metric_id distribution[HIST_KINDS] = {
    [HIST_LATENCY] = METRIC_LATENCY,         [HIST_SERVICE] = METRIC_SERVICE,
    [HIST_CONNECT] = METRIC_CONNECT,         [HIST_LATENESS] = METRIC_COUNT,
    [HIST_TOKEN_FIRST] = METRIC_TOKEN_FIRST, [HIST_TOKEN_GAP] = METRIC_TOKEN_GAP,
    [HIST_HEARTBEAT] = METRIC_HEARTBEAT,     [HIST_RECONNECT] = METRIC_RECONNECT,
};

void tally_open(struct tally *t, struct result *result, size_t workers)
{
    *t = (struct tally){
        .result = result, .from = mem_get(workers, sizeof *t->from), .workers = workers};
    for (int i = 0; i < HIST_KINDS; i++)
        hist_open(&t->whole[i]);
}

void tally_close(struct tally *t)
{
    for (int i = 0; i < HIST_KINDS; i++)
        hist_close(&t->whole[i]);
    free(t->from);
}

/* A histogram as it is stored, out of what is known of it and its blob. */
static void histogram_fill(struct histogram *to, const struct wire_hist *h, const void *blob,
                           size_t length)
{
    free(to->hdr);
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

/* Decodes what a worker sent, with the exact values that a blob does not keep. */
static bool hist_read(struct hist *out, const struct wire_hist *h, const void *blob, size_t length,
                      struct err *e)
{
    if (!hist_decode(out, blob, length, e)) {
        e->kind = ERR_MEASURE;
        return err_wrap(e, "the worker's histogram");
    }
    out->min = h->min;
    out->max = h->max;
    out->sum = h->sum;
    return true;
}

static void histogram_put(struct histogram *to, enum wire_hist_kind kind, int32_t second,
                          const struct hist *h)
{
    struct wire_hist head = {.kind = kind,
                             .second = second,
                             .count = h->total,
                             .min = h->min,
                             .max = h->max,
                             .sum = h->sum};
    size_t length;
    void *blob = hist_encode(h, &length);

    histogram_fill(to, &head, blob, length);
    free(blob);
}

static struct histogram *histogram_add(struct result *r)
{
    r->histograms = mem_grow(r->histograms, r->histograms_count + 1, sizeof *r->histograms);
    r->histograms[r->histograms_count] = (struct histogram){0};
    return &r->histograms[r->histograms_count++];
}

/* The one of that second, from another worker; NULL: it is the first. Seconds come about in turn,
 * so that it is among the last ones. */
static struct histogram *histogram_find(struct result *r, enum metric_id metric, int32_t second)
{
    for (size_t i = r->histograms_count; i-- > 0;)
        if (r->histograms[i].metric == metric && r->histograms[i].second == second)
            return &r->histograms[i];
    return NULL;
}

/* Merges a second of one worker into that of another. */
static bool second_merge(struct histogram *to, const struct wire_hist *h, const void *blob,
                         size_t length, struct err *e)
{
    struct hist mine, theirs;
    bool done;

    hist_open(&mine);
    hist_open(&theirs);
    done = hist_read(&theirs, h, blob, length, e) && hist_decode(&mine, to->hdr, to->hdr_length, e);
    if (done) {
        mine.min = llround(to->min * HIST_PER_MS);
        mine.max = llround(to->max * HIST_PER_MS);
        mine.sum = to->mean * HIST_PER_MS * (double)to->count;
        hist_merge(&mine, &theirs);
        histogram_put(to, h->kind, h->second, &mine);
    }
    hist_close(&mine);
    hist_close(&theirs);
    return done;
}

/* Adds to a point of the series that another worker told of. */
static void point_add(struct tally *t, enum metric_id metric, int32_t second, double value)
{
    struct result *r = t->result;

    for (size_t i = t->workers > 1 ? r->points_count : 0; i-- > 0;)
        if (r->points[i].metric == metric && r->points[i].second == second) {
            r->points[i].value += value;
            return;
        }
    result_add_point(r, metric, second, value);
}

/* A second's points: messages by the second that they were due in. */
static bool second_take(struct tally *t, const struct wire_hist *h, const void *blob, size_t length,
                        struct err *e)
{
    struct histogram *known;

    if (h->kind != HIST_LATENCY)
        return true;
    point_add(t, METRIC_THROUGHPUT_SENT, h->second, (double)h->sent);
    point_add(t, METRIC_THROUGHPUT_RECEIVED, h->second, (double)h->matched);
    point_add(t, METRIC_ERRORS_COUNT, h->second, (double)h->errors);
    if (h->count == 0)
        return true;
    known = t->workers > 1 ? histogram_find(t->result, METRIC_LATENCY, h->second) : NULL;
    if (known)
        return second_merge(known, h, blob, length, e);
    histogram_fill(histogram_add(t->result), h, blob, length);
    return true;
}

static bool hist_take(struct tally *t, const void *body, size_t length, struct err *e)
{
    struct wire_hist h;
    const void *blob = (const char *)body + sizeof h;
    struct hist whole;
    bool done;

    if (length < sizeof h)
        return err_set(e, ERR_MEASURE, "the worker sent a histogram that is cut");
    memcpy(&h, body, sizeof h);
    length -= sizeof h;
    if (h.kind < 0 || h.kind >= HIST_KINDS || h.second < -1 || h.count < 0)
        return err_set(e, ERR_MEASURE, "the worker sent a histogram that is none");
    if (h.second >= 0)
        return second_take(t, &h, blob, length, e);
    if (h.count == 0)
        return true;
    hist_open(&whole);
    done = hist_read(&whole, &h, blob, length, e);
    if (done)
        hist_merge(&t->whole[h.kind], &whole);
    hist_close(&whole);
    return done;
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

/* Adds one worker's totals to the others'. */
static bool counts_take(struct tally *t, struct tally_from *from, const void *body, size_t length,
                        struct err *e)
{
    enum { ADDED = offsetof(struct counts, connect_first_ns) / sizeof(int64_t) };
    int64_t first = t->counts.connect_first_ns, last = t->counts.connect_last_ns;
    int64_t *all = (int64_t *)&t->counts;
    const int64_t *one;
    struct counts c;

    if (from->counted)
        return err_set(e, ERR_MEASURE, "the worker sent its totals twice");
    if (!struct_take(&c, sizeof c, body, length, e))
        return false;
    from->counted = true;
    one = (const int64_t *)&c;
    for (size_t i = 0; i < ADDED; i++)
        all[i] += one[i];
    if (c.connect_first_ns && (!first || c.connect_first_ns < first))
        t->counts.connect_first_ns = c.connect_first_ns;
    if (c.connect_last_ns > last)
        t->counts.connect_last_ns = c.connect_last_ns;
    return true;
}

bool tally_take(struct tally *t, size_t worker, enum frame_type type, const void *body,
                size_t length, struct err *e)
{
    struct tally_from *from = &t->from[worker];

    switch (type) {
    case FRAME_PROGRESS:
        return struct_take(&from->progress, sizeof from->progress, body, length, e);
    case FRAME_HIST:
        return hist_take(t, body, length, e);
    case FRAME_FAILURE:
        return failure_take(t, body, length, e);
    case FRAME_COUNTS:
        return counts_take(t, from, body, length, e);
    case FRAME_DONE:
        from->done = true;
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

struct progress tally_progress(const struct tally *t)
{
    struct progress all = {0};
    double p95_ns = 0;

    for (size_t i = 0; i < t->workers; i++) {
        const struct progress *p = &t->from[i].progress;

        all.second = p->second > all.second ? p->second : all.second;
        all.open += p->open;
        all.sent += p->sent;
        all.matched += p->matched;
        all.errors += p->errors;
        p95_ns += (double)p->p95_ns * (double)p->matched;
    }
    if (all.matched > 0)
        all.p95_ns = (int64_t)(p95_ns / (double)all.matched);
    return all;
}

static bool tally_complete(const struct tally *t)
{
    for (size_t i = 0; i < t->workers; i++)
        if (!t->from[i].counted)
            return false;
    return true;
}

/* Where a worker broke off: the whole run is what the seconds hold. */
static void seconds_gather(struct tally *t)
{
    struct result *r = t->result;
    struct hist second;
    struct err ignored;

    for (int i = 0; i < HIST_KINDS; i++)
        hist_reset(&t->whole[i]);
    hist_open(&second);
    for (size_t i = 0; i < r->histograms_count; i++)
        if (hist_decode(&second, r->histograms[i].hdr, r->histograms[i].hdr_length, &ignored))
            hist_merge(&t->whole[HIST_LATENCY], &second);
    hist_close(&second);
}

void tally_report(struct tally *t, double duration_s, const struct scenario *s)
{
    bool complete = tally_complete(t);

    if (!complete)
        seconds_gather(t);
    for (int i = 0; i < HIST_KINDS; i++)
        if (t->whole[i].total > 0 && distribution[i] != METRIC_COUNT)
            histogram_put(histogram_add(t->result), (enum wire_hist_kind)i, -1, &t->whole[i]);
    tally_distributions(t->whole, t->result->value);
    t->result->uncompressed = t->counts.connects_plain;
    if (complete)
        tally_counts(&t->counts, duration_s, s, t->result->value);
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
