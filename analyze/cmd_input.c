#include "analyze/cmd_input.h"

#include "schema/exit.h"
#include "schema/units.h"

#include <cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool input_open(struct input *in, const char *path, struct err *e)
{
    *in = (struct input){.name = path, .file = stdin};
    if (strcmp(path, "-") == 0)
        in->name = "stdin";
    else
        in->file = fopen(path, "r");
    return in->file || err_set(e, ERR_USAGE, "%s: %s", path, strerror(errno));
}

void input_close(struct input *in)
{
    if (in->file && in->file != stdin)
        fclose(in->file);
    text_free(&in->text);
    *in = (struct input){0};
}

bool input_next(struct input *in, struct err *e)
{
    char buffer[4096];
    size_t length = 0, total = 0;
    int c;

    in->text.length = 0;
    while ((c = getc_unlocked(in->file)) != EOF && c != '\n') {
        if (total++ >= INPUT_LINE_MAX)
            continue; /* reads past it without holding it */
        buffer[length++] = (char)c;
        if (length == sizeof buffer) {
            text_add_bytes(&in->text, buffer, length);
            length = 0;
        }
    }
    if (ferror(in->file))
        return err_set(e, ERR_USAGE, "%s: %s", in->name, strerror(errno));
    if (c == EOF && total == 0)
        return false;
    text_add_bytes(&in->text, buffer, length);
    in->too_long = total > INPUT_LINE_MAX;
    if (in->too_long)
        text_free(&in->text);
    in->line++;
    return true;
}

/* The digits of the present line's "id", which is a number: behind the key, which on the first
 * level only a colon follows. NULL: the key is written in another way. */
static const char *id_digits(const struct input *in)
{
    static const char key[] = "\"id\"", space[] = " \t\r";
    const char *s = in->text.data;
    int depth = 0;

    for (; *s; s++) {
        const char *colon = s + strlen(key);

        depth += (*s == '{' || *s == '[') - (*s == '}' || *s == ']');
        if (*s != '"')
            continue;
        if (depth == 1 && strncmp(s, key, strlen(key)) == 0) {
            colon += strspn(colon, space);
            if (*colon == ':')
                return colon + 1 + strspn(colon + 1, space);
        }
        for (s++; *s && *s != '"'; s++)
            s += *s == '\\' && s[1];
        if (!*s)
            break;
    }
    return NULL;
}

/* Adds {"id":ID. A whole number that a double does not hold is given back digit by digit. */
static void id_add(const struct input *in, const cJSON *id, struct text *out)
{
    const char *digits =
        cJSON_IsNumber(id) && fabs(id->valuedouble) >= 0x1p53 ? id_digits(in) : NULL;

    text_add(out, "{\"id\":");
    if (digits)
        text_add_bytes(out, digits, strspn(digits, "+-.0123456789eE"));
    else if (id)
        json_print(id, false, out);
    else
        text_add(out, "null");
}

void input_refuse(const struct input *in, const cJSON *id, const char *message)
{
    struct text out = {0};
    char *sentence = mem_printf("line %" PRId64 ": %s", in->line, message);

    id_add(in, id, &out);
    text_add(&out, ",\"error\":");
    json_quote(&out, sentence);
    text_add(&out, "}\n");
    fputs(out.data, stdout);
    free(sentence);
    text_free(&out);
}

/* The present line as an object. */
static cJSON *line_read(const struct input *in, struct err *e)
{
    cJSON *root;

    if (in->too_long) {
        err_set(e, ERR_USAGE, "longer than %d MiB", INPUT_LINE_MAX >> 20);
        return NULL;
    }
    if (in->text.length == 0) {
        err_set(e, ERR_USAGE, "expected an object, found an empty line");
        return NULL;
    }
    root = json_read(in->text.data, in->text.length, "input", JSON_STRICT, e);
    if (root && !cJSON_IsObject(root)) {
        struct json_at at = json_root(root, "input");

        json_expected(&at, "an object", e);
        cJSON_Delete(root);
        return NULL;
    }
    return root;
}

/* What is wrong, without the place that json.h puts in front: the line's own number says more. */
static const char *sentence_of(const struct err *e)
{
    static const char *const places[] = {"input, line 1: ", "input: "};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strncmp(e->text, places[i], strlen(places[i])) == 0)
            return e->text + strlen(places[i]);
    return e->text;
}

/* The first member of a line that is no JSON (NaN, as some programs write it, or cut off): whoever
 * reads the answer may still learn whose it is. NULL: not even that can be read. */
static cJSON *first_member(const struct input *in)
{
    bool quoted = false;
    struct text part = {0};
    struct err ignored = {0};
    cJSON *root;

    for (size_t i = 0; i < in->text.length && (quoted || in->text.data[i] != ','); i++) {
        char c = in->text.data[i];

        if (c == '\\' && quoted)
            text_add_bytes(&part, &in->text.data[i++], 1);
        else if (c == '"')
            quoted = !quoted;
        text_add_bytes(&part, &in->text.data[i], 1);
    }
    text_add(&part, "}");
    root = json_read(part.data, part.length, "input", JSON_STRICT, &ignored);
    text_free(&part);
    return root;
}

static bool line_answer(const struct input *in, const struct input_judge *j)
{
    struct err e = {0};
    struct text out = {0};
    cJSON *root = line_read(in, &e);
    cJSON *known = root ? NULL : first_member(in);
    struct json_at at = json_root(root ? root : known, "input");
    const cJSON *id = at.value ? json_member(&at, "id").value : NULL;
    bool done;

    id_add(in, id, &out);
    done = root && j->judge(&at, j->options, &out, &e);
    if (done) {
        text_add(&out, "}\n");
        fputs(out.data, stdout);
    } else {
        input_refuse(in, id, sentence_of(&e));
    }
    text_free(&out);
    cJSON_Delete(root);
    cJSON_Delete(known);
    return done;
}

int input_each(const char *path, const struct input_judge *j, struct err *e)
{
    struct input in;
    int64_t refused = 0;

    if (!input_open(&in, path, e))
        return e->kind;
    while (!ferror(stdout) && input_next(&in, e))
        refused += !line_answer(&in, j);
    if (refused > 0 && e->kind == ERR_NONE)
        err_set(e, ERR_USAGE,
                "%s: %" PRId64 " of %" PRId64 " lines could not be used; their answers say why",
                in.name, refused, in.line);
    input_close(&in);
    return e->kind;
}

void input_number_add(struct text *out, const char *before, double value)
{
    char number[UNITS_TEXT_SIZE];

    text_add(out, before);
    text_add(out, units_format_exact(number, value));
}

bool input_numbers(const struct json_at *at, double **out, size_t *count, struct err *e)
{
    size_t i = 0;
    const cJSON *item;

    *out = NULL;
    *count = 0;
    if (!cJSON_IsArray(at->value))
        return json_expected(at, "an array of numbers", e);
    *out = mem_get((size_t)cJSON_GetArraySize(at->value) + 1, sizeof **out);
    cJSON_ArrayForEach(item, at->value)
    {
        if (!cJSON_IsNumber(item) && !cJSON_IsNull(item)) {
            struct json_at here = json_item(at, (int)i);

            return json_expected(&here, "a number or null", e);
        }
        (*out)[i++] = cJSON_IsNull(item) ? (double)NAN : item->valuedouble;
    }
    *count = i;
    return true;
}
