#include "runner/scan.h"

#include <stddef.h>
#include <string.h>

void scan_space(struct scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t'))
        s->p++;
}

/* Takes the next character if it is `c`. */
static bool take(struct scan *s, char c)
{
    if (s->p == s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

int32_t scan_unit(const char *p, const char *end)
{
    int32_t unit = 0;

    if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        int digit = hex_digit(p[i]);

        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static bool escape_scan(struct scan *s)
{
    if (s->end - s->p < 2)
        return false;
    if (s->p[1] == 'u') {
        if (scan_unit(s->p, s->end) < 0)
            return false;
        s->p += 6;
        return true;
    }
    if (!s->p[1] || !strchr("\"\\/bfnrt", s->p[1]))
        return false;
    s->p += 2;
    return true;
}

/* A character beyond ASCII: well formed, no surrogate, at most U+10FFFF. */
static bool utf8_scan(struct scan *s)
{
    const unsigned char *p = (const unsigned char *)s->p;
    ptrdiff_t length = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
    uint32_t point = *p & (0x7fu >> length);
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

    if (*p < 0xc2 || *p > 0xf4 || s->end - s->p < length)
        return false;
    for (ptrdiff_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return false;
        point = point << 6 | (p[i] & 0x3f);
    }
    s->p += length;
    return point >= least[length] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

bool scan_string(struct scan *s)
{
    if (!take(s, '"'))
        return false;
    while (s->p < s->end && *s->p != '"') {
        unsigned char c = (unsigned char)*s->p;

        if (c == '\\' ? !escape_scan(s) : c >= 0x80 ? !utf8_scan(s) : (s->p++, c < ' '))
            return false;
    }
    return take(s, '"');
}

static bool digits_scan(struct scan *s)
{
    const char *first = s->p;

    while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
        s->p++;
    return s->p > first;
}

bool scan_number(struct scan *s)
{
    take(s, '-');
    if (!take(s, '0') && !digits_scan(s))
        return false;
    if (take(s, '.') && !digits_scan(s))
        return false;
    if (!take(s, 'e') && !take(s, 'E'))
        return true;
    if (!take(s, '-'))
        take(s, '+');
    return digits_scan(s);
}

static bool word_scan(struct scan *s, const char *word)
{
    size_t length = strlen(word);

    if ((size_t)(s->end - s->p) < length || memcmp(s->p, word, length) != 0)
        return false;
    s->p += length;
    return true;
}

/* Members or items up to `close`, from the one behind the opening bracket on. */
static bool list_scan(struct scan *s, char close)
{
    scan_space(s);
    if (take(s, close))
        return true;
    do {
        if (close == '}') {
            scan_space(s);
            if (!scan_string(s))
                return false;
            scan_space(s);
            if (!take(s, ':'))
                return false;
        }
        if (!scan_value(s))
            return false;
    } while (take(s, ','));
    return take(s, close);
}

bool scan_value(struct scan *s)
{
    bool good = false;

    scan_space(s);
    if (s->p == s->end)
        return false;
    switch (*s->p) {
    case '{':
    case '[':
        if (s->depth++ < SCAN_DEPTH)
            good = list_scan(s, *s->p++ == '{' ? '}' : ']');
        s->depth--;
        break;
    case '"':
        good = scan_string(s);
        break;
    case 't':
        good = word_scan(s, "true");
        break;
    case 'f':
        good = word_scan(s, "false");
        break;
    case 'n':
        good = word_scan(s, "null");
        break;
    default:
        good = scan_number(s);
        break;
    }
    scan_space(s);
    return good;
}
