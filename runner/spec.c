#include "runner/spec.h"

#include "schema/placeholder.h"

#include <cJSON.h>
#include <stdio.h>

#include <stdlib.h>
#include <string.h>

/* One list of the plain fields serves both directions. Integers travel as text: a JSON number is a
 * double, which does not hold every int64_t. */
enum field_kind { FIELD_INTEGER, FIELD_NUMBER, FIELD_FLAG, FIELD_CHOICE, FIELD_STRING };

static const struct spec_field {
    const char *name;
    enum field_kind kind;
    size_t offset;
} fields[] = {
#define FIELD(kind, member)                                  \
    {                                                        \
#member, FIELD_##kind, offsetof(struct spec, member) \
    }
    FIELD(INTEGER, part.seed),
    FIELD(INTEGER, part.worker),
    FIELD(INTEGER, part.workers),
    FIELD(INTEGER, part.via),
    FIELD(FLAG, part.insecure),
    FIELD(CHOICE, scenario.protocol),
    FIELD(CHOICE, scenario.exchange),
    FIELD(STRING, scenario.url),
    FIELD(STRING, scenario.subprotocol),
    FIELD(STRING, scenario.folder),
    FIELD(FLAG, scenario.compression),
    FIELD(FLAG, scenario.reuse),
    FIELD(FLAG, scenario.retry_after),
    FIELD(INTEGER, scenario.heartbeat.every_ns),
    FIELD(INTEGER, scenario.heartbeat.timeout_ns),
    FIELD(FLAG, scenario.reconnect.on),
    FIELD(INTEGER, scenario.reconnect.first_ns),
    FIELD(INTEGER, scenario.reconnect.max_ns),
    FIELD(FLAG, scenario.reconnect.jitter),
    FIELD(INTEGER, scenario.reconnect.tries),
    FIELD(INTEGER, scenario.storm.at_ns),
    FIELD(NUMBER, scenario.storm.share),
    FIELD(STRING, scenario.tls.ca),
    FIELD(STRING, scenario.tls.cert),
    FIELD(STRING, scenario.tls.key),
    FIELD(INTEGER, scenario.clients),
    FIELD(INTEGER, scenario.ramp_ns),
    FIELD(INTEGER, scenario.warmup_ns),
    FIELD(INTEGER, scenario.duration_ns),
    FIELD(CHOICE, scenario.phase),
    FIELD(CHOICE, scenario.rate.pattern),
    FIELD(NUMBER, scenario.rate.value),
    FIELD(NUMBER, scenario.rate.from),
    FIELD(NUMBER, scenario.rate.to),
    FIELD(NUMBER, scenario.rate.low),
    FIELD(NUMBER, scenario.rate.high),
    FIELD(INTEGER, scenario.rate.period_ns),
    FIELD(STRING, scenario.rate.path),
    FIELD(NUMBER, scenario.rate.speed),
    FIELD(INTEGER, scenario.rate.skip_ns),
    FIELD(NUMBER, scenario.rate.mean),
    FIELD(CHOICE, scenario.message.form),
    FIELD(INTEGER, scenario.message.size_bytes),
    FIELD(STRING, scenario.message.text),
    FIELD(STRING, scenario.message.path),
    FIELD(INTEGER, scenario.message.fragment),
    FIELD(FLAG, scenario.message.binary),
    FIELD(INTEGER, scenario.message.batch),
    FIELD(STRING, scenario.clients_from.path),
    FIELD(STRING, scenario.jwt.secret),
    FIELD(STRING, scenario.jwt.claims),
    FIELD(INTEGER, scenario.jwt.lifetime_ns),
    FIELD(INTEGER, scenario.timeout_ns),
    FIELD(INTEGER, scenario.connect_timeout_ns),
#undef FIELD
};
enum { FIELDS = sizeof fields / sizeof *fields };

/* A copy of `text` with its variables filled in, and with `others` in place of other placeholders
 * (NULL: they stay); NULL on failure. */
static char *variables_fill(const char *text, const char *others, struct err *e)
{
    struct text out = {0};

    text_add(&out, "");
    if (placeholder_fill(text, getenv, others, &out, e))
        return out.data;
    text_free(&out);
    return NULL;
}

/* A value with a line end in it would start a header of its own. */
static bool header_check(const char *value, struct err *e)
{
    for (const unsigned char *p = (const unsigned char *)value; *p; p++)
        if ((*p < ' ' && *p != '\t') || *p == 0x7f)
            return err_set(e, ERR_USAGE, "the value holds a control character");
    return true;
}

