#include "schema/placeholder.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *text;
    enum placeholder_kind kind;
} words[] = {
    {"${env:", PLACEHOLDER_ENV}, {"${row:", PLACEHOLDER_ROW},
    {"${jwt}", PLACEHOLDER_JWT}, {"${id}", PLACEHOLDER_ID},
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
        if (((p.kind == PLACEHOLDER_ENV || p.kind == PLACEHOLDER_ROW) &&
             !name_read(&p, text + length, size - length)) ||
            (p.kind == PLACEHOLDER_RANDOM && !count_read(&p, text + length, size - length)))
            p = (struct placeholder){.kind = PLACEHOLDER_NONE};
        break;
    }
    return p;
}

/* Differs between the messages of a client. */
static bool is_of_message(enum placeholder_kind kind)
{
    return kind == PLACEHOLDER_ID || kind == PLACEHOLDER_SEQ || kind == PLACEHOLDER_NOW ||
           kind == PLACEHOLDER_RANDOM;
}

bool placeholder_check(const char *text, enum placeholder_place place, struct err *e)
{
    static const char *const known[] = {"${env:NAME}, ${client}, ${row:NAME} or ${jwt}",
                                        "${id}, ${seq}, ${client}, ${now}, ${random:N}, "
                                        "${env:NAME}, ${row:NAME} or ${jwt}"};

    for (text = strstr(text, "${"); text; text = strstr(text, "${")) {
        struct placeholder p = placeholder_read(text, strlen(text));

        if (p.kind == PLACEHOLDER_NONE)
            return err_set(e, ERR_USAGE, "\"%.20s\" is no placeholder; expected %s", text,
                           known[place]);
        if (place == PLACEHOLDERS_CONNECTION && is_of_message(p.kind))
            return err_set(e, ERR_USAGE, "%.*s has a meaning in messages only", (int)p.length,
                           text);
        text += p.length;
    }
    return true;
}

const char *placeholder_find(const char *text, enum placeholder_kind kind)
{
    for (text = strstr(text, "${"); text; text = strstr(text + 2, "${"))
        if (placeholder_read(text, strlen(text)).kind == kind)
            return text;
    return NULL;
}

static bool variable_add(const struct placeholder *p, char *(*lookup)(const char *name),
                         struct text *out, struct err *e)
{
    char name[256];
    const char *value = NULL;

    snprintf(name, sizeof name, "%.*s", (int)p->name_length, p->name);
    if (p->name_length < sizeof name)
        value = lookup(name);
    if (!value)
        return err_set(e, ERR_USAGE, "${env:%s}: there is no such environment variable", name);
    text_add(out, value);
    return true;
}

bool placeholder_fill(const char *text, char *(*lookup)(const char *name), const char *others,
                      struct text *out, struct err *e)
{
    for (const char *at = strstr(text, "${"); at; at = strstr(text, "${")) {
        struct placeholder p = placeholder_read(at, strlen(at));

        if (p.kind == PLACEHOLDER_NONE || is_of_message(p.kind))
            return err_set(e, ERR_USAGE, "\"%.20s\" is no placeholder; expected ${env:NAME}", at);
        text_add_bytes(out, text, (size_t)(at - text));
        if (p.kind != PLACEHOLDER_ENV && others)
            text_add(out, others);
        else if (p.kind != PLACEHOLDER_ENV)
            text_add_bytes(out, at, p.length);
        else if (!variable_add(&p, lookup, out, e))
            return false;
        text = at + p.length;
    }
    text_add(out, text);
    return true;
}
