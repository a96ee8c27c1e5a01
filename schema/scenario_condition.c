/* Conditions on messages: JSON pointers, or pointers and the values that they must lead to. */
#include "schema/scenario_parts.h"

#include <stdlib.h>
#include <string.h>

bool scenario_pointer_check(const char *pointer, const struct json_at *at, struct err *e)
{
    bool valid = (!*pointer || *pointer == '/') && strlen(pointer) <= SCENARIO_POINTER_MAX;

    for (const char *tilde = strchr(pointer, '~'); tilde; tilde = strchr(tilde + 1, '~'))
        valid &= tilde[1] == '0' || tilde[1] == '1';
    return valid || json_refuse(at, e, "expected a JSON pointer, such as /id or /choices/0/delta");
}

bool scenario_list_check(const struct json_at *at, const char *expected, struct err *e)
{
    if (!cJSON_IsArray(at->value))
        return json_expected(at, expected, e);
    return cJSON_GetArraySize(at->value) <= SCENARIO_LIST_MAX ||
           json_refuse(at, e, "has more than %d items", SCENARIO_LIST_MAX);
}

static bool term_add(struct condition *c, const struct json_at *at, const char *pointer,
                     const cJSON *value, struct err *e)
{
    struct text text = {0};
    struct term *t;

    if (!scenario_pointer_check(pointer, at, e))
        return false;
    if (c->terms == SCENARIO_LIST_MAX)
        return json_refuse(at, e, "has more than %d parts", SCENARIO_LIST_MAX);
    if (value && (cJSON_IsObject(value) || cJSON_IsArray(value)))
        return json_expected(at, "a string, a number, true, false or null", e);
    c->term = mem_grow(c->term, c->terms + 1, sizeof *c->term);
    t = &c->term[c->terms++];
    *t = (struct term){.pointer = mem_copy(pointer)};
    if (value)
        json_canonical(value, &text);
    t->value = text.data;
    return true;
}

bool scenario_condition_parse(struct condition *c, const struct json_at *at, struct err *e)
{
    if (cJSON_IsString(at->value))
        return term_add(c, at, at->value->valuestring, NULL, e);
    if (!cJSON_IsObject(at->value))
        return json_expected(at, "a JSON pointer or an object of pointers and values", e);
    for (const cJSON *m = at->value->child; m; m = m->next) {
        struct json_at place = json_member(at, m->string);

        if (!term_add(c, &place, m->string, m, e))
            return false;
    }
    return c->terms > 0 || json_refuse(at, e, "is empty");
}

bool scenario_conditions_parse(struct condition_list *l, const struct json_at *parent,
                               const char *key, struct err *e)
{
    struct json_at at = json_member(parent, key), item = at;
    int count = 1;

    if (!at.value)
        return true;
    if (cJSON_IsArray(at.value)) {
        if (!scenario_list_check(&at, "", e))
            return false;
        count = cJSON_GetArraySize(at.value);
    }
    l->item = mem_get((size_t)count, sizeof *l->item);
    for (int i = 0; i < count; i++) {
        if (cJSON_IsArray(at.value))
            item = json_item(&at, i);
        if (!scenario_condition_parse(&l->item[l->count++], &item, e))
            return false;
    }
    return true;
}

void scenario_condition_default(struct condition_list *l, const char *pointer, const char *value)
{
    if (l->item)
        return;
    *l = (struct condition_list){mem_get(1, sizeof *l->item), 1};
    l->item->term = mem_get(1, sizeof *l->item->term);
    l->item->terms = 1;
    *l->item->term = (struct term){mem_copy(pointer), mem_copy(value)};
}

void scenario_condition_free(struct condition *c)
{
    for (size_t i = 0; i < c->terms; i++) {
        free(c->term[i].pointer);
        free(c->term[i].value);
    }
    free(c->term);
}

void scenario_conditions_free(struct condition_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        scenario_condition_free(&l->item[i]);
    free(l->item);
}

cJSON *scenario_condition_json(const struct condition *c)
{
    cJSON *o;

    if (c->terms == 1 && !c->term->value)
        return cJSON_CreateString(c->term->pointer);
    o = cJSON_CreateObject();
    for (size_t i = 0; i < c->terms; i++)
        cJSON_AddItemToObject(o, c->term[i].pointer, cJSON_Parse(c->term[i].value));
    return o;
}

void scenario_conditions_add(cJSON *to, const char *key, const struct condition_list *l)
{
    cJSON *list;

    if (l->count == 1) {
        cJSON_AddItemToObject(to, key, scenario_condition_json(l->item));
    } else if (l->item) {
        list = cJSON_AddArrayToObject(to, key);
        for (size_t i = 0; i < l->count; i++)
            cJSON_AddItemToArray(list, scenario_condition_json(&l->item[i]));
    }
}
