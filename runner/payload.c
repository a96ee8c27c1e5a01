#include "runner/payload.h"

#include "runner/file.h"
#include "runner/reply.h"
#include "runner/rng.h"
#include "schema/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

enum { NUMBER_DIGITS = 6, CLIENT_DIGITS = 3, HEAD = NUMBER_DIGITS + CLIENT_DIGITS };

static void filler_open(struct payload *p, size_t size, int64_t seed)
{
    struct rng rng;

    p->length = p->text_length = size;
    p->text = mem_get(size, 1);
    rng_open(&rng, seed, -1); /* a stream that is no client's */
    for (size_t i = 0; i < size; i++)
        p->text[i] = alphabet[rng_next(&rng) >> 58];
}

/* Takes one message of what may be sent. */
static bool line_add(struct payload *p, const char *text, size_t length, const char *source,
                     size_t number, struct err *e)
{
    enum template_form form;
    struct reply r;
    size_t room;

    reply_read(&r, text, length, false);
    form = r.json ? TEMPLATE_JSON : TEMPLATE_PLAIN;
    room = p->plain ? length : template_room(text, length, form, &p->values);
    if (room == 0 || room > (size_t)SCENARIO_MESSAGE_MAX)
        return err_set(e, ERR_USAGE, "%s: message %zu can be longer than %lld bytes", source,
                       number, (long long)SCENARIO_MESSAGE_MAX);
    p->line = mem_grow(p->line, p->lines + 1, sizeof *p->line);
    p->line[p->lines++] = (struct payload_line){text, length, form};
    if (room > p->length)
        p->length = room;
    return true;
}

/* A message a line; empty lines are none. */
static bool lines_take(struct payload *p, const char *source, struct err *e)
{
    const char *at = p->text, *end = at + p->text_length;
    size_t number = 0;

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop ? stop : end) - at);

        number++;
        if (length > 0 && at[length - 1] == '\r')
            length--;
        if (length > 0 && !line_add(p, at, length, source, number, e))
            return false;
        if (length > 0 && p->line[p->lines - 1].form != TEMPLATE_JSON)
            return err_set(e, ERR_USAGE, "%s, line %zu: is no JSON; a data set has a value a line",
                           source, number);
        at = stop ? stop + 1 : end;
    }
    return p->lines > 0 || err_set(e, ERR_USAGE, "%s: is empty", source);
}

static bool file_open(struct payload *p, const struct message *m, struct err *e)
{
    struct text text = {0};
    char sha256[SHA256_SIZE];
    bool done = file_read_large(
        m->path, m->form == MESSAGE_LINES ? PAYLOAD_FILE_MAX : (size_t)SCENARIO_MESSAGE_MAX, &text,
        e);

    p->text = text.data;
    p->text_length = text.length;
    if (!done)
        return false;
    payload_sha256(p, sha256);
    if (*m->sha256 && strcmp(sha256, m->sha256) != 0)
        return err_set(e, ERR_USAGE, "%s: has changed since the run was planned", m->path);
    if (m->form == MESSAGE_LINES)
        return lines_take(p, m->path, e);
    if (text.length == 0)
        return err_set(e, ERR_USAGE, "%s: is empty", m->path);
    return line_add(p, p->text, p->text_length, m->path, 1, e);
}

static bool id_stands(const char *text, size_t length, const struct pointer *id)
{
    struct reply r;

    reply_read(&r, text, length, false);
    return reply_find(&r, id).kind > FOUND_NULL;
}

static bool holds(const struct payload *p, const char *word)
{
    return memmem(p->text, p->text_length, word, strlen(word));
}

/* A reply that is looked for by an id needs a message that has one: the scenario's, and each that
 * the trace has in its place. */
