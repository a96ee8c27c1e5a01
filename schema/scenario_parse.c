#include "schema/scenario_parts.h"
#include "schema/units.h"

#include <math.h>
#include <string.h>

bool scenario_string_take(const struct json_at *at, const char *key, char **out, struct err *e)
{
    const char *text = NULL;

    if (!json_get_string(at, key, &text, e))
        return false;
    if (text)
        *out = mem_copy(text);
    return true;
}

/* A choice that has to be made. */
static bool choice_require(const struct json_at *at, const char *key, const char *const *names,
                           int *out, struct err *e)
{
    struct json_at member = json_member(at, key);

    return member.value ? json_get_choice(at, key, names, out, e)
                        : json_expected(&member, "a string", e);
}

static bool fields_parse(struct scenario *s, const struct json_at *at, struct err *e)
{
    for (const struct scenario_field *f = scenario_fields; f->key; f++) {
        int64_t *out = scenario_field_of(f, s);

        if (!(f->duration ? json_get_duration(at, f->key, f->minimum, f->maximum, out, e)
                          : json_get_integer(at, f->key, f->minimum, f->maximum, out, e)))
            return false;
    }
    return true;
}

static bool headers_parse(struct scenario *s, const struct json_at *parent, struct err *e)
{
    struct json_at at = json_member(parent, "headers");
    const cJSON *member;

    if (!at.value)
        return true;
    if (!cJSON_IsObject(at.value))
        return json_expected(&at, "an object of headers", e);
    cJSON_ArrayForEach(member, at.value)
    {
        size_t before = s->headers_count;
        struct json_at place = json_member(&at, member->string);

        if (!cJSON_IsString(member))
            return json_expected(&place, "a string", e);
        scenario_header_put(s, member->string, member->valuestring);
        if (s->headers_count == before)
            return json_refuse(&place, e, "the header is there twice, in another case");
    }
    return true;
}

/* True where `key` is one of the numbers of r's pattern, or its period. */
static bool pattern_has(const struct rate *r, const char *key)
{
    const struct rate_number *n = rate_numbers;

    if (strcmp(key, "pattern") == 0 || (r->pattern == RATE_BURST && strcmp(key, "period") == 0))
        return true;
    while (n->key && (n->pattern != r->pattern || strcmp(n->key, key) != 0))
        n++;
    return n->key;
}

static bool pattern_numbers_parse(struct rate *r, const struct json_at *at, struct err *e)
{
    for (const struct rate_number *n = rate_numbers; n->key; n++) {
        struct json_at member = json_member(at, n->key);
        void *number = (char *)r + n->offset;

        if (n->pattern != r->pattern)
            continue;
        if (!member.value)
            return json_expected(&member, "messages per second", e);
        if (!json_get_number(at, n->key, 0, SCENARIO_RATE_MAX, number, e))
            return false;
    }
    return true;
}

/* {"pattern": ..., and the numbers of that pattern and of no other} */
static bool pattern_parse(struct rate *r, const struct json_at *at, struct err *e)
{
    static const char *const keys[] = {"pattern", "value", "from",  "to",   "low", "high",
                                       "period",  "file",  "speed", "skip", NULL};
    struct json_at period = json_member(at, "period");
    int pattern = 0;

    if (!json_only(at, keys, e) || !choice_require(at, "pattern", scenario_patterns, &pattern, e))
        return false;
    *r = (struct rate){.pattern = (enum rate_pattern)pattern};
    if (r->pattern == RATE_TRACE)
        return scenario_trace_parse(r, at, e);
    if (!pattern_numbers_parse(r, at, e))
        return false;
    for (const cJSON *given = at->value->child; given; given = given->next) {
        struct json_at member = json_member(at, given->string);

        if (!pattern_has(r, given->string))
            return json_refuse(&member, e, "does not belong to pattern \"%s\"",
                               scenario_patterns[pattern]);
    }
    if (r->pattern == RATE_BURST && !period.value)
        return json_expected(&period, "a duration", e);
    return json_get_duration(at, "period", SCENARIO_PERIOD_MIN, SCENARIO_DURATION_MAX,
                             &r->period_ns, e);
}

