/* `clients_from` and `jwt`: what makes one client another one than its neighbour. */
#include "schema/placeholder.h"
#include "schema/scenario_parts.h"
#include "schema/units.h"

#include <string.h>

#define LIFETIME_MIN NS_PER_S
#define LIFETIME_MAX SCENARIO_DURATION_MAX
#define LIFETIME_DEFAULT (3600 * NS_PER_S)

enum { CLAIMS_MAX = 4096 }; /* bytes: the token goes into a header */

static bool jwt_parse(struct jwt_terms *t, const struct json_at *parent, struct err *e)
{
    static const char *const keys[] = {"secret", "claims", "lifetime", NULL};
    struct json_at at = json_member(parent, "jwt"), secret = json_member(&at, "secret"),
                   claims = json_member(&at, "claims");
    struct text text = {0};

    if (!at.value)
        return true;
    if (!json_only(&at, keys, e) || !scenario_string_take(&at, "secret", &t->secret, e))
        return false;
    if (!secret.value)
        return json_expected(&secret, "${env:NAME}, the variable that holds it", e);
    if (claims.value && !cJSON_IsObject(claims.value))
        return json_expected(&claims, "an object", e);
    if (claims.value)
        json_print(claims.value, false, &text);
    else
        text_add(&text, "{}");
    t->claims = text.data;
    t->lifetime_ns = LIFETIME_DEFAULT;
    return json_get_duration(&at, "lifetime", LIFETIME_MIN, LIFETIME_MAX, &t->lifetime_ns, e);
}

bool scenario_clients_parse(struct scenario *s, const struct json_at *at, struct err *e)
{
    return scenario_path_take(at, "clients_from", &s->clients_from.path, e) &&
           jwt_parse(&s->jwt, at, e);
}

/* A secret in a file would be in its history for ever. */
static bool secret_check(const char *secret, struct err *e)
{
    struct placeholder p = placeholder_read(secret, strlen(secret));

    return (p.kind == PLACEHOLDER_ENV && secret[p.length] == '\0') ||
           err_set(e, ERR_USAGE,
                   "jwt.secret: expected ${env:NAME}, a variable that holds the secret; it does "
                   "not belong into a file");
}

static bool jwt_check(const struct scenario *s, struct err *e)
{
    if (!secret_check(s->jwt.secret, e))
        return false;
    if (strlen(s->jwt.claims) > CLAIMS_MAX)
        return err_set(e, ERR_USAGE, "jwt.claims: expected at most %d bytes", CLAIMS_MAX);
    if (placeholder_find(s->jwt.claims, PLACEHOLDER_JWT))
        return err_set(e, ERR_USAGE, "jwt.claims: ${jwt} cannot be a part of itself");
    return placeholder_check(s->jwt.claims, PLACEHOLDERS_CONNECTION, e) ||
           err_wrap(e, "jwt.claims");
}

/* A placeholder that nothing in the scenario fills. */
static bool text_check(const struct scenario *s, const char *text, const char *key, struct err *e)
{
    if (text && !s->clients_from.path && placeholder_find(text, PLACEHOLDER_ROW))
        return err_set(e, ERR_USAGE, "%s: ${row:NAME} needs clients_from, a file of rows", key);
    if (text && !s->jwt.secret && placeholder_find(text, PLACEHOLDER_JWT))
        return err_set(e, ERR_USAGE, "%s: ${jwt} needs jwt, what the token is made of", key);
    return true;
}

/* Which host it is, all clients agree on. */
static bool url_check(const char *url, struct err *e)
{
    const char *host = strstr(url, "://");
    size_t end = host ? (size_t)(host - url) + 3 : 0;

    end += strcspn(url + end, "/?");
    for (const char *p = url; (p = strstr(p, "${")) && p < url + end; p++)
        if (placeholder_read(p, strlen(p)).kind != PLACEHOLDER_ENV)
            return err_set(e, ERR_USAGE,
                           "url: what differs between clients belongs behind the host's slash");
    return true;
}

bool scenario_each_text(const struct scenario *s, scenario_text_fn *fn, void *arg, struct err *e)
{
    bool good = (!s->url || fn(arg, s->url, "url", e)) &&
                (!s->jwt.claims || fn(arg, s->jwt.claims, "jwt.claims", e)) &&
                (!s->message.text || fn(arg, s->message.text, "message", e));

    for (size_t i = 0; good && i < s->headers_count; i++)
        good = fn(arg, s->headers[i].value, "headers", e);
    for (size_t i = 0; good && i < s->hello_count; i++)
        good = !s->hello[i].send.text || fn(arg, s->hello[i].send.text, "hello", e);
    for (size_t i = 0; good && i < s->match.replies; i++)
        good = fn(arg, s->match.reply[i].send.text, "match.reply", e);
    return good;
}

static bool fillable(void *arg, const char *text, const char *key, struct err *e)
{
    return text_check(arg, text, key, e);
}

bool scenario_clients_check(const struct scenario *s, struct err *e)
{
    return (!s->jwt.secret || jwt_check(s, e)) && (!s->url || url_check(s->url, e)) &&
           scenario_each_text(s, fillable, (void *)s, e);
}

void scenario_clients_add(cJSON *to, const struct scenario *s, bool workload)
{
    cJSON *o;

    if (s->clients_from.path && workload && !*s->clients_from.load)
        cJSON_AddBoolToObject(to, "clients_from", true);
    else if (s->clients_from.path)
        cJSON_AddStringToObject(to, "clients_from",
                                workload ? s->clients_from.load : s->clients_from.path);
    if (!s->jwt.secret)
        return;
    if (workload) { /* as with the headers, who a client is shapes no load */
        cJSON_AddBoolToObject(to, "jwt", true);
        return;
    }
    o = cJSON_AddObjectToObject(to, "jwt");
    cJSON_AddStringToObject(o, "secret", s->jwt.secret);
    cJSON_AddItemToObject(o, "claims", scenario_text_json(s->jwt.claims, true));
    scenario_duration_add(o, "lifetime", s->jwt.lifetime_ns);
}
