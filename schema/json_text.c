/* JSON made by hand: without cJSON, so that the extension for SQLite can use it. */
#include "schema/json.h"

#include "schema/units.h"

#include <string.h>

void json_quote(struct text *out, const char *s)
{
    static const char escaped[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    uint32_t point;
    size_t length;

    text_add(out, "\"");
    for (; *s; s += length) {
        const char *special = strchr(escaped, *s);

        length = text_decode(s, &point);
        if (special)
            text_addf(out, "\\%c", letters[special - escaped]);
        else if (length == 0)
            text_add(out, "\ufffd");
        else if (point < ' ')
            text_addf(out, "\\u%04x", (unsigned)point);
        else
            text_add_bytes(out, s, length);
        length += length == 0;
    }
    text_add(out, "\"");
}

void json_add_number(struct text *out, const char *before, double value)
{
    char number[UNITS_TEXT_SIZE];

    text_add(out, before);
    text_add(out, units_format_exact(number, value));
}

void json_add_string(struct text *out, const char *before, const char *s)
{
    text_add(out, before);
    if (s)
        json_quote(out, s);
    else
        text_add(out, "null");
}