static bool ids_check(const struct payload *p, const struct scenario *s, struct err *e)
{
    const struct trace *t = p->trace;
    bool filled = p->by_id || p->by_seq, good = filled || p->lines > 0;
    struct pointer id;

    if (!s->match.id)
        return true;
    pointer_open(&id, s->match.id);
    for (size_t i = 0; good && !filled && i < p->lines; i++)
        good = id_stands(p->line[i].text, p->line[i].length, &id);
    for (size_t i = 0; good && t && i < t->lines; i++) {
        const char *text = t->text + t->line[i].offset;
        size_t length = t->line[i].length;

        good = length == 0 || memmem(text, length, "${id}", 5) ||
               memmem(text, length, "${seq}", 6) || id_stands(text, length, &id);
    }
    pointer_close(&id);
    return good || err_set(e, ERR_USAGE,
                           "message: has no id that a reply could be found by, neither at %s "
                           "(match.id) nor as ${id} or ${seq}",
                           s->match.id);
}

static bool payload_fill(struct payload *p, const struct scenario *s, struct err *e)
{
    const struct message *m = &s->message;

    if (m->form == MESSAGE_SIZE) {
        filler_open(p, (size_t)m->size_bytes, p->values.seed);
        return true;
    }
    if (m->path) {
        p->values.variables_count = 0;
        if (!file_open(p, m, e))
            return err_wrap(e, "message");
    } else {
        p->text = mem_copy(m->text);
        p->text_length = strlen(p->text);
        if (!line_add(p, p->text, p->text_length, "message", 1, e))
            return false;
        p->line->form = m->form == MESSAGE_JSON ? TEMPLATE_JSON : TEMPLATE_PLAIN;
    }
    p->plain = p->plain || !holds(p, "${");
    p->fixed = p->plain && p->lines == 1;
    p->by_id = !p->plain && holds(p, "${id}");
    p->by_seq = !p->plain && holds(p, "${seq}");
    return true;
}

bool payload_open(struct payload *p, const struct scenario *s, const struct trace *trace,
                  int64_t seed, const struct template_values *values, struct err *e)
{
    *p = (struct payload){.clients = s->clients,
                          .plain = s->message.binary && s->message.form == MESSAGE_FILE,
                          .values = *values,
                          .trace = trace && trace->own ? trace : NULL};
    p->values.seed = seed;
    if (!payload_fill(p, s, e) || !ids_check(p, s, e))
        return false;
    if (p->trace) {
        p->length = p->length > trace->room ? p->length : trace->room;
        p->fixed = false;
        p->by_id = p->by_id || trace->by_id;
        p->by_seq = p->by_seq || trace->by_seq;
    }
    return true;
}

void payload_close(struct payload *p)
{
    free(p->text);
    free(p->line);
    *p = (struct payload){0};
}

void payload_sha256(const struct payload *p, char out[SHA256_SIZE])
{
    sha256_hex(p->text, p->text_length, out);
}

static size_t filler_write(const struct payload *p, int64_t client, uint64_t number,
                           unsigned char *out)
{
    uint64_t digits = number & ((UINT64_C(1) << 6 * NUMBER_DIGITS) - 1);
    size_t length = p->text_length, head = length < HEAD ? length : HEAD;

    digits |= (uint64_t)client << 6 * NUMBER_DIGITS;
    for (size_t i = 0; i < head; i++, digits >>= 6)
        out[i] = (unsigned char)alphabet[digits & 63];
    memcpy(out + head, p->text + head, length - head);
    return length;
}

size_t payload_write(const struct payload *p, int64_t client, const char *token, uint64_t number,
                     int64_t recorded, unsigned char *out)
{
    struct template_values values = p->values;
    const struct payload_line *line;

    values.client = client;
    values.token = token;
    values.number = number;
    if (p->trace && p->trace->line[recorded].length > 0) {
        values.variables_count = 0;
        return trace_write(p->trace, (size_t)recorded, &values, out);
    }
    if (p->lines == 0)
        return filler_write(p, client, number, out);
    line = &p->line[(number * (uint64_t)p->clients + (uint64_t)client) % p->lines];
    if (p->plain) {
        memcpy(out, line->text, line->length);
        return line->length;
    }
    return template_write(line->text, line->length, line->form, &values, out);
}
