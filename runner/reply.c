#include "runner/reply.h"

#include "runner/scan.h"
#include "schema/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void reply_read(struct reply *r, const void *data, size_t length, bool binary)
{
    struct scan s = {data, (const char *)data + length, 0};

    *r = (struct reply){.text = data, .length = length, .binary = binary};
    r->json = scan_value(&s) && s.p == s.end;
}

void pointer_open(struct pointer *p, const char *text)
{
    char *to;

    *p = (struct pointer){.text = mem_get(strlen(text) + 1, 1),
                          .token = mem_get(strlen(text) + 1, sizeof *p->token)};
    to = p->text;
    while (*text == '/') {
        p->token[p->tokens++] = to;
        for (text++; *text && *text != '/'; text++)
            *to++ = *text != '~' ? *text : *++text == '1' ? '/' : '~';
        *to++ = '\0';
    }
}

void pointer_close(struct pointer *p)
{
    free(p->text);
    free(p->token);
    *p = (struct pointer){0};
}

/* Decodes the character at *p of a valid string into `out` (4 bytes), moves on, returns its bytes.
 * Half of a surrogate pair becomes U+FFFD. */
static size_t character_decode(const char **p, const char *end, char *out)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *letter;
    int32_t unit, low;

    if (**p != '\\') {
        *out = *(*p)++;
        return 1;
    }
    unit = scan_unit(*p, end);
    if (unit < 0) {
        letter = strchr(from, (*p)[1]);
        *out = letter ? to[letter - from] : (*p)[1];
        *p += 2;
        return 1;
    }
    *p += 6;
    low = unit >= 0xd800 && unit <= 0xdbff ? scan_unit(*p, end) : -1;
    if (low >= 0xdc00 && low <= 0xdfff) {
        *p += 6;
        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    } else if (unit >= 0xd800 && unit <= 0xdfff) {
        unit = 0xfffd;
    }
    if (unit < 0x80) {
        *out = (char)unit;
        return 1;
    }
    low = unit < 0x800 ? 2 : unit < 0x10000 ? 3 : 4;
    for (int i = low - 1; i > 0; i--, unit >>= 6)
        out[i] = (char)(0x80 | (unit & 0x3f));
    out[0] = (char)((0xf00 >> low) | unit);
    return (size_t)low;
}

static bool string_is(const char *p, size_t raw_length, const char *text, size_t length)
{
    const char *end = p + raw_length;
    char bytes[4];

    if (!memchr(p, '\\', raw_length))
        return raw_length == length && memcmp(p, text, length) == 0;
    while (p < end) {
        size_t n = character_decode(&p, end, bytes);

        if (n > length || memcmp(bytes, text, n) != 0)
            return false;
        text += n;
        length -= n;
    }
    return length == 0;
}

/* In valid text: the value that begins at s->p, which moves behind it. */
static struct found value_take(struct scan *s)
{
    struct found f = {.text = s->p};
    const char *first;

    scan_space(s);
    first = s->p;
    scan_value(s);
    f.text = first;
    f.length = (size_t)(s->p - first);
    while (f.length > 0 && strchr(" \t\r\n", f.text[f.length - 1]))
        f.length--;
    switch (*first) {
    case '{':
        f.kind = FOUND_OBJECT;
        break;
    case '[':
        f.kind = FOUND_ARRAY;
        break;
    case '"':
        f.kind = FOUND_STRING;
        f.text++;
        f.length -= 2;
        break;
    case 't':
        f.kind = FOUND_TRUE;
        break;
    case 'f':
        f.kind = FOUND_FALSE;
        break;
    case 'n':
        f.kind = FOUND_NULL;
        break;
    default:
        f.kind = FOUND_NUMBER;
        break;
    }
    return f;
}

static struct found member_find(const struct found *object, const char *token)
{
    struct scan s = {object->text + 1, object->text + object->length, 0};
    struct found f = {.kind = FOUND_NOTHING};
    size_t length = strlen(token);

    scan_space(&s);
    while (*s.p == '"') {
        const char *key = s.p + 1;
        bool same;

        scan_string(&s);
        same = string_is(key, (size_t)(s.p - 1 - key), token, length);
        scan_space(&s);
        s.p++; /* the colon */
        if (same)
            f = value_take(&s);
        else
            scan_value(&s);
        s.p++; /* a comma, or the end */
        if (s.p < s.end)
            scan_space(&s);
        else
            break;
    }
    return f;
}

