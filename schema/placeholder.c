#include "schema/placeholder.h"

#include <string.h>

static const struct {
    const char *text;
    enum placeholder_kind kind;
} words[] = {
    {"${env:", PLACEHOLDER_ENV}, {"${id}", PLACEHOLDER_ID},
    {"${seq}", PLACEHOLDER_SEQ}, {"${client}", PLACEHOLDER_CLIENT},
    {"${now}", PLACEHOLDER_NOW}, {"${random:", PLACEHOLDER_RANDOM},
};

/* A name up to the closing brace. */
static bool name_read(struct placeholder *p, const char *text, size_t size)
{
    size_t n = 0;

    while (n < size &&
           (text[n] == '_' || (text[n] >= 'a' && text[n] <= 'z') ||
            (text[n] >= 'A' && text[n] <= 'Z') || (n > 0 && text[n] >= '0' && text[n] <= '9')))
        n++;
    p->name = text;
    p->name_length = n;
    p->length += n + 1;
    return n > 0 && n < size && text[n] == '}';
}

/* A number up to the closing brace. */
static bool count_read(struct placeholder *p, const char *text, size_t size)
{
    size_t n = 0;

    while (n < size && n < 6 && text[n] >= '0' && text[n] <= '9')
        p->count = p->count * 10 + (text[n++] - '0');
    p->length += n + 1;
    return n < size && text[n] == '}' && p->count >= 1 && p->count <= PLACEHOLDER_RANDOM_MAX;
}

struct placeholder placeholder_read(const char *text, size_t size)
{
    struct placeholder p = {.kind = PLACEHOLDER_NONE};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i].text);

        if (size < length || memcmp(text, words[i].text, length) != 0)
            continue;
        p = (struct placeholder){.kind = words[i].kind, .length = length};
        if ((p.kind == PLACEHOLDER_ENV && !name_read(&p, text + length, size - length)) ||
            (p.kind == PLACEHOLDER_RANDOM && !count_read(&p, text + length, size - length)))
            p = (struct placeholder){.kind = PLACEHOLDER_NONE};
        break;
    }
    return p;
}

bool placeholder_check(const char *text, enum placeholder_place place, struct err *e)
{
    static const char *const known[] = {"${env:NAME}",
                                        "${id}, ${seq}, ${client}, ${now}, ${random:N} or "
                                        "${env:NAME}"};

    for (text = strstr(text, "${"); text; text = strstr(text, "${")) {
        struct placeholder p = placeholder_read(text, strlen(text));

        if (p.kind == PLACEHOLDER_NONE)
            return err_set(e, ERR_USAGE, "\"%.20s\" is no placeholder; expected %s", text,
                           known[place]);
        if (p.kind != PLACEHOLDER_ENV && place == PLACEHOLDERS_CONNECTION)
            return err_set(e, ERR_USAGE, "%.*s has a meaning in messages only", (int)p.length,
                           text);
        text += p.length;
    }
    return true;
}

bool placeholder_fill(const char *text, char *(*lookup)(const char *name), struct text *out,
                      struct err *e)
{
    for (const char *at = strstr(text, "${"); at; at = strstr(text, "${")) {
        struct placeholder p = placeholder_read(at, strlen(at));
        char name[256];
        const char *value;

        if (p.kind != PLACEHOLDER_ENV || p.name_length >= sizeof name)
            return err_set(e, ERR_USAGE, "\"%.20s\" is no placeholder; expected ${env:NAME}", at);
        memcpy(name, p.name, p.name_length);
        name[p.name_length] = '\0';
        value = lookup(name);
        if (!value)
            return err_set(e, ERR_USAGE, "${env:%s}: there is no such environment variable", name);
        text_add_bytes(out, text, (size_t)(at - text));
        text_add(out, value);
        text = at + p.length;
    }
    text_add(out, text);
    return true;
}
