#include "runner/trace.h"

#include "runner/file.h"
#include "runner/reply.h"
#include "schema/json.h"
#include "schema/text.h"
#include "schema/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Numbers below are seconds from the start, from here on a time since 1970. */
#define UNIX_FROM 1e8

enum clock { CLOCK_NONE, CLOCK_TRACE, CLOCK_UNIX };

struct reading { /* of a file, as it goes on */
    struct trace *trace;
    const struct template_values *values;
    size_t capacity, number; /* number of the line, from 1 */
    enum clock clock;        /* that its lines have */
    struct pointer at, message;
};

static bool number_time(const struct found *f, int64_t *ns, enum clock *clock)
{
    double value;

    *clock = CLOCK_UNIX;
    if (found_time(f, ns))
        return true;
    *clock = CLOCK_TRACE;
    if (!found_number(f, &value) || value < 0 || value >= UNIX_FROM)
        return false;
    *ns = llround(value * NS_PER_S);
    return true;
}

static bool text_time(const char *text, int64_t *ns, enum clock *clock)
{
    struct err ignored;
    int64_t ms;

    *clock = strchr(text, ':') ? CLOCK_UNIX : CLOCK_TRACE;
    if (*clock == CLOCK_TRACE)
        return units_duration(text, ns, &ignored);
    if (!units_time(text, &ms, &ignored) || ms < 0)
        return false;
    *ns = ms * NS_PER_MS;
    return true;
}

static bool at_take(struct reading *r, const struct json_at *root, const struct reply *reply,
                    int64_t *ns, struct err *e)
{
    static const char expected[] = "seconds from the start, a duration or a time";
    struct json_at at = json_member(root, "at");
    struct found found = reply_find(reply, &r->at);
    enum clock clock = CLOCK_NONE;

    if (cJSON_IsString(at.value) ? !text_time(at.value->valuestring, ns, &clock)
                                 : !cJSON_IsNumber(at.value) || !number_time(&found, ns, &clock))
        return json_expected(&at, expected, e);
    if (r->clock != CLOCK_NONE && r->clock != clock)
        return json_refuse(&at, e, "is a time of %s, unlike those before",
                           clock == CLOCK_UNIX ? "day" : "its own, from the start");
    r->clock = clock;
    return true;
}

static enum template_form line_form(const struct trace_line *line)
{
    return line->json ? TEMPLATE_JSON : TEMPLATE_PLAIN;
}

/* Its own message: a slice of the text, a string unescaped where it stands. */
static bool message_take(struct reading *r, const struct json_at *root, const struct reply *reply,
                         struct trace_line *line, struct err *e)
{
    struct trace *t = r->trace;
    struct json_at at = json_member(root, "message");
    struct found found = reply_find(reply, &r->message);
    size_t room;

    line->offset = (uint32_t)(reply->text - t->text);
    if (!at.value)
        return true;
    line->offset = (uint32_t)(found.text - t->text);
    line->length = (uint32_t)found.length;
    line->json = !cJSON_IsString(at.value);
    if (!line->json) {
        line->length = (uint32_t)strlen(at.value->valuestring);
        memcpy(t->text + line->offset, at.value->valuestring, line->length);
    }
    if (line->length == 0)
        return json_refuse(&at, e, "is empty");
    room = template_room(t->text + line->offset, line->length, line_form(line), r->values);
    if (room == 0)
        return json_refuse(&at, e, "can be longer than %lld bytes",
                           (long long)SCENARIO_MESSAGE_MAX);
    t->own = true;
    t->room = room > t->room ? room : t->room;
    return true;
}

static bool line_take(struct reading *r, const char *text, size_t length, struct err *e)
{
    static const char *const keys[] = {"at", "message", "client", NULL};
    struct trace *t = r->trace;
    cJSON *value = json_read(text, length, NULL, JSON_STRICT, e);
    struct json_at root = json_root(value, NULL);
    struct trace_line line = {.client = -1};
    struct reply reply;
    bool good = value;

    reply_read(&reply, text, length, false);
    good = good && json_only(&root, keys, e) && at_take(r, &root, &reply, &line.at_ns, e) &&
           json_get_integer(&root, "client", 0, INT64_MAX, &line.client, e) &&
           message_take(r, &root, &reply, &line, e);
    cJSON_Delete(value);
    if (!good)
        return false;
    if (t->lines == TRACE_LINES_MAX)
        return err_set(e, ERR_USAGE, "more than %d messages, the most that is taken",
                       TRACE_LINES_MAX);
    if (t->lines == r->capacity) {
        r->capacity = r->capacity ? 2 * r->capacity : 256;
        t->line = mem_grow(t->line, r->capacity, sizeof *t->line);
    }
    t->line[t->lines++] = line;
    return true;
}

static bool lines_take(struct reading *r, struct err *e)
{
    char *at = r->trace->text, *end = at + r->trace->text_length;

    while (at < end) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop ? stop : end) - at);

        r->number++;
        if (length > 0 && at[length - 1] == '\r')
            length--;
        if (length > 0 && !line_take(r, at, length, e))
            return false;
        at = stop ? stop + 1 : end;
    }
    return true;
}

