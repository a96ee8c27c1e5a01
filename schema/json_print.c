#include "schema/json.h"
#include "schema/units.h"

#include <stdlib.h>
#include <string.h>

enum { COMPACT = -1 };

static void line_break(struct text *out, int level)
{
    if (level != COMPACT)
        text_addf(out, "\n%*s", 2 * level, "");
}

static bool only_scalars(const cJSON *array)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, array) if (item->child) return false;
    return true;
}

static int member_compare(const void *a, const void *b)
{
    return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

/* The members of an array or object as a list, ended by NULL; the caller frees it. */
static const cJSON **children_list(const cJSON *parent, bool sorted)
{
    size_t count = 0;
    const cJSON *child, **list;

    cJSON_ArrayForEach(child, parent) count++;
    list = mem_get(count + 1, sizeof *list);
    count = 0;
    cJSON_ArrayForEach(child, parent) list[count++] = child;
    if (sorted && cJSON_IsObject(parent))
        qsort(list, count, sizeof *list, member_compare);
    return list;
}

static void value_print(const cJSON *value, bool sorted, int level, struct text *out);

static void children_print(const cJSON *value, bool sorted, int level, struct text *out)
{
    bool object = cJSON_IsObject(value);
    /* A list of scalars stays on one line. */
    int inner = level == COMPACT || (!object && only_scalars(value)) ? COMPACT : level + 1;
    const cJSON **list = children_list(value, sorted);

    text_add(out, object ? "{" : "[");
    for (size_t i = 0; list[i]; i++) {
        if (i)
            text_add(out, inner == level || inner != COMPACT ? "," : ", ");
        line_break(out, inner);
        if (object) {
            json_quote(out, list[i]->string);
            text_add(out, inner == COMPACT ? ":" : ": ");
        }
        value_print(list[i], sorted, inner, out);
    }
    if (list[0] && inner != COMPACT)
        line_break(out, level);
    text_add(out, object ? "}" : "]");
    free(list);
}

static void value_print(const cJSON *value, bool sorted, int level, struct text *out)
{
    char number[UNITS_TEXT_SIZE];

    if (cJSON_IsObject(value) || cJSON_IsArray(value))
        children_print(value, sorted, level, out);
    else if (cJSON_IsString(value))
        json_quote(out, value->valuestring);
    else if (cJSON_IsNumber(value)) /* adding 0 takes the sign off a zero */
        text_add(out, units_format_exact(number, value->valuedouble + 0.0));
    else
        text_add(out, cJSON_IsTrue(value) ? "true" : cJSON_IsFalse(value) ? "false" : "null");
}

void json_canonical(const cJSON *value, struct text *out)
{
    value_print(value, true, COMPACT, out);
}

void json_print(const cJSON *value, bool indent, struct text *out)
{
    value_print(value, false, indent ? 0 : COMPACT, out);
}
