#include "schema/scenario.h"

#include "schema/embed.h"
#include "schema/scenario_parts.h"
#include "schema/units.h"
#include "schema/url.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HOUR (3600 * NS_PER_S)
#define FIELD(key, member, minimum, maximum, duration)                     \
    {                                                                      \
        key, offsetof(struct scenario, member), minimum, maximum, duration \
    }

const struct scenario_field scenario_fields[] = {
    FIELD("clients", clients, 1, SCENARIO_CLIENTS_MAX, false),
    FIELD("ramp", ramp_ns, 0, SCENARIO_DURATION_MAX, true),
    FIELD("warmup", warmup_ns, 0, SCENARIO_DURATION_MAX, true),
    FIELD("duration", duration_ns, NS_PER_S / 10, SCENARIO_DURATION_MAX, true),
    FIELD("timeout", timeout_ns, NS_PER_MS, HOUR, true),
    FIELD("connect_timeout", connect_timeout_ns, NS_PER_MS, HOUR, true),
    {NULL, 0, 0, 0, false},
};

const char *const scenario_protocols[] = {"ws", "sse", NULL};
const char *const scenario_exchanges[] = {"echo", "request", "push", "chat", "broadcast", NULL};
const char *const scenario_phases[] = {"spread", "together", NULL};
const char *const scenario_patterns[] = {"constant", "poisson", "ramp", "burst", "trace", NULL};

const struct rate_number rate_numbers[] = {
    {"value", RATE_CONSTANT, offsetof(struct rate, value)},
    {"value", RATE_POISSON, offsetof(struct rate, value)},
    {"from", RATE_RAMP, offsetof(struct rate, from)},
    {"to", RATE_RAMP, offsetof(struct rate, to)},
    {"low", RATE_BURST, offsetof(struct rate, low)},
    {"high", RATE_BURST, offsetof(struct rate, high)},
    {NULL, RATE_MAX, 0},
};

int64_t *scenario_field_of(const struct scenario_field *f, struct scenario *s)
{
    return (int64_t *)((char *)s + f->offset);
}

int64_t scenario_field_get(const struct scenario_field *f, const struct scenario *s)
{
    return *(const int64_t *)((const char *)s + f->offset);
}

double rate_number_get(const struct rate_number *n, const struct rate *r)
{
    const void *number = (const char *)r + n->offset;

    return *(const double *)number;
}

double rate_peak(const struct rate *r)
{
    double peak = 0;

    for (const struct rate_number *n = rate_numbers; n->key; n++)
        if (n->pattern == r->pattern)
            peak = fmax(peak, rate_number_get(n, r));
    return peak;
}

/* The share of the measured part in which a burst is high. */
static double burst_high_share(int64_t duration_ns, int64_t period_ns)
{
    int64_t rest = duration_ns % period_ns, half = period_ns / 2;
    int64_t high = duration_ns / period_ns * half + (rest < half ? rest : half);

    return (double)high / (double)duration_ns;
}

double scenario_offered(const struct scenario *s)
{
    const struct rate *r = &s->rate;
    double clients = (double)s->clients, share;

    switch (r->pattern) {
    case RATE_CONSTANT:
    case RATE_POISSON:
        return clients * r->value;
    case RATE_RAMP:
        return clients * (r->from + r->to) / 2;
    case RATE_BURST:
        share = burst_high_share(s->duration_ns, r->period_ns);
        return clients * (r->high * share + r->low * (1 - share));
    case RATE_TRACE:
        return r->mean > 0 ? r->mean : NAN;
    case RATE_MAX:
        break;
    }
    return NAN;
}

const char *scenario_default_url(const struct scenario *s)
{
#define AT(scheme, path) scheme "://127.0.0.1:{port}" path
    static const char *const urls[][2] = {
        [EXCHANGE_ECHO] = {AT("ws", "/echo"), AT("http", "/sse")},
        [EXCHANGE_REQUEST] = {AT("ws", "/request"), AT("http", "/request")},
        [EXCHANGE_PUSH] = {AT("ws", "/push"), AT("http", "/sse")},
        [EXCHANGE_CHAT] = {AT("ws", "/chat"), AT("http", "/v1/chat/completions")},
        [EXCHANGE_BROADCAST] = {AT("ws", "/broadcast"), AT("http", "/broadcast")},
    };
#undef AT

    return urls[s->exchange][s->protocol];
}

