/* bench_sse: events that the parser takes a second, many in what is read at once and one in each;
 * the second without what reading costs (tests/bench_engine measures that). */
#include "runner/sse.h"
#include "schema/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EVENTS = 2000000, READ = 32 << 10 };

static bool count(void *arg, const struct sse_event *event)
{
    *(size_t *)arg += event->length;
    return true;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Events a second of CPU time, `step` bytes at a time. */
static double measured(const struct text *stream, size_t step)
{
    size_t bytes = 0;
    double begin = seconds();
    struct sse s;

    sse_open(&s, count, &bytes, NULL);
    for (size_t at = 0; at < stream->length; at += step)
        sse_feed(&s, stream->data + at, stream->length - at < step ? stream->length - at : step);
    sse_close(&s);
    return EVENTS / (seconds() - begin);
}

int main(void)
{
    static const char event[] = "id: 1795660588316999-1\ndata: {\"type\":\"event\",\"sequence\":1,"
                                "\"time\":1795660588316999}\n\n";
    struct text stream = {0};
    double batched, single;

    for (int i = 0; i < EVENTS; i++)
        text_add_bytes(&stream, event, strlen(event));
    batched = measured(&stream, READ);
    single = measured(&stream, strlen(event));
    printf("SSE events parsed per CPU-second, %zu bytes each with an id:\n", strlen(event));
    printf("%-59s%12.0f %-4s (must: 5000000)\n", "  batched, 32 KiB at a time", batched, "/s");
    printf("%-59s%12.0f %-4s (must: 150000)\n", "  one at a time", single, "/s");
    text_free(&stream);
    return batched < 5e6 || single < 150e3;
}
