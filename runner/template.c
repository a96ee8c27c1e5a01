#include "runner/template.h"

#include "runner/rng.h"
#include "schema/placeholder.h"
#include "schema/units.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { NUMBER_ROOM = 20, ID_ROOM = 2 * NUMBER_ROOM + 1 };

/* What a byte of a value can become. */
static const size_t byte_room[] = {
    [TEMPLATE_PLAIN] = 1,
    [TEMPLATE_JSON] = sizeof "\\u001f" - 1,
    [TEMPLATE_URL] = sizeof "%1f" - 1,
};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The variable's value; NULL where it has none. */
static const char *variable(const struct placeholder *p, const struct template_values *v)
{
    for (size_t i = 0; i < v->variables_count; i++)
        if (strlen(v->variables[i].name) == p->name_length &&
            memcmp(v->variables[i].name, p->name, p->name_length) == 0)
            return v->variables[i].value;
    return NULL;
}

static struct rows_value row_value(const struct placeholder *p, const struct template_values *v)
{
    return v->rows ? rows_get(v->rows, v->client, p->name, p->name_length) : (struct rows_value){0};
}

/* The placeholder at p, as far as it can be filled. */
static struct placeholder placeholder_at(const char *p, const char *end,
                                         const struct template_values *v)
{
    struct placeholder h = placeholder_read(p, (size_t)(end - p));
    bool empty = (h.kind == PLACEHOLDER_ENV && !variable(&h, v)) ||
                 (h.kind == PLACEHOLDER_ROW && !row_value(&h, v).text) ||
                 (h.kind == PLACEHOLDER_JWT && v->token_room == 0);

    return empty ? (struct placeholder){.kind = PLACEHOLDER_NONE} : h;
}

/* The next "${" in [p, end); end where there is none. */
static const char *next_open(const char *p, const char *end)
{
    const char *open = memmem(p, (size_t)(end - p), "${", 2);

    return open ? open : end;
}

static size_t placeholder_room(const struct placeholder *p, enum template_form form,
                               const struct template_values *v)
{
    switch (p->kind) {
    case PLACEHOLDER_NONE:
        return 0;
    case PLACEHOLDER_ENV:
        return byte_room[form] * strlen(variable(p, v));
    case PLACEHOLDER_ROW:
        return byte_room[form] * rows_longest(v->rows, p->name, p->name_length);
    case PLACEHOLDER_JWT:
        return v->token_room;
    case PLACEHOLDER_RANDOM:
        return (size_t)p->count;
    default:
        return ID_ROOM;
    }
}

size_t template_room(const char *text, size_t length, enum template_form form,
                     const struct template_values *v)
{
    const char *end = text + length;
    size_t room = length;

    for (const char *p = next_open(text, end); p < end; p = next_open(p, end)) {
        struct placeholder h = placeholder_at(p, end, v);

        room += placeholder_room(&h, form, v);
        p += h.length ? h.length : 2;
    }
    return room <= (size_t)SCENARIO_MESSAGE_MAX ? room : 0;
}

/* Adds bytes as a JSON string holds them. */
static unsigned char *escaped_put(unsigned char *out, const char *s)
{
    static const char digits[] = "0123456789abcdef";

    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;

        if (c == '"' || c == '\\') {
            *out++ = '\\';
            *out++ = c;
        } else if (c < ' ') {
            memcpy(out, "\\u00", 4);
            out[4] = (unsigned char)digits[c >> 4];
            out[5] = (unsigned char)digits[c & 15];
            out += 6;
        } else {
            *out++ = c;
        }
    }
    return out;
}

/* Adds bytes as a segment of a url's path holds them (RFC 3986, unreserved characters). */
static unsigned char *encoded_put(unsigned char *out, const char *s)
{
    static const char digits[] = "0123456789ABCDEF";

    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;

        if ((c < 0x80 && isalnum(c)) || strchr("-._~", c)) {
            *out++ = c;
        } else {
            *out++ = '%';
            *out++ = (unsigned char)digits[c >> 4];
            *out++ = (unsigned char)digits[c & 15];
        }
    }
    return out;
}