void scenario_header_put(struct scenario *s, const char *name, const char *value)
{
    size_t i = 0;

    while (i < s->headers_count && strcasecmp(s->headers[i].name, name) != 0)
        i++;
    if (i == s->headers_count) {
        s->headers = mem_grow(s->headers, ++s->headers_count, sizeof *s->headers);
        s->headers[i] = (struct header){mem_copy(name), NULL};
    }
    free(s->headers[i].value);
    s->headers[i].value = mem_copy(value);
}

bool scenario_set_header(struct scenario *s, const char *line, struct err *e)
{
    size_t length = strcspn(line, ":");
    const char *value = line + length + 1;
    char *name;

    /* Never the line itself: it may hold a secret. */
    if (!line[length])
        return err_set(e, ERR_USAGE, "a header is written as \"Name: value\"");
    name = mem_printf("%.*s", (int)length, line);
    scenario_header_put(s, name, value + strspn(value, " \t"));
    free(name);
    return true;
}

/* Drops the default budget that makes no sense for a closed loop. */
static void budgets_close_loop(struct budget_list *b)
{
    struct budget_list kept = {0};

    for (size_t i = 0; i < b->count; i++)
        if (!b->item[i].by_default || b->item[i].metric != METRIC_TARGET_CPU_MEAN)
            budget_list_put(&kept, &b->item[i]);
    budget_list_free(b);
    *b = kept;
}

bool scenario_set_rate(struct scenario *s, const char *text, struct err *e)
{
    double value = 0;
    bool closed = strcmp(text, "max") == 0;

    if (!closed && !units_number(text, &value, e))
        return err_set(e, ERR_USAGE, "\"%.40s\" is neither a number nor \"max\"", text);
    if (scenario_trace_unread(s))
        s->duration_ns = SCENARIO_DURATION_DEFAULT;
    free(s->rate.path);
    if (closed) {
        s->rate = (struct rate){.pattern = RATE_MAX};
        budgets_close_loop(&s->budgets);
        return true;
    }
    s->rate = (struct rate){.pattern = RATE_CONSTANT, .value = value};
    return true;
}

#define BUILTIN_NAME(name, file) #name,
const char *const scenario_builtin_names[] = {EMBEDDED_SCENARIOS(BUILTIN_NAME) NULL};

bool scenario_builtin(struct scenario *s, const char *name, struct err *e)
{
#define BUILTIN_TEXT(name, file) embed_##name,
    static const char *const texts[] = {EMBEDDED_SCENARIOS(BUILTIN_TEXT)};
    const char *nearest;

    *s = (struct scenario){0};
    for (size_t i = 0; scenario_builtin_names[i]; i++) {
        if (strcmp(scenario_builtin_names[i], name) != 0)
            continue;
        if (!scenario_parse(s, texts[i], strlen(texts[i]), name, e))
            return false;
        s->builtin = true;
        budget_list_default(&s->budgets, s->rate.pattern == RATE_MAX);
        return true;
    }
    nearest = text_nearest(name, scenario_builtin_names);
    return nearest ? err_set(e, ERR_USAGE, "there is no built-in scenario %s; did you mean %s?",
                             name, nearest)
                   : err_set(e, ERR_USAGE,
                             "there is no built-in scenario %s; a file's name has a slash or ends "
                             "in .json",
                             name);
}

void scenario_free(struct scenario *s)
{
    for (size_t i = 0; i < s->headers_count; i++) {
        free(s->headers[i].name);
        free(s->headers[i].value);
    }
    free(s->headers);
    free(s->name);
    free(s->description);
    free(s->url);
    free(s->subprotocol);
    free(s->prometheus);
    free(s->tls.ca);
    free(s->tls.cert);
    free(s->tls.key);
    free(s->folder);
    free(s->message.text);
    free(s->message.path);
    free(s->rate.path);
    free(s->clients_from.path);
    free(s->jwt.secret);
    free(s->jwt.claims);
    scenario_match_free(s);
    budget_list_free(&s->budgets);
    *s = (struct scenario){0};
}

char *scenario_url_safe(const char *url)
{
    return url_safe(url);
}

char *scenario_path_in(const char *folder, const char *path)
{
    return folder && *path != '/' ? mem_printf("%s/%s", folder, path) : mem_copy(path);
}

char *scenario_path(const struct scenario *s, const char *path)
{
    return scenario_path_in(s->folder, path);
}

bool scenario_header_secret(const char *name)
{
    return url_name_secret(name, strlen(name));
}