static bool rate_parse(struct rate *r, const struct json_at *parent, struct err *e)
{
    struct json_at at = json_member(parent, "rate");

    if (!at.value)
        return true;
    if (cJSON_IsObject(at.value))
        return pattern_parse(r, &at, e);
    if (cJSON_IsString(at.value) && strcmp(at.value->valuestring, "max") == 0) {
        *r = (struct rate){.pattern = RATE_MAX};
        return true;
    }
    if (!cJSON_IsNumber(at.value))
        return json_expected(&at, "messages per second, \"max\" or an object with a pattern", e);
    *r = (struct rate){.pattern = RATE_CONSTANT};
    return json_get_number(parent, "rate", 0, SCENARIO_RATE_MAX, &r->value, e);
}

bool scenario_path_take(const struct json_at *at, const char *key, char **out, struct err *e)
{
    struct json_at member = json_member(at, key);

    if (!scenario_string_take(at, key, out, e))
        return false;
    return !*out || **out || json_refuse(&member, e, "is empty, expected the name of a file");
}

static bool tls_parse(struct tls_files *t, const struct json_at *parent, struct err *e)
{
    static const char *const keys[] = {"ca", "cert", "key", NULL};
    struct json_at at = json_member(parent, "tls");

    if (!at.value)
        return true;
    return json_only(&at, keys, e) && scenario_path_take(&at, "ca", &t->ca, e) &&
           scenario_path_take(&at, "cert", &t->cert, e) &&
           scenario_path_take(&at, "key", &t->key, e);
}

/* What is sent: at most one of the five forms. */
static bool message_parse(struct message *m, const struct json_at *parent, bool *given,
                          struct err *e)
{
    static const char *const keys[] = {"size",   "text",  "json",     "file", "lines",
                                       "binary", "batch", "fragment", NULL};
    static const enum message_form forms[] = {MESSAGE_SIZE, MESSAGE_TEXT, MESSAGE_JSON,
                                              MESSAGE_FILE, MESSAGE_LINES};
    struct json_at at = json_member(parent, "message"), json = json_member(&at, "json");
    struct text compact = {0};
    const char *form = NULL;

    if (!at.value)
        return true;
    if (!json_only(&at, keys, e))
        return false;
    for (int i = 0; i < MESSAGE_FORMS; i++) {
        struct json_at member = json_member(&at, keys[i]);

        if (!member.value)
            continue;
        if (form)
            return json_refuse(&at, e, "has both %s and %s, expected one of them", form, keys[i]);
        form = keys[i];
        m->form = forms[i];
    }
    *given = form;
    if (m->form == MESSAGE_JSON) {
        json_print(json.value, false, &compact);
        m->text = compact.data;
    }
    return scenario_string_take(&at, "text", &m->text, e) &&
           scenario_path_take(&at, "file", &m->path, e) &&
           scenario_path_take(&at, "lines", &m->path, e) &&
           json_get_size(&at, "size", SCENARIO_MESSAGE_MAX, &m->size_bytes, e) &&
           json_get_bool(&at, "binary", &m->binary, e) &&
           json_get_integer(&at, "batch", 1, SCENARIO_BATCH_MAX, &m->batch, e) &&
           json_get_integer(&at, "fragment", 0, SCENARIO_MESSAGE_MAX, &m->fragment, e);
}

/* A question that the built-in target and OpenAI's API understand. */
static void message_default(struct scenario *s)
{
    const char *text = NULL;

    if (s->exchange == EXCHANGE_CHAT && scenario_is_openai(s))
        text = "{\"model\":\"default\",\"stream\":true,\"messages\":[{\"role\":\"user\","
               "\"content\":\"hello ${id}\"}]}";
    else if (s->exchange == EXCHANGE_CHAT || s->exchange == EXCHANGE_REQUEST)
        text = "{\"type\":\"ask\",\"id\":\"${id}\",\"prompt\":\"hello ${client}\"}";
    if (!text)
        return;
    s->message.form = MESSAGE_JSON;
    s->message.text = mem_copy(text);
}

