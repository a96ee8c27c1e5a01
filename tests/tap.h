/* tap: the few words that tests in C need to speak TAP. One file a test; main() ends with
 * `return tap_end();`. A test that asserts nothing is a defect: tap_end() fails without any. */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

#define OK(condition, ...) tap_ok((condition), #condition, __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 5, 6))) static inline bool
tap_ok(bool good, const char *what, const char *file, int line, const char *name, ...)
{
    va_list args;

    tap_count++;
    tap_failed += !good;
    printf("%s %d - ", good ? "ok" : "not ok", tap_count);
    va_start(args, name);
    vprintf(name, args);
    va_end(args);
    printf("\n");
    if (!good)
        printf("# %s:%d: %s\n", file, line, what);
    fflush(stdout);
    return good;
}

/* Strings equal; shows both when not. */
static inline bool tap_is(const char *got, const char *want, const char *name)
{
    bool good = got && want ? strcmp(got, want) == 0 : got == want;

    OK(good, "%s", name);
    if (!good)
        printf("#  got: %s\n# want: %s\n", got ? got : "(null)", want ? want : "(null)");
    return good;
}

/* Numbers equal within a relative tolerance (absolute below 1); NAN equals NAN. */
static inline bool tap_near(double got, double want, double tolerance, const char *name)
{
    double scale = fabs(want) > 1 ? fabs(want) : 1;
    bool good = (isnan(got) && isnan(want)) || got == want || fabs(got - want) <= tolerance * scale;

    OK(good, "%s", name);
    if (!good)
        printf("#  got: %.17g\n# want: %.17g\n", got, want);
    return good;
}

static inline int tap_end(void)
{
    printf("1..%d\n", tap_count);
    return tap_count == 0 || tap_failed > 0;
}

#endif
