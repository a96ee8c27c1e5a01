/* units: what may be written for a number, and how numbers are shown. */
#include "schema/units.h"

#include "schema/text.h"
#include "tests/tap.h"

#include <float.h>
#include <stdlib.h>

static void durations(void)
{
    static const struct {
        const char *text;
        int64_t ns;
    } good[] = {
        {"0", 0},
        {"0s", 0},
        {"1", NS_PER_S},
        {"0.5", NS_PER_S / 2},
        {"1e3", 1000 * NS_PER_S},
        {"1ns", 1},
        {"250us", 250 * NS_PER_US},
        {"250\u00b5s", 250 * NS_PER_US},
        {"500ms", 500 * NS_PER_MS},
        {"0.1s", 100 * NS_PER_MS},
        {"1.5s", 1500 * NS_PER_MS},
        {"1.5 s", 1500 * NS_PER_MS},
        {"5m", 300 * NS_PER_S},
        {"5min", 300 * NS_PER_S},
        {"2h", 7200 * NS_PER_S},
        {"366d", INT64_C(31622400) * NS_PER_S},
        {"0.123456789s", 123456789},
        {"31622399.999999999s", INT64_C(31622399999999999)},
    };
    static const char *const bad[] = {
        "",       "s",
        "-1s",    "+1s",
        " 1s",    "1s ",
        "1  s",   "1.s",
        ".5s",    "1,5s",
        "0x10",   "inf",
        "nan",    "NaN",
        "1e",     "1e+",
        "1e400",  "367d",
        "1S",     "1MS",
        "1 ",     "1sec",
        "1s1s",   "1s\n",
        "\t1s",   "1\xff",
        "1_000",  "1e99",
        "--1",    "0x1p3",
        "1.5.5s", "5m3s",
        "1 000",  "99999999999999999999d",
    };
    struct err e = {0};
    int64_t ns = -7;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        OK(units_duration(good[i].text, &ns, &e) && ns == good[i].ns, "duration %s", good[i].text);
    ns = -7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        e = (struct err){0};
        OK(!units_duration(bad[i], &ns, &e) && e.kind == ERR_USAGE && e.text[0] && ns == -7,
           "no duration: number %zu", i);
    }
    tap_is(e.text, "\"99999999999999999999d\" is not a duration of at most 366 days",
           "the sentence names the text and what was expected");
}

static void durations_format(void)
{
    static const struct {
        int64_t ns;
        const char *text;
    } good[] = {
        {0, "0s"},
        {1, "1ns"},
        {1500, "1.5us"},
        {123456789, "123.456789ms"},
        {100 * NS_PER_MS, "100ms"},
        {500 * NS_PER_MS, "500ms"},
        {1500 * NS_PER_MS, "1.5s"},
        {NS_PER_S + 1, "1.000000001s"},
        {30 * NS_PER_S, "30s"},
        {90 * NS_PER_S, "90s"},
        {300 * NS_PER_S, "5m"},
        {5400 * NS_PER_S, "90m"},
        {36 * 3600 * NS_PER_S, "36h"},
        {86400 * NS_PER_S, "1d"},
        {-1500 * NS_PER_MS, "-1.5s"},
        {INT64_MIN, "-9223372036.854775808s"},
    };
    char out[UNITS_TEXT_SIZE];
    struct err e = {0};
    int64_t back, wrong = 0;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        tap_is(units_format_duration(out, good[i].ns), good[i].text, good[i].text);
    srand(1);
    for (int i = 0; i < 20000; i++) {
        int64_t ns = ((int64_t)rand() << 24 ^ rand()) >> rand() % 40;

        if (i % 2)
            ns -= ns % (i % 4 == 1 ? NS_PER_S : NS_PER_MS);
        ns %= 366 * 86400 * NS_PER_S;
        wrong += !units_duration(units_format_duration(out, ns), &back, &e) || back != ns;
    }
    OK(wrong == 0, "20000 durations are read back as they were");
}

