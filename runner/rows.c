#include "runner/rows.h"

#include "runner/file.h"
#include "runner/payload.h"
#include "runner/reply.h"
#include "schema/json.h"
#include "schema/placeholder.h"

#include <stdlib.h>
#include <string.h>

/* The column of this name; r->columns where there is none. */
static size_t column_find(const struct rows *r, const char *name, size_t length)
{
    size_t i = 0;

    while (i < r->columns &&
           (strlen(r->column[i]) != length || memcmp(r->column[i], name, length) != 0))
        i++;
    return i;
}

/* A name that a placeholder can have. */
static bool is_name(const char *name)
{
    struct text as_written = {0};
    bool good;

    text_addf(&as_written, "${row:%s}", name);
    good = placeholder_read(as_written.data, as_written.length).length == as_written.length;
    text_free(&as_written);
    return good;
}

static size_t column_of(struct rows *r, const char *name)
{
    size_t column = column_find(r, name, strlen(name));

    if (column == r->columns && column < ROWS_COLUMNS_MAX) {
        r->column = mem_grow(r->column, r->columns + 1, sizeof *r->column);
        r->column[r->columns++] = mem_copy(name);
    }
    return column;
}

/* A number, true or false as it is written in the line; NULL: it is none of them. */
static char *bare_text(const char *name, const struct reply *line)
{
    char *key = mem_printf("/%s", name);
    struct pointer pointer;
    struct found found;

    pointer_open(&pointer, key);
    found = reply_find(line, &pointer);
    pointer_close(&pointer);
    free(key);
    return found.kind >= FOUND_FALSE && found.kind <= FOUND_NUMBER
               ? mem_printf("%.*s", (int)found.length, found.text)
               : NULL;
}

static bool member_take(struct rows *r, const cJSON *member, const struct reply *line,
                        struct err *e)
{
    struct rows_value value = {.bare = !cJSON_IsString(member)};

    if (!is_name(member->string))
        return true;
    value.text = value.bare ? bare_text(member->string, line) : mem_copy(member->valuestring);
    if (!value.text)
        return true;
    if (r->values == r->value_room) {
        r->value_room = r->value_room ? 2 * r->value_room : 256;
        r->value = mem_grow(r->value, r->value_room, sizeof *r->value);
    }
    value.column = column_of(r, member->string);
    r->value[r->values++] = value;
    r->row[r->count - 1].values++;
    return value.column < ROWS_COLUMNS_MAX ||
           err_set(e, ERR_USAGE, "the rows have more than %d members", ROWS_COLUMNS_MAX);
}

static bool row_take(struct rows *r, const char *text, size_t length, size_t number, struct err *e)
{
    cJSON *root = json_read(text, length, NULL, JSON_STRICT, e);
    struct reply line;
    bool good = root;
    const cJSON *member;

    if (root && !cJSON_IsObject(root))
        good = err_set(e, ERR_USAGE, "expected an object, a client's row");
    reply_read(&line, text, length, false);
    if (r->count == r->room) {
        r->room = r->room ? 2 * r->room : 64;
        r->row = mem_grow(r->row, r->room, sizeof *r->row);
    }
    r->row[r->count++] = (struct row){.line = number, .first = r->values};
    if (good)
        cJSON_ArrayForEach(member, root) good = good && member_take(r, member, &line, e);
    cJSON_Delete(root);
    return good;
}

static bool rows_take(struct rows *r, const struct text *text, struct err *e)
{
    const char *at = text->data, *end = at + text->length;

    for (size_t number = 1; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop ? stop : end) - at);

        if (length > 0 && at[length - 1] == '\r')
            length--;
        if (length > 0 && !row_take(r, at, length, number, e))
            return err_wrap(e, "%s, line %zu", r->source, number);
        at = stop ? stop + 1 : end;
    }
    return r->count > 0 ||
           err_set(e, ERR_USAGE, "%s: is empty, expected an object a line", r->source);
}

