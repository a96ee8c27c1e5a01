/* hdr_percentiles(hdr), a table-valued function: the course of a histogram over its percentiles.
 *
 * Its rows are those of HdrHistogram's own percentile listing with five steps for each halving of
 * the distance to 100 % (0, 10, .. 50, 55, .. 75, 77.5, ..), ended by 100; see PercentileIterator
 * in its Java implementation. So the tail is shown as finely as the histogram knows it. */
#include "store/sqlfunc_parts.h"

#include <math.h>
#include <sqlite3ext.h>
#include <string.h>
SQLITE_EXTENSION_INIT3

/* Named unlike the columns of table histogram, beside which they mostly stand. */
enum { COLUMN_PERCENTILE, COLUMN_VALUE, COLUMN_TOTAL, COLUMN_SOURCE };

struct cursor {
    sqlite3_vtab_cursor base;
    struct hist hist;
    size_t bucket;     /* where hist_next() goes on */
    int64_t row;       /* from 1 */
    double percentile; /* of this row */
    int64_t value;     /* the highest of the bucket in which it lies, */
    int64_t total;     /* and how many values are not above that */
    bool end;
};

static bool bucket_next(struct cursor *c)
{
    int64_t lowest, count;

    if (!hist_next(&c->hist, &c->bucket, &lowest, &c->value, &count))
        return false;
    c->total += count;
    return true;
}

/* A step further: a fifth of the present half of the distance to 100. At 2^-47 of it a double ends,
 * and so does the listing. */
static double percentile_after(double percentile)
{
    int halvings = ilogb(100 / (100 - percentile)) + 1;
    double after = percentile + ldexp(20, -halvings);

    return after > percentile && after < 100 ? after : 100;
}

static void cursor_step(struct cursor *c)
{
    c->row++;
    if (c->percentile == 100) {
        c->end = true;
        return;
    }
    c->percentile = c->total == c->hist.total ? 100 : percentile_after(c->percentile);
    while (c->total < c->hist.total &&
           100.0 * (double)c->total / (double)c->hist.total < c->percentile && bucket_next(c))
        ;
    if (c->percentile == 100) { /* where counts are too large for a double's digits */
        c->value = c->hist.max;
        c->total = c->hist.total;
    }
}

static int percentiles_connect(sqlite3 *handle, void *context, int argc, const char *const *argv,
                               sqlite3_vtab **table, char **error)
{
    int code = sqlite3_declare_vtab(
        handle,
        "CREATE TABLE x (percentile REAL, value INTEGER, total INTEGER, source BLOB HIDDEN)");

    (void)context, (void)argc, (void)argv, (void)error;
    if (code != SQLITE_OK)
        return code;
    *table = sqlite3_malloc64(sizeof **table);
    if (!*table)
        return SQLITE_NOMEM;
    memset(*table, 0, sizeof **table);
    return sqlite3_vtab_config(handle, SQLITE_VTAB_INNOCUOUS);
}

static int percentiles_disconnect(sqlite3_vtab *table)
{
    sqlite3_free(table);
    return SQLITE_OK;
}

/* The histogram is the one argument. In a join it can come from a table that the planner tries to
 * read later: that plan is turned down. */
static int percentiles_plan(sqlite3_vtab *table, sqlite3_index_info *info)
{
    bool later = false;

    for (int i = 0; i < info->nConstraint; i++) {
        if (info->aConstraint[i].iColumn != COLUMN_SOURCE ||
            info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
            continue;
        if (info->aConstraint[i].usable) {
            info->aConstraintUsage[i].argvIndex = 1;
            info->aConstraintUsage[i].omit = 1;
            info->estimatedCost = 100;
            info->estimatedRows = 100;
            return SQLITE_OK;
        }
        later = true;
    }
    if (later)
        return SQLITE_CONSTRAINT;
    table->zErrMsg = sqlite3_mprintf("hdr_percentiles: expected a histogram: hdr_percentiles(hdr)");
    return SQLITE_ERROR;
}

static int cursor_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out)
{
    struct cursor *c = sqlite3_malloc64(sizeof *c);

    (void)table;
    if (!c)
        return SQLITE_NOMEM;
    *c = (struct cursor){.end = true};
    hist_open(&c->hist);
    *out = &c->base;
    return SQLITE_OK;
}

static int cursor_close(sqlite3_vtab_cursor *base)
{
    struct cursor *c = (struct cursor *)base;

    hist_close(&c->hist);
    sqlite3_free(c);
    return SQLITE_OK;
}

static int cursor_filter(sqlite3_vtab_cursor *base, int plan, const char *plan_text, int args,
                         sqlite3_value **value)
{
    struct cursor *c = (struct cursor *)base;
    struct err e = {0};

    (void)plan, (void)plan_text, (void)args;
    *c = (struct cursor){.base = c->base, .hist = c->hist, .row = 1, .end = true};
    if (sqlite3_value_type(value[0]) == SQLITE_NULL)
        return SQLITE_OK;
    if (!sqlfunc_hist(value[0], &c->hist, &e)) {
        sqlite3_free(base->pVtab->zErrMsg);
        base->pVtab->zErrMsg = sqlite3_mprintf("hdr_percentiles: %s", e.text);
        return SQLITE_ERROR;
    }
    c->end = !bucket_next(c);
    return SQLITE_OK;
}

static int cursor_next(sqlite3_vtab_cursor *base)
{
    cursor_step((struct cursor *)base);
    return SQLITE_OK;
}

static int cursor_eof(sqlite3_vtab_cursor *base)
{
    return ((struct cursor *)base)->end;
}

static int cursor_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
    const struct cursor *c = (struct cursor *)base;

    if (column == COLUMN_PERCENTILE)
        sqlite3_result_double(context, c->percentile);
    else if (column == COLUMN_VALUE)
        sqlite3_result_int64(context, c->value);
    else if (column == COLUMN_TOTAL)
        sqlite3_result_int64(context, c->total);
    return SQLITE_OK;
}

static int cursor_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *row)
{
    *row = ((struct cursor *)base)->row;
    return SQLITE_OK;
}

int sqlfunc_add_table(sqlite3 *handle)
{
    static const sqlite3_module module = {
        .xConnect = percentiles_connect,
        .xBestIndex = percentiles_plan,
        .xDisconnect = percentiles_disconnect,
        .xOpen = cursor_open,
        .xClose = cursor_close,
        .xFilter = cursor_filter,
        .xNext = cursor_next,
        .xEof = cursor_eof,
        .xColumn = cursor_column,
        .xRowid = cursor_rowid,
    };

    return sqlite3_create_module_v2(handle, "hdr_percentiles", &module, NULL, NULL);
}
