/* Times: UTC text and milliseconds since 1970. */
#include "schema/units.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TIME_MAX_MS INT64_C(253402300799999) /* the end of the year 9999 */

char *units_format_time(char out[UNITS_TEXT_SIZE], int64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    int ms = (int)(unix_ms % 1000);
    struct tm tm;

    if (ms < 0) {
        ms += 1000;
        seconds--;
    }
    if (unix_ms < -TIME_MAX_MS / 4 || unix_ms > TIME_MAX_MS || !gmtime_r(&seconds, &tm))
        return strcpy(out, "-");
    snprintf(out, UNITS_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ms);
    return out;
}

/* Exactly `digits` decimal digits with a value from `least` to `most`. */
static bool digits_read(const char **p, int digits, int least, int most, int *value)
{
    *value = 0;
    for (int i = 0; i < digits; i++, (*p)++) {
        if (!isdigit((unsigned char)**p))
            return false;
        *value = *value * 10 + (**p - '0');
    }
    return *value >= least && *value <= most;
}

static bool sign_skip(const char **p, const char *any)
{
    if (!**p || !strchr(any, **p))
        return false;
    (*p)++;
    return true;
}

/* HH:MM[:SS[.fraction]], the fraction cut to milliseconds. */
static bool clock_read(const char **p, struct tm *tm, int *ms)
{
    if (!digits_read(p, 2, 0, 23, &tm->tm_hour) || !sign_skip(p, ":") ||
        !digits_read(p, 2, 0, 59, &tm->tm_min))
        return false;
    if (!sign_skip(p, ":"))
        return true;
    if (!digits_read(p, 2, 0, 59, &tm->tm_sec))
        return false;
    if (!sign_skip(p, "."))
        return true;
    if (!isdigit((unsigned char)**p))
        return false;
    for (int place = 100; isdigit((unsigned char)**p); (*p)++, place /= 10)
        *ms += (**p - '0') * place;
    return true;
}

/* "Z", "+01:00" or nothing, which is UTC. */
static bool zone_read(const char **p, int *offset_s)
{
    int sign = **p == '-' ? -1 : 1, hours, minutes;

    if (!**p || sign_skip(p, "Zz"))
        return true;
    if (!sign_skip(p, "+-") || !digits_read(p, 2, 0, 23, &hours))
        return false;
    sign_skip(p, ":");
    if (!digits_read(p, 2, 0, 59, &minutes))
        return false;
    *offset_s = sign * (hours * 3600 + minutes * 60);
    return true;
}

static bool refuse(const char *text, struct err *e)
{
    return err_set(e, ERR_USAGE,
                   "\"%.80s\" is not a time, such as 2026-11-23 or 2026-11-23T16:05:00Z", text);
}

bool units_time(const char *text, int64_t *unix_ms, struct err *e)
{
    const char *p = text;
    struct tm tm = {0};
    int year, month, day, ms = 0, offset_s = 0;
    time_t seconds;

    if (!digits_read(&p, 4, 0, 9999, &year) || !sign_skip(&p, "-") ||
        !digits_read(&p, 2, 1, 12, &month) || !sign_skip(&p, "-") ||
        !digits_read(&p, 2, 1, 31, &day))
        return refuse(text, e);
    if (sign_skip(&p, "Tt ") && !(clock_read(&p, &tm, &ms) && zone_read(&p, &offset_s)))
        return refuse(text, e);
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    seconds = timegm(&tm);
    /* timegm carries the 30th of February over into March. */
    if (*p || tm.tm_mday != day || tm.tm_mon != month - 1)
        return refuse(text, e);
    *unix_ms = ((int64_t)seconds - offset_s) * 1000 + ms;
    return true;
}
