/* The SQL functions, linked in: against HdrHistogram's Java implementation, numpy, the same done
 * in C, and with arguments that are wrong, broken or too much. */
#include "schema/hist.h"
#include "schema/text.h"
#include "tests/hist_sample.h"
#include "tests/tap.h"

#include <sqlite3ext.h>
#include <stdlib.h>

int sqlite3_streamgauge_init(sqlite3 *handle, char **error, const sqlite3_api_routines *api);

enum { ANSWER_SIZE = 4096 };
static sqlite3 *db;
static char answer[ANSWER_SIZE];

static void answer_add(const char *s)
{
    size_t length = strlen(answer);

    snprintf(answer + length, sizeof answer - length, "%s", s);
}

/* Rows by spaces, columns by |; ?1 is the blob. */
static const char *ask_blob(const char *sql, const void *blob, size_t length)
{
    sqlite3_stmt *q = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &q, NULL);

    *answer = '\0';
    if (code == SQLITE_OK && blob)
        sqlite3_bind_blob64(q, 1, blob, length, SQLITE_STATIC);
    while (code == SQLITE_OK && (code = sqlite3_step(q)) == SQLITE_ROW) {
        if (*answer)
            answer_add(" ");
        for (int i = 0; i < sqlite3_column_count(q); i++) {
            const char *text = (const char *)sqlite3_column_text(q, i);

            answer_add(i ? "|" : "");
            answer_add(text ? text : "NULL");
        }
        code = SQLITE_OK;
    }
    if (code != SQLITE_DONE)
        snprintf(answer, sizeof answer, "error: %s", sqlite3_errmsg(db));
    sqlite3_finalize(q);
    return answer;
}

static const char *ask(const char *sql)
{
    return ask_blob(sql, NULL, 0);
}

static void asked(const char *sql, const char *want)
{
    tap_is(ask(sql), want, sql);
}

/* An error, and one that says so. */
static void refused(const char *sql, const char *why)
{
    const char *got = ask(sql);

    if (!OK(strncmp(got, "error: ", 7) == 0 && strstr(got, why), "refused: %s", sql))
        printf("# got: %s\n", got);
}

static void test_samples(void)
{
    for (size_t s = 0; s < sizeof hist_samples / sizeof *hist_samples; s++) {
        const struct hist_sample *sample = &hist_samples[s];
        double tolerance = strcmp(sample->name, "a finer one") == 0 ? 0.001 : 0;
        unsigned char blob[512];
        size_t length = base64_decode(sample->blob, blob);
        bool same = true;

        for (int i = 0; i < HIST_SAMPLE_QUANTILES && sample->count > 0; i++) {
            char *sql = mem_printf("SELECT hdr_percentile(?1, %g)", hist_sample_quantile[i]);
            double got = strtod(ask_blob(sql, blob, length), NULL);

            same = same && fabs(got - (double)sample->at[i]) <= tolerance * (double)sample->at[i];
            free(sql);
        }
        OK(same, "%s: percentiles as Java tells them", sample->name);
        OK(strtoll(ask_blob("SELECT hdr_count(?1)", blob, length), NULL, 10) == sample->count,
           "... count");
        if (sample->count == 0) {
            tap_is(ask_blob("SELECT hdr_percentile(?1, 50), hdr_mean(?1), hdr_max(?1),"
                            " (SELECT count(*) FROM hdr_percentiles(?1)), hdr_merge(?1)",
                            blob, length),
                   "NULL|NULL|NULL|0|NULL", "... nothing to tell");
            continue;
        }
        tap_near(strtod(ask_blob("SELECT hdr_mean(?1)", blob, length), NULL), sample->mean, 1e-12,
                 "... mean");
        OK(strtoll(ask_blob("SELECT hdr_max(?1)", blob, length), NULL, 10) == sample->max,
           "... max");
    }
}

