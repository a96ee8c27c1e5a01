#include "schema/units.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DURATION_MAX (366 * INT64_C(86400) * NS_PER_S)
#define SIZE_MAX_BYTES (INT64_C(1) << 60)
#define BANDWIDTH_MAX 1e15L

struct unit {
    const char *name; /* the last of a table is NULL */
    long double factor;
};

static const struct unit duration_units[] = {
    {"", 1e9L},   {"ns", 1},      {"us", 1e3L},   {"\u00b5s", 1e3L}, {"ms", 1e6L}, {"s", 1e9L},
    {"m", 60e9L}, {"min", 60e9L}, {"h", 3600e9L}, {"d", 86400e9L},   {NULL, 0},
};

static const struct unit size_units[] = {
    {"", 1},          {"B", 1},         {"kB", 1e3L},  {"MB", 1e6L},
    {"GB", 1e9L},     {"TB", 1e12L},    {"KiB", 1024}, {"MiB", 1024 * 1024L},
    {"GiB", 0x1p30L}, {"TiB", 0x1p40L}, {NULL, 0},
};

static const struct unit bandwidth_units[] = {
    {"", 1},          {"bit", 1},       {"kbit", 1e3L},   {"mbit", 1e6L},   {"Mbit", 1e6L},
    {"gbit", 1e9L},   {"Gbit", 1e9L},   {"bit/s", 1},     {"kbit/s", 1e3L}, {"mbit/s", 1e6L},
    {"Mbit/s", 1e6L}, {"gbit/s", 1e9L}, {"Gbit/s", 1e9L}, {NULL, 0},
};

static const struct unit share_units[] = {{"", 1}, {"%", 0.01L}, {NULL, 0}};

/* "-" digits ["." digits] ["e" [sign] digits]; returns its end, or NULL where text does not begin
 * with such a number. */
static const char *number_end(const char *text)
{
    const char *p = text + (*text == '-'), *exponent;

    if (!isdigit((unsigned char)*p))
        return NULL;
    while (isdigit((unsigned char)*p))
        p++;
    if (*p == '.') {
        if (!isdigit((unsigned char)p[1]))
            return NULL;
        for (p++; isdigit((unsigned char)*p); p++)
            ;
    }
    if (*p == 'e' || *p == 'E') {
        exponent = p + 1 + (p[1] == '-' || p[1] == '+');
        if (!isdigit((unsigned char)*exponent))
            return NULL;
        for (p = exponent; isdigit((unsigned char)*p); p++)
            ;
    }
    return p;
}

