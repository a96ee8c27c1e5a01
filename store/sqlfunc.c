#include "store/sqlfunc.h"

#include "schema/hist.h"
#include "schema/text.h"

#include <stdlib.h>

#ifdef STREAMGAUGE_EXTENSION
SQLITE_EXTENSION_INIT1
#endif

/* Decodes an argument into *h. False for NULL, and after the error of what is no histogram. */
static bool hist_argument(sqlite3_context *context, sqlite3_value *argument, struct hist *h)
{
    struct err e;

    if (sqlite3_value_type(argument) == SQLITE_NULL)
        return false;
    if (hist_decode(h, sqlite3_value_blob(argument), (size_t)sqlite3_value_bytes(argument), &e))
        return true;
    sqlite3_result_error(context, e.text, -1);
    return false;
}

/* Each scalar function keeps a histogram to decode into. */
static bool hist_scratch(sqlite3_context *context, sqlite3_value *argument, struct hist **h)
{
    *h = sqlite3_user_data(context);
    hist_reset(*h);
    return hist_argument(context, argument, *h);
}

static void hdr_percentile(sqlite3_context *context, int count, sqlite3_value **argument)
{
    double p = sqlite3_value_double(argument[1]);
    struct hist *h;

    (void)count;
    if (sqlite3_value_type(argument[1]) == SQLITE_NULL || !hist_scratch(context, argument[0], &h) ||
        h->total == 0)
        return;
    if (p >= 0 && p <= 100)
        sqlite3_result_int64(context, hist_percentile(h, p));
    else
        sqlite3_result_error(context, "hdr_percentile: expected a percentile from 0 to 100", -1);
}

static void hdr_count(sqlite3_context *context, int count, sqlite3_value **argument)
{
    struct hist *h;

    (void)count;
    if (hist_scratch(context, argument[0], &h))
        sqlite3_result_int64(context, h->total);
}

static void hdr_mean(sqlite3_context *context, int count, sqlite3_value **argument)
{
    struct hist *h;

    (void)count;
    if (hist_scratch(context, argument[0], &h) && h->total > 0)
        sqlite3_result_double(context, hist_mean(h));
}

static void hdr_max(sqlite3_context *context, int count, sqlite3_value **argument)
{
    struct hist *h;

    (void)count;
    if (hist_scratch(context, argument[0], &h) && h->total > 0)
        sqlite3_result_int64(context, h->max);
}

/* The state of one group; SQLite hands it out zeroed. */
struct merging {
    struct hist sum, one;
    bool open;
};

static void merge_step(sqlite3_context *context, int count, sqlite3_value **argument)
{
    struct merging *m = sqlite3_aggregate_context(context, sizeof *m);

    (void)count;
    if (!m) {
        sqlite3_result_error_nomem(context);
        return;
    }
    if (!m->open) {
        hist_open(&m->sum);
        hist_open(&m->one);
        m->open = true;
    }
    hist_reset(&m->one);
    if (hist_argument(context, argument[0], &m->one))
        hist_merge(&m->sum, &m->one);
}

static void merge_final(sqlite3_context *context)
{
    struct merging *m = sqlite3_aggregate_context(context, 0);
    size_t length;
    void *blob;

    if (!m || !m->open)
        return;
    if (m->sum.total > 0) {
        blob = hist_encode(&m->sum, &length);
        sqlite3_result_blob64(context, blob, length, free);
    }
    hist_close(&m->sum);
    hist_close(&m->one);
}

static void scratch_free(void *h)
{
    hist_close(h);
    free(h);
}

int sqlfunc_add(sqlite3 *db)
{
    static const struct {
        const char *name;
        int arguments;
        void (*function)(sqlite3_context *, int, sqlite3_value **);
    } scalars[] = {{"hdr_percentile", 2, hdr_percentile},
                   {"hdr_count", 1, hdr_count},
                   {"hdr_mean", 1, hdr_mean},
                   {"hdr_max", 1, hdr_max}};
    int code = SQLITE_OK;

    for (size_t i = 0; code == SQLITE_OK && i < sizeof scalars / sizeof *scalars; i++) {
        struct hist *scratch = mem_get(1, sizeof *scratch);

        hist_open(scratch);
        code = sqlite3_create_function_v2(db, scalars[i].name, scalars[i].arguments, SQLFUNC_SCALAR,
                                          scratch, scalars[i].function, NULL, NULL, scratch_free);
    }
    if (code == SQLITE_OK)
        code = sqlite3_create_function_v2(db, "hdr_merge", 1, SQLFUNC_AGGREGATE, NULL, NULL,
                                          merge_step, merge_final, NULL);
    if (code == SQLITE_OK)
        code = sqlfunc_add_series(db);
    return code == SQLITE_OK ? sqlfunc_add_table(db) : code;
}

#ifdef STREAMGAUGE_EXTENSION
/* The name that SQLite looks for in streamgauge.so. */
__attribute__((visibility("default"))) int
sqlite3_streamgauge_init(sqlite3 *db, char **message, const sqlite3_api_routines *api);

int sqlite3_streamgauge_init(sqlite3 *db, char **message, const sqlite3_api_routines *api)
{
    (void)message;
    SQLITE_EXTENSION_INIT2(api);
    return sqlfunc_add(db);
}
#endif
