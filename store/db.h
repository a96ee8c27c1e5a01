/* db: the SQLite file under a store, opened with care, and SQL beside its binds.
 *
 *     struct query q;
 *
 *     if (!db_query(s, &q, e, "SELECT id, reason FROM run WHERE session = ?1", BIND(session)))
 *         return false;
 *     while (query_next(&q, e))
 *         use(query_integer(&q, 0), query_raw(&q, 1));
 *     return query_end(&q);
 *
 * Text and blobs are bound without a copy: they have to live until the statement has run. NULL
 * text and NAN are bound as NULL. What comes out of a file is hostile: numbers are checked by who
 * uses them, text is made one harmless line by query_text().
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "schema/err.h"
#include "schema/metric.h"
#include "store/store.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store {
    sqlite3 *handle;
    char *path;
    enum store_mode mode;
    int64_t wait_ns;
    int64_t wait_until_ns;            /* of the lock that is being waited for */
    uint64_t jitter;                  /* state of the pauses between two tries */
    int64_t metric_row[METRIC_COUNT]; /* id in table metric; 0: this file does not know it */
};

/* Opens the file and makes the handle safe; of the file it has read the header only. *version is
 * its user_version, 0 for an empty file (which only STORE_WRITE takes). After a failure db_close()
 * is still due. */
bool db_open(struct store *s, const char *path, enum store_mode mode, int64_t wait_ns,
             int64_t *version, struct err *e);
void db_close(struct store *s);

/* Goes on with a copy of the file, which is nobody else's and ends with the handle; SQLite keeps it
 * in memory or a temporary file. What is done to it never reaches the file. */
bool db_copy(struct store *s, struct err *e);

/* Fills *e from what SQLite said last, as a sentence about the file. Always returns false. */
bool db_fail(struct store *s, struct err *e);

/* A writing transaction; waits for its turn. db_settle() commits when `done`, else rolls back. */
bool db_begin(struct store *s, struct err *e);
bool db_settle(struct store *s, bool done, struct err *e);

/* Statements without results and binds, as many as the text has. */
bool db_script(struct store *s, const char *sql, struct err *e);

enum bind_kind { BIND_NULL, BIND_INTEGER, BIND_REAL, BIND_TEXT, BIND_BLOB, BIND_COLUMN };
struct query;
struct bind {
    enum bind_kind kind;
    int64_t integer;
    double real;
    const void *data;
    size_t length;
};

struct bind bind_integer(int64_t x);
struct bind bind_real(double x);
struct bind bind_text(const char *x);
#define BIND(x) \
    _Generic((x), char *              \
             : bind_text, const char *\
             : bind_text, double      \
             : bind_real, default     \
             : bind_integer)(x)
struct bind bind_blob(const void *data, size_t length);
/* A column of another statement's row, as it is; an integer is left an integer. */
struct bind bind_column(const struct query *q, int column);

struct query {
    struct store *store;
    sqlite3_stmt *statement;
    bool failed;
};

/* The binds of one statement, in the order of ?1, ?2, ... */
#define BINDS(...)                           \
    (const struct bind[]){{0}, __VA_ARGS__}, \
        sizeof((const struct bind[]){{0}, __VA_ARGS__}) / sizeof(struct bind)

/* db_query(s, q, e, sql, BIND(x), ...) compiles one statement and binds; after a failure there is
 * nothing to end. query_again(q, e, BIND(x), ...) takes it from the start with other values. */
#define db_query(s, q, e, sql, ...) db_query_binds(s, q, e, sql, BINDS(__VA_ARGS__))
#define query_again(q, e, ...) query_again_binds(q, e, BINDS(__VA_ARGS__))
/* query_run(q, e, BIND(x), ...) is query_again() and all steps of a statement without results;
 * db_run(s, e, sql, BIND(x), ...) the whole life of one. */
#define query_run(q, e, ...) query_run_binds(q, e, BINDS(__VA_ARGS__))
#define db_run(s, e, sql, ...) db_run_binds(s, e, sql, BINDS(__VA_ARGS__))
/* db_integer(s, &x, e, sql, BIND(y), ...): the first column of the first row; x is left alone where
 * there is no row or it is NULL. */
#define db_integer(s, out, e, sql, ...) db_integer_binds(s, out, e, sql, BINDS(__VA_ARGS__))

bool db_query_binds(struct store *s, struct query *q, struct err *e, const char *sql,
                    const struct bind *binds, size_t count);
bool query_again_binds(struct query *q, struct err *e, const struct bind *binds, size_t count);
bool query_run_binds(struct query *q, struct err *e, const struct bind *binds, size_t count);
bool db_run_binds(struct store *s, struct err *e, const char *sql, const struct bind *binds,
                  size_t count);
bool db_integer_binds(struct store *s, int64_t *out, struct err *e, const char *sql,
                      const struct bind *binds, size_t count);

/* The next row; false at the end and after a failure (*e filled): query_end() tells which. */
bool query_next(struct query *q, struct err *e);
/* Frees the statement; NULL or zeroed is done. False when it had failed. */
bool query_end(struct query *q);

int64_t query_integer(const struct query *q, int column); /* 0 for NULL */
double query_real(const struct query *q, int column);     /* NAN for NULL */
bool query_null(const struct query *q, int column);
bool query_is(const struct query *q, int column, const char *text);
char *query_text(const struct query *q, int column);      /* the caller frees it; NULL for NULL */
const char *query_raw(const struct query *q, int column); /* until the next row; NULL for NULL */
const void *query_blob(const struct query *q, int column, size_t *length); /* likewise */

#endif