bool rows_open(struct rows *r, const char *path, const char *sha256, struct err *e)
{
    struct text text = {0};
    bool done;

    *r = (struct rows){.source = mem_copy(path)};
    done = file_read_large(path, ROWS_FILE_MAX, &text, e);
    if (done)
        payload_hash(text.data, text.length, r->sha256);
    if (done && *sha256 && strcmp(sha256, r->sha256) != 0)
        done = err_set(e, ERR_USAGE, "%s: has changed since the run was planned", path);
    done = done && rows_take(r, &text, e);
    if (text.data)
        explicit_bzero(text.data, text.length);
    text_free(&text);
    return done;
}

void rows_close(struct rows *r)
{
    for (size_t i = 0; i < r->values; i++) {
        explicit_bzero(r->value[i].text, strlen(r->value[i].text));
        free(r->value[i].text);
    }
    for (size_t i = 0; i < r->columns; i++)
        free(r->column[i]);
    free(r->column);
    free(r->value);
    free(r->row);
    free(r->source);
    *r = (struct rows){0};
}

static const struct rows_value *value_at(const struct rows *r, size_t row, size_t column)
{
    const struct rows_value *value = &r->value[r->row[row].first],
                            *end = value + r->row[row].values;

    while (value < end && value->column != column)
        value++;
    return value < end ? value : NULL;
}

const struct rows_value *rows_get(const struct rows *r, int64_t client, const char *name,
                                  size_t length)
{
    return r->count > 0 ? value_at(r, (size_t)client % r->count, column_find(r, name, length))
                        : NULL;
}

size_t rows_longest(const struct rows *r, const char *name, size_t length)
{
    size_t column = column_find(r, name, length), longest = 0;

    for (size_t i = 0; i < r->count; i++) {
        const struct rows_value *value = value_at(r, i, column);

        if (value && strlen(value->text) > longest)
            longest = strlen(value->text);
    }
    return longest;
}

static bool header_can(const struct rows_value *value)
{
    for (const unsigned char *p = (const unsigned char *)value->text; *p; p++)
        if ((*p < ' ' && *p != '\t') || *p == 0x7f)
            return false;
    return true;
}

static bool column_check(const struct rows *r, const struct placeholder *p, bool header,
                         struct err *e)
{
    size_t column = column_find(r, p->name, p->name_length);

    for (size_t i = 0; i < r->count; i++) {
        const struct rows_value *value = value_at(r, i, column);

        if (!value)
            return err_set(e, ERR_USAGE,
                           "${row:%.*s}: %s, line %zu: expected a member \"%.*s\" that is a "
                           "string, a number, true or false",
                           (int)p->name_length, p->name, r->source, r->row[i].line,
                           (int)p->name_length, p->name);
        if (header && !header_can(value))
            return err_set(e, ERR_USAGE,
                           "${row:%.*s}: %s, line %zu: the value holds a control character",
                           (int)p->name_length, p->name, r->source, r->row[i].line);
    }
    return true;
}

/* The next ${row:NAME} in [text, end); its end, NULL: there is none. */
static const char *next_row(const char *text, const char *end, struct placeholder *p)
{
    while (text < end && (text = memmem(text, (size_t)(end - text), "${", 2)) != NULL) {
        *p = placeholder_read(text, (size_t)(end - text));
        text += p->length ? p->length : 2;
        if (p->kind == PLACEHOLDER_ROW)
            return text;
    }
    return NULL;
}

bool rows_check(const struct rows *r, const char *text, size_t length, bool header, struct err *e)
{
    const char *end = text + length;
    struct placeholder p;

    while ((text = next_row(text, end, &p)) != NULL)
        if (!column_check(r, &p, header, e))
            return false;
    return true;
}

void rows_digest(const struct rows *r, const char *text, size_t length, char out[65])
{
    const char *end = text + length;
    struct text all = {0};
    struct placeholder p;

    while ((text = next_row(text, end, &p)) != NULL)
        for (size_t i = 0; i < r->count; i++) {
            const struct rows_value *value = rows_get(r, (int64_t)i, p.name, p.name_length);

            text_add(&all, value ? value->text : "");
            text_add_bytes(&all, "", 1);
        }
    *out = '\0';
    if (all.length > 0)
        payload_hash(all.data, all.length, out);
    text_free(&all);
}