static int by_time(const void *a, const void *b)
{
    const struct trace_line *x = a, *y = b;

    return x->at_ns != y->at_ns ? (x->at_ns > y->at_ns) - (x->at_ns < y->at_ns)
                                : (x->offset > y->offset) - (x->offset < y->offset);
}

static int by_client(const void *a, const void *b)
{
    const struct trace_line *x = a, *y = b;

    return x->client != y->client ? (x->client > y->client) - (x->client < y->client)
                                  : by_time(a, b);
}

static bool holds(const struct trace *t, const char *word)
{
    return memmem(t->text, t->text_length, word, strlen(word));
}

static void lines_settle(struct trace *t, enum clock clock)
{
    int64_t zero_ns;

    qsort(t->line, t->lines, sizeof *t->line, by_time);
    zero_ns = clock == CLOCK_UNIX ? t->line[0].at_ns : 0;
    for (size_t i = 0; i < t->lines; i++)
        t->line[i].at_ns -= zero_ns;
    t->length_ns = t->line[t->lines - 1].at_ns;
    t->plain = !holds(t, "${");
    t->by_id = holds(t, "${id}");
    t->by_seq = holds(t, "${seq}");
}

bool trace_open(struct trace *t, const char *path, const char *sha256,
                const struct template_values *values, struct err *e)
{
    struct reading r = {.trace = t, .values = values};
    struct text text = {0};
    bool done;

    *t = (struct trace){0};
    done = file_read_large(path, TRACE_FILE_MAX, &text, e);
    t->text = text.data;
    t->text_length = text.length;
    if (!done)
        return false;
    sha256_hex(t->text, t->text_length, t->sha256);
    if (*sha256 && strcmp(sha256, t->sha256) != 0)
        return err_set(e, ERR_USAGE, "%s: has changed since the run was planned", path);
    pointer_open(&r.at, "/at");
    pointer_open(&r.message, "/message");
    done = lines_take(&r, e);
    pointer_close(&r.at);
    pointer_close(&r.message);
    if (!done)
        return err_wrap(e, "%s, line %zu", path, r.number);
    if (t->lines == 0)
        return err_set(e, ERR_USAGE, "%s: is empty, expected a line {\"at\": 0.5} for each message",
                       path);
    lines_settle(t, r.clock);
    return true;
}

void trace_close(struct trace *t)
{
    free(t->line);
    free(t->first);
    free(t->text);
    *t = (struct trace){0};
}

/* When what happened at `at_ns` of the trace is due. */
static int64_t due_ns(int64_t at_ns, const struct rate *r)
{
    return llround(fmax(-4e18, fmin((double)(at_ns - r->skip_ns) / r->speed, 4e18)));
}

int64_t trace_duration_ns(const struct trace *t, const struct rate *r)
{
    return t->length_ns < r->skip_ns ? 0 : (due_ns(t->length_ns, r) / NS_PER_S + 1) * NS_PER_S;
}

void trace_schedule(struct trace *t, const struct scenario *s)
{
    int64_t from_ns = -(s->ramp_ns + s->warmup_ns), round = 0;
    size_t kept = 0, next = 0;

    for (size_t i = 0; i < t->lines; i++) {
        struct trace_line line = t->line[i];

        line.client = line.client < 0 ? round++ % s->clients : line.client % s->clients;
        line.at_ns = due_ns(line.at_ns, &s->rate);
        if (line.at_ns >= from_ns && line.at_ns < s->duration_ns)
            t->line[kept++] = line;
    }
    t->lines = kept;
    qsort(t->line, t->lines, sizeof *t->line, by_client);
    t->first = mem_get((size_t)s->clients + 1, sizeof *t->first);
    for (int64_t c = 0; c <= s->clients; c++) {
        while (next < t->lines && t->line[next].client < c)
            next++;
        t->first[c] = next;
    }
}

size_t trace_count(const struct trace *t, const struct scenario *s, size_t *busiest)
{
    struct trace_line *line = mem_get(t->lines + 1, sizeof *line);
    size_t count = 0, from = 0;

    *busiest = 0;
    for (size_t i = 0; i < t->lines; i++)
        if (t->line[i].at_ns >= 0 && t->line[i].at_ns < s->duration_ns)
            line[count++] = t->line[i];
    qsort(line, count, sizeof *line, by_time);
    for (size_t i = 0; i < count; i++) {
        while (line[i].at_ns - line[from].at_ns >= NS_PER_S)
            from++;
        if (i + 1 - from > *busiest)
            *busiest = i + 1 - from;
    }
    free(line);
    return count;
}

size_t trace_write(const struct trace *t, size_t line, const struct template_values *values,
                   unsigned char *out)
{
    const struct trace_line *l = &t->line[line];

    if (!t->plain)
        return template_write(t->text + l->offset, l->length, line_form(l), values, out);
    memcpy(out, t->text + l->offset, l->length);
    return l->length;
}