static void sizes_and_shares(void)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } good[] = {{"0", 0},          {"128", 128},         {"512B", 512},      {"64KiB", 65536},
                {"1MiB", 1048576}, {"2GiB", 2147483648}, {"10kB", 10000},    {"1MB", 1000000},
                {"1.5KiB", 1536},  {"0.1kB", 100},       {"1 MiB", 1048576}, {"1e3", 1000}};
    static const char *const bad[] = {"",    "-1",     "1K",  "1k",   "1mb",  "1.5",    "0.3B",
                                      "1Mb", "1 MiBs", "inf", "1EiB", "9e99", "1.1KiB", "0x10"};
    char text[UNITS_TEXT_SIZE];
    struct err e = {0};
    int64_t bytes, bits = 0;
    double share = 9;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        OK(units_size(good[i].text, &bytes, &e) && bytes == good[i].bytes, "size %s", good[i].text);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        OK(!units_size(bad[i], &bytes, &e), "no size: \"%s\"", bad[i]);
    OK(units_bandwidth("10mbit", &bits, &e) && bits == 10000000, "10mbit");
    OK(units_bandwidth("1.5 Mbit/s", &bits, &e) && bits == 1500000, "1.5 Mbit/s");
    OK(units_bandwidth("56000", &bits, &e) && bits == 56000, "56000 is bits per second");
    OK(!units_bandwidth("10mbps", &bits, &e) && !units_bandwidth("-1kbit", &bits, &e) &&
           !units_bandwidth("10MB", &bits, &e) && !units_bandwidth("1e30gbit", &bits, &e),
       "no bandwidth: bytes, bps (megabytes for some), negative, endless");
    tap_is(units_format_bandwidth(text, 10000000), "10mbit", "10mbit, back");
    tap_is(units_format_bandwidth(text, 1500000), "1500kbit", "1500kbit");
    tap_is(units_format_bandwidth(text, 1000050001), "1000050001bit", "every digit");
    tap_is(units_format_bandwidth(text, 999), "999bit", "999bit");
    OK(units_share("1%", &share, &e) && share == 0.01, "1%% is 0.01");
    OK(units_share("0.01", &share, &e) && share == 0.01, "0.01 is 0.01");
    OK(units_share("100%", &share, &e) && share == 1, "100%% is 1");
    OK(units_share("0", &share, &e) && share == 0, "0 is 0");
    OK(!units_share("101%", &share, &e) && !units_share("1.01", &share, &e) &&
           !units_share("-1%", &share, &e) && !units_share("%", &share, &e) &&
           !units_share("", &share, &e),
       "no shares: beyond 1, below 0, nothing");
    tap_is(e.text, "\"\" is not a share, such as 1% or 0.01, from 0 to 1", "the sentence");
}

static void numbers(void)
{
    struct err e = {0};
    int64_t n = 5;
    double x = 5;

    OK(units_integer("42", 1, &n, &e) && n == 42, "42");
    OK(units_integer("-3", -3, &n, &e) && n == -3, "-3 where it may be");
    OK(units_integer("9223372036854775807", 0, &n, &e) && n == INT64_MAX, "the largest integer");
    OK(!units_integer("9223372036854775808", 0, &n, &e), "one more");
    OK(!units_integer("0", 1, &n, &e), "0 where 1 is the least");
    tap_is(e.text, "\"0\" is not a whole number from 1 on", "the sentence");
    OK(!units_integer("", 0, &n, &e) && !units_integer(" 1", 0, &n, &e) &&
           !units_integer("1 ", 0, &n, &e) && !units_integer("+1", 0, &n, &e) &&
           !units_integer("1.0", 0, &n, &e) && !units_integer("0x1", 0, &n, &e) &&
           !units_integer("-", -9, &n, &e) && !units_integer("--1", -9, &n, &e),
       "no integers");
    OK(units_number("-1.5e3", &x, &e) && x == -1500, "-1.5e3");
    OK(units_number("0.1", &x, &e) && x == 0.1, "0.1 is the nearest double");
    OK(!units_number("", &x, &e) && !units_number("1.", &x, &e) && !units_number("inf", &x, &e) &&
           !units_number("nan", &x, &e) && !units_number("0x1p3", &x, &e) &&
           !units_number("1e999", &x, &e) && !units_number("1 ", &x, &e),
       "no numbers");
}

static void metric_values(void)
{
    static const struct {
        const char *text, *unit;
        double value;
    } good[] = {
        {"100ms", "ms", 100},      {"0.1s", "ms", 100},
        {"50", "ms", 50},          {"250us", "ms", 0.25},
        {"1m", "ms", 60000},       {"5MiB", "MiB", 5},
        {"512KiB", "MiB", 0.5},    {"1GiB", "MiB", 1024},
        {"1048576B", "MiB", 1},    {"80%", "%", 80},
        {"80", "%", 80},           {"80%", "ratio", 0.8},
        {"0.8", "ratio", 0.8},     {"100msg/s", "msg/s", 100},
        {"100/s", "1/s", 100},     {"1kB/s", "B/s", 1000},
        {"1MiB/h", "MiB/h", 1},    {"24MiB/d", "MiB/h", 1},
        {"1GiB/h", "MiB/h", 1024}, {"12", "", 12},
    };
    static const struct {
        const char *text, *unit;
    } bad[] = {{"5MiB", "ms"}, {"5ms", "MiB"}, {"5ms", ""},       {"5%", "ms"},      {"-5", "ms"},
               {"", "ms"},     {"ms", "ms"},   {"1MiB", "MiB/h"}, {"5 %%", "ratio"}, {"x", "1/s"}};
    struct err e = {0};
    double value = 0;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        OK(units_metric(good[i].text, good[i].unit, &value, &e) &&
               fabs(value - good[i].value) <= 1e-15 * good[i].value,
           "%s as %s", good[i].text, good[i].unit);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        OK(!units_metric(bad[i].text, bad[i].unit, &value, &e), "\"%s\" is nothing in \"%s\"",
           bad[i].text, bad[i].unit);
}