static bool observe_parse(struct scenario *s, const struct json_at *parent, struct err *e)
{
    static const char *const keys[] = {"pid", "prometheus", NULL};
    struct json_at at = json_member(parent, "observe");

    return !at.value || (json_only(&at, keys, e) &&
                         json_get_integer(&at, "pid", 1, SCENARIO_PID_MAX, &s->observe_pid, e) &&
                         scenario_string_take(&at, "prometheus", &s->prometheus, e));
}

const char *const scenario_keys[] = {
    "$schema",   "name",      "description",  "protocol", "url",   "headers",     "subprotocol",
    "exchange",  "clients",   "clients_from", "jwt",      "ramp",  "warmup",      "duration",
    "phase",     "rate",      "message",      "hello",    "match", "timeout",     "connect_timeout",
    "heartbeat", "reconnect", "storm",        "tls",      "reuse", "retry_after", "compression",
    "network",   "observe",   "budgets",      NULL};

static bool root_parse(struct scenario *s, const struct json_at *at, struct err *e)
{
    struct json_at name = json_member(at, "name"), budgets = json_member(at, "budgets"),
                   rate = json_member(at, "rate"), mix = json_member(at, "mix");
    const char *schema = NULL;
    int protocol = 0, exchange = 0, phase = PHASE_SPREAD;
    bool message = false;

    if (mix.value)
        return json_refuse(&mix, e, "a mix of scenarios is carried out by `run` alone; name one of its parts");
    if (!json_only(at, scenario_keys, e))
        return false;
    if (!name.value)
        return json_expected(&name, "a string", e);
    if (!json_get_string(at, "$schema", &schema, e) ||
        !scenario_string_take(at, "name", &s->name, e) ||
        !scenario_string_take(at, "description", &s->description, e) ||
        !choice_require(at, "protocol", scenario_protocols, &protocol, e) ||
        !choice_require(at, "exchange", scenario_exchanges, &exchange, e) ||
        !json_get_bool(at, "compression", &s->compression, e) ||
        !scenario_string_take(at, "url", &s->url, e) || !headers_parse(s, at, e) ||
        !scenario_string_take(at, "subprotocol", &s->subprotocol, e) || !fields_parse(s, at, e) ||
        !json_get_choice(at, "phase", scenario_phases, &phase, e) || !rate_parse(&s->rate, at, e) ||
        !message_parse(&s->message, at, &message, e) || !tls_parse(&s->tls, at, e) ||
        !scenario_link_parse(s, at, e) || !scenario_network_parse(&s->network, at, e) ||
        !scenario_clients_parse(s, at, e) || !observe_parse(s, at, e))
        return false;
    s->protocol = (enum protocol)protocol;
    s->exchange = (enum exchange)exchange;
    s->phase = (enum phase)phase;
    if (!rate.value && s->exchange == EXCHANGE_PUSH)
        s->rate.value = 0;
    if (s->rate.pattern == RATE_TRACE && !json_member(at, "duration").value)
        s->duration_ns = 0;
    if (!scenario_match_parse(s, at, e))
        return false;
    if (!message)
        message_default(s);
    scenario_match_defaults(s);
    return !budgets.value || budget_list_parse(&s->budgets, &budgets, e);
}

bool scenario_parse(struct scenario *s, const char *text, size_t length, const char *source,
                    struct err *e)
{
    cJSON *root = json_read(text, length, source, JSON_COMMENTS, e);
    struct json_at at = json_root(root, source);
    struct err why = {0};
    bool done;

    *s = (struct scenario){
        .clients = 1,
        .ramp_ns = NS_PER_S,
        .warmup_ns = 2 * NS_PER_S,
        .duration_ns = SCENARIO_DURATION_DEFAULT,
        .rate = {.pattern = RATE_CONSTANT, .value = 1},
        .message = {.form = MESSAGE_SIZE, .size_bytes = 128, .batch = 1},
        .timeout_ns = 5 * NS_PER_S,
        .connect_timeout_ns = 10 * NS_PER_S,
        .reuse = true,
    };
    done = root && root_parse(s, &at, e);
    cJSON_Delete(root);
    if (done && !scenario_check(s, &why))
        done = err_set(e, ERR_USAGE, "%s: %s", source, why.text);
    return done;
}
