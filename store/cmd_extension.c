/* The loadable extension, streamgauge.so: the door through which a bare sqlite3 shell comes in. It
 * brings the functions of sqlfunc.h, and those that ask analyze/. */
#include "analyze/analyze.h"
#include "schema/json.h"
#include "store/sqlfunc.h"
#include "store/sqlfunc_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3ext.h>
SQLITE_EXTENSION_INIT1

/* sg_compare(side, x [, better]) */

enum { SIDE_BEFORE, SIDE_AFTER };

/* By name, or as a condition says it: `position >= 120` is false before and true after. */
static bool side_read(sqlite3_value *value, double *side, struct err *e)
{
    const char *word =
        sqlite3_value_type(value) == SQLITE_TEXT ? (const char *)sqlite3_value_text(value) : NULL;

    *side = NAN;
    if (word && strcmp(word, "before") == 0)
        *side = SIDE_BEFORE;
    else if (word && strcmp(word, "after") == 0)
        *side = SIDE_AFTER;
    else if (!sqlfunc_number(value, side, e) ||
             (!isnan(*side) && *side != SIDE_BEFORE && *side != SIDE_AFTER))
        return err_set(e, ERR_USAGE,
                       "expected a side, which is 'before' or 'after', or else 0 or 1");
    return true;
}

static bool better_read(sqlite3_value *value, double *better, struct err *e)
{
    const char *word = (const char *)sqlite3_value_text(value);

    for (int i = BETTER_LOWER; i <= BETTER_HIGHER; i++) {
        if (word && strcmp(word, metric_better_name[i]) == 0) {
            *better = i;
            return true;
        }
    }
    return err_set(e, ERR_USAGE, "expected what is better, 'lower' or 'higher'");
}

static bool compare_read(int args, sqlite3_value **value, struct sqlfunc_row *row, double *option,
                         struct err *e)
{
    if (!side_read(value[0], &row->key, e) || !sqlfunc_number(value[1], &row->x, e) ||
        isnan(row->key) || isnan(row->x))
        return false;
    if (!(row->x > 0))
        return err_set(e, ERR_USAGE,
                       "%g is not above 0, and a change is told as a share of what was", row->x);
    return args < 3 || better_read(value[2], option, e);
}

static size_t side_collect(const struct sqlfunc_row *row, size_t count, double side, double *out)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (row[i].key == side)
            out[n++] = row[i].x;
    return n;
}

static void comparison_add(struct text *out, const struct comparison *c)
{
    /* An empty side leaves the question open as noise does. */
    enum outcome outcome = c->outcome == OUTCOME_NONE ? OUTCOME_INCONCLUSIVE : c->outcome;

    text_addf(out, "{\"verdict\":\"%s\"", outcome_name[outcome]);
    json_add_number(out, ",\"before\":", c->before);
    json_add_number(out, ",\"after\":", c->after);
    json_add_number(out, ",\"change\":", c->change);
    json_add_number(out, ",\"interval\":[", c->lo);
    json_add_number(out, ",", c->hi);
    json_add_number(out, "],\"p\":", c->p);
    json_add_number(out, ",\"detectable\":", c->detectable);
    json_add_number(out, ",\"more_runs\":", c->more_runs < 0 ? (double)NAN : (double)c->more_runs);
    text_add(out, "}");
}

/* Each side is one session, as where `compare --input` is told nothing else. */
static void compare_tell(sqlite3_context *context, struct sqlfunc_row *row, size_t count,
                         double option)
{
    struct compare_options o = compare_defaults;
    double *value = mem_get(count, sizeof *value);
    struct sample before = {.value = value}, after = {0}, history = {0};
    struct comparison c;
    struct text out = {0};

    if (option == BETTER_HIGHER)
        o.better = BETTER_HIGHER;
    sqlfunc_sort(row, count);
    before.count = side_collect(row, count, SIDE_BEFORE, value);
    after.value = value + before.count;
    after.count = side_collect(row, count, SIDE_AFTER, value + before.count);
    compare_log(&before, &after, &history, &o, &c);
    comparison_add(&out, &c);
    sqlite3_result_text(context, out.data, (int)out.length, SQLITE_TRANSIENT);
    text_free(&out);
    free(value);
}

/* sg_changes(position, x) */

static bool changes_read(int args, sqlite3_value **value, struct sqlfunc_row *row, double *option,
                         struct err *e)
{
    (void)args, (void)option;
    return sqlfunc_position(value[0], &row->key, e) && sqlfunc_number(value[1], &row->x, e) &&
           !isnan(row->key);
}

/* As `changes --input` tells them, each with its position: a row without x is a run that is
 * missing, and counts. */
static void changes_tell(sqlite3_context *context, struct sqlfunc_row *row, size_t count,
                         double option)
{
    double *value = mem_get(count, sizeof *value);
    struct step_list steps;
    struct text out = {0};

    (void)option;
    sqlfunc_sort(row, count);
    for (size_t i = 0; i < count; i++)
        value[i] = row[i].x;
    changes_find(value, count, SCALE_LOG, &steps);
    text_add(&out, "[");
    for (size_t i = 0; i < steps.count; i++) {
        text_addf(&out, "%s{\"index\":%zu", i ? "," : "", steps.step[i].index);
        json_add_number(&out, ",\"position\":", row[steps.step[i].index].key);
        step_add_json(&steps.step[i], &out);
        text_add(&out, "}");
    }
    text_add(&out, "]");
    sqlite3_result_text(context, out.data, (int)out.length, SQLITE_TRANSIENT);
    text_free(&out);
    step_list_free(&steps);
    free(value);
}

static int judges_register(sqlite3 *handle)
{
    static const struct sqlfunc_aggregate aggregates[] = {
        {"sg_compare", 2, compare_read, compare_tell},
        {"sg_compare", 3, compare_read, compare_tell},
        {"sg_changes", 2, changes_read, changes_tell},
    };
    int code = SQLITE_OK;

    for (size_t i = 0; i < sizeof aggregates / sizeof *aggregates && code == SQLITE_OK; i++)
        code = sqlfunc_add_aggregate(handle, &aggregates[i]);
    return code;
}

/* The name that SQLite looks for in a file called streamgauge.so. */
__attribute__((visibility("default"))) int
sqlite3_streamgauge_init(sqlite3 *handle, char **error, const sqlite3_api_routines *api);

int sqlite3_streamgauge_init(sqlite3 *handle, char **error, const sqlite3_api_routines *api)
{
    int code;

    SQLITE_EXTENSION_INIT2(api);
    code = sqlfunc_add(handle);
    if (code == SQLITE_OK)
        code = judges_register(handle);
    if (code != SQLITE_OK && error)
        *error = sqlite3_mprintf("%s", sqlite3_errmsg(handle));
    return code;
}
