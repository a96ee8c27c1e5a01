/* Answers of HTTP servers, good and bad, cut at any byte. */
#include "runner/http.h"
#include "tests/tap.h"

#include <stdlib.h>

struct seen {
    struct text body;
    int heads;
};

static bool head(void *arg)
{
    ((struct seen *)arg)->heads++;
    return true;
}

static bool body(void *arg, const char *bytes, size_t length)
{
    text_add_bytes(&((struct seen *)arg)->body, bytes, length);
    return true;
}

/* What comes of an answer that is fed `step` bytes at a time: "status type [flags] body|fault". */
static char *answered(const char *answer, size_t length, size_t step)
{
    struct seen seen = {0};
    struct http h;
    size_t at = 0, taken = 0, n;
    char *told;
    bool good = true;

    http_open(&h, head, body, &seen);
    while (good && at < length && h.state != HTTP_WHOLE) {
        n = length - at < step ? length - at : step;
        good = http_feed(&h, answer + at, n, &taken);
        at += taken;
    }
    told = good ? mem_printf("%d %s%s%s%s%s \"%s\" +%zu", h.status, h.type, h.close ? " close" : "",
                             h.coding == HTTP_GZIP ? " gzip" : "",
                             h.state == HTTP_WHOLE ? " whole"
                             : http_ends_here(&h)  ? " open"
                                                   : " cut",
                             seen.heads == 1 ? "" : " heads?", seen.body.data ? seen.body.data : "",
                             length - at)
                : mem_printf("fault: %s", h.fault);
    if (good && h.retry_after_s >= 0) {
        char *more = mem_printf("%s retry %lld", told, (long long)h.retry_after_s);

        free(told);
        told = more;
    }
    http_close(&h);
    text_free(&seen.body);
    return told;
}

#define OK200 "HTTP/1.1 200 OK\r\n"
#define EVENTS OK200 "Content-Type: text/event-stream\r\n"
#define CHUNKED EVENTS "Transfer-Encoding: chunked\r\n\r\n"

static void answers(void)
{
    static const struct {
        const char *answer, *want;
    } cases[] = {
        {EVENTS "Content-Length: 3\r\n\r\nabcde", "200 text/event-stream whole \"abc\" +2"},
        {EVENTS "\r\nabc", "200 text/event-stream close open \"abc\" +0"},
        {EVENTS "Content-Length: 5\r\n\r\nabc", "200 text/event-stream cut \"abc\" +0"},
        {CHUNKED "3\r\nabc\r\n002\r\nde\r\n0\r\n\r\n", "200 text/event-stream whole \"abcde\" +0"},
        {CHUNKED "A;x=\"y\"\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\nHT",
         "200 text/event-stream whole \"0123456789\" +2"},
        {CHUNKED "3\nabc\n0\n\n", "200 text/event-stream whole \"abc\" +0"},
        {CHUNKED "3\r\nab", "200 text/event-stream cut \"ab\" +0"},
        {CHUNKED "", "200 text/event-stream cut \"\" +0"},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" EVENTS
         "Content-Length: 0\r\n\r\n",
         "200 text/event-stream whole \"\" +0"},
        {"HTTP/1.0 200\r\ncontent-type:  Text/Event-Stream ; charset=utf-8\r\n\r\nx",
         "200 text/event-stream close open \"x\" +0"},
        {"HTTP/1.0 200 OK\r\nConnection: x, Keep-Alive\r\nContent-Length: 1\r\n\r\nx",
         "200  whole \"x\" +0"},
        {OK200 "Connection: close\r\nContent-Length: 1\r\n\r\nx", "200  close whole \"x\" +0"},
        {OK200 "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", "200  gzip whole \"\" +0"},
        {"HTTP/1.1 204 No Content\r\n\r\n", "204  whole \"\" +0"},
        {"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", "302  whole \"\" +0"},
        {"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
         "429  whole \"\" +0 retry 7"},
        {"HTTP/1.1 503 No\r\nRetry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\nContent-Length: "
         "0\r\n\r\n",
         "503  whole \"\" +0"},
        {OK200 "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "200  close whole \"\" +0"},
        {OK200 "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", "200  whole \"x\" +0"},
        {OK200 "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", "fault: Content-Length: 2"},
        {OK200 "Content-Length: -1\r\n\r\nx", "fault: Content-Length: -1"},
        {OK200 "Content-Length: 99999999999999999999\r\n\r\nx",
         "fault: Content-Length: 99999999999999999999"},
        {OK200 "Content-Length:\r\n\r\nx", "fault: Content-Length: "},
        {OK200 "Transfer-Encoding: gzip, chunked\r\n\r\nx",
         "fault: Transfer-Encoding: gzip, chunked"},
        {CHUNKED "x\r\n", "fault: a chunk without a size"},
        {CHUNKED "-1\r\n", "fault: a chunk without a size"},
        {CHUNKED "\r\n", "fault: a chunk without a size"},
        {CHUNKED "fffffffffffffffff\r\n", "fault: a chunk without a size"},
        {CHUNKED "1\r\nabc\r\n", "fault: a chunk longer than its size"},
        {"HTTP/2 200\r\n\r\n", "fault: the answer is not HTTP"},
        {"HTTP/1.1 20 OK\r\n\r\n", "fault: the answer is not HTTP"},
        {"HTTP/1.1 2000 OK\r\n\r\n", "fault: the answer is not HTTP"},
        {"SSH-2.0-OpenSSH_9.2\r\n", "fault: the answer is not HTTP"},
        {"\r\n", "fault: the answer is not HTTP"},
        {OK200 "no colon\r\n\r\n", "fault: the answer's head is not HTTP"},
        {OK200 "a b: c\r\n\r\n", "fault: the answer's head is not HTTP"},
        {OK200 ": c\r\n\r\n", "fault: the answer's head is not HTTP"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t length = strlen(cases[i].answer);
        bool same = true;

        for (size_t step = 1; step <= length + 1; step++) {
            char *got = answered(cases[i].answer, length, step);

            if (strcmp(got, cases[i].want) != 0) {
                printf("# %zu bytes at a time: %s\n", step, got);
                same = false;
            }
            free(got);
        }
        OK(same, "%s", cases[i].want);
    }
}

