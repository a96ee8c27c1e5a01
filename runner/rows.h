/* rows: the file of `clients_from`: an object a line, of which each client has one.
 *
 * Client k has the line k modulo their number; empty lines are none. A member that ${row:NAME} can
 * name (letters, digits and _) is a column; its value is what stands there: a string without its
 * quotes and escapes, a number as it is written, true, false. Values are secrets: no sentence shows
 * one.
 */
#ifndef RUNNER_ROWS_H
#define RUNNER_ROWS_H

#include "schema/err.h"
#include "schema/sha256.h"
#include "schema/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ROWS_FILE_MAX = 32 << 20 /* bytes */, ROWS_COLUMNS_MAX = 64 };

struct rows_value {   /* no null, object or array */
    const char *text; /* NULL: there is none */
    bool bare;        /* a number, true or false: JSON without quotes */
};

struct cell {
    uint32_t text; /* where it stands in `texts` */
    uint8_t column;
    bool bare;
};

struct row {
    uint32_t line;  /* in the file, from 1 */
    uint32_t first; /* of its cells, which go on to the next row's */
};

/* What is asked of a column for each message, so that no answer takes a look at all the rows. */
struct column {
    char *name;
    size_t values, longest; /* how many, and the bytes of the longest */
    bool controls;          /* one holds a control character */
};

struct rows {
    char *source; /* the file's name */
    struct column column[ROWS_COLUMNS_MAX];
    size_t columns;
    struct text texts; /* of the cells, each with its '\0' */
    struct cell *cell; /* row after row */
    size_t cells, cell_room;
    struct row *row;
    size_t count, room;
    char sha256[SHA256_SIZE]; /* of the file, in hex */
};

/* Reads the file; where its content is known by its `sha256`, only the rows of that many clients:
 * the others are nobody's. ERR_USAGE with file and line for what is none, is too large or no
 * object, and where its content is not `sha256`, unless that is empty. rows_close() also after a
 * failure; a zeroed one has no rows. */
bool rows_open(struct rows *r, const char *path, const char *sha256, int64_t clients,
               struct err *e);
void rows_close(struct rows *r);

/* The client's; without a text where there are no rows, no such column, or no value in it. */
struct rows_value rows_get(const struct rows *r, int64_t client, const char *name, size_t length);

/* The client's value number i, of whatever column; NULL: it has no more. */
const char *rows_text(const struct rows *r, int64_t client, size_t i);

/* The longest value in a column, in bytes; 0: there is none. */
size_t rows_longest(const struct rows *r, const char *name, size_t length);

/* Each ${row:NAME} in the text has a value in every row; with `header` one that a header can have.
 * ERR_USAGE with file and line, where it stands is for the caller to say. */
bool rows_check(const struct rows *r, const char *text, size_t length, bool header, struct err *e);

/* Hex SHA-256 of the values that the text's placeholders have, column after column; "" where it has
 * none. */
void rows_digest(const struct rows *r, const char *text, size_t length, char out[SHA256_SIZE]);

#endif
