#include "schema/mix.h"

#include "schema/scenario_parts.h"
#include "schema/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Thirds, written with some digits, are as good as exact ones. */
#define SHARE_TOLERANCE 0.005

bool mix_has_part(const char *scenario)
{
    return strchr(scenario, '/');
}

bool mix_is(const char *text, size_t length)
{
    cJSON *root = json_read(text, length, NULL, JSON_COMMENTS, &(struct err){0});
    bool is = cJSON_HasObjectItem(root, "mix");

    cJSON_Delete(root);
    return is;
}

static bool part_parse(struct mix_part *p, const struct json_at *at, struct err *e)
{
    static const char *const keys[] = {"share", "scenario", NULL};
    struct json_at share = json_member(at, "share"), scenario = json_member(at, "scenario");

    if (!json_only(at, keys, e))
        return false;
    if (!share.value)
        return json_expected(&share, "a share of the clients", e);
    if (!scenario.value)
        return json_expected(&scenario, "the name of a file", e);
    return json_get_share(at, "share", &p->share, e) &&
           (p->share > 0 || json_refuse(&share, e, "expected a share above 0")) &&
           scenario_path_take(at, "scenario", &p->path, e);
}

static bool parts_parse(struct mix *m, const struct json_at *root, struct err *e)
{
    struct json_at at = json_member(root, "mix");
    int count = cJSON_GetArraySize(at.value);
    double sum = 0;

    if (!cJSON_IsArray(at.value) || count < 2 || count > MIX_PARTS_MAX)
        return json_expected(&at, "an array of 2 to 16 {\"share\": ..., \"scenario\": ...}", e);
    m->part = mem_get((size_t)count, sizeof *m->part);
    for (int i = 0; i < count; i++) {
        struct json_at item = json_item(&at, i);

        if (!part_parse(&m->part[m->parts++], &item, e))
            return false;
        sum += m->part[i].share;
    }
    return fabs(sum - 1) <= SHARE_TOLERANCE ||
           json_refuse(&at, e, "the shares are %.4g together, expected 1", sum);
}

/* What is the mix's own; other keys of a scenario are those of its parts. */
static const char *const own_keys[] = {"$schema", "name",     "description", "clients", "ramp",
                                       "warmup",  "duration", "mix",         NULL};

static bool is_among(const char *key, const char *const *keys)
{
    while (*keys && strcmp(*keys, key) != 0)
        keys++;
    return *keys;
}

static bool common_take(struct mix *m, const struct json_at *root, struct err *e)
{
    cJSON *common = cJSON_CreateObject();
    struct text text = {0};
    bool good = true;

    for (const cJSON *given = root->value->child; good && given; given = given->next) {
        struct json_at member = json_member(root, given->string);

        if (is_among(given->string, own_keys))
            continue;
        good = is_among(given->string, scenario_keys) ||
               json_refuse(&member, e, "there is no such key");
        cJSON_AddItemToObject(common, given->string, cJSON_Duplicate(given, true));
    }
    json_print(common, false, &text);
    m->common = text.data;
    cJSON_Delete(common);
    return good;
}

bool mix_parse(struct mix *m, const char *text, size_t length, const char *source, struct err *e)
{
    cJSON *tree = json_read(text, length, source, JSON_COMMENTS, e);
    struct json_at at = json_root(tree, source), name = json_member(&at, "name");
    const char *schema = NULL;
    bool done;

    *m = (struct mix){
        .ramp_ns = NS_PER_S, .warmup_ns = 2 * NS_PER_S, .duration_ns = SCENARIO_DURATION_DEFAULT};
    done = tree && (name.value || json_expected(&name, "a string", e)) &&
           json_get_string(&at, "$schema", &schema, e) &&
           scenario_string_take(&at, "name", &m->name, e) &&
           scenario_string_take(&at, "description", &m->description, e) &&
           json_get_integer(&at, "clients", 1, SCENARIO_CLIENTS_MAX, &m->clients, e) &&
           json_get_duration(&at, "ramp", 0, SCENARIO_DURATION_MAX, &m->ramp_ns, e) &&
           json_get_duration(&at, "warmup", 0, SCENARIO_DURATION_MAX, &m->warmup_ns, e) &&
           json_get_duration(&at, "duration", NS_PER_S / 10, SCENARIO_DURATION_MAX, &m->duration_ns,
                             e) &&
           parts_parse(m, &at, e) && common_take(m, &at, e);
    cJSON_Delete(tree);
    return done;
}

bool mix_part_text(const struct mix *m, const char *text, size_t length, const char *source,
                   struct text *out, struct err *e)
{
    cJSON *part = json_read(text, length, source, JSON_COMMENTS, e);
    cJSON *common = cJSON_Parse(m->common), *next;

    if (cJSON_IsObject(part))
        for (cJSON *given = common->child; given; given = next) {
            next = given->next;
            if (!cJSON_GetObjectItemCaseSensitive(part, given->string))
                cJSON_AddItemToObject(part, given->string,
                                      cJSON_DetachItemViaPointer(common, given));
        }
    if (part)
        json_print(part, false, out);
    cJSON_Delete(common);
    cJSON_Delete(part);
    return out->data;
}

void mix_free(struct mix *m)
{
    for (size_t i = 0; i < m->parts; i++)
        free(m->part[i].path);
    free(m->part);
    free(m->name);
    free(m->description);
    free(m->common);
    *m = (struct mix){0};
}

bool mix_divide(const struct mix *m, int64_t all, int64_t *clients, struct err *e)
{
    double rest[MIX_PARTS_MAX], sum = 0;
    int64_t left = all;

    for (size_t i = 0; i < m->parts; i++)
        sum += m->part[i].share;
    for (size_t i = 0; i < m->parts; i++) {
        double due = (double)all * m->part[i].share / sum;

        clients[i] = (int64_t)due;
        rest[i] = due - (double)clients[i];
        left -= clients[i];
    }
    for (; left > 0; left--) {
        size_t most = 0;

        for (size_t i = 1; i < m->parts; i++)
            if (rest[i] > rest[most])
                most = i;
        clients[most]++;
        rest[most] = -1;
    }
    for (size_t i = 0; i < m->parts; i++)
        if (clients[i] == 0)
            return err_set(e, ERR_USAGE, "mix[%zu].share: of %lld clients it has none", i,
                           (long long)all);
    return true;
}
