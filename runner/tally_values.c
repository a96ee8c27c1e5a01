/* From what was measured to the values of a run. */
#include "runner/tally_parts.h"

#include <math.h>

static const struct {
    enum wire_hist_kind kind;
    double percentile;
    enum metric_id metric;
} percentiles[] = {
    {HIST_LATENCY, 50, METRIC_LATENCY_P50},         {HIST_LATENCY, 90, METRIC_LATENCY_P90},
    {HIST_LATENCY, 95, METRIC_LATENCY_P95},         {HIST_LATENCY, 99, METRIC_LATENCY_P99},
    {HIST_LATENCY, 99.9, METRIC_LATENCY_P999},      {HIST_SERVICE, 50, METRIC_SERVICE_P50},
    {HIST_SERVICE, 90, METRIC_SERVICE_P90},         {HIST_SERVICE, 95, METRIC_SERVICE_P95},
    {HIST_SERVICE, 99, METRIC_SERVICE_P99},         {HIST_SERVICE, 99.9, METRIC_SERVICE_P999},
    {HIST_CONNECT, 50, METRIC_CONNECT_P50},         {HIST_CONNECT, 95, METRIC_CONNECT_P95},
    {HIST_CONNECT, 99, METRIC_CONNECT_P99},         {HIST_LATENESS, 99, METRIC_GENERATOR_LATE_P99},
    {HIST_TOKEN_FIRST, 50, METRIC_TOKEN_FIRST_P50}, {HIST_TOKEN_FIRST, 95, METRIC_TOKEN_FIRST_P95},
    {HIST_TOKEN_FIRST, 99, METRIC_TOKEN_FIRST_P99}, {HIST_TOKEN_GAP, 50, METRIC_TOKEN_GAP_P50},
    {HIST_TOKEN_GAP, 95, METRIC_TOKEN_GAP_P95},     {HIST_TOKEN_GAP, 99, METRIC_TOKEN_GAP_P99},
    {HIST_HEARTBEAT, 50, METRIC_HEARTBEAT_P50},     {HIST_HEARTBEAT, 95, METRIC_HEARTBEAT_P95},
    {HIST_RECONNECT, 50, METRIC_RECONNECT_P50},     {HIST_RECONNECT, 95, METRIC_RECONNECT_P95},
};

/* Its shortest, mean and longest, where these are metrics (METRIC_COUNT: not). */
static void extremes_report(const struct hist *h, enum metric_id min, enum metric_id mean,
                            enum metric_id max, double *value)
{
    if (h->total == 0)
        return;
    if (min != METRIC_COUNT)
        value[min] = (double)h->min / HIST_PER_MS;
    if (mean != METRIC_COUNT)
        value[mean] = hist_mean(h) / HIST_PER_MS;
    value[max] = (double)h->max / HIST_PER_MS;
}

void tally_distributions(const struct hist whole[HIST_KINDS], double *value)
{
    for (size_t i = 0; i < sizeof percentiles / sizeof *percentiles; i++) {
        const struct hist *h = &whole[percentiles[i].kind];

        if (h->total > 0)
            value[percentiles[i].metric] =
                (double)hist_percentile(h, percentiles[i].percentile) / HIST_PER_MS;
    }
    extremes_report(&whole[HIST_LATENCY], METRIC_LATENCY_MIN, METRIC_LATENCY_MEAN,
                    METRIC_LATENCY_MAX, value);
    extremes_report(&whole[HIST_SERVICE], METRIC_SERVICE_MIN, METRIC_SERVICE_MEAN,
                    METRIC_SERVICE_MAX, value);
    extremes_report(&whole[HIST_CONNECT], METRIC_COUNT, METRIC_COUNT, METRIC_CONNECT_MAX, value);
    extremes_report(&whole[HIST_TOKEN_GAP], METRIC_COUNT, METRIC_COUNT, METRIC_TOKEN_GAP_MAX,
                    value);
}

static double ratio(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : NAN;
}

void tally_counts(const struct counts *c, double duration_s, const struct scenario *s,
                  double *value)
{
    double span_s = (double)(c->connect_last_ns - c->connect_first_ns) / 1e9;

    value[METRIC_CONNECT_SUCCESS] = ratio(c->connects_made, c->connects_tried);
    if (c->connects_made > 1 && span_s > 0)
        value[METRIC_CONNECT_RATE] = (double)c->connects_made / span_s;
    if (!(duration_s > 0))
        return; /* interrupted before anything was measured */
    value[METRIC_THROUGHPUT_SENT] = (double)(c->sent - c->copies) / duration_s;
    value[METRIC_THROUGHPUT_RECEIVED] = (double)c->matched / duration_s;
    if (s->rate.pattern != RATE_MAX) /* a closed loop offers nothing that could be missing */
        value[METRIC_THROUGHPUT_DELIVERED] = ratio(c->matched, c->offered);
    value[METRIC_BYTES_SENT] = (double)c->bytes_sent / duration_s;
    value[METRIC_BYTES_RECEIVED] = (double)c->bytes_received / duration_s;
    if (c->bytes_compressed > 0)
        value[METRIC_BYTES_COMPRESSED] = (double)c->bytes_compressed / duration_s;
    value[METRIC_ERRORS_RATE] = ratio(c->errors + c->lost, c->sent);
    value[METRIC_ERRORS_COUNT] = (double)c->errors;
    value[METRIC_MESSAGES_SENT] = (double)c->sent;
    value[METRIC_MESSAGES_MATCHED] = (double)c->matched;
    value[METRIC_MESSAGES_LOST] = (double)c->lost;
    value[METRIC_MESSAGES_DUPLICATE] = (double)c->duplicate;
    value[METRIC_MESSAGES_REORDERED] = (double)c->reordered;
    value[METRIC_MESSAGES_LATE] = (double)c->late;
    if (s->retry_after)
        value[METRIC_MESSAGES_RETRIED] = (double)c->put_off;
    if (s->heartbeat.every_ns)
        value[METRIC_HEARTBEAT_MISSED] = (double)c->heartbeats_missed;
    if (s->reconnect.on)
        value[METRIC_RECONNECT_COUNT] = (double)c->reconnects;
    if (c->tokens_ns > 0)
        value[METRIC_TOKEN_RATE] = (double)c->tokens / ((double)c->tokens_ns / 1e9);
}