/* for (HistogramIterationValue v : h.percentiles(5)): getPercentileLevelIteratedTo(),
 * getValueIteratedTo(), getTotalCountToThisValue() of the same samples. */
static void test_listing(void)
{
    static const char *const want[] = {
        "0.0|1|1 10.0|38305791|30 20.0|612892671|57 30.0|3601330077695|279 "
        "100.0|3601330077695|279",
        NULL,
        "0.0|511|1 10.0|255999|9 20.0|4095999|18 30.0|14614527|24 40.0|65535999|33 "
        "50.0|160432127|42 55.0|233832447|45 60.0|281018367|48 65.0|457179135|54 "
        "70.0|616562687|57 75.0|708837375|60 77.5|922746879|63 80.0|1048575999|66 "
        "82.5|1048575999|66 85.0|1333788671|69 87.5|1501560831|72 88.75|1501560831|72 "
        "90.0|1501560831|72 91.25|1677721599|73 92.5|1870659583|75 93.75|1870659583|75 "
        "94.375|1870659583|75 95.0|2080374783|78 95.625|2080374783|78 96.25|2080374783|78 "
        "96.875|2080374783|78 97.1875|2080374783|78 97.5|2080374783|78 97.8125|2080374783|78 "
        "98.125|2080374783|78 98.4375|2080374783|78 98.59375|2080374783|78 98.75|2315255807|79 "
        "100.0|2315255807|79",
    };
    unsigned char blob[512];

    for (size_t s = 0; s < sizeof want / sizeof *want; s++) {
        size_t length = base64_decode(hist_samples[s].blob, blob);

        if (want[s])
            tap_is(
                ask_blob("SELECT percentile, value, total FROM hdr_percentiles(?1)", blob, length),
                want[s], "hdr_percentiles as Java lists them");
    }
}

static void put_blob(const char *sql, const struct hist *h)
{
    size_t length;
    void *blob = hist_encode(h, &length);

    ask_blob(sql, blob, length);
    free(blob);
}

/* Counts so unequal that a share of them rounds to 1: the listing comes to its end all the same. */
static void test_listing_end(void)
{
    struct hist h;

    hist_open(&h);
    hist_add_n(&h, 1000, INT64_C(1) << 61);
    hist_add(&h, 2000);
    ask("CREATE TABLE long (hdr)");
    put_blob("INSERT INTO long VALUES (?1)", &h);
    asked("SELECT count(*) BETWEEN 3 AND 400, max(percentile), max(value), max(total) ="
          " (SELECT hdr_count(hdr) FROM long) FROM long, hdr_percentiles(long.hdr)",
          "1|100.0|2000|1");
    hist_close(&h);
}

/* Eight histograms merged by SQL are, byte for byte, those merged in C. */
static void test_merge(void)
{
    struct hist one, all;
    size_t length, got;
    void *blob;
    sqlite3_stmt *q = NULL;
    bool same;

    hist_open(&one);
    hist_open(&all);
    ask("CREATE TABLE part (hdr)");
    ask("INSERT INTO part VALUES (NULL)");
    for (int64_t i = 0; i < 8; i++) {
        hist_reset(&one);
        for (int64_t v = 1; v < 3000; v++)
            hist_add(&one, v * v * (i + 1) * 37);
        put_blob("INSERT INTO part VALUES (?1)", &one);
        hist_merge(&all, &one);
    }
    blob = hist_encode(&all, &length);
    sqlite3_prepare_v2(db, "SELECT hdr_merge(hdr) FROM part", -1, &q, NULL);
    same = sqlite3_step(q) == SQLITE_ROW;
    got = same ? (size_t)sqlite3_column_bytes(q, 0) : 0;
    OK(same && got == length && memcmp(sqlite3_column_blob(q, 0), blob, length) == 0,
       "hdr_merge is the merge in C, byte for byte");
    sqlite3_finalize(q);
    free(blob);
    OK(strtoll(ask("SELECT hdr_percentile(hdr_merge(hdr), 99) FROM part"), NULL, 10) ==
           hist_percentile(&all, 99),
       "and so is its p99");
    asked("SELECT hdr_merge(hdr) FROM part WHERE hdr IS NULL", "NULL");
    asked("SELECT hdr_merge(hdr) FROM part WHERE 0", "NULL");
    asked("SELECT hdr, percentile FROM part AS histogram, hdr_percentiles(hdr) WHERE 0", "");
    asked("SELECT count(*) FROM (SELECT hdr_merge(hdr) FROM part GROUP BY rowid)", "9");
    asked("SELECT count(*) FROM part p, hdr_percentiles(p.hdr) WHERE percentile = 50", "8");
    asked("SELECT count(*) FROM hdr_percentiles(p.hdr) JOIN part p WHERE percentile = 50", "8");
    refused("SELECT hdr_merge(hdr) FROM (SELECT hdr FROM part UNION ALL SELECT x'1c')", "short");
    hist_close(&one);
    hist_close(&all);
}

