#include "runner/http.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LINE_KEPT = 1024, CHUNK_DIGITS_MAX = 15 };

#define LENGTH_MAX (INT64_C(1) << 60)

void http_open(struct http *h, bool (*head)(void *arg),
               bool (*body)(void *arg, const char *bytes, size_t length), void *arg)
{
    *h = (struct http){.head = head, .body = body, .arg = arg};
    http_next(h);
}

void http_close(struct http *h)
{
    text_free(&h->line);
    *h = (struct http){0};
}

void http_next(struct http *h)
{
    struct text line = h->line;

    if (line.capacity > LINE_KEPT)
        text_free(&line);
    line.length = 0;
    *h = (struct http){.head = h->head,
                       .body = h->body,
                       .arg = h->arg,
                       .line = line,
                       .retry_after_s = -1,
                       .left = -1};
}

__attribute__((format(printf, 2, 3))) static bool fault(struct http *h, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(h->fault, sizeof h->fault, format, args);
    va_end(args);
    return false;
}

/* The head. */

static bool status_take(struct http *h, const char *line)
{
    int minor = 0;

    if (strncmp(line, "HTTP/1.", 7) != 0 || (line[7] != '0' && line[7] != '1') || line[8] != ' ' ||
        !isdigit((unsigned char)line[9]) || !isdigit((unsigned char)line[10]) ||
        !isdigit((unsigned char)line[11]) || (line[12] && line[12] != ' '))
        return fault(h, "the answer is not HTTP");
    minor = line[7] - '0';
    h->status = atoi(line + 9);
    h->close = minor == 0;
    return h->status >= 100 || fault(h, "the answer is not HTTP");
}

/* Digits and nothing else. */
static bool digits_read(const char *text, int64_t *value)
{
    *value = 0;
    if (!*text)
        return false;
    for (; isdigit((unsigned char)*text); text++) {
        if (*value > LENGTH_MAX / 10)
            return false;
        *value = *value * 10 + (*text - '0');
    }
    return !*text;
}

static bool length_take(struct http *h, const char *value)
{
    int64_t length;

    if (!digits_read(value, &length) || (h->sized && length != h->left))
        return fault(h, "Content-Length: %.40s", value);
    h->sized = true;
    h->left = length;
    return true;
}

static void type_take(struct http *h, const char *value)
{
    size_t length = strcspn(value, "; \t");

    snprintf(h->type, sizeof h->type, "%.*s", (int)length, value);
    for (char *p = h->type; *p; p++)
        *p = (char)tolower((unsigned char)*p);
}

/* True where `word` is among the members of a list, parameters aside. */
static bool list_has(const char *list, const char *word)
{
    while (*list) {
        size_t length;

        list += strspn(list, ", \t");
        length = strcspn(list, ",; \t");
        if (length == strlen(word) && strncasecmp(list, word, length) == 0)
            return true;
        list += strcspn(list, ",");
    }
    return false;
}

static bool field_take(struct http *h, const char *name, const char *value)
{
    if (strcasecmp(name, "Content-Length") == 0)
        return length_take(h, value);
    if (strcasecmp(name, "Content-Type") == 0)
        type_take(h, value);
    if (strcasecmp(name, "Connection") == 0 && list_has(value, "close"))
        h->close = true;
    if (strcasecmp(name, "Connection") == 0 && list_has(value, "keep-alive"))
        h->close = false;
    if (strcasecmp(name, "Retry-After") == 0 && !digits_read(value, &h->retry_after_s))
        h->retry_after_s = -1;
    if (strcasecmp(name, "Content-Encoding") == 0 && strcasecmp(value, "identity") != 0)
        h->coding = strcasecmp(value, "gzip") == 0 || strcasecmp(value, "x-gzip") == 0
                        ? HTTP_GZIP
                        : HTTP_CODING_OTHER;
    if (strcasecmp(name, "Transfer-Encoding") == 0) {
        if (strcasecmp(value, "chunked") != 0)
            return fault(h, "Transfer-Encoding: %.40s", value);
        h->chunked = true;
    }
    return true;
}

