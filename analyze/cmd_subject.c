#include "analyze/cmd_subject.h"

#include "schema/json.h"
#include "schema/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HISTORY_SESSIONS = 20 };

bool across_parse(const char *list, struct across *out, struct err *e)
{
    static const char *const words[] = {"environment", "scenario", NULL};

    *out = (struct across){0};
    for (const char *word = list; word && *word;) {
        size_t length = strcspn(word, ",");
        char *name = mem_printf("%.*s", (int)length, word);
        const char *nearest = text_nearest(name, words);

        out->environment |= strcmp(name, "environment") == 0;
        out->scenario |= strcmp(name, "scenario") == 0;
        if (strcmp(name, "environment") != 0 && strcmp(name, "scenario") != 0)
            err_set(e, ERR_USAGE, "--across %s: expected environment or scenario%s%s%s", name,
                    nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
        free(name);
        if (e->kind != ERR_NONE)
            return false;
        word += length + (word[length] == ',');
    }
    return true;
}

static void part_free(struct part *p)
{
    free(p->runs.row);
    free(p->value);
    *p = (struct part){0};
}

void subject_free(struct subject *s)
{
    part_free(&s->before);
    part_free(&s->after);
    part_free(&s->history);
    run_list_free(&s->earlier);
    budget_list_free(&s->budgets);
    *s = (struct subject){0};
}

static void part_add(struct part *p, const struct run_row *row)
{
    p->runs.row = mem_grow(p->runs.row, p->runs.count + 1, sizeof *p->runs.row);
    p->runs.row[p->runs.count++] = *row;
}

/* The connections that a run of this load tries: one a client. */
static double connects_of(const struct run *run)
{
    struct err e = {0};
    const char *text = run->definition ? run->definition : "";
    cJSON *root = json_read(text, strlen(text), "definition", JSON_STRICT, &e);
    struct json_at at = json_root(root, "definition");
    double clients = 0;

    if (cJSON_IsObject(root) && !json_get_number(&at, "clients", 0, 1e9, &clients, &e))
        clients = 0;
    cJSON_Delete(root);
    return clients;
}

static bool part_read(struct part *p, struct store *store, struct err *e)
{
    struct run run = {0};
    bool done = true;

    if (p->runs.count == 0)
        return true;
    p->value = mem_get(p->runs.count, sizeof *p->value);
    done = store_values_all(store, &p->runs, &p->value[0][0], e) &&
           store_run(store, p->runs.row[0].id, &run, e);
    if (done)
        p->connects = connects_of(&run);
    run_free(&run);
    return done;
}

static bool same_name(const struct run_row *a, const struct run_row *b)
{
    return strcmp(a->scenario, b->scenario) == 0 && strcmp(a->project, b->project) == 0;
}

static bool same_group(const struct run_row *a, const struct run_row *b)
{
    return a->scenario_id == b->scenario_id && a->environment_id == b->environment_id;
}

bool subject_starts(const struct run_list *judged, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same_group(&judged->row[k], &judged->row[i]))
            return false;
    return true;
}

static bool comparable(const struct run_row *a, const struct run_row *b,
                       const struct across *across)
{
    return (a->environment_id == b->environment_id || across->environment) &&
           (a->scenario_id == b->scenario_id || across->scenario);
}

bool subject_like(const struct run_row *a, const struct run_row *b, const struct across *across)
{
    return same_name(a, b) && !same_group(a, b) && comparable(a, b, across);
}

static bool one_name(const struct run_list *runs)
{
    for (size_t i = 1; i < runs->count; i++)
        if (!same_name(&runs->row[0], &runs->row[i]))
            return false;
    return true;
}

/* Those of the same scenario and machine; else, as far as asked for, those of the same name; else,
 * where the scenario is left open and only one is there, that. */
static void before_choose(struct subject *s, const struct run_row *of,
                          const struct run_list *before, const struct across *across)
{
    int steps = one_name(before) ? 3 : 2;

    for (int step = 0; step < steps && s->before.runs.count == 0; step++)
        for (size_t i = 0; i < before->count; i++) {
            const struct run_row *row = &before->row[i];
            bool fits = step == 0
                            ? same_group(row, of)
                            : (step == 2 || same_name(row, of)) && comparable(row, of, across);

            if (!fits)
                continue;
            part_add(&s->before, row);
            s->other_environment |= row->environment_id != of->environment_id;
            s->other_scenario |= row->scenario_id != of->scenario_id;
        }
}

