/* `network`: what lies between a client and the target. */
#include "schema/scenario_parts.h"
#include "schema/units.h"

#define DELAY_MAX (10 * NS_PER_S)
#define BANDWIDTH_MIN INT64_C(1000)
#define BANDWIDTH_MAX INT64_C(100000000000)
/* Beyond it TCP hardly comes through, and what is measured is its time-outs. */
#define LOSS_MAX 0.5

bool scenario_network_parse(struct network *n, const struct json_at *parent, struct err *e)
{
    static const char *const keys[] = {"delay", "jitter", "loss", "bandwidth", NULL};
    struct json_at at = json_member(parent, "network");

    if (!at.value)
        return true;
    if (!json_only(&at, keys, e))
        return false;
    if (!json_member(&at, "delay").value && !json_member(&at, "loss").value &&
        !json_member(&at, "bandwidth").value)
        return json_refuse(&at, e, "expected delay, loss or bandwidth in it");
    n->on = true;
    return json_get_duration(&at, "delay", 0, DELAY_MAX, &n->delay_ns, e) &&
           json_get_duration(&at, "jitter", 0, DELAY_MAX, &n->jitter_ns, e) &&
           json_get_share(&at, "loss", &n->loss, e) &&
           json_get_bandwidth(&at, "bandwidth", BANDWIDTH_MIN, BANDWIDTH_MAX, &n->bandwidth, e);
}

bool scenario_network_check(const struct network *n, struct err *e)
{
    if (n->jitter_ns > n->delay_ns)
        return err_set(e, ERR_USAGE, "network.jitter: is longer than delay");
    if (n->loss > LOSS_MAX)
        return err_set(e, ERR_USAGE, "network.loss: expected at most %g, found %g", LOSS_MAX,
                       n->loss);
    return true;
}

void scenario_network_add(cJSON *to, const struct network *n)
{
    cJSON *o = n->on ? cJSON_AddObjectToObject(to, "network") : NULL;
    char text[UNITS_TEXT_SIZE];

    if (!o)
        return;
    scenario_duration_add(o, "delay", n->delay_ns);
    scenario_duration_add(o, "jitter", n->jitter_ns);
    cJSON_AddNumberToObject(o, "loss", n->loss);
    if (n->bandwidth)
        cJSON_AddStringToObject(o, "bandwidth", units_format_bandwidth(text, n->bandwidth));
}
