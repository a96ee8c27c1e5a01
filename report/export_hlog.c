/* HdrHistogram's log, as its HistogramLogReader and HistogramLogAnalyzer read it. */
#include "report/export.h"

#include "schema/hist.h"
#include "schema/units.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <time.h>

void export_hlog_head(int64_t started_ms, struct text *out)
{
    time_t seconds = (time_t)(started_ms / 1000);
    char when[64] = "";
    struct tm utc;

    if (gmtime_r(&seconds, &utc))
        strftime(when, sizeof when, "%a %b %d %H:%M:%S UTC %Y", &utc);
    text_addf(
        out,
        "#[Latency in nanoseconds, logged by streamgauge " STREAMGAUGE_VERSION "]\n"
        "#[Histogram log format version 1.3]\n"
        "#[StartTime: %lld.%03d (seconds since epoch), %s]\n"
        "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"HdrHistogram_Compressed\"\n",
        (long long)seconds, (int)(started_ms % 1000), when);
}

static void base64_add(struct text *out, const void *data, size_t length)
{
    unsigned char *text = mem_get(length / 3 * 4 + 5, 1);

    EVP_EncodeBlock(text, data, (int)length);
    text_add(out, (const char *)text);
    free(text);
}

/* What cannot be read again is not handed on: the blob may be a stranger's. */
static bool interval_put(const struct histogram *h, int64_t start_ms, double length_s,
                         const char *tag, struct text *out, struct err *e)
{
    struct hist one;
    bool done;

    hist_open(&one);
    done = hist_decode(&one, h->hdr, h->hdr_length, e);
    if (done) {
        if (tag)
            text_addf(out, "Tag=%s,", tag);
        text_addf(out, "%lld.%03d,%.3f,%.3f,", (long long)(start_ms / 1000), (int)(start_ms % 1000),
                  length_s, (double)one.max / HIST_PER_MS);
        base64_add(out, h->hdr, h->hdr_length);
        text_add(out, "\n");
    }
    hist_close(&one);
    return done;
}

bool export_hlog(const struct result *result, int64_t measured_ms, const char *tag,
                 struct text *out, struct err *e)
{
    const struct histogram *whole = NULL;
    bool seconds = false;

    for (size_t i = 0; i < result->histograms_count; i++) {
        const struct histogram *h = &result->histograms[i];

        if (h->metric != METRIC_LATENCY)
            continue;
        if (h->second < 0) {
            whole = h;
            continue;
        }
        seconds = true;
        if (!interval_put(h, measured_ms + (int64_t)h->second * 1000, 1, tag, out, e))
            return false;
    }
    return seconds || !whole ||
           interval_put(whole, measured_ms, result->duration_s > 0 ? result->duration_s : 0, tag,
                        out, e);
}
