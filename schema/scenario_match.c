/* `match` and `hello`: what messages from the target mean, and what is said before the first one.
 */
#include "schema/placeholder.h"
#include "schema/scenario_parts.h"
#include "schema/url.h"

#include <stdlib.h>
#include <string.h>

/* Which exchange has a use for which pointer. */
static const struct pointer_key {
    const char *key;
    size_t offset;
    unsigned exchanges; /* bits by enum exchange */
} pointer_keys[] = {
#define KEY(member, exchanges)                                      \
    {                                                               \
#member, offsetof(struct scenario, match.member), exchanges \
    }
#define BIT(exchange) (1u << EXCHANGE_##exchange)
    KEY(id, BIT(REQUEST) | BIT(CHAT) | BIT(BROADCAST)),
    KEY(content, BIT(CHAT)),
    KEY(time, BIT(PUSH)),
    KEY(sequence, BIT(PUSH)),
#undef KEY
};
enum { POINTER_KEYS = sizeof pointer_keys / sizeof *pointer_keys };

static char **pointer_of(const struct pointer_key *k, const struct scenario *s)
{
    return (char **)((char *)s + k->offset);
}

static bool parcel_parse(struct parcel *p, const struct json_at *at, struct err *e)
{
    struct text text = {0};
    struct err why = {0};

    p->json = !cJSON_IsString(at->value);
    if (p->json)
        json_print(at->value, false, &text);
    else
        text_add(&text, at->value->valuestring);
    p->text = text.data;
    if (text.length == 0 || text.length > SCENARIO_PARCEL_MAX)
        return json_refuse(at, e, "expected 1 to %d bytes", SCENARIO_PARCEL_MAX);
    return placeholder_check(p->text, PLACEHOLDERS_MESSAGE, &why) ||
           json_refuse(at, e, "%s", why.text);
}

static bool reply_parse(struct match *m, const struct json_at *parent, struct err *e)
{
    static const char *const keys[] = {"when", "send", NULL};
    struct json_at at = json_member(parent, "reply");

    if (!at.value)
        return true;
    if (!scenario_list_check(&at, "an array of {\"when\": ..., \"send\": ...}", e))
        return false;
    m->reply = mem_get((size_t)cJSON_GetArraySize(at.value), sizeof *m->reply);
    for (int i = 0; i < cJSON_GetArraySize(at.value); i++) {
        struct json_at item = json_item(&at, i), when, send;
        struct response *r = &m->reply[m->replies++];

        if (!json_only(&item, keys, e))
            return false;
        when = json_member(&item, "when");
        send = json_member(&item, "send");
        if (!when.value)
            return json_expected(&when, "a JSON pointer or an object of pointers and values", e);
        if (!send.value)
            return json_expected(&send, "a message", e);
        if (!scenario_condition_parse(&r->when, &when, e) || !parcel_parse(&r->send, &send, e))
            return false;
    }
    return true;
}

static bool hello_parse(struct scenario *s, const struct json_at *root, struct err *e)
{
    static const char *const keys[] = {"send", "expect", NULL};
    struct json_at at = json_member(root, "hello");

    if (!at.value)
        return true;
    if (!scenario_list_check(&at, "an array of {\"send\": ..., \"expect\": ...}", e))
        return false;
    s->hello = mem_get((size_t)cJSON_GetArraySize(at.value), sizeof *s->hello);
    for (int i = 0; i < cJSON_GetArraySize(at.value); i++) {
        struct json_at item = json_item(&at, i), send, expect;
        struct greeting *g = &s->hello[s->hello_count++];

        if (!json_only(&item, keys, e))
            return false;
        send = json_member(&item, "send");
        expect = json_member(&item, "expect");
        if (!send.value && !expect.value)
            return json_refuse(&item, e, "has neither send nor expect");
        if ((send.value && !parcel_parse(&g->send, &send, e)) ||
            (expect.value && !scenario_condition_parse(&g->expect, &expect, e)))
            return false;
    }
    return true;
}