static const char *const hist_calls[] = {
    "SELECT hdr_percentile(?1, 50)", "SELECT hdr_count(?1)",
    "SELECT hdr_mean(?1)",           "SELECT hdr_max(?1)",
    "SELECT hdr_merge(?1)",          "SELECT count(*) FROM hdr_percentiles(?1)",
};
enum { HIST_CALLS = sizeof hist_calls / sizeof *hist_calls };

/* Each way to cut a blob is refused; each changed bit gives an answer or an error. */
static void test_broken(void)
{
    unsigned char good[512], blob[512];
    size_t length = base64_decode(hist_samples[1].blob, good);
    bool cut = true, named = true;

    for (int i = 0; i < HIST_CALLS; i++) {
        for (size_t n = 0; n < length; n += 3)
            cut = cut && strncmp(ask_blob(hist_calls[i], good, n), "error: hdr_", 11) == 0;
        for (size_t bit = 0; bit < 8 * length; bit += 5) {
            memcpy(blob, good, length);
            blob[bit / 8] ^= (unsigned char)(1 << bit % 8);
            ask_blob(hist_calls[i], blob, length);
            named = named &&
                    (strncmp(answer, "error: ", 7) != 0 || strncmp(answer, "error: hdr_", 11) == 0);
        }
    }
    OK(cut, "a blob that is cut is an error that names the function");
    OK(named, "a damaged one gives a result or such an error");
    asked("SELECT hdr_percentile(NULL, 50), hdr_count(NULL), hdr_mean(NULL), hdr_max(NULL),"
          " hdr_merge(NULL), (SELECT count(*) FROM hdr_percentiles(NULL))",
          "NULL|NULL|NULL|NULL|NULL|0");
    refused("SELECT hdr_count(x'')", "hdr_count: not a readable HdrHistogram: it is too short");
    refused("SELECT hdr_mean('HISTF')", "hdr_mean: expected the blob of a histogram, found text");
    refused("SELECT hdr_max(7)", "found an integer");
    refused("SELECT hdr_merge(7.5)", "found a real number");
    refused("SELECT hdr_count(zeroblob(100000000))", "does not begin");
    refused("SELECT hdr_count(zeroblob(10000000000))", "too big");
    refused("SELECT * FROM hdr_percentiles('x')", "hdr_percentiles: expected the blob");
    refused("SELECT * FROM hdr_percentiles", "hdr_percentiles(hdr)");
    refused("SELECT * FROM hdr_percentiles(NULL, 1)", "too many arguments");
    refused("DELETE FROM hdr_percentiles", "may not be modified");
}

