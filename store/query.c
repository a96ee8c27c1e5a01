#include "schema/text.h"
#include "store/db.h"

#include <math.h>
#include <string.h>

struct bind bind_integer(int64_t x)
{
    return (struct bind){.kind = BIND_INTEGER, .integer = x};
}

struct bind bind_real(double x)
{
    return (struct bind){.kind = isnan(x) ? BIND_NULL : BIND_REAL, .real = x};
}

struct bind bind_text(const char *x)
{
    return (struct bind){.kind = x ? BIND_TEXT : BIND_NULL, .data = x};
}

struct bind bind_blob(const void *data, size_t length)
{
    return (struct bind){.kind = BIND_BLOB, .data = data, .length = length};
}

struct bind bind_column(const struct query *q, int column)
{
    return (struct bind){.kind = BIND_COLUMN, .data = sqlite3_column_value(q->statement, column)};
}

static int bind_one(sqlite3_stmt *statement, int i, const struct bind *b)
{
    switch (b->kind) {
    case BIND_INTEGER:
        return sqlite3_bind_int64(statement, i, b->integer);
    case BIND_REAL:
        return sqlite3_bind_double(statement, i, b->real);
    case BIND_TEXT:
        return sqlite3_bind_text(statement, i, b->data, -1, SQLITE_STATIC);
    case BIND_BLOB:
        return sqlite3_bind_blob64(statement, i, b->data, b->length, SQLITE_STATIC);
    case BIND_COLUMN:
        return sqlite3_bind_value(statement, i, b->data);
    case BIND_NULL:
        break;
    }
    return sqlite3_bind_null(statement, i);
}

/* binds[0] is the placeholder of BINDS(), so that ?1 is binds[1]. */
bool query_again_binds(struct query *q, struct err *e, const struct bind *binds, size_t count)
{
    int code = sqlite3_reset(q->statement);

    for (size_t i = 1; code == SQLITE_OK && i < count; i++)
        code = bind_one(q->statement, (int)i, &binds[i]);
    if (code == SQLITE_OK)
        return true;
    q->failed = true;
    return db_fail(q->store, e);
}

bool db_query_binds(struct store *s, struct query *q, struct err *e, const char *sql,
                    const struct bind *binds, size_t count)
{
    *q = (struct query){.store = s};
    if (sqlite3_prepare_v2(s->handle, sql, -1, &q->statement, NULL) != SQLITE_OK) {
        q->failed = true;
        return db_fail(s, e);
    }
    return query_again_binds(q, e, binds, count) || query_end(q);
}

bool query_next(struct query *q, struct err *e)
{
    int code = sqlite3_step(q->statement);

    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE) {
        q->failed = true;
        db_fail(q->store, e);
    }
    return false;
}

bool query_run_binds(struct query *q, struct err *e, const struct bind *binds, size_t count)
{
    if (!query_again_binds(q, e, binds, count))
        return false;
    while (query_next(q, e))
        ;
    return !q->failed;
}

bool query_end(struct query *q)
{
    bool done = !q->failed;

    sqlite3_finalize(q->statement);
    q->statement = NULL;
    return done;
}

bool db_run_binds(struct store *s, struct err *e, const char *sql, const struct bind *binds,
                  size_t count)
{
    struct query q;

    if (!db_query_binds(s, &q, e, sql, binds, count))
        return false;
    while (query_next(&q, e))
        ;
    return query_end(&q);
}

bool db_integer_binds(struct store *s, int64_t *out, struct err *e, const char *sql,
                      const struct bind *binds, size_t count)
{
    struct query q;

    if (!db_query_binds(s, &q, e, sql, binds, count))
        return false;
    if (query_next(&q, e) && !query_null(&q, 0))
        *out = query_integer(&q, 0);
    return query_end(&q);
}

int64_t query_integer(const struct query *q, int column)
{
    return sqlite3_column_int64(q->statement, column);
}

bool query_null(const struct query *q, int column)
{
    return sqlite3_column_type(q->statement, column) == SQLITE_NULL;
}

double query_real(const struct query *q, int column)
{
    return query_null(q, column) ? NAN : sqlite3_column_double(q->statement, column);
}

const char *query_raw(const struct query *q, int column)
{
    return (const char *)sqlite3_column_text(q->statement, column);
}

char *query_text(const struct query *q, int column)
{
    char *text = mem_copy(query_raw(q, column));

    if (text)
        text_clean(text);
    return text;
}

bool query_is(const struct query *q, int column, const char *text)
{
    const char *raw = query_raw(q, column);

    return raw && strcmp(raw, text) == 0;
}

const void *query_blob(const struct query *q, int column, size_t *length)
{
    const void *data = sqlite3_column_blob(q->statement, column);

    *length = data ? (size_t)sqlite3_column_bytes(q->statement, column) : 0;
    return data;
}
