#include "schema/json.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cJSON looks at no more than 63 characters of a number. */
enum { NUMBER_MAX = 63 };

struct scan {
    char *p, *end; /* *end is '\0' */
    const char *source;
    enum json_flags flags;
    int line, depth;
    struct err *e;
};

static bool value_check(struct scan *s);

__attribute__((format(printf, 2, 3))) static bool scan_fail(struct scan *s, const char *format, ...)
{
    char sentence[ERR_TEXT_SIZE / 2];
    va_list args;

    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    err_set(s->e, ERR_USAGE, "%s", sentence);
    return s->source ? err_wrap(s->e, "%s, line %d", s->source, s->line) : false;
}

static bool scan_expected(struct scan *s, const char *expected)
{
    unsigned char c = (unsigned char)*s->p;

    if (s->p == s->end)
        return scan_fail(s, "expected %s, but the text ends", expected);
    if (c == '/' && s->p[1] == '/')
        return scan_fail(s, "expected %s; comments are not taken here", expected);
    if (c > ' ' && c < 0x7f)
        return scan_fail(s, "expected %s, found %c", expected, c);
    return scan_fail(s, "expected %s, found byte 0x%02x", expected, c);
}

/* Skips white space, and makes white space of comments. */
static void space_skip(struct scan *s)
{
    for (;;) {
        if ((s->flags & JSON_COMMENTS) && s->p[0] == '/' && s->p[1] == '/') {
            while (s->p < s->end && *s->p != '\n')
                *s->p++ = ' ';
        } else if (*s->p == ' ' || *s->p == '\t' || *s->p == '\r') {
            s->p++;
        } else if (*s->p == '\n') {
            s->p++;
            s->line++;
        } else {
            return;
        }
    }
}

/* Four hexadecimal digits; -1 where they are not. */
static long hex4(const char *p)
{
    char digits[5] = {0};

    for (int i = 0; i < 4; i++) {
        if (!isxdigit((unsigned char)p[i]))
            return -1;
        digits[i] = p[i];
    }
    return strtol(digits, NULL, 16);
}

/* An escape sequence, from its backslash on. */
static bool escape_check(struct scan *s)
{
    long unit, low;

    if (s->p[1] != 'u') {
        if (!s->p[1] || !strchr("\"\\/bfnrt", s->p[1]))
            return scan_fail(s, "a string has an escape that JSON does not know");
        s->p += 2;
        return true;
    }
    unit = hex4(s->p + 2);
    if (unit < 0)
        return scan_fail(s, "\\u needs four hexadecimal digits");
    if (unit == 0)
        return scan_fail(s, "\\u0000 is not taken in a string");
    s->p += 6;
    if (unit < 0xd800 || unit > 0xdfff)
        return true;
    low = s->p[0] == '\\' && s->p[1] == 'u' ? hex4(s->p + 2) : -1;
    if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff)
        return scan_fail(s, "a string has half of a surrogate pair, \\u%04lx", unit);
    s->p += 6;
    return true;
}

/* A string, from its first quote on. */
static bool string_check(struct scan *s)
{
    for (s->p++; *s->p != '"';) {
        unsigned char c = (unsigned char)*s->p;
        uint32_t point;
        size_t length;

        if (s->p == s->end || c == '\n')
            return scan_fail(s, "a string does not end");
        if (c < ' ')
            return scan_fail(s, "a string has control byte 0x%02x in it", c);
        if (c == '\\') {
            if (!escape_check(s))
                return false;
            continue;
        }
        length = text_decode(s->p, &point);
        if (length == 0)
            return scan_fail(s, "a string is not UTF-8, at byte 0x%02x", c);
        s->p += length;
    }
    s->p++;
    return true;
}

static bool digits_skip(struct scan *s)
{
    if (!isdigit((unsigned char)*s->p))
        return scan_expected(s, "a digit");
    while (isdigit((unsigned char)*s->p))
        s->p++;
    return true;
}

static bool number_check(struct scan *s)
{
    char *first = s->p, digits[NUMBER_MAX + 1] = {0};
    locale_t c;
    double value;

    s->p += *s->p == '-';
    if (*s->p == '0')
        s->p++;
    else if (!digits_skip(s))
        return false;
    if (isdigit((unsigned char)*s->p))
        return scan_fail(s, "a number starts with 0");
    if (*s->p == '.' && (s->p++, !digits_skip(s)))
        return false;
    if (*s->p == 'e' || *s->p == 'E') {
        s->p += 1 + (s->p[1] == '-' || s->p[1] == '+');
        if (!digits_skip(s))
            return false;
    }
    if (s->p - first > NUMBER_MAX)
        return scan_fail(s, "a number has more than %d characters", NUMBER_MAX);
    memcpy(digits, first, (size_t)(s->p - first));
    c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    value = strtod_l(digits, NULL, c);
    freelocale(c);
    return isfinite(value) || scan_fail(s, "the number %s is too large", digits);
}

