#include "schema/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

size_t text_decode(const char *text, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *s = (const unsigned char *)text;
    size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    uint32_t value;

    if (length == 1) {
        *point = s[0];
        return 1;
    }
    if (length == 0 || s[0] > 0xf4)
        return 0;
    value = s[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (s[i] & 0x3f);
    }
    if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *point = value;
    return length;
}

/* Marks that change how the text around them is shown without being seen themselves. */
static bool point_is_invisible(uint32_t p)
{
    return p < 0x20 || (p >= 0x7f && p <= 0x9f) || p == 0xad || p == 0x61c || p == 0x180e ||
           (p >= 0x200b && p <= 0x200f) || (p >= 0x2028 && p <= 0x202e) ||
           (p >= 0x2060 && p <= 0x206f) || p == 0xfeff || (p >= 0xfff9 && p <= 0xfffb) ||
           (p >= 0xe0000 && p <= 0xe0fff);
}

void text_clean(char *s)
{
    const char *from;
    char *to;

    while (*s >= ' ' && *s <= '~') /* nearly all text is nothing else */
        s++;
    from = to = s;
    while (*from) {
        uint32_t point = 0;
        size_t length = text_decode(from, &point);

        if (length == 0) {
            *to++ = '?';
            from++;
        } else if (*from == '\n' || *from == '\t') {
            *to++ = ' ';
            from++;
        } else if (point_is_invisible(point)) {
            *to++ = '?';
            from += length;
        } else {
            memmove(to, from, length);
            to += length;
            from += length;
        }
    }
    *to = '\0';
}

static size_t point_width(uint32_t p)
{
    static const struct {
        uint32_t first, last;
    } wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xac00, 0xd7a3},
                {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
                {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}},
      none[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},
                {0x64b, 0x65f},   {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff},
                {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};

    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (p >= none[i].first && p <= none[i].last)
            return 0;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (p >= wide[i].first && p <= wide[i].last)
            return 2;
    return 1;
}

size_t text_width(const char *s)
{
    size_t width = 0, length;
    uint32_t point = 0;

    for (; *s; s += length) {
        length = text_decode(s, &point);
        if (length == 0) {
            length = 1;
            width++;
        } else {
            width += point_width(point);
        }
    }
    return width;
}

/* Edit distance with neighbours swapped as one edit (optimal string alignment); words are cut at
 * WORD bytes. */
static size_t edit_distance(const char *a, const char *b)
{
    enum { WORD = 63 };
    size_t rows[3][WORD + 1], *before = rows[0], *above = rows[1], *row = rows[2];
    size_t n = strnlen(a, WORD), m = strnlen(b, WORD);

    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *oldest = before;

        before = above;
        above = row;
        row = oldest;
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);

            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
    }
    return row[m];
}

const char *text_nearest(const char *word, const char *const *names)
{
    const char *nearest = NULL;
    /* One slip in a short word, one more for every three letters beyond that. */
    size_t best = (strlen(word) + 1) / 3 + 1;

    for (; *names; names++) {
        size_t distance = edit_distance(word, *names);

        /* The beginning of a name is as near as one slip. */
        if (strlen(word) > 1 && distance > 1 && strncmp(word, *names, strlen(word)) == 0)
            distance = 1;
        if (distance < best) {
            best = distance;
            nearest = *names;
        }
    }
    return nearest;
}

void text_reserve(struct text *t, size_t more)
{
    size_t need = t->length + more + 1;

    if (need <= t->capacity)
        return;
    t->capacity = need < 128 ? 128 : need + need / 2;
    t->data = mem_grow(t->data, t->capacity, 1);
}

void text_add_bytes(struct text *t, const char *s, size_t length)
{
    text_reserve(t, length);
    memcpy(t->data + t->length, s, length);
    t->length += length;
    t->data[t->length] = '\0';
}

void text_add(struct text *t, const char *s)
{
    text_add_bytes(t, s, strlen(s));
}

void text_add_word(struct text *t, const char *word)
{
    if (strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+@:-") ==
        strlen(word)) {
        text_add(t, word);
        return;
    }
    text_add(t, "'");
    for (; *word; word++)
        text_add_bytes(t, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
    text_add(t, "'");
}

void text_addf(struct text *t, const char *format, ...)
{
    va_list args, again;
    int length;

    va_start(args, format);
    va_copy(again, args);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length > 0) {
        text_reserve(t, (size_t)length);
        vsnprintf(t->data + t->length, (size_t)length + 1, format, again);
        t->length += (size_t)length;
    }
    va_end(again);
}

void text_free(struct text *t)
{
    free(t->data);
    *t = (struct text){0};
}

static void *mem_check(void *p)
{
    if (p)
        return p;
    fputs("streamgauge: out of memory\n", stderr);
    abort();
}

void *mem_get(size_t count, size_t size)
{
    return mem_check(calloc(count ? count : 1, size ? size : 1));
}

void *mem_grow(void *p, size_t count, size_t size)
{
    return mem_check(reallocarray(p, count ? count : 1, size ? size : 1));
}

char *mem_copy(const char *s)
{
    return s ? mem_check(strdup(s)) : NULL;
}

char *mem_printf(const char *format, ...)
{
    va_list args;
    char *s = NULL;

    va_start(args, format);
    if (vasprintf(&s, format, args) < 0)
        s = NULL;
    va_end(args);
    return mem_check(s);
}
