/* json: strict JSON from outside, and access to it that says where a thing is wrong.
 *
 * cJSON reads and writes; it looks keys up without regard to case, takes the first of duplicate
 * keys and cuts strings at \u0000, so that json_read() checks the text first: RFC 8259 grammar,
 * valid UTF-8, no duplicate keys, no \u0000, at most JSON_DEPTH levels, finite numbers, nothing
 * behind the value. With JSON_COMMENTS, // to the end of a line is white space. One byte order mark
 * at the very start is skipped, as RFC 8259 allows. Errors carry the source's name and the line:
 * "chat.json, line 12: ...".
 *
 * A struct json_at is a value together with its place, for messages like
 * "chat.json: rate.high: expected a number, found a string".
 */
#ifndef SCHEMA_JSON_H
#define SCHEMA_JSON_H

#include "schema/err.h"
#include "schema/text.h"

#include <cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_DEPTH = 64, JSON_PATH_SIZE = 160 };
enum json_flags { JSON_STRICT = 0, JSON_COMMENTS = 1 };

/* NULL and *e (ERR_USAGE) on failure; the caller frees the tree by cJSON_Delete(). `source` is a
 * file's name for the messages; NULL leaves file and line out of them, for a caller that knows
 * better where the text stands. The text need not end in '\0'. */
cJSON *json_read(const char *text, size_t length, const char *source, enum json_flags flags,
                 struct err *e);

struct json_at {
    const cJSON *value; /* NULL: not there */
    const char *source;
    char path[JSON_PATH_SIZE]; /* "rate.high", "hello[0].send"; "" is the whole document */
};

struct json_at json_root(const cJSON *root, const char *source);

/* Case-sensitive; .value is NULL where the key is missing. `parent` must be an object. */
struct json_at json_member(const struct json_at *parent, const char *key);
/* Walks to the item: long arrays are gone through by cJSON_ArrayForEach. */
struct json_at json_item(const struct json_at *parent, int index);

/* Fails with a sentence behind the file and the path: "chat.json: url: ...". Always returns false.
 */
bool json_refuse(const struct json_at *at, struct err *e, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, naming what was expected and what was found: the type, and the value of a number, but
 * never a string, which may be a secret at the wrong place. Always returns false. */
bool json_expected(const struct json_at *at, const char *expected, struct err *e);

/* Refuses members of an object that are not in `keys` (ended by NULL), with the nearest spelling.
 */
bool json_only(const struct json_at *at, const char *const *keys, struct err *e);

/* Typed access. A missing member leaves *out alone and returns true; a wrong type fails. Strings
 * are borrowed from the tree. */
bool json_get_string(const struct json_at *parent, const char *key, const char **out,
                     struct err *e);
bool json_get_bool(const struct json_at *parent, const char *key, bool *out, struct err *e);
bool json_get_number(const struct json_at *parent, const char *key, double min, double max,
                     double *out, struct err *e);
bool json_get_integer(const struct json_at *parent, const char *key, int64_t min, int64_t max,
                      int64_t *out, struct err *e);
bool json_get_duration(const struct json_at *parent, const char *key, int64_t min_ns,
                       int64_t max_ns, int64_t *out_ns, struct err *e);
/* From 0 to 1; a number or "1%". */
bool json_get_share(const struct json_at *parent, const char *key, double *out, struct err *e);
bool json_get_bandwidth(const struct json_at *parent, const char *key, int64_t min, int64_t max,
                        int64_t *out, struct err *e);
/* From 1 to max bytes. */
bool json_get_size(const struct json_at *parent, const char *key, int64_t max, int64_t *out,
                   struct err *e);
/* One of `names` (ended by NULL); *out is its index. */
bool json_get_choice(const struct json_at *parent, const char *key, const char *const *names,
                     int *out, struct err *e);

/* Canonical text (keys sorted by bytes, no white space, numbers by units_format_exact): the same
 * for equal documents. For hashes. */
void json_canonical(const cJSON *value, struct text *out);

/* A value as text for people or machines: compact or indented. */
void json_print(const cJSON *value, bool indent, struct text *out);

/* Adds `s` as a JSON string with its quotes, to hand-made output. */
void json_quote(struct text *out, const char *s);

/* Adds `before` (a comma, a name and a colon), then a number as the shortest text that reads back
 * as the same, or a string; null for what is not finite and for NULL. */
void json_add_number(struct text *out, const char *before, double value);
void json_add_string(struct text *out, const char *before, const char *s);

#endif