static bool headers_write(cJSON *document, const struct scenario *s, struct err *e)
{
    cJSON *list = cJSON_AddArrayToObject(document, "headers");

    for (size_t i = 0; i < s->headers_count; i++) {
        char *value = variables_fill(s->headers[i].value, NULL, e);
        bool good = value && header_check(value, e);

        if (good) {
            cJSON *pair = cJSON_CreateArray();

            cJSON_AddItemToArray(pair, cJSON_CreateString(s->headers[i].name));
            cJSON_AddItemToArray(pair, cJSON_CreateString(s->headers[i].value));
            cJSON_AddItemToArray(list, pair);
        }
        free(value);
        if (!good)
            return err_wrap(e, "headers.%s", s->headers[i].name);
    }
    return true;
}

static void field_write(cJSON *document, const struct spec_field *f, const struct spec *s)
{
    const void *member = (const char *)s + f->offset;
    char digits[24];

    switch (f->kind) {
    case FIELD_INTEGER:
        snprintf(digits, sizeof digits, "%lld", (long long)*(const int64_t *)member);
        cJSON_AddStringToObject(document, f->name, digits);
        break;
    case FIELD_NUMBER:
        cJSON_AddNumberToObject(document, f->name, *(const double *)member);
        break;
    case FIELD_FLAG:
        cJSON_AddBoolToObject(document, f->name, *(const bool *)member);
        break;
    case FIELD_CHOICE:
        cJSON_AddNumberToObject(document, f->name, *(const int *)member);
        break;
    case FIELD_STRING:
        if (*(char *const *)member)
            cJSON_AddStringToObject(document, f->name, *(char *const *)member);
        break;
    }
}

bool spec_url(const char *text, char **filled, struct url *url, struct err *e)
{
    char *sample = variables_fill(text, "0", e); /* whose variables bring no placeholders in */
    bool good = sample && url_parse(url, sample, e);

    free(sample);
    *filled = good ? variables_fill(text, NULL, e) : NULL;
    if (!good)
        return err_wrap(e, "url");
    if (url->open)
        return err_set(e, ERR_USAGE, "url: it still holds a {port}");
    return true;
}

/* Adds the variables that a text to send has; its key is for the message. */
static bool variables_add(void *list, const char *text, const char *key, struct err *e)
{
    for (text = strstr(text, "${"); text; text = strstr(text + 1, "${")) {
        struct placeholder p = placeholder_read(text, strlen(text));
        char *name, *value;
        cJSON *pair;

        if (p.kind != PLACEHOLDER_ENV)
            continue;
        name = mem_printf("%.*s", (int)p.name_length, p.name);
        value = getenv(name);
        if (!value)
            err_set(e, ERR_USAGE, "%s: ${env:%s}: there is no such environment variable", key,
                    name);
        pair = cJSON_CreateArray();
        cJSON_AddItemToArray(pair, cJSON_CreateString(name));
        cJSON_AddItemToArray(pair, cJSON_CreateString(value ? value : ""));
        cJSON_AddItemToArray(list, pair);
        free(name);
        if (!value)
            return false;
    }
    return true;
}

/* Anyone can make a token of an empty secret. */
static bool secret_check(const char *secret, struct err *e)
{
    char *value = variables_fill(secret, NULL, e);
    bool good = value && *value;

    free(value);
    return good || err_set(e, ERR_USAGE, "jwt.secret: %s is empty", secret);
}

static bool variables_write(cJSON *document, const struct scenario *s, struct err *e)
{
    cJSON *list = cJSON_AddArrayToObject(document, "variables");

    return scenario_each_text(s, variables_add, list, e) &&
           (!s->jwt.secret || (variables_add(list, s->jwt.secret, "jwt.secret", e) &&
                               secret_check(s->jwt.secret, e)));
}

static void match_write(cJSON *document, const struct scenario *s)
{
    struct text match = {0};

    scenario_match_write(s, &match);
    cJSON_AddStringToObject(document, "match", match.data);
    cJSON_AddStringToObject(document, "sha256", s->message.sha256);
    cJSON_AddStringToObject(document, "trace_sha256", s->rate.sha256);
    cJSON_AddStringToObject(document, "rows_sha256", s->clients_from.sha256);
    text_free(&match);
}

bool spec_write(const struct scenario *s, const char *url, const struct spec_part *part,
                struct text *out, struct err *e)
{
    cJSON *document = cJSON_CreateObject();
    struct spec spec = {.scenario = *s, .part = *part};
    struct url parsed;
    bool good;
    char *json;