static void test_arguments(void)
{
    static const char *const wrong[] = {
        "hdr_percentile(NULL)", "hdr_merge(1, 2)", "hdr_count()",
        "hdr_mean(1, 2)",       "hdr_max()",       "sg_median()",
        "sg_percentile(1)",     "sg_sparkline(1)", "sg_changes(1)",
        "sg_changes(1, 2, 3)",  "sg_compare(1)",   "sg_compare(1, 2, 'lower', 4)"};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char *sql = mem_printf("SELECT %s", wrong[i]);

        refused(sql, "wrong number of arguments");
        free(sql);
    }
    refused("SELECT hdr_percentile(hdr, -0.1) FROM part", "from 0 to 100, found -0.1");
    refused("SELECT hdr_percentile(hdr, 100.5) FROM part", "from 0 to 100");
    refused("SELECT hdr_percentile(hdr, 9e999) FROM part", "from 0 to 100");
    refused("SELECT hdr_percentile(hdr, 'p99') FROM part", "expected a number, found text");
    refused("SELECT hdr_percentile(hdr, x'00') FROM part", "expected a number, found a blob");
    asked("SELECT DISTINCT hdr_percentile(hdr, NULL) FROM part", "NULL");
    asked("SELECT count(*) FROM part WHERE hdr_percentile(hdr, '99') = hdr_percentile(hdr, 99)",
          "8");
}

/* numpy.percentile(x, p) */
static void test_percentile(void)
{
    static const struct {
        double p, want;
    } known[] = {{0, 1}, {10, 1}, {25, 2.125}, {50, 3.5}, {90, 6.9}, {99, 8.79}, {100, 9}};

    ask("CREATE TABLE num (id INTEGER PRIMARY KEY, x)");
    ask("INSERT INTO num (x) VALUES (3), (1), (NULL), (4), (1), (5), (9), (2.5), (6)");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char *sql = mem_printf("SELECT sg_percentile(x, %g) FROM num", known[i].p);

        tap_near(strtod(ask(sql), NULL), known[i].want, 1e-15, sql);
        free(sql);
    }
    asked("SELECT sg_median(x) FROM num", "3.5");
    asked("SELECT sg_median(x) FROM num WHERE id < 5", "3.0");
    asked("SELECT sg_median(x) FROM num WHERE id = 1", "3.0");
    asked("SELECT sg_median(x) FROM num WHERE x IS NULL", "NULL");
    asked("SELECT sg_median(x), sg_percentile(x, 5), sg_sparkline(id, x), sg_compare(1, x)"
          " FROM num WHERE 0",
          "NULL|NULL|NULL|NULL");
    asked("SELECT sg_median(column1) FROM (VALUES ('7'), (' 8.5 '), (9))", "8.5");
    asked("SELECT sg_median(column1) FROM (VALUES (9e999), (9e999), (1))", "Inf");
    asked("SELECT sg_median(column1) FROM (VALUES (9e999), (-9e999))", "NULL");
    asked("SELECT sg_percentile(x, NULL) FROM num", "NULL");
    refused("SELECT sg_median(column1) FROM (VALUES (1), ('fast'))",
            "sg_median: expected a number, found text");
    refused("SELECT sg_median(x'31')", "found a blob");
    refused("SELECT sg_percentile(x, id) FROM num", "one percentile for all rows, found 1 and 2");
    refused("SELECT sg_percentile(x, 101) FROM num", "sg_percentile: expected a percentile");
    asked("SELECT sg_median(DISTINCT x), sg_median(x) FILTER (WHERE id > 6) FROM num", "4.0|6.0");
}