static bool pointers_parse(struct scenario *s, const struct json_at *match, struct err *e)
{
    for (int i = 0; i < POINTER_KEYS; i++) {
        const struct pointer_key *k = &pointer_keys[i];
        struct json_at at = json_member(match, k->key);
        char **out = pointer_of(k, s);

        if (!at.value)
            continue;
        if (!scenario_string_take(match, k->key, out, e))
            return false;
        if (!scenario_pointer_check(*out, &at, e))
            return false;
        if (!(k->exchanges & 1u << s->exchange))
            return json_refuse(&at, e, "has no meaning in exchange \"%s\"",
                               scenario_exchanges[s->exchange]);
    }
    return true;
}

bool scenario_match_parse(struct scenario *s, const struct json_at *root, struct err *e)
{
    static const char *const keys[] = {"id",    "content", "time",  "sequence", "done",
                                       "error", "ignore",  "reply", NULL};
    struct json_at at = json_member(root, "match"), done = json_member(&at, "done");

    if (!hello_parse(s, root, e))
        return false;
    if (!at.value)
        return true;
    if (!json_only(&at, keys, e) || !pointers_parse(s, &at, e))
        return false;
    if (done.value && s->exchange != EXCHANGE_CHAT)
        return json_refuse(&done, e, "has no meaning in exchange \"%s\"",
                           scenario_exchanges[s->exchange]);
    return scenario_conditions_parse(&s->match.done, &at, "done", e) &&
           scenario_conditions_parse(&s->match.error, &at, "error", e) &&
           scenario_conditions_parse(&s->match.ignore, &at, "ignore", e) &&
           reply_parse(&s->match, &at, e);
}

bool scenario_match_check(const struct scenario *s, struct err *e)
{
    const struct match *m = &s->match;

    if (s->exchange == EXCHANGE_CHAT && !m->content)
        return err_set(e, ERR_USAGE, "match.content: is missing, expected a JSON pointer");
    if (s->exchange == EXCHANGE_REQUEST && !m->id)
        return err_set(e, ERR_USAGE, "match.id: is missing, expected a JSON pointer");
    if (s->protocol == PROTOCOL_SSE && (s->hello_count || m->replies))
        return err_set(e, ERR_USAGE, "%s: nothing can be sent on a stream of events",
                       s->hello_count ? "hello" : "match.reply");
    return true;
}

static void pointer_default(char **pointer, const char *text)
{
    if (!*pointer)
        *pointer = mem_copy(text);
}

bool scenario_is_openai(const struct scenario *s)
{
    return s->protocol == PROTOCOL_SSE && (!s->url || strstr(s->url, "completions"));
}

/* The built-in target's protocol, which is as plain as one can be, or OpenAI's. */
void scenario_match_defaults(struct scenario *s)
{
    struct match *m = &s->match;
    bool names = s->message.text && strstr(s->message.text, "${id}");

    if (s->exchange == EXCHANGE_PUSH) {
        pointer_default(&m->time, "/time");
        pointer_default(&m->sequence, "/sequence");
    }
    if (s->exchange == EXCHANGE_CHAT && scenario_is_openai(s)) {
        pointer_default(&m->content, "/choices/0/delta/content");
        scenario_condition_default(&m->error, "/error", NULL);
        return;
    }
    if (s->exchange == EXCHANGE_REQUEST || (s->exchange == EXCHANGE_CHAT && names))
        pointer_default(&m->id, "/id");
    if (s->exchange == EXCHANGE_CHAT) {
        pointer_default(&m->content, "/delta");
        scenario_condition_default(&m->done, "/type", "\"end\"");
    }
    if (s->exchange == EXCHANGE_REQUEST || s->exchange == EXCHANGE_CHAT)
        scenario_condition_default(&m->error, "/type", "\"error\"");
}

