/* The functions of one histogram, and hdr_merge(). */
#include "store/sqlfunc.h"

#include "store/sqlfunc_parts.h"

#include <math.h>
#include <sqlite3ext.h>
#include <stdlib.h>
SQLITE_EXTENSION_INIT3

void sqlfunc_fail(sqlite3_context *context, const char *name, struct err *e)
{
    err_wrap(e, "%s", name);
    sqlite3_result_error(context, e->text, -1);
}

static const char *type_name(sqlite3_value *value)
{
    static const char *const name[] = {
        [SQLITE_INTEGER] = "an integer", [SQLITE_FLOAT] = "a real number", [SQLITE_TEXT] = "text",
        [SQLITE_BLOB] = "a blob",        [SQLITE_NULL] = "NULL",
    };

    return name[sqlite3_value_type(value)];
}

bool sqlfunc_hist(sqlite3_value *value, struct hist *h, struct err *e)
{
    const void *blob;
    size_t length;

    if (sqlite3_value_type(value) != SQLITE_BLOB)
        return err_set(e, ERR_STORE, "expected the blob of a histogram, found %s",
                       type_name(value));
    blob = sqlite3_value_blob(value);
    length = (size_t)sqlite3_value_bytes(value);
    if (!blob && length > 0) /* a zeroblob() that does not fit */
        return err_set(e, ERR_STORE, "out of memory");
    return hist_decode(h, blob ? blob : "", length, e);
}

/* A function of one histogram. Its decoded argument is kept room for from call to call: to make
 * that room takes as long as to decode. */
struct scalar {
    const char *name;
    struct hist hist; /* opened by the first call */
};

static void scalar_free(void *scalar)
{
    hist_close(&((struct scalar *)scalar)->hist);
    sqlite3_free(scalar);
}

/* The first argument; NULL where the result stands already: NULL or an error. */
static const struct hist *call_hist(sqlite3_context *context, sqlite3_value *value)
{
    struct scalar *s = sqlite3_user_data(context);
    struct err e = {0};

    if (sqlite3_value_type(value) == SQLITE_NULL)
        return NULL;
    if (!s->hist.counts)
        hist_open(&s->hist);
    if (sqlfunc_hist(value, &s->hist, &e))
        return &s->hist;
    sqlfunc_fail(context, s->name, &e);
    return NULL;
}

static void hdr_percentile(sqlite3_context *context, int args, sqlite3_value **value)
{
    const struct scalar *s = sqlite3_user_data(context);
    const struct hist *h;
    struct err e = {0};
    double p;

    (void)args;
    if (!sqlfunc_percent(value[1], &p, &e))
        sqlfunc_fail(context, s->name, &e);
    else if (!isnan(p) && (h = call_hist(context, value[0])) && h->total > 0)
        sqlite3_result_int64(context, hist_percentile(h, p));
}

static void hdr_count(sqlite3_context *context, int args, sqlite3_value **value)
{
    const struct hist *h = call_hist(context, value[0]);

    (void)args;
    if (h)
        sqlite3_result_int64(context, h->total);
}

static void hdr_mean(sqlite3_context *context, int args, sqlite3_value **value)
{
    const struct hist *h = call_hist(context, value[0]);

    (void)args;
    if (h && h->total > 0)
        sqlite3_result_double(context, hist_mean(h));
}

static void hdr_max(sqlite3_context *context, int args, sqlite3_value **value)
{
    const struct hist *h = call_hist(context, value[0]);

    (void)args;
    if (h && h->total > 0)
        sqlite3_result_int64(context, h->max);
}

/* What hdr_merge() has so far; all zero before the first histogram. */
struct merge {
    struct hist all, one;
};

static void merge_step(sqlite3_context *context, int args, sqlite3_value **value)
{
    struct merge *m;
    struct err e = {0};

    (void)args;
    if (sqlite3_value_type(value[0]) == SQLITE_NULL)
        return;
    m = sqlite3_aggregate_context(context, sizeof *m);
    if (!m) {
        sqlite3_result_error_nomem(context);
        return;
    }
    if (!m->all.counts) {
        hist_open(&m->all);
        hist_open(&m->one);
    }
    if (sqlfunc_hist(value[0], &m->one, &e))
        hist_merge(&m->all, &m->one);
    else
        sqlfunc_fail(context, sqlite3_user_data(context), &e);
}

static void merge_final(sqlite3_context *context)
{
    struct merge *m = sqlite3_aggregate_context(context, 0);
    size_t length;
    void *blob;

    if (!m || !m->all.counts)
        return;
    if (m->all.total > 0) {
        blob = hist_encode(&m->all, &length);
        sqlite3_result_blob64(context, blob, length, free);
    }
    hist_close(&m->all);
    hist_close(&m->one);
}

static int scalars_register(sqlite3 *handle)
{
    static const struct {
        const char *name;
        int args;
        void (*call)(sqlite3_context *context, int args, sqlite3_value **value);
    } scalars[] = {
        {"hdr_percentile", 2, hdr_percentile},
        {"hdr_count", 1, hdr_count},
        {"hdr_mean", 1, hdr_mean},
        {"hdr_max", 1, hdr_max},
    };
    int code = SQLITE_OK;

    for (size_t i = 0; i < sizeof scalars / sizeof *scalars && code == SQLITE_OK; i++) {
        struct scalar *s = sqlite3_malloc64(sizeof *s);

        if (!s)
            return SQLITE_NOMEM;
        *s = (struct scalar){.name = scalars[i].name};
        code = sqlite3_create_function_v2(handle, s->name, scalars[i].args, SQLFUNC_FLAGS, s,
                                          scalars[i].call, NULL, NULL, scalar_free);
    }
    return code;
}

static int merge_register(sqlite3 *handle)
{
    return sqlite3_create_function_v2(handle, "hdr_merge", 1, SQLFUNC_FLAGS, (void *)"hdr_merge",
                                      NULL, merge_step, merge_final, NULL);
}

int sqlfunc_add(sqlite3 *handle)
{
    int (*const parts[])(sqlite3 *) = {
        scalars_register,
        merge_register,
        sqlfunc_add_table,
        sqlfunc_add_series,
    };
    int code = SQLITE_OK;

    for (size_t i = 0; i < sizeof parts / sizeof *parts && code == SQLITE_OK; i++)
        code = parts[i](handle);
    return code;
}