/* A moving frame, NULL in it, is what the frame by itself is. */
static void test_window(void)
{
    asked("SELECT sg_median(x) OVER (ORDER BY id ROWS 2 PRECEDING) FROM num",
          "3.0 2.0 2.0 2.5 2.5 4.0 5.0 5.0 6.0");
    asked("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500),"
          " v AS (SELECT i, CASE WHEN i % 7 THEN i * 7919 % 1000 END AS x FROM n),"
          " w AS (SELECT i, sg_percentile(x, 90) OVER f AS p, sg_sparkline(i, x) OVER f AS s FROM v"
          " WINDOW f AS (ORDER BY i ROWS BETWEEN 90 PRECEDING AND 3 FOLLOWING))"
          " SELECT count(*), sum(p IS (SELECT sg_percentile(x, 90) FROM v WHERE"
          " v.i BETWEEN w.i - 90 AND w.i + 3)),"
          " sum(s IS (SELECT sg_sparkline(i, x) FROM v WHERE v.i BETWEEN w.i - 90 AND w.i + 3))"
          " FROM w",
          "500|500|500");
    asked("SELECT sg_median(x) OVER (PARTITION BY id % 2 ORDER BY id) FROM num ORDER BY id",
          "3.0 1.0 3.0 2.5 2.0 4.0 3.0 3.25 4.5");
}

static void test_sparkline(void)
{
    asked("SELECT sg_sparkline(column1, column2) FROM (VALUES (1, 0), (2, 1), (3, 2), (4, 3),"
          " (5, 4), (6, 5), (7, 6), (8, 7))",
          "▁▂▃▄▅▆▇█");
    asked("SELECT sg_sparkline(-column1, column2) FROM (VALUES (1, 10), (3, 30), (2, NULL))",
          "█ ▁");
    asked("SELECT sg_sparkline(column1, column2) FROM (VALUES ('2026-11-23T16:05:00.123Z', 1),"
          " ('2026-01-23T16:05:00.123Z', 3))",
          "█▁");
    asked("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
          " SELECT length(sg_sparkline(i, i)), sg_sparkline(i / 126, CASE i / 126 WHEN 3 THEN NULL"
          " ELSE i / 126 END) GLOB '▁*▃* *▅*█' FROM n",
          "60|1");
    asked("SELECT sg_sparkline(column1, 5) FROM (VALUES (1), (2), (NULL))", "▄▄");
    asked("SELECT sg_sparkline(1, NULL)", " ");
    asked("SELECT sg_sparkline(NULL, 1)", "NULL");
    asked("SELECT sg_sparkline(column1, column2) FROM (VALUES (1, -1.7e308), (2, 1.7e308),"
          " (3, 9e999), (4, -9e999), (5, 0))",
          "▁██▁▅");
    refused("SELECT sg_sparkline('main', 1)", "sg_sparkline: expected a position");
    refused("SELECT sg_sparkline(x'00', 1)", "expected a number, found a blob");
    refused("SELECT sg_sparkline(1, 'x')", "expected a number, found text");
}

static void test_compare(void)
{
    ask("CREATE TABLE side (side, x)");
    ask("INSERT INTO side VALUES ('before', 100), ('before', 101), ('before', 99),"
        " ('before', 100.5), ('before', 99.5), ('after', 120), ('after', 121), ('after', 119),"
        " ('after', 120.5), ('after', 119.5)");
    asked("SELECT c ->> 'verdict', round(c ->> 'change', 3), round(c ->> 'before'),"
          " round(c ->> 'after'), json_array_length(c -> 'interval'), c ->> 'p' < 1e-4,"
          " json_type(c -> 'detectable'), c ->> 'more_runs'"
          " FROM (SELECT sg_compare(side, x) AS c FROM side)",
          "worse|0.2|100.0|120.0|2|1|real|0");
    asked("SELECT sg_compare(side, x, 'higher') ->> 'verdict' FROM side", "better");
    asked("SELECT sg_compare(side, x) = sg_compare(side = 'after', x) AND"
          " sg_compare(side, x) = (SELECT sg_compare(side, x, 'lower') FROM"
          " (SELECT * FROM side ORDER BY x DESC)) FROM side",
          "1");
    asked("SELECT c ->> 'verdict', c -> 'before', c -> 'change', c -> 'interval', c -> 'more_runs'"
          " FROM (SELECT sg_compare(side, x) AS c FROM side WHERE side = 'after')",
          "inconclusive|null|null|[null,null]|null");
    asked("SELECT sg_compare(NULL, 1), sg_compare(1, NULL)", "NULL|NULL");
    refused("SELECT sg_compare('left', 1)", "'before' or 'after'");
    refused("SELECT sg_compare(2, 1)", "'before' or 'after'");
    refused("SELECT sg_compare(1, 0)", "0 is not above 0");
    refused("SELECT sg_compare(1, 1, 'more')", "'lower' or 'higher'");
    refused("SELECT sg_compare(1, 1, NULL)", "'lower' or 'higher'");
}

