/* Event streams: by the rules of the HTML standard, however the bytes are cut. The cases marked WPT
 * are those of web-platform-tests/eventsource (format-*.any.js). */
#include "runner/sse.h"
#include "schema/text.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>

struct seen {
    struct text text; /* "name|data;" of each event */
    int count, stop_at;
};

static bool see(void *arg, const struct sse_event *event)
{
    struct seen *seen = arg;

    text_addf(&seen->text, "%s|", event->name);
    for (size_t i = 0; i < event->length; i++) /* '\0' may be among them */
        text_add_bytes(&seen->text, event->data[i] ? &event->data[i] : "0", 1);
    text_add(&seen->text, ";");
    return ++seen->count != seen->stop_at;
}

/* What comes of a stream that is fed `step` bytes at a time, each piece in memory of its own. */
static char *parsed(const char *stream, size_t length, size_t step, struct sse *s)
{
    struct seen seen = {0};

    sse_open(s, see, &seen, NULL);
    text_add(&seen.text, "");
    for (size_t at = 0; at < length; at += step) {
        size_t n = length - at < step ? length - at : step;
        char *piece = mem_get(n, 1);

        memcpy(piece, stream + at, n);
        if (!sse_feed(s, piece, n))
            text_addf(&seen.text, "fault: %s", s->fault);
        free(piece);
    }
    return seen.text.data;
}

static bool feed(struct sse *s, const char *text)
{
    return sse_feed(s, text, strlen(text));
}

static void stream_is(const char *stream, size_t length, const char *want, const char *id,
                      int64_t retry_ms, const char *name)
{
    struct sse s;
    bool same = true;

    for (size_t step = 1; step <= length + 1; step++) {
        char *got = parsed(stream, length, step, &s);

        if (strcmp(got, want) != 0 || strcmp(s.id, id) != 0 || s.retry_ms != retry_ms) {
            same = false;
            printf("# %zu bytes at a time: %s, id %s, retry %lld\n", step, got, s.id,
                   (long long)s.retry_ms);
        }
        sse_close(&s);
        free(got);
    }
    OK(same, "%s", name);
}