static void metric_format(void)
{
    static const struct {
        double value;
        const char *unit, *text;
    } good[] = {
        {29.31, "ms", "29.3 ms"},
        {1981.4, "msg/s", "1,981 msg/s"},
        {0.0095, "ratio", "0.95 %"},
        {1, "ratio", "100 %"},
        {0, "ms", "0 ms"},
        {-0.0421, "ms", "-0.0421 ms"},
        {99.95, "ms", "100 ms"},
        {99.94, "ms", "99.9 ms"},
        {9.996, "ms", "10 ms"},
        {9.994, "ms", "9.99 ms"},
        {999.5, "ms", "1,000 ms"},
        {5, "MiB", "5 MiB"},
        {100, "", "100"},
        {12345678, "", "12,345,678"},
        {-12345678, "", "-12,345,678"},
        {-123, "", "-123"},
        {1e-9, "ms", "1e-09 ms"},
        {0.00000123, "ms", "0.00000123 ms"},
        {999999999999999, "B/s", "999,999,999,999,999 B/s"},
        {-DBL_MAX, "MiB/h", "-1.8e+308 MiB/h"},
        {NAN, "ms", "-"},
        {INFINITY, "ratio", "-"},
    };
    char out[UNITS_TEXT_SIZE];

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        tap_is(units_format_metric(out, good[i].value, good[i].unit), good[i].text, good[i].text);
}

static void times(void)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] =
        {
            /* date -u -d ... +%s */
            {"1970-01-01T00:00:00.000Z", 0},
            {"2026-11-23T16:05:00.123Z", INT64_C(1795449900123)},
            {"2024-02-29T23:59:59.999Z", INT64_C(1709251199999)},
            {"1969-12-31T23:59:59.999Z", -1},
            {"9999-12-31T23:59:59.999Z", INT64_C(253402300799999)},
        },
      other[] = {
          {"2026-11-23", INT64_C(1795392000000)},
          {"2026-11-23T16:05:00Z", INT64_C(1795449900000)},
          {"2026-11-23 16:05", INT64_C(1795449900000)},
          {"2026-11-23T17:05:00+01:00", INT64_C(1795449900000)},
          {"2026-11-23T17:05:00+0100", INT64_C(1795449900000)},
          {"2026-11-23T10:35:00-05:30", INT64_C(1795449900000)},
          {"2026-11-23T16:05:00.123456789Z", INT64_C(1795449900123)},
          {"2026-11-23T16:05:00.1Z", INT64_C(1795449900100)},
      };
    static const char *const bad[] = {
        "",
        "2026",
        "2026-11",
        "2026-13-01",
        "2026-00-01",
        "2026-02-29",
        "2026-02-30",
        "2026-11-31",
        "2026-11-23T",
        "2026-11-23T24:00",
        "2026-11-23T16:60",
        "2026-11-23T16:05:60",
        "2026-11-23T16:05:00.Z",
        "2026-11-23T16:05:00Zx",
        "2026-11-23x",
        " 2026-11-23",
        "2026-11-23T16:05:00+1",
        "2026-11-23T16:05:00+24:00",
        "-026-11-23",
        "now",
    };
    char out[UNITS_TEXT_SIZE];
    struct err e = {0};
    int64_t ms;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        tap_is(units_format_time(out, good[i].ms), good[i].text, good[i].text);
        OK(units_time(good[i].text, &ms, &e) && ms == good[i].ms, "and back");
    }
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        OK(units_time(other[i].text, &ms, &e) && ms == other[i].ms, "%s", other[i].text);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        OK(!units_time(bad[i], &ms, &e), "no time: \"%s\"", bad[i]);
    tap_is(units_format_time(out, INT64_MAX), "-", "a time beyond the calendar");
    tap_is(units_format_time(out, INT64_MIN), "-", "and before it");
}

static void exact(void)
{
    char out[UNITS_TEXT_SIZE];
    int wrong = 0;

    tap_is(units_format_exact(out, 0.1), "0.1", "0.1");
    tap_is(units_format_exact(out, 100), "100", "100");
    tap_is(units_format_exact(out, 1.0 / 3), "0.3333333333333333", "a third, 16 digits");
    tap_is(units_format_exact(out, 0.1 + 0.2), "0.30000000000000004", "0.1 + 0.2, 17 digits");
    tap_is(units_format_exact(out, 5e-324), "4.94065645841247e-324", "the smallest double");
    tap_is(units_format_exact(out, NAN), "null", "NaN");
    tap_is(units_format_exact(out, -INFINITY), "null", "minus infinity");
    srand(2);
    for (int i = 0; i < 20000; i++) {
        double x = ldexp(rand() / 7.0, rand() % 1900 - 1000);

        wrong += strtod(units_format_exact(out, x), NULL) != x;
    }
    OK(wrong == 0, "20000 doubles are read back as they were");
}

int main(void)
{
    durations();
    durations_format();
    sizes_and_shares();
    numbers();
    metric_values();
    metric_format();
    times();
    exact();
    return tap_end();
}