void scenario_match_free(struct scenario *s)
{
    struct match *m = &s->match;

    for (int i = 0; i < POINTER_KEYS; i++)
        free(*pointer_of(&pointer_keys[i], s));
    scenario_conditions_free(&m->done);
    scenario_conditions_free(&m->error);
    scenario_conditions_free(&m->ignore);
    for (size_t i = 0; i < m->replies; i++) {
        scenario_condition_free(&m->reply[i].when);
        free(m->reply[i].send.text);
    }
    free(m->reply);
    for (size_t i = 0; i < s->hello_count; i++) {
        scenario_condition_free(&s->hello[i].expect);
        free(s->hello[i].send.text);
    }
    free(s->hello);
}

/* Hides strings that stand under the name of a secret and are no placeholder. */
static void secrets_mask(cJSON *value)
{
    for (cJSON *m = value->child; m; m = m->next) {
        if (m->string && cJSON_IsString(m) && url_name_secret(m->string, strlen(m->string)) &&
            !strstr(m->valuestring, "${"))
            cJSON_SetValuestring(m, "***");
        secrets_mask(m);
    }
}

cJSON *scenario_text_json(const char *text, bool safe)
{
    cJSON *value = cJSON_Parse(text);

    if (value && safe)
        secrets_mask(value);
    return value ? value : cJSON_CreateNull();
}

static void parcel_add(cJSON *to, const struct parcel *p, bool safe)
{
    if (p->text)
        cJSON_AddItemToObject(
            to, "send", p->json ? scenario_text_json(p->text, safe) : cJSON_CreateString(p->text));
}

static void hello_add(cJSON *to, const struct scenario *s, bool safe)
{
    cJSON *list = s->hello_count ? cJSON_AddArrayToObject(to, "hello") : NULL;

    for (size_t i = 0; i < s->hello_count; i++) {
        cJSON *step = cJSON_CreateObject();

        parcel_add(step, &s->hello[i].send, safe);
        if (s->hello[i].expect.terms)
            cJSON_AddItemToObject(step, "expect", scenario_condition_json(&s->hello[i].expect));
        cJSON_AddItemToArray(list, step);
    }
}

void scenario_match_add(cJSON *to, const struct scenario *s, bool safe)
{
    cJSON *o = cJSON_CreateObject(), *list;

    hello_add(to, s, safe);
    for (int i = 0; i < POINTER_KEYS; i++)
        if (*pointer_of(&pointer_keys[i], s))
            cJSON_AddStringToObject(o, pointer_keys[i].key, *pointer_of(&pointer_keys[i], s));
    scenario_conditions_add(o, "done", &s->match.done);
    scenario_conditions_add(o, "error", &s->match.error);
    scenario_conditions_add(o, "ignore", &s->match.ignore);
    list = s->match.replies ? cJSON_AddArrayToObject(o, "reply") : NULL;
    for (size_t i = 0; i < s->match.replies; i++) {
        cJSON *r = cJSON_CreateObject();

        cJSON_AddItemToObject(r, "when", scenario_condition_json(&s->match.reply[i].when));
        parcel_add(r, &s->match.reply[i].send, safe);
        cJSON_AddItemToArray(list, r);
    }
    if (o->child)
        cJSON_AddItemToObject(to, "match", o);
    else
        cJSON_Delete(o);
}

void scenario_match_write(const struct scenario *s, struct text *out)
{
    cJSON *o = cJSON_CreateObject();

    scenario_match_add(o, s, false);
    json_print(o, false, out);
    cJSON_Delete(o);
}

bool scenario_match_read(struct scenario *s, const char *json, size_t length, struct err *e)
{
    cJSON *root = json_read(json, length, NULL, JSON_STRICT, e);
    struct json_at at = json_root(root, NULL);
    bool done = root && scenario_match_parse(s, &at, e);

    cJSON_Delete(root);
    return done;
}