/* glibc's "C" locale is a constant: asking for it and giving it back allocate nothing. */
static locale_t locale_c(void)
{
    return newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* A number that is not negative and one of `units`, a single blank allowed between them. */
static bool quantity_parse(const char *text, const struct unit *units, long double *value)
{
    const char *unit = number_end(text);
    locale_t c;

    if (!unit || *text == '-')
        return false;
    if (unit[0] == ' ' && unit[1])
        unit++;
    while (units->name && strcmp(units->name, unit) != 0)
        units++;
    if (!units->name)
        return false;
    c = locale_c();
    *value = strtold_l(text, NULL, c) * units->factor;
    freelocale(c);
    return isfinite(*value);
}

static bool refuse(const char *text, const char *expected, struct err *e)
{
    return err_set(e, ERR_USAGE, "\"%.80s\" is not %s", text, expected);
}

bool units_integer(const char *text, int64_t minimum, int64_t *value, struct err *e)
{
    const char *digits = text + (*text == '-');
    char *end = NULL;
    long long n;

    errno = 0;
    n = strtoll(text, &end, 10);
    if (!isdigit((unsigned char)*digits) || *end || errno || n < minimum)
        return err_set(e, ERR_USAGE, "\"%.80s\" is not a whole number from %lld on", text,
                       (long long)minimum);
    *value = n;
    return true;
}

bool units_number(const char *text, double *value, struct err *e)
{
    const char *end = number_end(text);
    locale_t c;
    double n;

    if (!end || *end)
        return refuse(text, "a number", e);
    c = locale_c();
    n = strtod_l(text, NULL, c);
    freelocale(c);
    if (!isfinite(n))
        return refuse(text, "a number that can be kept", e);
    *value = n;
    return true;
}

bool units_duration(const char *text, int64_t *ns, struct err *e)
{
    long double value;

    if (!quantity_parse(text, duration_units, &value))
        return refuse(text, "a duration, such as 500ms, 1.5s or 5m", e);
    if (value > DURATION_MAX)
        return refuse(text, "a duration of at most 366 days", e);
    *ns = (int64_t)roundl(value);
    return true;
}

bool units_size(const char *text, int64_t *bytes, struct err *e)
{
    long double value;

    if (!quantity_parse(text, size_units, &value) || value > SIZE_MAX_BYTES)
        return refuse(text, "a size, such as 512B, 64KiB or 1MB", e);
    if (fabsl(value - roundl(value)) > 1e-9L * fmaxl(1, value))
        return refuse(text, "a whole number of bytes", e);
    *bytes = (int64_t)roundl(value);
    return true;
}

bool units_bandwidth(const char *text, int64_t *bits_per_s, struct err *e)
{
    long double value;

    if (!quantity_parse(text, bandwidth_units, &value) || value > BANDWIDTH_MAX)
        return refuse(text, "a bandwidth, such as 512kbit, 10mbit or 1gbit", e);
    *bits_per_s = (int64_t)roundl(value);
    return true;
}

bool units_share(const char *text, double *share, struct err *e)
{
    long double value;

    if (!quantity_parse(text, share_units, &value) || value > 1)
        return refuse(text, "a share, such as 1% or 0.01, from 0 to 1", e);
    *share = (double)value;
    return true;
}

/* For every unit of metrics.def, what may be written for it. */
static const struct unit *metric_units(const char *unit)
{
    static const struct unit
        ms[] = {{"", 1},     {"ns", 1e-6L}, {"us", 1e-3L},  {"ms", 1},
                {"s", 1e3L}, {"m", 60e3L},  {"h", 3600e3L}, {NULL, 0}},
        mib[] = {{"", 1},
                 {"B", 0x1p-20L},
                 {"kB", 1e3L / 1048576},
                 {"MB", 1e6L / 1048576},
                 {"GB", 1e9L / 1048576},
                 {"KiB", 0x1p-10L},
                 {"MiB", 1},
                 {"GiB", 1024},
                 {NULL, 0}},
        mib_h[] = {{"", 1},         {"B/h", 0x1p-20L}, {"KiB/h", 0x1p-10L},  {"MiB/h", 1},
                   {"GiB/h", 1024}, {"MiB/s", 3600},   {"MiB/d", 1 / 24.0L}, {NULL, 0}},
        b_s[] = {{"", 1},        {"B/s", 1},      {"kB/s", 1e3L},     {"MB/s", 1e6L},
                 {"GB/s", 1e9L}, {"KiB/s", 1024}, {"MiB/s", 0x1p20L}, {"GiB/s", 0x1p30L},
                 {NULL, 0}},
        msg_s[] = {{"", 1}, {"msg/s", 1}, {"/s", 1}, {NULL, 0}},
        per_s[] = {{"", 1}, {"1/s", 1}, {"/s", 1}, {NULL, 0}},
        percent[] = {{"", 1}, {"%", 1}, {NULL, 0}}, plain[] = {{"", 1}, {NULL, 0}};
    static const struct {
        const char *unit;
        const struct unit *table;
    } known[] = {{"ms", ms},       {"MiB", mib},   {"MiB/h", mib_h}, {"B/s", b_s},
                 {"msg/s", msg_s}, {"1/s", per_s}, {"%", percent},   {"ratio", share_units}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].unit, unit) == 0)
            return known[i].table;
    return plain;
}

bool units_metric(const char *text, const char *unit, double *value, struct err *e)
{
    long double n;

    if (quantity_parse(text, metric_units(unit), &n)) {
        *value = (double)n;
        return true;
    }
    if (!*unit)
        return refuse(text, "a number", e);
    if (strcmp(unit, "ratio") == 0)
        return refuse(text, "a share, such as 1% or 0.01", e);
    return err_set(e, ERR_USAGE, "\"%.80s\" is not a value in %s", text, unit);
}