/* An answer that begins so and goes on with `more` for ever. */
static void endless(const char *begin, const char *more, const char *want)
{
    struct seen seen = {0};
    struct http h;
    size_t taken, fed = 0;

    http_open(&h, head, body, &seen);
    http_feed(&h, begin, strlen(begin), &taken);
    while (fed < 1 << 20 && http_feed(&h, more, strlen(more), &taken))
        fed += taken;
    tap_is(h.fault, want, want);
    OK(fed <= HTTP_HEAD_MAX && h.line.capacity < 4 * HTTP_HEAD_MAX, "and is found in time");
    http_close(&h);
    text_free(&seen.body);
}

static void next(void)
{
    static const char two[] = CHUNKED "1\r\na\r\n0\r\n\r\n" EVENTS "Content-Length: 1\r\n\r\nb";
    struct seen seen = {0};
    struct http h;
    size_t taken, rest;

    http_open(&h, head, body, &seen);
    http_feed(&h, two, strlen(two), &taken);
    rest = strlen(two) - taken;
    OK(h.state == HTTP_WHOLE && rest == strlen(EVENTS "Content-Length: 1\r\n\r\nb"),
       "the first of two answers ends where it ends");
    http_next(&h);
    http_feed(&h, two + taken, rest, &rest);
    OK(h.state == HTTP_WHOLE && strcmp(seen.body.data, "ab") == 0 && seen.heads == 2,
       "and the next one follows");
    http_close(&h);
    text_free(&seen.body);
}

int main(void)
{
    answers();
    endless("HTTP/1.1 200 OK\r\n", "a: b\r\n", "the answer's head is larger than 16 KiB");
    endless("HTTP/1.1 200 OK\r\na: ", "bbbbbbbb", "the answer's head is larger than 16 KiB");
    endless("", "HTTP/1.1 100 x\r\n\r\n", "the answer's head is larger than 16 KiB");
    endless(CHUNKED "1;", "xxxxxxxx", "a chunk's head is larger than 16 KiB");
    endless(CHUNKED "0\r\n", "t: u\r\n", "a chunk's head is larger than 16 KiB");
    next();
    return tap_end();
}