    spec.scenario.message.path = s->message.path ? scenario_path(s, s->message.path) : NULL;
    spec.scenario.rate.path = s->rate.path ? scenario_path(s, s->rate.path) : NULL;
    spec.scenario.clients_from.path =
        s->clients_from.path ? scenario_path(s, s->clients_from.path) : NULL;
    good = spec_url(url, &spec.scenario.url, &parsed, e) && headers_write(document, s, e) &&
           variables_write(document, s, e);
    match_write(document, s);
    for (int i = 0; good && i < FIELDS; i++)
        field_write(document, &fields[i], &spec);
    if (good) {
        json = cJSON_PrintUnformatted(document); /* bytes of a secret as they are, UTF-8 or not */
        text_add(out, json);
        cJSON_free(json);
    }
    cJSON_Delete(document);
    free(spec.scenario.url);
    free(spec.scenario.message.path);
    free(spec.scenario.rate.path);
    free(spec.scenario.clients_from.path);
    return good;
}

static bool field_read(const cJSON *document, const struct spec_field *f, struct spec *s)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(document, f->name);
    void *member = (char *)s + f->offset;

    switch (f->kind) {
    case FIELD_INTEGER:
        if (!cJSON_IsString(value))
            return false;
        *(int64_t *)member = strtoll(value->valuestring, NULL, 10);
        return true;
    case FIELD_NUMBER:
        *(double *)member = cJSON_IsNumber(value) ? value->valuedouble : 0;
        return cJSON_IsNumber(value);
    case FIELD_FLAG:
        *(bool *)member = cJSON_IsTrue(value);
        return cJSON_IsBool(value);
    case FIELD_CHOICE:
        *(int *)member = cJSON_IsNumber(value) ? value->valueint : 0;
        return cJSON_IsNumber(value);
    case FIELD_STRING:
        *(char **)member = cJSON_IsString(value) ? mem_copy(value->valuestring) : NULL;
        return !value || cJSON_IsString(value);
    }
    return false;
}

static bool pairs_read(const cJSON *list, struct header **out, size_t *count)
{
    const cJSON *pair;

    if (!cJSON_IsArray(list))
        return false;
    *out = mem_get((size_t)cJSON_GetArraySize(list), sizeof **out);
    cJSON_ArrayForEach(pair, list)
    {
        const cJSON *name = cJSON_GetArrayItem(pair, 0), *value = cJSON_GetArrayItem(pair, 1);

        if (!cJSON_IsString(name) || !cJSON_IsString(value))
            return false;
        (*out)[*count].name = mem_copy(name->valuestring);
        (*out)[(*count)++].value = mem_copy(value->valuestring);
    }
    return true;
}

static bool sha256_read(const cJSON *document, const char *name, char out[SHA256_SIZE])
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(document, name);

    if (!cJSON_IsString(value) || strlen(value->valuestring) >= 65)
        return false;
    strcpy(out, value->valuestring);
    return true;
}

static bool match_read(const cJSON *document, struct scenario *s)
{
    const cJSON *match = cJSON_GetObjectItemCaseSensitive(document, "match");

    return cJSON_IsString(match) && sha256_read(document, "sha256", s->message.sha256) &&
           sha256_read(document, "trace_sha256", s->rate.sha256) &&
           sha256_read(document, "rows_sha256", s->clients_from.sha256) &&
           scenario_match_read(s, match->valuestring, strlen(match->valuestring), &(struct err){0});
}

bool spec_read(struct spec *s, const char *json, size_t length, struct err *e)
{
    cJSON *document = cJSON_ParseWithLength(json, length);
    bool good = cJSON_IsObject(document);

    *s = (struct spec){0};
    for (int i = 0; good && i < FIELDS; i++)
        good = field_read(document, &fields[i], s);
    good = good && s->scenario.url &&
           pairs_read(cJSON_GetObjectItemCaseSensitive(document, "headers"), &s->scenario.headers,
                      &s->scenario.headers_count);
    good = good && pairs_read(cJSON_GetObjectItemCaseSensitive(document, "variables"),
                              &s->variables, &s->variables_count);
    good = good && match_read(document, &s->scenario);
    good = good && s->part.workers > 0 && s->part.worker >= 0 && s->part.worker < s->part.workers;
    cJSON_Delete(document);
    return good || err_set(e, ERR_MEASURE, "the worker's specification is damaged");
}

void spec_free(struct spec *s)
{
    scenario_free(&s->scenario);
    for (size_t i = 0; i < s->variables_count; i++) {
        free(s->variables[i].name);
        free(s->variables[i].value);
    }
    free(s->variables);
    *s = (struct spec){0};
}