static struct found item_find(const struct found *array, const char *token)
{
    struct scan s = {array->text + 1, array->text + array->length, 0};
    struct found f = {.kind = FOUND_NOTHING};
    char *end;
    unsigned long index = strtoul(token, &end, 10);

    if (*token < '0' || *token > '9' || *end || (*token == '0' && token[1]))
        return f;
    scan_space(&s);
    if (*s.p == ']')
        return f;
    for (; s.p < s.end; s.p++) { /* a comma, or the end */
        if (index-- == 0)
            return value_take(&s);
        scan_value(&s);
    }
    return f;
}

struct found reply_find(const struct reply *r, const struct pointer *p)
{
    struct scan s = {r->text, r->text + r->length, 0};
    struct found f = {.kind = FOUND_NOTHING};

    if (!r->json)
        return f;
    f = value_take(&s);
    for (size_t i = 0; i < p->tokens && f.kind != FOUND_NOTHING; i++)
        f = f.kind == FOUND_OBJECT  ? member_find(&f, p->token[i])
            : f.kind == FOUND_ARRAY ? item_find(&f, p->token[i])
                                    : (struct found){.kind = FOUND_NOTHING};
    return f;
}

bool found_true(const struct found *f)
{
    return f->kind > FOUND_FALSE;
}

bool found_content(const struct found *f)
{
    return found_true(f) && (f->kind != FOUND_STRING || f->length > 0);
}

/* The bytes of a string, one by one. */
struct cursor {
    const char *p, *end;
    char bytes[4]; /* of the character at hand */
    size_t count, next;
};

static int cursor_byte(struct cursor *c) /* -1 at the end */
{
    if (c->next == c->count) {
        if (c->p == c->end)
            return -1;
        c->count = character_decode(&c->p, c->end, c->bytes);
        c->next = 0;
    }
    return (unsigned char)c->bytes[c->next++];
}

bool found_same(const struct found *a, const struct found *b)
{
    struct cursor one = {.p = a->text, .end = a->text + a->length};
    struct cursor two = {.p = b->text, .end = b->text + b->length};
    int byte;

    if (a->kind != FOUND_STRING || b->kind != FOUND_STRING)
        return false;
    do {
        byte = cursor_byte(&one);
        if (byte != cursor_byte(&two))
            return false;
    } while (byte >= 0);
    return true;
}

/* The text of a number, or of a string that is one, ended by '\0'. */
static bool number_text(const struct found *f, char *out, size_t size)
{
    struct scan s = {f->text, f->text + f->length, 0};

    if ((f->kind != FOUND_NUMBER && f->kind != FOUND_STRING) || f->length == 0 ||
        f->length >= size || !scan_number(&s) || s.p != s.end)
        return false;
    memcpy(out, f->text, f->length);
    out[f->length] = '\0';
    return true;
}

bool found_number(const struct found *f, double *out)
{
    char digits[64];

    if (!number_text(f, digits, sizeof digits))
        return false;
    *out = strtod(digits, NULL); /* the program never leaves the C locale */
    return isfinite(*out);
}

bool found_integer(const struct found *f, int64_t *out)
{
    char digits[64], *end;
    double value;

    if (!number_text(f, digits, sizeof digits))
        return false;
    if (strlen(digits) < 19) { /* it fits */
        *out = strtoll(digits, &end, 10);
        if (!*end)
            return true;
    } else if (!strpbrk(digits, ".eE")) {
        *out = strtoll(digits, NULL, 10);
        return *out > INT64_MIN && *out < INT64_MAX;
    }
    value = strtod(digits, NULL);
    if (value != floor(value) || fabs(value) >= 0x1p53)
        return false;
    *out = (int64_t)value;
    return true;
}

uint64_t found_digest(const struct found *f, uint64_t key)
{
    const char *p = f->text, *end = p + f->length;
    struct digest digest;
    char bytes[32];
    int64_t whole;

    digest_start(&digest, key);
    if (f->kind == FOUND_NUMBER && found_integer(f, &whole)) {
        digest_add(&digest, bytes, (size_t)snprintf(bytes, sizeof bytes, "%lld", (long long)whole));
    } else if (f->kind == FOUND_STRING) {
        while (p < end) {
            size_t n = character_decode(&p, end, bytes);

            digest_add(&digest, bytes, n);
        }
    } else {
        digest_add(&digest, f->text, f->length);
    }
    return digest_end(&digest);
}