static bool object_check(struct scan *s)
{
    s->p++;
    space_skip(s);
    if (*s->p == '}')
        return s->p++;
    for (;; s->p++) {
        space_skip(s);
        if (*s->p != '"')
            return scan_expected(s, "a key in double quotes");
        if (!string_check(s))
            return false;
        space_skip(s);
        if (*s->p != ':')
            return scan_expected(s, "a colon after the key");
        s->p++;
        if (!value_check(s))
            return false;
        if (*s->p == '}')
            return s->p++;
        if (*s->p != ',')
            return scan_expected(s, "a comma or }");
    }
}

static bool array_check(struct scan *s)
{
    s->p++;
    space_skip(s);
    if (*s->p == ']')
        return s->p++;
    for (;; s->p++) {
        if (!value_check(s))
            return false;
        if (*s->p == ']')
            return s->p++;
        if (*s->p != ',')
            return scan_expected(s, "a comma or ]");
    }
}

static bool literal_check(struct scan *s)
{
    static const char *const literals[] = {"true", "false", "null"};

    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        size_t length = strlen(literals[i]);

        if (strncmp(s->p, literals[i], length) == 0) {
            s->p += length;
            return true;
        }
    }
    return scan_expected(s, "a value");
}

/* A value and the white space around it. */
static bool value_check(struct scan *s)
{
    bool good;

    space_skip(s);
    if (*s->p == '{' || *s->p == '[') {
        if (s->depth == JSON_DEPTH)
            return scan_fail(s, "more than %d levels of nesting", JSON_DEPTH);
        s->depth++;
        good = *s->p == '{' ? object_check(s) : array_check(s);
        s->depth--;
    } else if (*s->p == '"') {
        good = string_check(s);
    } else if (*s->p == '-' || isdigit((unsigned char)*s->p)) {
        good = number_check(s);
    } else {
        good = literal_check(s);
    }
    if (good)
        space_skip(s);
    return good;
}

/* Where a value stands, for the rare case that it has to be told. */
struct trail {
    const struct trail *parent;
    const cJSON *value;
    int index; /* in an array */
};

static struct json_at trail_place(const struct trail *t, const char *source)
{
    struct json_at parent;

    if (!t->parent)
        return json_root(t->value, source);
    parent = trail_place(t->parent, source);
    return t->value->string ? json_member(&parent, t->value->string) : json_item(&parent, t->index);
}

static int name_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A key that the object has twice, or NULL. */
static const char *duplicate_find(const cJSON *object)
{
    size_t count = 0;
    const char **names, *found = NULL;
    const cJSON *member;

    cJSON_ArrayForEach(member, object) count++;
    names = mem_get(count, sizeof *names);
    count = 0;
    cJSON_ArrayForEach(member, object) names[count++] = member->string;
    qsort(names, count, sizeof *names, name_compare);
    for (size_t i = 1; i < count && !found; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            found = names[i];
    free(names);
    return found;
}

static bool duplicates_check(const struct trail *t, const char *source, struct err *e)
{
    struct trail inner = {t, NULL, 0};
    const char *twice = cJSON_IsObject(t->value) ? duplicate_find(t->value) : NULL;
    const cJSON *child;

    if (twice) {
        struct json_at at = trail_place(t, source), key = json_member(&at, twice);

        return json_refuse(&key, e, "the key is there twice");
    }
    cJSON_ArrayForEach(child, t->value)
    {
        inner.value = child;
        if (child->child && !duplicates_check(&inner, source, e))
            return false;
        inner.index++;
    }
    return true;
}

/* `text` ends in '\0' and is changed where it has comments. */
static cJSON *text_read(char *text, size_t length, const char *source, enum json_flags flags,
                        struct err *e)
{
    struct scan s = {text, text + length, source, flags, 1, 0, e};
    struct trail trail = {0};
    cJSON *root;

    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        s.p += 3;
    if (!value_check(&s))
        return NULL;
    if (s.p != s.end) {
        scan_expected(&s, "the end of the text");
        return NULL;
    }
    root = cJSON_ParseWithLength(text, length);
    if (!root) {
        scan_fail(&s, "the text could not be kept in memory");
        return NULL;
    }
    trail.value = root;
    if (!duplicates_check(&trail, source, e)) {
        cJSON_Delete(root);
        return NULL;
    }
    return root;
}

cJSON *json_read(const char *text, size_t length, const char *source, enum json_flags flags,
                 struct err *e)
{
    char *copy = mem_get(length + 1, 1);
    cJSON *root;

    if (length)
        memcpy(copy, text, length);
    root = text_read(copy, length, source, flags, e);
    free(copy);
    return root;
}