static bool header_take(struct http *h, char *line)
{
    char *colon = strchr(line, ':'), *value, *end;

    if (!colon || colon == line || strcspn(line, " \t") < (size_t)(colon - line))
        return fault(h, "the answer's head is not HTTP");
    *colon = '\0';
    value = colon + 1 + strspn(colon + 1, " \t");
    for (end = value + strlen(value); end > value && (end[-1] == ' ' || end[-1] == '\t'); end--)
        ;
    *end = '\0';
    return field_take(h, line, value);
}

static bool head_end(struct http *h)
{
    if (h->status < 200 && h->status != 101) { /* a word in between */
        size_t bytes = h->head_bytes;

        http_next(h);
        h->head_bytes = bytes; /* they may not go on for ever */
        return true;
    }
    if (h->chunked) {
        h->close = h->close || h->sized; /* whoever sends both is not to be trusted further */
        h->state = HTTP_CHUNK_SIZE;
    } else if (h->status == 204 || h->status == 304 || (h->sized && h->left == 0)) {
        h->state = HTTP_WHOLE;
    } else {
        h->close = h->close || !h->sized;
        h->state = HTTP_BODY;
    }
    return h->head(h->arg);
}

static bool head_line(struct http *h, char *line)
{
    bool first = !h->begun;

    if (strlen(line) != h->line.length)
        return fault(h, "the answer is not HTTP");
    if (first) {
        h->begun = true;
        return status_take(h, line);
    }
    return *line ? header_take(h, line) : head_end(h);
}

/* The body. */

static bool chunk_size_line(struct http *h, const char *line)
{
    size_t digits = strspn(line, "0123456789abcdefABCDEF");
    char behind = line[digits];

    if (digits == 0 || digits > CHUNK_DIGITS_MAX || (behind && !strchr("; \t", behind)))
        return fault(h, "a chunk without a size");
    h->left = strtoll(line, NULL, 16);
    h->state = h->left > 0 ? HTTP_CHUNK : HTTP_TRAILER;
    return true;
}

static bool line_whole(struct http *h)
{
    struct text *t = &h->line;

    if (t->length > 0 && t->data[t->length - 1] == '\r')
        t->data[--t->length] = '\0';
    switch (h->state) {
    case HTTP_HEAD:
        return head_line(h, t->data);
    case HTTP_CHUNK_SIZE:
        h->head_bytes = 0;
        return chunk_size_line(h, t->data);
    case HTTP_CHUNK_END:
        h->state = HTTP_CHUNK_SIZE;
        return t->length == 0 || fault(h, "a chunk longer than its size");
    default: /* HTTP_TRAILER */
        if (t->length == 0)
            h->state = HTTP_WHOLE;
        return true;
    }
}

/* Takes bytes up to a line end. */
static bool line_feed(struct http *h, const char *bytes, size_t length, size_t *taken)
{
    const char *end = memchr(bytes, '\n', length);
    size_t n = end ? (size_t)(end - bytes) : length;
    bool good;

    h->head_bytes += n + 1;
    if (h->head_bytes > HTTP_HEAD_MAX)
        return fault(h, "%s larger than 16 KiB",
                     h->state == HTTP_HEAD ? "the answer's head is" : "a chunk's head is");
    text_add_bytes(&h->line, bytes, n); /* of nothing too: data is a string then */
    *taken += n + (end != NULL);
    if (!end)
        return true;
    good = line_whole(h);
    h->line.length = 0;
    return good;
}

static bool body_feed(struct http *h, const char *bytes, size_t length, size_t *taken)
{
    size_t n = h->left >= 0 && (uint64_t)h->left < length ? (size_t)h->left : length;

    *taken += n;
    if (h->left >= 0)
        h->left -= (int64_t)n;
    if (h->left == 0)
        h->state = h->state == HTTP_CHUNK ? HTTP_CHUNK_END : HTTP_WHOLE;
    return h->body(h->arg, bytes, n);
}

bool http_feed(struct http *h, const char *bytes, size_t length, size_t *taken)
{
    bool good = !*h->fault;

    *taken = 0;
    while (good && *taken < length && h->state != HTTP_WHOLE) {
        const char *at = bytes + *taken;
        size_t rest = length - *taken;

        good = h->state == HTTP_BODY || h->state == HTTP_CHUNK ? body_feed(h, at, rest, taken)
                                                               : line_feed(h, at, rest, taken);
    }
    return good;
}

bool http_ends_here(const struct http *h)
{
    return h->state == HTTP_WHOLE || (h->state == HTTP_BODY && h->left < 0);
}
