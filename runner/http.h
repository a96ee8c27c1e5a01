/* http: the answers of an HTTP/1.1 server, taken apart (RFC 9112). No input or output.
 *
 * Bytes go in as they come; the head is judged once it is whole, the body comes out by a callback
 * without its chunks. Strict where leniency would hide a fault of the target: lengths that are
 * none, chunks that are none, a head without end.
 */
#ifndef RUNNER_HTTP_H
#define RUNNER_HTTP_H

#include "schema/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_HEAD_MAX = 16 << 10, HTTP_TYPE_SIZE = 128, HTTP_FAULT_SIZE = 96 };

enum http_state {
    HTTP_HEAD,
    HTTP_BODY,       /* of a known length, or until the connection ends (left < 0) */
    HTTP_CHUNK_SIZE, /* the line in front of a chunk */
    HTTP_CHUNK,
    HTTP_CHUNK_END, /* the line end behind it */
    HTTP_TRAILER,
    HTTP_WHOLE, /* the answer has ended; what follows belongs to the next one */
};

enum http_coding { HTTP_IDENTITY, HTTP_GZIP, HTTP_CODING_OTHER };

struct http {
    /* False: parsing stops. head(): all fields below hold. */
    bool (*head)(void *arg);
    bool (*body)(void *arg, const char *bytes, size_t length);
    void *arg;

    enum http_state state;
    char fault[HTTP_FAULT_SIZE]; /* why the answer is none; "": nothing is wrong */

    int status;
    char type[HTTP_TYPE_SIZE]; /* content type without its parameters, in lower case; "": none */
    enum http_coding coding;   /* of the content */
    bool close;                /* the connection serves no further request */
    int64_t retry_after_s;     /* -1: not said, or as a date */

    /* Its own. */
    struct text line; /* of the head, or in front of a chunk */
    size_t head_bytes;
    bool begun; /* behind the status line */
    bool chunked, sized;
    int64_t left; /* of the body or chunk */
};

void http_open(struct http *h, bool (*head)(void *arg),
               bool (*body)(void *arg, const char *bytes, size_t length), void *arg);
void http_close(struct http *h);

/* The answer to the next request. */
void http_next(struct http *h);

/* False: the answer is none (h->fault), or a callback has stopped it. *taken: how many bytes were
 * part of the answer; fewer than `length` once it is whole. */
bool http_feed(struct http *h, const char *bytes, size_t length, size_t *taken);

/* True where the connection's end is the answer's. */
bool http_ends_here(const struct http *h);

#endif