static bool text_differs(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") != 0;
}

/* "cores: 2 and 4" */
static void environment_difference(const struct environment *a, const struct environment *b,
                                   struct text *out)
{
    const struct {
        const char *name, *a, *b;
    } texts[] = {{"name", a->name, b->name},
                 {"architecture", a->architecture, b->architecture},
                 {"CPU", a->cpu_model, b->cpu_model},
                 {"OS", a->os, b->os},
                 {"container or VM", a->container, b->container}};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (text_differs(texts[i].a, texts[i].b)) {
            text_addf(out, "%s: %s and %s", texts[i].name, texts[i].a ? texts[i].a : "none",
                      texts[i].b ? texts[i].b : "none");
            return;
        }
    if (a->cores != b->cores)
        text_addf(out, "cores: %lld and %lld", (long long)a->cores, (long long)b->cores);
    else if (a->memory_bytes != b->memory_bytes)
        text_addf(out, "memory: %lld and %lld MiB", (long long)(a->memory_bytes >> 20),
                  (long long)(b->memory_bytes >> 20));
    else
        text_addf(out, "environment: %s and %s", a->key, b->key);
}

static void value_short(const cJSON *value, struct text *out)
{
    struct text whole = {0};

    if (value)
        json_print(value, false, &whole);
    text_addf(out, "%.40s%s", value ? whole.data : "none", value && whole.length > 40 ? "..." : "");
    text_free(&whole);
}

static cJSON *definition_read(const struct run *run)
{
    struct err e = {0};
    const char *text = run->definition ? run->definition : "";

    return json_read(text, strlen(text), "definition", JSON_STRICT, &e);
}

/* What of the scenario does not shape the load. */
static bool shapes_load(const char *key)
{
    static const char *const others[] = {"name",    "description", "budgets", "url",
                                         "headers", "observe",     "tls",     "$schema"};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(key, others[i]) == 0)
            return false;
    return true;
}

/* "clients: 100 and 50": the first key of the definitions that differs. */
static void workload_difference(const struct run *a, const struct run *b, struct text *out)
{
    cJSON *before = definition_read(a), *after = definition_read(b);
    const cJSON *sides[] = {before, after}, *item;

    for (int side = 0; side < 2 && !out->data; side++)
        cJSON_ArrayForEach(item, sides[side])
        {
            const cJSON *x, *y;

            if (!item->string || !shapes_load(item->string))
                continue;
            x = cJSON_GetObjectItemCaseSensitive(before, item->string);
            y = cJSON_GetObjectItemCaseSensitive(after, item->string);
            if (cJSON_Compare(x, y, true))
                continue;
            text_addf(out, "%s: ", item->string);
            value_short(x, out);
            text_add(out, " and ");
            value_short(y, out);
            break;
        }
    if (!out->data)
        text_add(out, "workload");
    cJSON_Delete(before);
    cJSON_Delete(after);
}

/* "clients: 100 and 50", or what of the machines differs. */
static bool difference(struct store *store, const struct run_row *before,
                       const struct run_row *after, bool machine, struct text *out, struct err *e)
{
    struct run a = {0}, b = {0};
    bool done = store_run(store, before->id, &a, e) && store_run(store, after->id, &b, e);

    if (done && machine)
        environment_difference(&a.environment, &b.environment, out);
    else if (done)
        workload_difference(&a, &b, out);
    run_free(&a);
    run_free(&b);
    return done;
}

/* Always false; the difference is in *e. */
static bool refuse(struct store *store, const struct run_row *before, const struct run_row *after,
                   const struct across *across, struct err *e)
{
    struct text what = {0};
    bool machine = before->environment_id != after->environment_id && !across->environment;

    if (difference(store, before, after, machine, &what, e))
        err_set(e, ERR_REFUSED,
                "%s: not compared, before and after differ in their %s (%s), which could be all "
                "that changed; --across %s compares them all the same",
                after->scenario, machine ? "environment" : "scenario", what.data,
                machine ? "environment" : "scenario");
    text_free(&what);
    return false;
}

