#include "runner/rows.h"

#include "runner/file.h"
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
           (strlen(r->column[i].name) != length || memcmp(r->column[i].name, name, length) != 0))
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

    if (column == r->columns && column < ROWS_COLUMNS_MAX)
        r->column[r->columns++] = (struct column){.name = mem_copy(name)};
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

static bool has_control(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if ((*p < ' ' && *p != '\t') || *p == 0x7f)
            return true;
    return false;
}

static void cell_add(struct rows *r, size_t column, const char *text, bool bare)
{
    struct column *c = &r->column[column];
    size_t length = strlen(text);

    if (r->cells == r->cell_room) {
        r->cell_room = r->cell_room ? 2 * r->cell_room : 256;
        r->cell = mem_grow(r->cell, r->cell_room, sizeof *r->cell);
    }
    r->cell[r->cells++] = (struct cell){(uint32_t)r->texts.length, (uint8_t)column, bare};
    text_add_bytes(&r->texts, text, length + 1);
    c->values++;
    c->longest = length > c->longest ? length : c->longest;
    c->controls = c->controls || has_control(text);
}

static bool member_take(struct rows *r, const cJSON *member, const struct reply *line,
                        struct err *e)
{
    char *bare;
    size_t column;

    if (!is_name(member->string))
        return true;
    bare = cJSON_IsString(member) ? NULL : bare_text(member->string, line);
    if (!bare && !cJSON_IsString(member))
        return true;
    column = column_of(r, member->string);
    if (column < ROWS_COLUMNS_MAX)
        cell_add(r, column, bare ? bare : member->valuestring, bare);
    free(bare);
    return column < ROWS_COLUMNS_MAX ||
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
    r->row[r->count++] = (struct row){(uint32_t)number, (uint32_t)r->cells};
    if (good)
        cJSON_ArrayForEach(member, root) good = good && member_take(r, member, &line, e);
    cJSON_Delete(root);
    return good;
}

static bool rows_take(struct rows *r, const struct text *text, size_t most, struct err *e)
{
    const char *at = text->data, *end = at + text->length;

    text_reserve(&r->texts, text->length); /* a value is shorter there: no copies are left behind */
    for (size_t number = 1; at < end && r->count < most; number++) {
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

bool rows_open(struct rows *r, const char *path, const char *sha256, int64_t clients, struct err *e)
{
    struct text text = {0};
    bool done;

    *r = (struct rows){.source = mem_copy(path)};
    done = file_read_large(path, ROWS_FILE_MAX, &text, e);
    if (done)
        sha256_hex(text.data, text.length, r->sha256);
    if (done && *sha256 && strcmp(sha256, r->sha256) != 0)
        done = err_set(e, ERR_USAGE, "%s: has changed since the run was planned", path);
    done = done && rows_take(r, &text, *sha256 ? (size_t)clients : SIZE_MAX, e);
    if (text.data)
        explicit_bzero(text.data, text.length);
    text_free(&text);
    return done;
}

void rows_close(struct rows *r)
{
    if (r->texts.data)
        explicit_bzero(r->texts.data, r->texts.length);
    for (size_t i = 0; i < r->columns; i++)
        free(r->column[i].name);
    text_free(&r->texts);
    free(r->cell);
    free(r->row);
    free(r->source);
    *r = (struct rows){0};
}

/* Behind the row's last cell. */
static size_t cells_end(const struct rows *r, size_t row)
{
    return row + 1 < r->count ? r->row[row + 1].first : r->cells;
}

static struct rows_value value_at(const struct rows *r, size_t row, size_t column)
{
    size_t i = r->row[row].first, end = cells_end(r, row);

    while (i < end && r->cell[i].column != column)
        i++;
    return i < end ? (struct rows_value){r->texts.data + r->cell[i].text, r->cell[i].bare}
                   : (struct rows_value){0};
}

struct rows_value rows_get(const struct rows *r, int64_t client, const char *name, size_t length)
{
    return r->count > 0 ? value_at(r, (size_t)client % r->count, column_find(r, name, length))
                        : (struct rows_value){0};
}

const char *rows_text(const struct rows *r, int64_t client, size_t i)
{
    size_t row = r->count > 0 ? (size_t)client % r->count : 0;

    return r->count > 0 && r->row[row].first + i < cells_end(r, row)
               ? r->texts.data + r->cell[r->row[row].first + i].text
               : NULL;
}

size_t rows_longest(const struct rows *r, const char *name, size_t length)
{
    size_t column = column_find(r, name, length);

    return column < r->columns ? r->column[column].longest : 0;
}

static bool column_check(const struct rows *r, const struct placeholder *p, bool header,
                         struct err *e)
{
    size_t column = column_find(r, p->name, p->name_length);

    if (column < r->columns && r->column[column].values == r->count &&
        !(header && r->column[column].controls))
        return true;
    for (size_t i = 0; i < r->count; i++) { /* which row it is */
        struct rows_value value = value_at(r, i, column);

        if (!value.text)
            return err_set(e, ERR_USAGE,
                           "${row:%.*s}: %s, line %u: expected a member \"%.*s\" that is a "
                           "string, a number, true or false",
                           (int)p->name_length, p->name, r->source, r->row[i].line,
                           (int)p->name_length, p->name);
        if (header && has_control(value.text))
            return err_set(e, ERR_USAGE,
                           "${row:%.*s}: %s, line %u: the value holds a control character",
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

void rows_digest(const struct rows *r, const char *text, size_t length, char out[SHA256_SIZE])
{
    bool taken[ROWS_COLUMNS_MAX] = {false};
    const char *end = text + length;
    struct text all = {0};
    struct placeholder p;

    while ((text = next_row(text, end, &p)) != NULL) {
        size_t column = column_find(r, p.name, p.name_length);

        if (column == r->columns || taken[column])
            continue; /* a data set may name it in each of its lines */
        taken[column] = true;
        for (size_t i = 0; i < r->count; i++) {
            const char *value = value_at(r, i, column).text;

            text_add(&all, value ? value : "");
            text_add_bytes(&all, "", 1);
        }
    }
    *out = '\0';
    if (all.length > 0)
        sha256_hex(all.data, all.length, out);
    text_free(&all);
}
