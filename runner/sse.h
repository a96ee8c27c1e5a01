/* sse: the parser of event streams, by the rules of the HTML standard (section 9.2.6, "Interpreting
 * an event stream", https://html.spec.whatwg.org/multipage/server-sent-events.html).
 *
 * Bytes go in as they come, cut anywhere; events come out by a callback. An event whose data is one
 * line that lies whole in what is fed is handed on where it lies; any other is put together in a
 * buffer. What is kept is bounded: an event of more than SSE_EVENT_MAX bytes ends the stream, and
 * so does one for which the buffers of all streams together have no room. Comments and fields
 * without meaning cost nothing. No input or output, no clock.
 */
#ifndef RUNNER_SSE_H
#define RUNNER_SSE_H

#include "schema/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of data, or of one line; of an id and of an event's name: a longer one is as if it were not
 * there.
 */
enum { SSE_EVENT_MAX = 1 << 20, SSE_NAME_MAX = 1024 };

struct sse_event {
    const char *data; /* its lines joined by '\n'; valid inside the callback */
    size_t length;
    const char *name; /* "" where the stream gives none: a "message" */
};

/* The memory of all buffers of several streams. */
struct sse_room {
    size_t used, limit;
};

struct sse {
    /* False: parsing stops, sse_feed() returns. */
    bool (*event)(void *arg, const struct sse_event *event);
    void *arg;
    struct sse_room *room; /* NULL: no limit beside SSE_EVENT_MAX */
    const char *fault;     /* why the stream cannot go on; NULL: nothing is wrong */

    char id[SSE_NAME_MAX + 1]; /* the last event's: what Last-Event-ID is to say; "": none */
    int64_t retry_ms;          /* what the server asks for; -1: nothing */

    /* Its own. */
    char id_next[SSE_NAME_MAX + 1], name[SSE_NAME_MAX + 1];
    struct text line, data;
    const char *direct; /* the only line of data so far, in what is being fed */
    size_t direct_length;
    bool begun;    /* behind the byte order mark */
    bool has_data; /* of the event at hand */
    bool after_cr; /* a '\n' that comes next belongs to the '\r' before */
    bool skipping; /* inside a comment that is not kept */
};

void sse_open(struct sse *s, bool (*event)(void *arg, const struct sse_event *event), void *arg,
              struct sse_room *room);
void sse_close(struct sse *s);

/* A new stream: what was left of the event at hand is dropped, id and retry are kept. */
void sse_restart(struct sse *s);

/* False: the stream cannot go on (s->fault), or the callback has stopped it. */
bool sse_feed(struct sse *s, const char *bytes, size_t length);

#endif
