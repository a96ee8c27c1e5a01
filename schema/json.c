#include "schema/json.h"

#include "schema/units.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Doubles tell whole numbers apart up to here. */
#define INTEGER_MAX INT64_C(9007199254740991)

struct json_at json_root(const cJSON *root, const char *source)
{
    return (struct json_at){.value = root, .source = source};
}

/* Extends the path; one that is too long ends in "...". */
__attribute__((format(printf, 2, 3))) static void path_set(struct json_at *at, const char *format,
                                                           ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(at->path, sizeof at->path, format, args);
    va_end(args);
    if (length >= (int)sizeof at->path)
        memcpy(at->path + sizeof at->path - 4, "...", 4);
}

struct json_at json_member(const struct json_at *parent, const char *key)
{
    struct json_at at = {.source = parent->source};

    if (cJSON_IsObject(parent->value))
        at.value = cJSON_GetObjectItemCaseSensitive(parent->value, key);
    path_set(&at, "%s%s%s", parent->path, *parent->path ? "." : "", *key ? key : "\"\"");
    return at;
}

struct json_at json_item(const struct json_at *parent, int index)
{
    struct json_at at = {.source = parent->source};

    if (cJSON_IsArray(parent->value))
        at.value = cJSON_GetArrayItem(parent->value, index);
    path_set(&at, "%s[%d]", parent->path, index);
    return at;
}

bool json_refuse(const struct json_at *at, struct err *e, const char *format, ...)
{
    char sentence[ERR_TEXT_SIZE / 2];
    va_list args;

    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    err_set(e, ERR_USAGE, "%s", sentence);
    if (*at->path)
        err_wrap(e, "%s", at->path);
    return at->source ? err_wrap(e, "%s", at->source) : false;
}

static const char *type_name(const cJSON *value)
{
    if (cJSON_IsString(value))
        return "a string";
    if (cJSON_IsNumber(value))
        return "a number";
    if (cJSON_IsObject(value))
        return "an object";
    if (cJSON_IsArray(value))
        return "an array";
    return cJSON_IsTrue(value) ? "true" : cJSON_IsFalse(value) ? "false" : "null";
}

bool json_expected(const struct json_at *at, const char *expected, struct err *e)
{
    char number[UNITS_TEXT_SIZE];

    if (!at->value)
        return json_refuse(at, e, "is missing, expected %s", expected);
    /* Of scalars only numbers are shown: a string may be a secret at the wrong place. */
    if (cJSON_IsNumber(at->value))
        return json_refuse(at, e, "expected %s, found %s", expected,
                           units_format_exact(number, at->value->valuedouble));
    return json_refuse(at, e, "expected %s, found %s", expected, type_name(at->value));
}

bool json_only(const struct json_at *at, const char *const *keys, struct err *e)
{
    const cJSON *member;

    if (!cJSON_IsObject(at->value))
        return json_expected(at, "an object", e);
    cJSON_ArrayForEach(member, at->value)
    {
        const char *const *key = keys, *nearest;
        struct json_at place;

        while (*key && strcmp(*key, member->string) != 0)
            key++;
        if (*key)
            continue;
        place = json_member(at, member->string);
        nearest = text_nearest(member->string, keys);
        return nearest ? json_refuse(&place, e, "there is no such key; did you mean %s?", nearest)
                       : json_refuse(&place, e, "there is no such key");
    }
    return true;
}

bool json_get_string(const struct json_at *parent, const char *key, const char **out, struct err *e)
{
    struct json_at at = json_member(parent, key);

    if (!at.value)
        return true;
    if (!cJSON_IsString(at.value))
        return json_expected(&at, "a string", e);
    *out = at.value->valuestring;
    return true;
}

bool json_get_bool(const struct json_at *parent, const char *key, bool *out, struct err *e)
{
    struct json_at at = json_member(parent, key);

    if (!at.value)
        return true;
    if (!cJSON_IsBool(at.value))
        return json_expected(&at, "true or false", e);
    *out = cJSON_IsTrue(at.value);
    return true;
}

bool json_get_number(const struct json_at *parent, const char *key, double min, double max,
                     double *out, struct err *e)
{
    struct json_at at = json_member(parent, key);
    char expected[2 * UNITS_TEXT_SIZE + 32], lo[UNITS_TEXT_SIZE], hi[UNITS_TEXT_SIZE];

    if (!at.value)
        return true;
    if (cJSON_IsNumber(at.value) && at.value->valuedouble >= min && at.value->valuedouble <= max) {
        *out = at.value->valuedouble;
        return true;
    }
    if (isinf(min) && isinf(max))
        return json_expected(&at, "a number", e);
    snprintf(expected, sizeof expected, "a number from %s%s%s", units_format_exact(lo, min),
             isinf(max) ? " on" : " to ", isinf(max) ? "" : units_format_exact(hi, max));
    return json_expected(&at, expected, e);
}

