/* Benchmarks of code: hyperfine, Google Benchmark, go test, pytest-benchmark, and the collection of
 * github-action-benchmark. */
#include "runner/import.h"

#include "schema/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What becomes of one benchmark of a file, an object. */
struct taker {
    bool (*take)(const struct json_at *item, struct imports *out, size_t first, struct err *e);
    size_t first; /* where the runs of the same commit begin */
};

static bool items_each(const struct json_at *array, struct imports *out, struct taker taker,
                       struct err *e)
{
    int index = 0;
    const cJSON *value;

    cJSON_ArrayForEach(value, array->value)
    {
        struct json_at item = *array;

        item.value = value;
        snprintf(item.path + strlen(item.path), sizeof item.path - strlen(item.path), "[%d]",
                 index++);
        if (!cJSON_IsObject(value))
            return json_expected(&item, "an object", e);
        if (!taker.take(&item, out, taker.first, e))
            return false;
    }
    return true;
}

static bool name_need(const struct json_at *item, const char *key, const char **name, struct err *e)
{
    struct json_at member = json_member(item, key);

    *name = cJSON_GetStringValue(member.value);
    return *name || json_expected(&member, "a name", e);
}

static void samples_take(struct imported *one, const cJSON *array, double ms)
{
    const cJSON *value;

    cJSON_ArrayForEach(value, array)
    {
        if (cJSON_IsNumber(value))
            imported_sample(one, value->valuedouble * ms);
    }
}

/* A document whose array `key` holds the benchmarks. */
static bool array_read(const struct import_file *f, const char *key, struct imports *out,
                       struct taker taker, struct err *e)
{
    cJSON *root = json_read(f->text, f->length, f->name, JSON_STRICT, e);
    struct json_at at = json_root(root, f->name), array;
    bool done = root && import_need(&at, key, true, &array, e) && items_each(&array, out, taker, e);

    cJSON_Delete(root);
    return done;
}

static bool hyperfine_take(const struct json_at *item, struct imports *out, size_t first,
                           struct err *e)
{
    const char *name;
    struct imported *one;

    (void)first;
    if (!name_need(item, "command", &name, e))
        return false;
    one = imports_add(out, name);
    samples_take(one, json_member(item, "times").value, 1e3);
    one->result.value[METRIC_LATENCY_MEAN] = import_number(item, "mean") * 1e3;
    one->result.value[METRIC_LATENCY_P50] = import_number(item, "median") * 1e3;
    one->result.value[METRIC_LATENCY_MIN] = import_number(item, "min") * 1e3;
    one->result.value[METRIC_LATENCY_MAX] = import_number(item, "max") * 1e3;
    return true;
}

bool import_hyperfine(const struct import_file *f, struct imports *out, struct err *e)
{
    return array_read(f, "results", out, (struct taker){hyperfine_take, 0}, e);
}

/* How long and how often was measured is no part of what: "BM_copy/8/min_time:0.020/repeats:3". */
static char *gbench_name(const char *name)
{
    static const char *const how[] = {"/min_time:", "/min_warmup_time:", "/repeats:",
                                      "/iterations:"};
    char *copy = mem_copy(name);

    for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
        char *at = strstr(copy, how[i]);

        if (at) {
            size_t length = 1 + strcspn(at + 1, "/");

            memmove(at, at + length, strlen(at + length) + 1);
        }
    }
    return copy;
}

/* Each repetition is a run; what Google Benchmark made of them (mean, stddev) is left to us. */
static bool gbench_take(const struct json_at *item, struct imports *out, size_t first,
                        struct err *e)
{
    const char *name, *type = cJSON_GetStringValue(json_member(item, "run_type").value),
                      *unit = cJSON_GetStringValue(json_member(item, "time_unit").value);
    struct json_at run_name = json_member(item, "run_name");
    struct imported *one;
    char *bare;

    (void)first;
    if (type && strcmp(type, "aggregate") == 0)
        return true;
    if (!name_need(item, run_name.value ? "run_name" : "name", &name, e))
        return false;
    bare = gbench_name(name);
    one = imports_add(out, bare);
    free(bare);
    one->result.value[METRIC_LATENCY_MEAN] =
        import_number(item, "real_time") * import_unit_ms(unit ? unit : "ns");
    one->result.value[METRIC_THROUGHPUT_RECEIVED] = import_number(item, "items_per_second");
    one->result.value[METRIC_BYTES_RECEIVED] = import_number(item, "bytes_per_second");
    if (cJSON_IsTrue(json_member(item, "error_occurred").value)) {
        const char *why = cJSON_GetStringValue(json_member(item, "error_message").value);

        one->result.status = RUN_FAILED;
        one->result.reason = mem_copy(why ? why : "the benchmark failed");
        text_clean(one->result.reason);
    }
    return true;
}