static unsigned char *value_put(unsigned char *out, const char *s, enum template_form form)
{
    return form == TEMPLATE_JSON  ? escaped_put(out, s)
           : form == TEMPLATE_URL ? encoded_put(out, s)
                                  : mempcpy(out, s, strlen(s));
}

static unsigned char *random_put(unsigned char *out, int64_t count, struct rng *rng)
{
    for (uint64_t bits = 0; count > 0; count--, bits >>= 6) {
        if (bits < 64) /* at most one letter's worth: take new ones, marked by a bit on top */
            bits = rng_next(rng) >> 10 | UINT64_C(1) << 54;
        *out++ = (unsigned char)alphabet[bits & 63];
    }
    return out;
}

static unsigned char *number_put(unsigned char *out, uint64_t value)
{
    char digits[NUMBER_ROOM];
    size_t i = sizeof digits;

    do
        digits[--i] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    memcpy(out, digits + i, sizeof digits - i);
    return out + (sizeof digits - i);
}

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)(t.tv_nsec / NS_PER_MS);
}

static unsigned char *placeholder_put(unsigned char *out, const struct placeholder *p,
                                      enum template_form form, const struct template_values *v,
                                      struct rng *rng)
{
    switch (p->kind) {
    case PLACEHOLDER_ID:
        out = number_put(out, (uint64_t)v->client);
        *out++ = '-';
        return number_put(out, v->number);
    case PLACEHOLDER_SEQ:
        return number_put(out, v->number);
    case PLACEHOLDER_CLIENT:
        return number_put(out, (uint64_t)v->client);
    case PLACEHOLDER_NOW:
        return number_put(out, now_ms());
    case PLACEHOLDER_RANDOM:
        return random_put(out, p->count, rng);
    case PLACEHOLDER_ENV:
        return value_put(out, variable(p, v), form);
    case PLACEHOLDER_ROW:
        return value_put(out, row_value(p, v).text, form);
    case PLACEHOLDER_JWT:
        return mempcpy(out, v->token, strlen(v->token));
    case PLACEHOLDER_NONE:
        break;
    }
    return out;
}

/* What stands for a number, true or false. */
static bool is_bare(const struct placeholder *p, const struct template_values *v)
{
    return p->kind == PLACEHOLDER_SEQ || p->kind == PLACEHOLDER_CLIENT ||
           p->kind == PLACEHOLDER_NOW || (p->kind == PLACEHOLDER_ROW && row_value(p, v).bare);
}

/* A string that is the placeholder and nothing else, and no key. */
static bool stands_alone(const char *text, const char *end, const char *at,
                         const struct placeholder *p)
{
    const char *after = at + p->length;

    if (at == text || at[-1] != '"' || (at - 1 > text && at[-2] == '\\') || after == end ||
        *after != '"')
        return false;
    for (after++; after < end && strchr(" \t\r\n", *after);)
        after++;
    return after == end || *after != ':';
}

size_t template_write(const char *text, size_t length, enum template_form form,
                      const struct template_values *v, unsigned char *out)
{
    const char *end = text + length, *from = text;
    unsigned char *to = out;
    struct rng rng;

    rng_open(&rng, v->seed ^ (v->client + 1) * INT64_C(0x100000001b3), (int64_t)~v->number);
    for (const char *p = next_open(text, end); p < end; p = next_open(p, end)) {
        struct placeholder h = placeholder_at(p, end, v);
        bool alone;

        if (h.kind == PLACEHOLDER_NONE) {
            p += 2;
            continue;
        }
        alone = form == TEMPLATE_JSON && is_bare(&h, v) && stands_alone(text, end, p, &h);
        to = mempcpy(to, from, (size_t)(p - from) - alone);
        to = placeholder_put(to, &h, form, v, &rng);
        p += h.length + alone;
        from = p;
    }
    to = mempcpy(to, from, (size_t)(end - from));
    return (size_t)(to - out);
}