static void rules(void)
{
    static const struct {
        const char *name, *stream;
        size_t length;
        const char *want, *id;
        int64_t retry_ms;
    } cases[] = {
#define CASE(name, stream, want, id, retry) {name, stream, sizeof stream - 1, want, id, retry}
        CASE("nothing", "", "", "", -1),
        CASE("one", "data: x\n\n", "|x;", "", -1),
        CASE("CR", "data: x\r\rdata: y\r\r", "|x;|y;", "", -1),
        CASE("CRLF", "data: x\r\n\r\ndata: y\r\n\r\n", "|x;|y;", "", -1),
        CASE("all line ends (WPT newlines)", "data:test\r\ndata\ndata:test\r\n\r", "|test\n\ntest;",
             "", -1),
        CASE("LF CR is two ends", "data:x\n\rdata:y\n\n", "|x;|y;", "", -1),
        CASE("the mark at the start",
             "\xef\xbb\xbf"
             "data:1\n\n\xef\xbb\xbf"
             "data:2\n\ndata:3\n\n",
             "|1;|3;", "", -1),
        CASE("one mark alone (WPT bom-2)",
             "\xef\xbb\xbf\xef\xbb\xbf"
             "data:1\n\ndata:2\n\ndata:3\n\n",
             "|2;|3;", "", -1),
        CASE("a comment behind the mark", "\xef\xbb\xbf: c\ndata:x\n\n", "|x;", "", -1),
        CASE("comments (WPT)",
             "data:1\r:\0\n:\r\ndata:2\n:long comment\rdata:3\n:data:fail\r:x\n"
             "data:4\n\n",
             "|1\n2\n3\n4;", "", -1),
        CASE("data before the end (WPT)", "newline\n\n\n\n\ndata:test\r\n\r", "|test;", "", -1),
        CASE("an event without its end", "data: x\n\ndata: y\n", "|x;", "", -1),
        CASE("empty data (WPT)", "data:\n\ndata\ndata\n\ndata:test\n\n", "|;|\n;|test;", "", -1),
        CASE("one blank is cut (WPT)", "data:\ttest\rdata: \ndata:test\n\n", "|\ttest\n\ntest;", "",
             -1),
        CASE("two blanks", "data:  x\n\n", "| x;", "", -1),
        CASE("a colon in the value", "data: a:b: c\n\n", "|a:b: c;", "", -1),
        CASE("names are whole", "datax: 1\nDATA: 2\n data: 3\ndat: 4\ndata: 5\n\n", "|5;", "", -1),
        CASE("fields (WPT)",
             "data:\0\n data:2\rData:1\ndata\0:2\ndata:1\rdata\0:4\nda-ta:3\n"
             "data_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n",
             "|0\n1\n3\n\n4;", "", -1),
        CASE("event (WPT)", "event:test\ndata:x\n\ndata:x\n\n", "test|x;|x;", "", -1),
        CASE("event is the last (WPT)", "event: a\nevent\ndata: x\n\n", "|x;", "", -1),
        CASE("event without data is forgotten", "event: a\n\ndata: x\n\n", "|x;", "", -1),
        CASE("id (WPT)", "id: 7\ndata: x\n\n", "|x;", "7", -1),
        CASE("id without data", "id: 7\n\n", "", "7", -1),
        CASE("id of an event without its end", "id: 7\ndata: x\n\nid: 8\ndata: y\n", "|x;", "7",
             -1),
        CASE("id with NUL (WPT)", "id: 7\n\nid: 8\0\ndata: x\n\n", "|x;", "7", -1),
        CASE("id is reset", "id: 7\n\nid\ndata: x\n\n", "|x;", "", -1),
        CASE("retry (WPT)", "retry:3000\ndata:x\n\n", "|x;", "", 3000),
        CASE("retry bogus (WPT)", "retry:3000\nretry:1000x\ndata:x\n\n", "|x;", "", 3000),
        CASE("retry empty, signed, with a blank", "retry\nretry:-1\nretry:+1\nretry:  1\n", "", "",
             -1),
        CASE("retry alone", "retry: 0\n", "", "", 0),
        CASE("retry too long", "retry: 99999999999999999999\n", "", "", -1),
        CASE("UTF-8 (WPT)", "data:ok\xe2\x80\xa6\n\n", "|ok\xe2\x80\xa6;", "", -1),
        CASE("OpenAI", "data: {\"choices\":[]}\n\ndata: [DONE]\n\n", "|{\"choices\":[]};|[DONE];",
             "", -1),
#undef CASE
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        stream_is(cases[i].stream, cases[i].length, cases[i].want, cases[i].id, cases[i].retry_ms,
                  cases[i].name);
}

static size_t largest;
static bool measure(void *arg, const struct sse_event *event)
{
    ++*(int *)arg;
    largest = event->length > largest ? event->length : largest;
    return true;
}

static void limits(void)
{
    struct sse_room room = {.limit = 3 << 20};
    struct sse a, b;
    char *block = mem_get(1 << 16, 1);
    int events = 0;

    memset(block, 'x', 1 << 16);
    sse_open(&a, measure, &events, &room);
    feed(&a, ":");
    feed(&a, "\n:");
    for (int i = 0; i < 1000; i++)
        sse_feed(&a, block, 1 << 16);
    OK(!a.fault && room.used < 1 << 16, "a comment without end costs nothing");
    feed(&a, "\ndata:");
    for (int i = 0; i < 15; i++)
        sse_feed(&a, block, 1 << 16);
    OK(feed(&a, "\n\n") && events == 1 && largest == 15 << 16, "a large event is taken");
    OK(room.used <= 8192, "and its memory given back");
    feed(&a, "data:");
    for (int i = 0; i < 17; i++)
        sse_feed(&a, block, 1 << 16);
    OK(a.fault && !feed(&a, "\n\n") && events == 1, "one above the limit ends the stream");
    sse_restart(&a);
    for (int i = 0; i < 300; i++) {
        feed(&a, "data: ");
        sse_feed(&a, block, 1 << 12);
        feed(&a, "\n");
    }
    OK(a.fault && strstr(a.fault, "1 MiB"), "so do many lines of one event");
    sse_restart(&a);
    sse_open(&b, measure, &events, &room);
    feed(&a, "data:");
    feed(&b, "data:");
    for (int i = 0; i < 14; i++) {
        sse_feed(&a, block, 1 << 16);
        sse_feed(&b, block, 1 << 16);
    }
    feed(&a, "\ndata:");
    feed(&b, "\ndata:");
    for (int i = 0; i < 8; i++) {
        sse_feed(&a, block, 1 << 14);
        sse_feed(&b, block, 1 << 16);
    }
    OK(a.fault || b.fault, "streams share the room for what is kept");
    sse_close(&a);
    sse_close(&b);
    OK(room.used == 0, "all of it is given back");
    free(block);
}

static void restart(void)
{
    struct seen seen = {.stop_at = 2};
    struct sse s;

    sse_open(&s, see, &seen, NULL);
    feed(&s, "retry: 5\nid: 1\ndata: a\n\nid: 2\nevent: e\ndata: half");
    sse_restart(&s);
    OK(strcmp(s.id, "1") == 0 && s.retry_ms == 5, "a new stream: id and retry are kept");
    OK(!feed(&s, "\xef\xbb\xbf\ndata: b\n\ndata: c\n\n") && !s.fault, "the callback can stop");
    tap_is(seen.text.data, "|a;|b;", "a new stream: the event at hand is dropped");
    sse_close(&s);
    text_free(&seen.text);
}

int main(void)
{
    rules();
    limits();
    restart();
    return tap_end();
}
