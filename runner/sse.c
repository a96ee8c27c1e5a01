#include "runner/sse.h"

#include <stdlib.h>
#include <string.h>

enum { BUFFER_KEPT = 4096 }; /* bytes, of a stream between its events */

void sse_open(struct sse *s, bool (*event)(void *arg, const struct sse_event *event), void *arg,
              struct sse_room *room)
{
    *s = (struct sse){.event = event, .arg = arg, .room = room, .retry_ms = -1};
}

static void buffer_drop(struct sse *s, struct text *t)
{
    if (s->room)
        s->room->used -= t->capacity;
    text_free(t);
}

static void buffer_empty(struct sse *s, struct text *t)
{
    t->length = 0;
    if (t->capacity > BUFFER_KEPT)
        buffer_drop(s, t);
}

static bool buffer_add(struct sse *s, struct text *t, const char *bytes, size_t length)
{
    size_t before = t->capacity;

    if (length > SSE_EVENT_MAX - t->length) {
        s->fault = "event larger than 1 MiB";
        return false;
    }
    text_add_bytes(t, bytes, length);
    if (!s->room)
        return true;
    s->room->used += t->capacity - before;
    if (s->room->used <= s->room->limit)
        return true;
    buffer_drop(s, t);
    s->fault = "no room for the event: the buffers of all clients are full";
    return false;
}

void sse_close(struct sse *s)
{
    buffer_drop(s, &s->line);
    buffer_drop(s, &s->data);
    *s = (struct sse){0};
}

static void event_forget(struct sse *s)
{
    buffer_empty(s, &s->data);
    s->direct = NULL;
    s->has_data = false;
    *s->name = '\0';
}

void sse_restart(struct sse *s)
{
    event_forget(s);
    buffer_empty(s, &s->line);
    memcpy(s->id_next, s->id, sizeof s->id_next);
    s->begun = s->after_cr = s->skipping = false;
    s->fault = NULL;
}

/* Moves the line of data that lies in what is being fed into the buffer. */
static bool direct_keep(struct sse *s)
{
    const char *direct = s->direct;

    s->direct = NULL;
    return !direct || buffer_add(s, &s->data, direct, s->direct_length);
}

/* `lasting`: the value stays where it is until the feed is over. */
static bool data_take(struct sse *s, const char *value, size_t length, bool lasting)
{
    bool first = !s->has_data;

    s->has_data = true;
    if (first && lasting) {
        s->direct = value;
        s->direct_length = length;
        return true;
    }
    return direct_keep(s) && (first || buffer_add(s, &s->data, "\n", 1)) &&
           buffer_add(s, &s->data, value, length);
}

static bool dispatch(struct sse *s)
{
    struct sse_event event = {.name = s->name};
    bool go_on = true;

    if (*s->id_next || *s->id)
        memcpy(s->id, s->id_next, strlen(s->id_next) + 1);
    if (s->has_data) {
        event.data = s->direct ? s->direct : s->data.data ? s->data.data : "";
        event.length = s->direct ? s->direct_length : s->data.length;
        go_on = s->event(s->arg, &event);
    }
    event_forget(s);
    return go_on;
}

static void name_take(char to[SSE_NAME_MAX + 1], const char *value, size_t length)
{
    if (length > SSE_NAME_MAX || memchr(value, '\0', length))
        return;
    memcpy(to, value, length);
    to[length] = '\0';
}

static void retry_take(struct sse *s, const char *value, size_t length)
{
    enum { DIGITS_MAX = 15 };
    int64_t ms = 0;

    if (length == 0 || length > DIGITS_MAX)
        return;
    for (size_t i = 0; i < length; i++) {
        if (value[i] < '0' || value[i] > '9')
            return;
        ms = ms * 10 + (value[i] - '0');
    }
    s->retry_ms = ms;
}

static bool is_field(const char *line, size_t length, const char *name)
{
    return length == strlen(name) && memcmp(line, name, length) == 0;
}

static bool field_take(struct sse *s, const char *line, size_t length, bool lasting)
{
    const char *colon = memchr(line, ':', length), *value = line + length;
    size_t name_length = length, value_length = 0;

    if (colon) {
        name_length = (size_t)(colon - line);
        value = colon + 1;
        value_length = length - name_length - 1;
        if (value_length > 0 && *value == ' ') {
            value++;
            value_length--;
        }
    }
    if (is_field(line, name_length, "data"))
        return data_take(s, value, value_length, lasting);
    if (is_field(line, name_length, "event"))
        name_take(s->name, value, value_length);
    else if (is_field(line, name_length, "id"))
        name_take(s->id_next, value, value_length);
    else if (is_field(line, name_length, "retry"))
        retry_take(s, value, value_length);
    return true;
}

static bool line_take(struct sse *s, const char *line, size_t length, bool lasting)
{
    static const char mark[] = "\xef\xbb\xbf";

    if (!s->begun) {
        s->begun = true;
        if (length >= 3 && memcmp(line, mark, 3) == 0) {
            line += 3;
            length -= 3;
        }
    }
    return length == 0 ? dispatch(s) : field_take(s, line, length, lasting);
}

/* The end of a line that began earlier, or a whole one. */
static bool line_end(struct sse *s, const char *rest, size_t length)
{
    bool good;

    if (s->skipping) {
        s->skipping = false;
        return true;
    }
    if (s->line.length == 0)
        return line_take(s, rest, length, true);
    good =
        buffer_add(s, &s->line, rest, length) && line_take(s, s->line.data, s->line.length, false);
    buffer_empty(s, &s->line);
    return good;
}

/* A line that goes on in what comes later. Of a comment nothing is needed. */
static bool line_keep(struct sse *s, const char *rest, size_t length)
{
    s->skipping = s->skipping || (s->begun && s->line.length == 0 && length > 0 && *rest == ':');
    return s->skipping || buffer_add(s, &s->line, rest, length);
}

bool sse_feed(struct sse *s, const char *p, size_t length)
{
    const char *end = p + length, *newline = p - 1;

    if (s->fault)
        return false;
    while (p < end) {
        const char *stop, *cr;

        if (s->after_cr) {
            s->after_cr = false;
            if (*p == '\n') {
                p++;
                continue;
            }
        }
        if (newline &&
            newline < p) /* looked for once, lest lines that end in '\r' cost a scan each */
            newline = memchr(p, '\n', (size_t)(end - p));
        stop = newline ? newline : end;
        cr = memchr(p, '\r', (size_t)(stop - p));
        stop = cr ? cr : stop;
        if (stop == end)
            break;
        if (!line_end(s, p, (size_t)(stop - p)))
            return false;
        s->after_cr = cr;
        p = stop + 1;
    }
    return (p == end || line_keep(s, p, (size_t)(end - p))) && direct_keep(s);
}