bool json_get_integer(const struct json_at *parent, const char *key, int64_t min, int64_t max,
                      int64_t *out, struct err *e)
{
    struct json_at at = json_member(parent, key);
    char expected[80];
    double value;

    if (!at.value)
        return true;
    if (max > INTEGER_MAX)
        max = INTEGER_MAX;
    if (min < -INTEGER_MAX)
        min = -INTEGER_MAX;
    value = at.value->valuedouble;
    if (cJSON_IsNumber(at.value) && value >= (double)min && value <= (double)max &&
        value == floor(value)) {
        *out = (int64_t)value;
        return true;
    }
    snprintf(expected, sizeof expected, "a whole number from %lld to %lld", (long long)min,
             (long long)max);
    return json_expected(&at, expected, e);
}

bool json_get_duration(const struct json_at *parent, const char *key, int64_t min_ns,
                       int64_t max_ns, int64_t *out_ns, struct err *e)
{
    struct json_at at = json_member(parent, key);
    char number[UNITS_TEXT_SIZE], lo[UNITS_TEXT_SIZE], hi[UNITS_TEXT_SIZE];
    struct err why = {0};
    const char *text;
    int64_t ns;

    if (!at.value)
        return true;
    if (!cJSON_IsString(at.value) && !cJSON_IsNumber(at.value))
        return json_expected(&at, "a duration, such as \"500ms\" or seconds", e);
    text = cJSON_IsString(at.value) ? at.value->valuestring
                                    : units_format_exact(number, at.value->valuedouble);
    if (!units_duration(text, &ns, &why))
        return json_refuse(&at, e, "%s", why.text);
    if (ns < min_ns || ns > max_ns)
        return json_refuse(&at, e, "expected a duration from %s to %s, found %.40s",
                           units_format_duration(lo, min_ns), units_format_duration(hi, max_ns),
                           text);
    *out_ns = ns;
    return true;
}

bool json_get_bandwidth(const struct json_at *parent, const char *key, int64_t min, int64_t max,
                        int64_t *out, struct err *e)
{
    struct json_at at = json_member(parent, key);
    char number[UNITS_TEXT_SIZE], lo[UNITS_TEXT_SIZE], hi[UNITS_TEXT_SIZE];
    struct err why = {0};
    const char *text;
    int64_t bits;

    if (!at.value)
        return true;
    if (!cJSON_IsString(at.value) && !cJSON_IsNumber(at.value))
        return json_expected(&at, "a bandwidth, such as \"10mbit\"", e);
    text = cJSON_IsString(at.value) ? at.value->valuestring
                                    : units_format_exact(number, at.value->valuedouble);
    if (!units_bandwidth(text, &bits, &why))
        return json_refuse(&at, e, "%s", why.text);
    if (bits < min || bits > max)
        return json_refuse(&at, e, "expected a bandwidth from %s to %s, found %.40s",
                           units_format_bandwidth(lo, min), units_format_bandwidth(hi, max), text);
    *out = bits;
    return true;
}

bool json_get_share(const struct json_at *parent, const char *key, double *out, struct err *e)
{
    struct json_at at = json_member(parent, key);
    char number[UNITS_TEXT_SIZE];
    struct err why = {0};

    if (!at.value)
        return true;
    if (!cJSON_IsString(at.value) && !cJSON_IsNumber(at.value))
        return json_expected(&at, "a share, such as 0.5 or \"50%\"", e);
    return units_share(cJSON_IsString(at.value) ? at.value->valuestring
                                                : units_format_exact(number, at.value->valuedouble),
                       out, &why) ||
           json_refuse(&at, e, "%s", why.text);
}

bool json_get_size(const struct json_at *parent, const char *key, int64_t max, int64_t *out,
                   struct err *e)
{
    struct json_at at = json_member(parent, key);
    struct err why = {0};
    int64_t bytes;

    if (!cJSON_IsString(at.value))
        return json_get_integer(parent, key, 1, max, out, e);
    if (!units_size(at.value->valuestring, &bytes, &why))
        return json_refuse(&at, e, "%s", why.text);
    if (bytes < 1 || bytes > max)
        return json_refuse(&at, e, "expected a size from 1 to %lld bytes, found %.40s",
                           (long long)max, at.value->valuestring);
    *out = bytes;
    return true;
}

bool json_get_choice(const struct json_at *parent, const char *key, const char *const *names,
                     int *out, struct err *e)
{
    struct json_at at = json_member(parent, key);
    struct text all = {0};

    if (!at.value)
        return true;
    for (int i = 0; names[i] && cJSON_IsString(at.value); i++) {
        if (strcmp(at.value->valuestring, names[i]) == 0) {
            *out = i;
            return true;
        }
    }
    for (int i = 0; names[i]; i++)
        text_addf(&all, "%s\"%s\"", i == 0 ? "" : names[i + 1] ? ", " : " or ", names[i]);
    if (cJSON_IsString(at.value))
        json_refuse(&at, e, "expected %s, found \"%.40s\"", all.data, at.value->valuestring);
    else
        json_expected(&at, all.data, e);
    text_free(&all);
    return false;
}