bool subject_stranger(struct store *store, const struct run_row *of, const char *branch,
                      struct text *out, struct err *e)
{
    struct run_filter filter = {.scenario = of->scenario,
                                .branch = branch,
                                .status = run_status_name[RUN_OK],
                                .since_ms = -1,
                                .limit = 200};
    struct run_list runs = {0};
    struct text what = {0};
    bool done = store_list(store, &filter, &runs, e);

    for (size_t i = 0; done && i < 2 * runs.count && !what.data; i++) {
        const struct run_row *row = &runs.row[i % runs.count];
        bool machine = i >= runs.count; /* a run of this machine says more */

        if (row->started_ms >= of->started_ms || same_group(row, of) || !same_name(row, of) ||
            machine != (row->environment_id != of->environment_id))
            continue;
        done = difference(store, row, of, machine, &what, e);
        text_addf(out, "the last run of %s before was %s (%s)", of->scenario,
                  machine ? "on another machine" : "of another load", what.data ? what.data : "");
    }
    text_free(&what);
    run_list_free(&runs);
    return done;
}

static bool before_get(struct subject *s, struct store *store, const struct run_row *of,
                       const struct run_list *before, const struct across *across, struct err *e)
{
    before_choose(s, of, before, across);
    if (s->before.runs.count > 0)
        return part_read(&s->before, store, e);
    for (size_t i = 0; i < before->count; i++)
        if (same_name(&before->row[i], of))
            return refuse(store, &before->row[i], of, across, e);
    return true;
}

/* The sessions before the judged ones, on the branch of what they are compared with. */
static bool history_get(struct subject *s, struct store *store, const struct run_list *judged,
                        const struct run_list *before, struct err *e)
{
    const struct run_row *of = &s->after.runs.row[0];
    struct run_list except = {mem_get(judged->count + before->count, sizeof *except.row), 0};
    int64_t first_ms = of->started_ms;
    bool done;

    for (size_t i = 0; i < s->after.runs.count; i++)
        if (s->after.runs.row[i].started_ms < first_ms)
            first_ms = s->after.runs.row[i].started_ms;
    for (size_t i = 0; i < judged->count; i++)
        except.row[except.count++] = judged->row[i];
    for (size_t i = 0; i < before->count; i++)
        except.row[except.count++] = before->row[i];
    done = store_history(store, of, s->before.runs.row[0].branch, first_ms, HISTORY_SESSIONS,
                         &except, &s->earlier, e);
    for (size_t i = 0; i < s->earlier.count; i++)
        part_add(&s->history, &s->earlier.row[i]);
    free(except.row);
    return done && part_read(&s->history, store, e);
}

bool subject_get(struct subject *s, struct store *store, const struct run_list *judged,
                 size_t first, const struct run_list *before, const struct across *across,
                 struct err *e)
{
    const struct run_row *of = &judged->row[first];

    *s = (struct subject){0};
    for (size_t i = first; i < judged->count; i++)
        if (same_group(&judged->row[i], of))
            part_add(&s->after, &judged->row[i]);
    return part_read(&s->after, store, e) && store_budgets(store, of->id, &s->budgets, e) &&
           before_get(s, store, of, before, across, e) &&
           (s->before.runs.count == 0 || history_get(s, store, judged, before, e));
}

static struct judge_runs judged_part(const struct part *p)
{
    return (struct judge_runs){&p->runs, (const double(*)[METRIC_COUNT])p->value, p->connects};
}

struct judge_subject subject_judged(const struct subject *s)
{
    return (struct judge_subject){.before = judged_part(&s->before),
                                  .after = judged_part(&s->after),
                                  .history = judged_part(&s->history),
                                  .budgets = &s->budgets};
}

size_t runs_not_ok(const struct run_list *runs, struct text *out)
{
    const struct run_row *first = NULL;
    size_t count = 0;

    for (size_t i = 0; i < runs->count; i++) {
        if (runs->row[i].status == RUN_OK)
            continue;
        count++;
        if (!first)
            first = &runs->row[i];
    }
    if (!first)
        return 0;
    text_addf(out, "%zu of %zu runs %s not ok: run %lld is %s%s%.200s", count, runs->count,
              count == 1 ? "is" : "are", (long long)first->id, run_status_name[first->status],
              first->reason ? ": " : "", first->reason ? first->reason : "");
    return count;
}