/* The largest unit that the duration fills; minutes and more only where nothing is left over. */
char *units_format_duration(char out[UNITS_TEXT_SIZE], int64_t ns)
{
    static const struct {
        const char *name;
        int64_t ns;
        bool whole;
    } units[] = {{"d", 86400 * NS_PER_S, true},
                 {"h", 3600 * NS_PER_S, true},
                 {"m", 60 * NS_PER_S, true},
                 {"s", NS_PER_S, false},
                 {"ms", NS_PER_MS, false},
                 {"us", NS_PER_US, false},
                 {"ns", 1, false}};
    uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns, unit, rest;
    size_t i = 0;
    int digits = 0;

    if (ns == 0)
        return strcpy(out, "0s");
    while (size < (uint64_t)units[i].ns || (units[i].whole && size % (uint64_t)units[i].ns))
        i++;
    unit = (uint64_t)units[i].ns;
    rest = size % unit;
    for (uint64_t u = unit; u > 1; u /= 10)
        digits++;
    while (rest && rest % 10 == 0) {
        rest /= 10;
        digits--;
    }
    if (rest)
        snprintf(out, UNITS_TEXT_SIZE, "%s%llu.%0*llu%s", ns < 0 ? "-" : "",
                 (unsigned long long)(size / unit), digits, (unsigned long long)rest,
                 units[i].name);
    else
        snprintf(out, UNITS_TEXT_SIZE, "%s%llu%s", ns < 0 ? "-" : "",
                 (unsigned long long)(size / unit), units[i].name);
    return out;
}

/* The largest unit of which it is a whole number. */
char *units_format_bandwidth(char out[UNITS_TEXT_SIZE], int64_t bits_per_s)
{
    static const char *const units[] = {"bit", "kbit", "mbit", "gbit"};
    size_t i = 0;

    for (; i < 3 && bits_per_s && bits_per_s % 1000 == 0; i++)
        bits_per_s /= 1000;
    snprintf(out, UNITS_TEXT_SIZE, "%lld%s", (long long)bits_per_s, units[i]);
    return out;
}

/* `digits` are significant ones in form 'g', decimals in form 'f'. */
static void number_print(char out[UNITS_TEXT_SIZE], char form, int digits, double value)
{
    locale_t c = locale_c(), before = uselocale(c);

    snprintf(out, UNITS_TEXT_SIZE, form == 'g' ? "%.*g" : "%.*f", digits, value);
    uselocale(before);
    freelocale(c);
}

static void zeros_strip(char *decimal)
{
    char *end = decimal + strlen(decimal);

    while (end[-1] == '0')
        end--;
    if (end[-1] == '.')
        end--;
    *end = '\0';
}

/* "1981" becomes "1,981"; out has room. */
static void thousands_separate(char out[UNITS_TEXT_SIZE])
{
    char *first = out + (*out == '-');
    size_t digits = strspn(first, "0123456789");

    while (digits > 3) {
        digits -= 3;
        memmove(first + digits + 1, first + digits, strlen(first + digits) + 1);
        first[digits] = ',';
    }
}

char *units_format_metric(char out[UNITS_TEXT_SIZE], double value, const char *unit)
{
    bool ratio = strcmp(unit, "ratio") == 0;
    double shown = ratio ? value * 100 : value, size = fabs(shown);
    int decimals = 0;

    if (!isfinite(shown))
        return strcpy(out, "-");
    if (size >= 1e15 || (size > 0 && size < 1e-6)) {
        number_print(out, 'g', 3, shown);
    } else {
        /* From 99.95 on, one decimal would make four digits of it. */
        for (double least = 99.95; size > 0 && size < least; least /= 10)
            decimals++;
        number_print(out, 'f', decimals, shown);
        if (decimals)
            zeros_strip(out);
        thousands_separate(out);
    }
    if (*unit)
        snprintf(out + strlen(out), UNITS_TEXT_SIZE - strlen(out), " %s", ratio ? "%" : unit);
    return out;
}

char *units_format_exact(char out[UNITS_TEXT_SIZE], double value)
{
    locale_t c = locale_c();

    if (!isfinite(value))
        return strcpy(out, "null");
    /* A decimal of up to 15 digits survives the way there and back, so that 15 finds the shortest
     * where there is one. */
    for (int digits = 15; digits <= 17; digits++) {
        number_print(out, 'g', digits, value);
        if (strtod_l(out, NULL, c) == value)
            break;
    }
    freelocale(c);
    return out;
}
