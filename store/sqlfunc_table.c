/* hdr_percentiles(hdr): a histogram as a table, one row for each value that it tells apart. */
#include "store/sqlfunc.h"

#include "schema/hist.h"
#include "schema/text.h"

#include <stdlib.h>

#ifdef STREAMGAUGE_EXTENSION
SQLITE_EXTENSION_INIT3
#endif

enum { COLUMN_PERCENTILE, COLUMN_VALUE, COLUMN_TOTAL, COLUMN_SOURCE };

struct cursor {
    sqlite3_vtab_cursor base; /* first: SQLite's own */
    struct hist h;
    size_t place;
    int64_t row, value, total; /* values counted up to and with this row */
    bool end;
};

static int table_connect(sqlite3 *db, void *context, int count, const char *const *argument,
                         sqlite3_vtab **out, char **message)
{
    int code = sqlite3_declare_vtab(
        db, "CREATE TABLE x (percentile REAL, value INTEGER, total INTEGER, source BLOB HIDDEN)");

    (void)context;
    (void)count;
    (void)argument;
    (void)message;
    if (code != SQLITE_OK)
        return code;
    sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
    *out = mem_get(1, sizeof **out);
    return SQLITE_OK;
}

static int table_disconnect(sqlite3_vtab *table)
{
    free(table);
    return SQLITE_OK;
}

/* The argument is a constraint on the hidden column; without it there is no table. */
static int table_plan(sqlite3_vtab *table, sqlite3_index_info *info)
{
    (void)table;
    for (int i = 0; i < info->nConstraint; i++) {
        if (info->aConstraint[i].iColumn != COLUMN_SOURCE ||
            info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
            continue;
        if (!info->aConstraint[i].usable)
            return SQLITE_CONSTRAINT;
        info->aConstraintUsage[i].argvIndex = 1;
        info->aConstraintUsage[i].omit = 1;
        info->idxNum = 1;
        info->estimatedCost = 1000;
        info->estimatedRows = 1000;
        return SQLITE_OK;
    }
    info->idxNum = 0;
    info->estimatedCost = 1e12;
    return SQLITE_OK;
}

static int cursor_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out)
{
    struct cursor *c = mem_get(1, sizeof *c);

    (void)table;
    hist_open(&c->h);
    *out = &c->base;
    return SQLITE_OK;
}

static int cursor_close(sqlite3_vtab_cursor *cursor)
{
    struct cursor *c = (struct cursor *)cursor;

    hist_close(&c->h);
    free(c);
    return SQLITE_OK;
}

static int cursor_next(sqlite3_vtab_cursor *cursor)
{
    struct cursor *c = (struct cursor *)cursor;
    int64_t lowest, count;

    c->row++;
    c->end = !hist_next(&c->h, &c->place, &lowest, &c->value, &count);
    if (!c->end)
        c->total += count;
    return SQLITE_OK;
}

static int cursor_filter(sqlite3_vtab_cursor *cursor, int plan, const char *name, int count,
                         sqlite3_value **argument)
{
    struct cursor *c = (struct cursor *)cursor;
    struct err e;

    (void)name;
    hist_reset(&c->h);
    c->place = 0;
    c->row = c->total = 0;
    if (plan == 1 && count == 1 && sqlite3_value_type(argument[0]) != SQLITE_NULL &&
        !hist_decode(&c->h, sqlite3_value_blob(argument[0]),
                     (size_t)sqlite3_value_bytes(argument[0]), &e)) {
        sqlite3_free(cursor->pVtab->zErrMsg);
        cursor->pVtab->zErrMsg = sqlite3_mprintf("%s", e.text);
        return SQLITE_ERROR;
    }
    return cursor_next(cursor);
}

static int cursor_end(sqlite3_vtab_cursor *cursor)
{
    return ((struct cursor *)cursor)->end;
}

static int cursor_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column)
{
    const struct cursor *c = (const struct cursor *)cursor;

    if (column == COLUMN_PERCENTILE)
        sqlite3_result_double(context, 100 * (double)c->total / (double)c->h.total);
    else if (column == COLUMN_VALUE)
        sqlite3_result_int64(context, c->value < c->h.max ? c->value : c->h.max);
    else if (column == COLUMN_TOTAL)
        sqlite3_result_int64(context, c->total);
    return SQLITE_OK;
}

static int cursor_row(sqlite3_vtab_cursor *cursor, sqlite3_int64 *row)
{
    *row = ((struct cursor *)cursor)->row;
    return SQLITE_OK;
}

/* Without xCreate: there is the function hdr_percentiles(), and no CREATE VIRTUAL TABLE. */
static const sqlite3_module module = {.xConnect = table_connect,
                                      .xBestIndex = table_plan,
                                      .xDisconnect = table_disconnect,
                                      .xOpen = cursor_open,
                                      .xClose = cursor_close,
                                      .xFilter = cursor_filter,
                                      .xNext = cursor_next,
                                      .xEof = cursor_end,
                                      .xColumn = cursor_column,
                                      .xRowid = cursor_row};

int sqlfunc_add_table(sqlite3 *db)
{
    return sqlite3_create_module(db, "hdr_percentiles", &module, NULL);
}
