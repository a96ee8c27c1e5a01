/* The keys of a scenario that say how its connections live: heartbeat, reconnect, storm, reuse,
 * retry_after. */
#include "schema/scenario_parts.h"
#include "schema/units.h"

#define HOUR (3600 * NS_PER_S)

enum { TRIES_MAX = 1000 };

static bool heartbeat_parse(struct heartbeat *h, const struct json_at *parent, struct err *e)
{
    static const char *const keys[] = {"every", "timeout", NULL};
    struct json_at at = json_member(parent, "heartbeat"), every = json_member(&at, "every");

    if (!at.value)
        return true;
    if (!json_only(&at, keys, e))
        return false;
    if (!every.value)
        return json_expected(&every, "a duration", e);
    if (!json_get_duration(&at, "every", 10 * NS_PER_MS, HOUR, &h->every_ns, e))
        return false;
    h->timeout_ns = h->every_ns < 5 * NS_PER_S ? h->every_ns : 5 * NS_PER_S;
    return json_get_duration(&at, "timeout", NS_PER_MS, HOUR, &h->timeout_ns, e);
}

static const struct reconnect reconnect_default = {
    .on = true, .first_ns = NS_PER_S / 10, .max_ns = 5 * NS_PER_S, .jitter = true, .tries = 10};

static bool reconnect_parse(struct reconnect *r, const struct json_at *parent, struct err *e)
{
    static const char *const keys[] = {"first", "max", "jitter", "tries", NULL};
    struct json_at at = json_member(parent, "reconnect"), max = json_member(&at, "max");

    if (!at.value)
        return true;
    *r = reconnect_default;
    if (!json_only(&at, keys, e) ||
        !json_get_duration(&at, "first", NS_PER_MS, HOUR, &r->first_ns, e))
        return false;
    if (!max.value && r->max_ns < r->first_ns)
        r->max_ns = r->first_ns;
    return json_get_duration(&at, "max", NS_PER_MS, HOUR, &r->max_ns, e) &&
           json_get_bool(&at, "jitter", &r->jitter, e) &&
           json_get_integer(&at, "tries", 1, TRIES_MAX, &r->tries, e);
}

static bool share_check(const struct json_at *storm, double share, struct err *e)
{
    struct json_at at = json_member(storm, "share");

    return share > 0 || json_refuse(&at, e, "expected a share above 0");
}

static bool storm_parse(struct scenario *s, const struct json_at *parent, struct err *e)
{
    static const char *const keys[] = {"at", "share", NULL};
    struct json_at at = json_member(parent, "storm"), when = json_member(&at, "at");

    if (!at.value)
        return true;
    if (!json_only(&at, keys, e))
        return false;
    if (!when.value)
        return json_expected(&when, "a duration", e);
    s->storm.share = 1;
    if (!s->reconnect.on) /* a storm is one of reconnects */
        s->reconnect = reconnect_default;
    return json_get_duration(&at, "at", 0, SCENARIO_DURATION_MAX, &s->storm.at_ns, e) &&
           json_get_share(&at, "share", &s->storm.share, e) && share_check(&at, s->storm.share, e);
}

bool scenario_link_parse(struct scenario *s, const struct json_at *at, struct err *e)
{
    return heartbeat_parse(&s->heartbeat, at, e) && reconnect_parse(&s->reconnect, at, e) &&
           storm_parse(s, at, e) && json_get_bool(at, "reuse", &s->reuse, e) &&
           json_get_bool(at, "retry_after", &s->retry_after, e);
}

bool scenario_link_check(const struct scenario *s, struct err *e)
{
    if (s->heartbeat.every_ns && s->protocol != PROTOCOL_WS)
        return err_set(e, ERR_USAGE, "heartbeat: only WebSocket has pings");
    if (s->reconnect.on && s->reconnect.first_ns > s->reconnect.max_ns)
        return err_set(e, ERR_USAGE, "reconnect.first: is longer than max");
    if (s->storm.share > 0 && s->storm.at_ns >= s->duration_ns)
        return err_set(e, ERR_USAGE, "storm.at: is not within the measured part (duration)");
    if (!s->reuse && (s->protocol != PROTOCOL_SSE || s->exchange == EXCHANGE_PUSH))
        return err_set(e, ERR_USAGE,
                       "reuse: belongs to messages that are posted (protocol \"sse\")");
    if (s->retry_after && s->protocol != PROTOCOL_SSE)
        return err_set(e, ERR_USAGE, "retry_after: belongs to protocol \"sse\"");
    return true;
}

void scenario_link_add(cJSON *to, const struct scenario *s)
{
    cJSON *o;

    if (s->heartbeat.every_ns) {
        o = cJSON_AddObjectToObject(to, "heartbeat");
        scenario_duration_add(o, "every", s->heartbeat.every_ns);
        scenario_duration_add(o, "timeout", s->heartbeat.timeout_ns);
    }
    if (s->reconnect.on) {
        o = cJSON_AddObjectToObject(to, "reconnect");
        scenario_duration_add(o, "first", s->reconnect.first_ns);
        scenario_duration_add(o, "max", s->reconnect.max_ns);
        cJSON_AddBoolToObject(o, "jitter", s->reconnect.jitter);
        cJSON_AddNumberToObject(o, "tries", (double)s->reconnect.tries);
    }
    if (s->storm.share > 0) {
        o = cJSON_AddObjectToObject(to, "storm");
        scenario_duration_add(o, "at", s->storm.at_ns);
        cJSON_AddNumberToObject(o, "share", s->storm.share);
    }
    if (!s->reuse)
        cJSON_AddBoolToObject(to, "reuse", false);
    if (s->retry_after)
        cJSON_AddBoolToObject(to, "retry_after", true);
}