bool import_gbench(const struct import_file *f, struct imports *out, struct err *e)
{
    cJSON *root;
    const char *date;

    if (!array_read(f, "benchmarks", out, (struct taker){gbench_take, 0}, e))
        return false;
    root = json_read(f->text, f->length, f->name, JSON_STRICT, e);
    date = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(root, "context"), "date"));
    for (size_t i = 0; i < out->count; i++)
        out->item[i].started_ms = import_time_ms(date);
    cJSON_Delete(root);
    return true;
}

/* "BenchmarkX-8   1000   1234 ns/op   56.7 MB/s   8 B/op": a count, then numbers with units. */
static bool gotest_line(char *line, struct imports *out)
{
    char *next = line, *name = strsep(&next, " \t"), *word, *end;
    size_t first = 0, length;
    struct imported *one;
    double value = NAN;

    if (strncmp(name, "Benchmark", 9) != 0 || !next)
        return false;
    next += strspn(next, " \t");
    if (strtoll(next, &end, 10) <= 0 || end == next)
        return false; /* only a name, as -v prints before it measures */
    next = end;
    length = strlen(name);
    while (length > 0 && name[length - 1] >= '0' && name[length - 1] <= '9')
        length--;
    first = length > 0 && name[length - 1] == '-' && name[length] ? length - 1 : strlen(name);
    name[first] = '\0'; /* without the number of processors */
    one = imports_add(out, name);
    while ((word = strsep(&next, " \t"))) {
        double number;

        if (!*word)
            continue;
        number = strtod(word, &end);
        if (!*end && end != word) {
            value = number;
            continue;
        }
        if (isfinite(import_unit_ms(word)) && strstr(word, "/op"))
            one->result.value[METRIC_LATENCY_MEAN] = value * import_unit_ms(word);
        else if (strcmp(word, "MB/s") == 0)
            one->result.value[METRIC_BYTES_RECEIVED] = value * 1e6;
    }
    return true;
}

bool import_gotest(const struct import_file *f, struct imports *out, struct err *e)
{
    char *text = mem_copy(f->text), *next = text, *line, *cpu = NULL;

    (void)e;
    while ((line = strsep(&next, "\n"))) {
        line[strcspn(line, "\r")] = '\0';
        if (strncmp(line, "cpu: ", 5) == 0)
            cpu = line + 5;
        if (gotest_line(line, out) && cpu)
            out->item[out->count - 1].machine = mem_copy(cpu);
    }
    free(text);
    return true;
}

static bool pytest_take(const struct json_at *item, struct imports *out, size_t first,
                        struct err *e)
{
    struct json_at stats, full = json_member(item, "fullname");
    struct imported *one;
    const char *name;

    (void)first;
    if (!name_need(item, full.value ? "fullname" : "name", &name, e) ||
        !import_need(item, "stats", false, &stats, e))
        return false;
    one = imports_add(out, name);
    samples_take(one, json_member(&stats, "data").value, 1e3);
    one->result.value[METRIC_LATENCY_MEAN] = import_number(&stats, "mean") * 1e3;
    one->result.value[METRIC_LATENCY_P50] = import_number(&stats, "median") * 1e3;
    one->result.value[METRIC_LATENCY_MIN] = import_number(&stats, "min") * 1e3;
    one->result.value[METRIC_LATENCY_MAX] = import_number(&stats, "max") * 1e3;
    return true;
}

/* A member's text, copied; NULL where there is none. */
static char *text_of(const cJSON *object, const char *key)
{
    char *text = mem_copy(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key)));

    if (text)
        text_clean(text);
    return text;
}

/* The same; NULL also where it is the word for not knowing. */
static char *known_of(const cJSON *object, const char *key, const char *unknown)
{
    char *text = text_of(object, key);

    if (text && strcmp(text, unknown) == 0) {
        free(text);
        text = NULL;
    }
    return text;
}

bool import_pytest(const struct import_file *f, struct imports *out, struct err *e)
{
    cJSON *root, *commit, *machine;
    char *date;

    if (!array_read(f, "benchmarks", out, (struct taker){pytest_take, 0}, e))
        return false;
    root = json_read(f->text, f->length, f->name, JSON_STRICT, e);
    commit = cJSON_GetObjectItemCaseSensitive(root, "commit_info");
    machine = cJSON_GetObjectItemCaseSensitive(root, "machine_info");
    date = text_of(root, "datetime");
    for (size_t i = 0; i < out->count; i++) {
        out->item[i].started_ms = import_time_ms(date);
        out->item[i].commit_sha = known_of(commit, "id", "unversioned");
        out->item[i].branch = known_of(commit, "branch", "(unknown)");
        out->item[i].machine = text_of(machine, "node");
    }
    free(date);
    cJSON_Delete(root);
    return true;
}