static void test_changes(void)
{
    ask("CREATE TABLE course AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 39) SELECT i, 100 + i % 3 + CASE WHEN i >= 25 THEN 20 ELSE 0 END AS x FROM n");
    asked("SELECT json_array_length(c), c ->> '$[0].index', c ->> '$[0].position',"
          " round(c ->> '$[0].before'), round(c ->> '$[0].after'), c ->> '$[0].p' < 1e-9"
          " FROM (SELECT sg_changes(i + 7, x) AS c FROM course)",
          "1|25|32|101.0|121.0|1");
    asked("SELECT sg_changes(i, x) = (SELECT sg_changes(i, x) FROM"
          " (SELECT * FROM course ORDER BY x)) FROM course",
          "1");
    asked("SELECT sg_changes(strftime('%Y-%m-%dT%H:%M:%SZ', '2026-01-01', '+' || i || ' days'), x)"
          " ->> '$[0].index' FROM course",
          "25");
    asked("SELECT sg_changes(i, CASE WHEN i <> 3 THEN x END) ->> '$[0].index' FROM course", "25");
    asked("SELECT sg_changes(i, 5) FROM course", "[]");
    asked("SELECT sg_changes(NULL, 1), sg_changes(1, NULL)", "NULL|[]");
    asked("SELECT max(json_array_length(c)) FROM (SELECT sg_changes(i, x) OVER (ORDER BY i ROWS 19"
          " PRECEDING) AS c FROM course)",
          "1");
    refused("SELECT sg_changes('main', 1)", "sg_changes: expected a position");
    refused("SELECT sg_changes(1, 'x')", "expected a number, found text");
}

/* What the flags promise: usable in an index, and from a schema that is not trusted. */
static void test_flags(void)
{
    asked("PRAGMA trusted_schema = OFF", "");
    asked("CREATE INDEX part_p99 ON part (hdr_percentile(hdr, 99))", "");
    OK(strstr(ask("EXPLAIN QUERY PLAN SELECT 1 FROM part WHERE hdr_percentile(hdr, 99) > 7"),
              "part_p99"),
       "an index over hdr_percentile() is used");
    asked("CREATE VIEW mid AS SELECT sg_median(percentile) AS m FROM part,"
          " hdr_percentiles(part.hdr)",
          "");
    OK(strtod(ask("SELECT m FROM mid"), NULL) > 50, "a view over the others is");
}

static void test_memory(void)
{
    static const char *const calls[] = {"sg_median(i)", "sg_sparkline(i, i)", "sg_compare(1, i)"};

    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        char *sql = mem_printf("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                               " WHERE i < 300000) SELECT %s FROM n",
                               calls[i]);

        sqlite3_hard_heap_limit64(sqlite3_memory_used() + (1 << 20));
        refused(sql, "out of memory");
        sqlite3_hard_heap_limit64(0);
        free(sql);
    }
}

int main(void)
{
    sqlite3_open(":memory:", &db);
    OK(sqlite3_streamgauge_init(db, NULL, NULL) == SQLITE_OK, "the functions are known");
    test_samples();
    test_listing();
    test_listing_end();
    test_merge();
    test_broken();
    test_arguments();
    test_percentile();
    test_window();
    test_sparkline();
    test_compare();
    test_changes();
    test_flags();
    test_memory();
    OK(sqlite3_close(db) == SQLITE_OK, "nothing is left open");
    return tap_end();
}
