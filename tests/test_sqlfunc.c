/* The functions added to SQL: right answers, and no harm from wrong arguments. */
#include "store/sqlfunc.h"

#include "schema/hist.h"
#include "tests/tap.h"

#include <stdlib.h>

static sqlite3 *db;

/* The first column of the first row as text: "NULL", "error", "none" without a row. */
static const char *asked(const char *sql, const void *blob, size_t length)
{
    static char out[600];
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

    if (code == SQLITE_OK) {
        if (blob && sqlite3_bind_parameter_count(statement) > 0)
            sqlite3_bind_blob64(statement, 1, blob, length, SQLITE_STATIC);
        code = sqlite3_step(statement);
    }
    if (code == SQLITE_ROW) {
        const unsigned char *text = sqlite3_column_text(statement, 0);

        snprintf(out, sizeof out, "%s", text ? (const char *)text : "NULL");
    } else {
        snprintf(out, sizeof out, "%s", code == SQLITE_DONE ? "none" : "error");
    }
    sqlite3_finalize(statement);
    return out;
}

static void answers(const char *sql, const char *want)
{
    tap_is(asked(sql, NULL, 0), want, sql);
}

static void test_histograms(void)
{
    struct hist h;
    size_t length;
    void *blob;

    hist_open(&h);
    for (int64_t i = 1; i <= 1000; i++)
        hist_add(&h, i);
    blob = hist_encode(&h, &length);
    tap_is(asked("SELECT hdr_count(?1)", blob, length), "1000", "count");
    tap_is(asked("SELECT hdr_percentile(?1, 95)", blob, length), "950", "percentile");
    tap_is(asked("SELECT hdr_percentile(?1, 100)", blob, length), "1000", "the highest");
    tap_is(asked("SELECT hdr_percentile(?1, 101)", blob, length), "error", "no such percentile");
    tap_is(asked("SELECT hdr_percentile(?1, NULL)", blob, length), "NULL", "percentile NULL");
    tap_is(asked("SELECT hdr_mean(?1)", blob, length), "500.5", "mean of 1 to 1000");
    tap_is(asked("SELECT hdr_max(?1)", blob, length), "1000", "max");
    tap_is(asked("SELECT hdr_count(hdr_merge(h)) FROM (SELECT ?1 AS h UNION ALL SELECT ?1 "
                 "UNION ALL SELECT NULL)",
                 blob, length),
           "2000", "merged, NULL left out");
    tap_is(
        asked("SELECT value FROM hdr_percentiles(?1) WHERE percentile >= 50 LIMIT 1", blob, length),
        "500", "as a table");
    tap_is(asked("SELECT max(total) FROM hdr_percentiles(?1)", blob, length), "1000",
           "whose totals end in the count");
    tap_is(asked("SELECT count(*) FROM (SELECT ?1 AS hdr, 7 AS count) AS histogram, "
                 "hdr_percentiles(hdr)",
                 blob, length),
           "1000", "beside a column of the name hdr");

    /* A blob that is cut or changed anywhere is an error or a histogram, never more. */
    for (size_t i = 0; i < length; i++) {
        unsigned char *bad = malloc(length);

        memcpy(bad, blob, length);
        bad[i] ^= 0x55;
        asked("SELECT hdr_percentile(?1, 99)", bad, length);
        asked("SELECT count(*) FROM hdr_percentiles(?1)", bad, length);
        if (strcmp(asked("SELECT hdr_merge(?1)", bad, i), "error") != 0)
            OK(false, "cut after %zu bytes", i);
        free(bad);
    }
    OK(length > 40, "%zu bytes, each changed and each cut", length);
    free(blob);
    hist_close(&h);
}

static void test_empty(void)
{
    struct hist h;
    size_t length;
    void *blob;

    hist_open(&h);
    blob = hist_encode(&h, &length);
    tap_is(asked("SELECT hdr_count(?1)", blob, length), "0", "an empty histogram counts 0");
    tap_is(asked("SELECT hdr_percentile(?1, 50)", blob, length), "NULL", "and has no percentile");
    tap_is(asked("SELECT hdr_merge(?1)", blob, length), "NULL", "merged it is none");
    tap_is(asked("SELECT value FROM hdr_percentiles(?1)", blob, length), "none", "nor a table");
    free(blob);
    hist_close(&h);
    answers("SELECT hdr_percentile(NULL, 50)", "NULL");
    answers("SELECT hdr_mean(NULL)", "NULL");
    answers("SELECT hdr_merge(x) FROM (SELECT NULL AS x)", "NULL");
    answers("SELECT hdr_merge(1) WHERE 0", "NULL");
    answers("SELECT * FROM hdr_percentiles(NULL)", "none");
    answers("SELECT * FROM hdr_percentiles", "none");
    answers("SELECT hdr_count('text')", "error");
    answers("SELECT hdr_count(x'')", "error");
    answers("SELECT hdr_merge(x'1c849314ffffffff')", "error");
    answers("SELECT * FROM hdr_percentiles(42)", "error");
}

/* numpy: np.percentile([1,2,4,8,16,32], p). */
#define NUMBERS \
    "(SELECT column1 AS x FROM (VALUES (4), (1), (32), (2), (NULL), (16), ('text'), (8)))"

static void test_numbers(void)
{
    answers("SELECT sg_median(x) FROM " NUMBERS, "6.0");
    answers("SELECT sg_percentile(x, 25) FROM " NUMBERS, "2.5");
    answers("SELECT sg_percentile(x, 95) FROM " NUMBERS, "28.0");
    answers("SELECT sg_percentile(x, 0) FROM " NUMBERS, "1.0");
    answers("SELECT sg_percentile(x, 100) FROM " NUMBERS, "32.0");
    answers("SELECT sg_percentile(x, 101) FROM " NUMBERS, "error");
    answers("SELECT sg_percentile(x, NULL) FROM " NUMBERS, "error");
    answers("SELECT sg_percentile(x, x) FROM (SELECT 1 AS x UNION SELECT 2)", "error");
    answers("SELECT sg_median(x) FROM (SELECT NULL AS x)", "NULL");
    answers("SELECT sg_median(1) WHERE 0", "NULL");
    answers("SELECT sg_median(7)", "7.0");
    answers("SELECT sg_median(x) FROM (SELECT 9e999 AS x UNION SELECT 3)", "3.0");
    answers("SELECT sg_sparkline(p, x) FROM (SELECT 2 AS p, 8 AS x UNION ALL SELECT 1, 1 "
            "UNION ALL SELECT 3, 4.5)",
            "▁█▄");
    answers("SELECT sg_sparkline(1, 5)", "▄");
    answers("SELECT sg_sparkline(NULL, 5)", "NULL");
    answers("SELECT sg_sparkline(1, 'x')", "NULL");
    answers("SELECT sg_sparkline(p, x) FROM (SELECT 1 AS p, -1.7e308 AS x UNION ALL "
            "SELECT 2, 1.7e308)",
            "▁█");
    answers("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
            "SELECT length(sg_sparkline(i, i)) FROM n",
            "60");
}

int main(void)
{
    sqlite3_open(":memory:", &db);
    OK(sqlfunc_add(db) == SQLITE_OK, "the functions are added");
    test_histograms();
    test_empty();
    test_numbers();
    OK(sqlite3_close(db) == SQLITE_OK, "and freed");
    return tap_end();
}