/* The metric of a name such as our own export gives, "chat: latency.p95"; else by the unit. */
static bool gab_value(struct imported *one, const char *unit, double value)
{
    char *colon = strstr(one->scenario, ": ");
    enum metric_id metric;
    struct err ignored;

    if (colon && metric_find(colon + 2, &metric, &ignored) &&
        strcmp(metrics[metric].unit, unit) == 0) {
        *colon = '\0';
        one->result.value[metric] = value;
    } else if (isfinite(import_unit_ms(unit))) {
        one->result.value[METRIC_LATENCY_MEAN] = value * import_unit_ms(unit);
    } else if (strcmp(unit, "ops/sec") == 0 || strcmp(unit, "iter/sec") == 0 ||
               strcmp(unit, "req/s") == 0 || strcmp(unit, "msg/s") == 0) {
        one->result.value[METRIC_THROUGHPUT_RECEIVED] = value;
    } else {
        return false;
    }
    return true;
}

/* Takes the value of the last one into an earlier run of the same scenario, which has it not yet.
 */
static bool gab_join(struct imports *out, size_t first)
{
    struct imported *last = &out->item[out->count - 1];
    int m = 0;

    while (!isfinite(last->result.value[m]))
        m++;
    for (size_t i = first; i + 1 < out->count; i++) {
        struct imported *other = &out->item[i];

        if (strcmp(other->scenario, last->scenario) != 0 || isfinite(other->result.value[m]))
            continue;
        other->result.value[m] = last->result.value[m];
        return true;
    }
    return false;
}

static void last_drop(struct imports *out)
{
    struct imports last = {mem_get(1, sizeof *last.item), 1};

    last.item[0] = out->item[--out->count];
    imports_free(&last);
}

/* A unit that says nothing here leaves its benchmark out. */
static bool gab_take(const struct json_at *item, struct imports *out, size_t first, struct err *e)
{
    const char *name, *unit = cJSON_GetStringValue(json_member(item, "unit").value);
    double number = import_number(item, "value");
    struct imported *one;

    if (!name_need(item, "name", &name, e))
        return false;
    if (!isfinite(number))
        return json_refuse(item, e, "has no number `value`");
    one = imports_add(out, name);
    if (!gab_value(one, unit ? unit : "", number) || gab_join(out, first))
        last_drop(out);
    return true;
}

static bool gab_entry(const struct json_at *entry, struct imports *out, size_t unused,
                      struct err *e)
{
    struct json_at benches;
    const cJSON *commit = json_member(entry, "commit").value;
    size_t first = out->count;

    (void)unused;
    if (!import_need(entry, "benches", true, &benches, e) ||
        !items_each(&benches, out, (struct taker){gab_take, first}, e))
        return false;
    for (size_t i = first; i < out->count; i++) {
        struct imported *one = &out->item[i];

        one->commit_sha = text_of(commit, "id");
        one->commit_subject = text_of(commit, "message");
        one->commit_author = text_of(cJSON_GetObjectItemCaseSensitive(commit, "author"), "name");
        one->started_ms = (int64_t)import_number(entry, "date");
        if (!isfinite(import_number(entry, "date")) || one->started_ms < 0)
            one->started_ms = -1;
    }
    return true;
}

/* data.js: the history of each suite, oldest first. */
static bool gab_history(const struct json_at *root, struct imports *out, struct err *e)
{
    struct json_at entries;
    const cJSON *suite;

    if (!import_need(root, "entries", false, &entries, e))
        return false;
    cJSON_ArrayForEach(suite, entries.value)
    {
        struct json_at at = json_member(&entries, suite->string);

        if (!cJSON_IsArray(suite))
            return json_expected(&at, "an array", e);
        if (!items_each(&at, out, (struct taker){gab_entry, 0}, e))
            return false;
    }
    return true;
}

bool import_gab(const struct import_file *f, struct imports *out, struct err *e)
{
    static const char script[] = "window.BENCHMARK_DATA";
    const char *text = f->text, *start;
    cJSON *root;
    struct json_at at;
    bool done;

    if (strncmp(text, script, sizeof script - 1) == 0 && (start = strchr(text, '=')))
        text = start + 1;
    root = json_read(text, f->length - (size_t)(text - f->text), f->name, JSON_STRICT, e);
    at = json_root(root, f->name);
    done = root && (cJSON_IsArray(root) ? items_each(&at, out, (struct taker){gab_take, 0}, e)
                                        : gab_history(&at, out, e));
    cJSON_Delete(root);
    return done;
}
