#include "runner/import.h"

#include "schema/text.h"
#include "schema/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NAME_MAX_BYTES = 100 }; /* as for scenarios of our own */

const struct import_format import_formats[] = {
    {"hyperfine", "hyperfine --export-json", import_hyperfine},
    {"k6", "k6 run --summary-export, or --out json", import_k6},
    {"artillery", "artillery run --output", import_artillery},
    {"gbench", "Google Benchmark's --benchmark_format=json", import_gbench},
    {"gotest", "go test -bench", import_gotest},
    {"wrk", "wrk --latency", import_wrk},
    {"pytest", "pytest-benchmark's --benchmark-json", import_pytest},
    {"autocannon", "autocannon --json", import_autocannon},
    {"gab", "github-action-benchmark: its data.js, or custom benchmarks", import_gab},
    {NULL, NULL, NULL},
};

const struct import_format *import_format_find(const char *name, struct err *e)
{
    enum { COUNT = sizeof import_formats / sizeof *import_formats };
    const char *names[COUNT] = {0}, *nearest;

    for (size_t i = 0; import_formats[i].name; i++) {
        names[i] = import_formats[i].name;
        if (strcmp(names[i], name) == 0)
            return &import_formats[i];
    }
    nearest = text_nearest(name, names);
    err_set(e, ERR_USAGE, "%s is no format of import%s%s%s; `streamgauge help import` lists them",
            name, nearest ? ", did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    return NULL;
}

void imports_free(struct imports *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct imported *one = &list->item[i];

        free(one->scenario);
        free(one->commit_sha);
        free(one->commit_author);
        free(one->commit_subject);
        free(one->branch);
        free(one->machine);
        result_free(&one->result);
        if (one->latency.counts)
            hist_close(&one->latency);
    }
    free(list->item);
    *list = (struct imports){0};
}

struct imported *imports_add(struct imports *list, const char *name)
{
    struct imported *one;

    list->item = mem_grow(list->item, list->count + 1, sizeof *list->item);
    one = &list->item[list->count++];
    *one = (struct imported){.scenario = mem_copy(name), .started_ms = -1};
    result_init(&one->result);
    one->result.status = RUN_OK;
    one->result.duration_s = NAN;
    return one;
}

void imported_sample(struct imported *i, double ms)
{
    if (!isfinite(ms) || ms < 0)
        return;
    if (!i->latency.counts)
        hist_open(&i->latency);
    hist_add(&i->latency, (int64_t)fmin(ms * HIST_PER_MS + 0.5, (double)HIST_MAX));
}

static const struct {
    double percentile;
    enum metric_id metric;
} percentiles[] = {{50, METRIC_LATENCY_P50},
                   {90, METRIC_LATENCY_P90},
                   {95, METRIC_LATENCY_P95},
                   {99, METRIC_LATENCY_P99},
                   {99.9, METRIC_LATENCY_P999}};
enum { PERCENTILES = sizeof percentiles / sizeof *percentiles };

void imported_percentile(struct imported *i, double percentile, double ms)
{
    for (size_t k = 0; k < PERCENTILES; k++)
        if (percentiles[k].percentile == percentile)
            i->result.value[percentiles[k].metric] = ms;
}

void imported_requests(struct imported *i, double requests, double failed, double duration_s)
{
    double *value = i->result.value;

    value[METRIC_MESSAGES_SENT] = requests;
    value[METRIC_MESSAGES_MATCHED] = requests - failed;
    value[METRIC_ERRORS_COUNT] = failed;
    if (requests > 0)
        value[METRIC_ERRORS_RATE] = failed / requests;
    if (duration_s > 0) {
        i->result.duration_s = duration_s;
        value[METRIC_THROUGHPUT_SENT] = requests / duration_s;
        value[METRIC_THROUGHPUT_RECEIVED] = (requests - failed) / duration_s;
    }
}

double import_number(const struct json_at *at, const char *key)
{
    struct json_at member = json_member(at, key);

    return member.value && cJSON_IsNumber(member.value) ? member.value->valuedouble : NAN;
}

bool import_need(const struct json_at *at, const char *key, bool array, struct json_at *out,
                 struct err *e)
{
    if (!cJSON_IsObject(at->value))
        return json_expected(at, "an object", e);
    *out = json_member(at, key);
    if (!out->value || !(array ? cJSON_IsArray(out->value) : cJSON_IsObject(out->value)))
        return json_expected(out, array ? "an array" : "an object", e);
    return true;
}

double import_unit_ms(const char *unit)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = {{"ns", 1e-6}, {"us", 1e-3}, {"µs", 1e-3}, {"μs", 1e-3},
                 {"ms", 1},    {"s", 1e3},   {"m", 6e4}};
    size_t length = strcspn(unit, "/ "); /* "ns/op", "ns/iter" */

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].unit) == length && strncmp(units[i].unit, unit, length) == 0)
            return units[i].ms;
    return NAN;
}

int64_t import_time_ms(const char *text)
{
    int year, month, day, hour, minute, read = 0, zone_h = 0, zone_m = 0;
    double second;
    struct tm tm;
    int64_t ms;

    if (!text || sscanf(text, "%4d-%2d-%2d%*1[T ]%2d:%2d:%lf%n", &year, &month, &day, &hour,
                        &minute, &second, &read) != 6)
        return -1;
    tm = (struct tm){.tm_year = year - 1900,
                     .tm_mon = month - 1,
                     .tm_mday = day,
                     .tm_hour = hour,
                     .tm_min = minute};
    ms = (int64_t)timegm(&tm) * 1000 + (int64_t)(second * 1000 + 0.5);
    text += read;
    if ((*text == '+' || *text == '-') && sscanf(text + 1, "%2d:%2d", &zone_h, &zone_m) >= 1)
        ms -= (*text == '-' ? -1 : 1) * (zone_h * 60 + zone_m) * INT64_C(60000);
    return ms;
}

char *import_stem(const char *name)
{
    const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
    size_t length = strcspn(base, ".");

    return mem_printf("%.*s", length ? (int)length : (int)strlen(base), base);
}

/* The values that samples tell, and their histogram. */
static void samples_report(struct imported *one)
{
    double *value = one->result.value;
    struct hist *h = &one->latency;
    struct histogram kept = {.metric = METRIC_LATENCY, .second = -1};

    if (!h->counts || h->total == 0)
        return;
    for (size_t k = 0; k < PERCENTILES; k++)
        value[percentiles[k].metric] =
            (double)hist_percentile(h, percentiles[k].percentile) / HIST_PER_MS;
    value[METRIC_LATENCY_MIN] = kept.min = (double)h->min / HIST_PER_MS;
    value[METRIC_LATENCY_MAX] = kept.max = (double)h->max / HIST_PER_MS;
    value[METRIC_LATENCY_MEAN] = kept.mean = hist_mean(h) / HIST_PER_MS;
    kept.count = h->total;
    kept.hdr = hist_encode(h, &kept.hdr_length);
    one->result.histograms = mem_get(1, sizeof kept);
    one->result.histograms[0] = kept;
    one->result.histograms_count = 1;
}

/* A name that a scenario can have: one clean line, not too long, cut between characters. */
static void name_settle(char *name)
{
    size_t end = 0, start = strspn(name, " \t\r\n");

    memmove(name, name + start, strlen(name + start) + 1);
    text_clean(name);
    while (name[end]) {
        uint32_t point;
        size_t step = text_decode(name + end, &point);

        if (end + step > NAME_MAX_BYTES)
            break;
        end += step;
    }
    while (end > 0 && name[end - 1] == ' ')
        end--;
    name[end] = '\0';
}

static bool has_value(const struct imported *one)
{
    for (int i = 0; i < METRIC_COUNT; i++)
        if (isfinite(one->result.value[i]))
            return true;
    return one->result.status != RUN_OK;
}

static bool imported_settle(struct imports *list, size_t i, const struct import_file *f,
                            struct err *e)
{
    struct imported *one = &list->item[i];

    samples_report(one);
    name_settle(one->scenario);
    if (!*one->scenario)
        return err_set(e, ERR_USAGE, "%s: benchmark %zu has no name", f->name, i + 1);
    if (!has_value(one))
        return err_set(e, ERR_USAGE, "%s: benchmark %s has no figure that is known here", f->name,
                       one->scenario);
    if (one->repeat > 0)
        return true;
    one->repeat = 1;
    for (size_t k = 0; k < i; k++) {
        const struct imported *other = &list->item[k];
        bool same_commit = (!other->commit_sha && !one->commit_sha) ||
                           (other->commit_sha && one->commit_sha &&
                            strcmp(other->commit_sha, one->commit_sha) == 0);

        one->repeat += same_commit && strcmp(other->scenario, one->scenario) == 0;
    }
    return true;
}

bool import_read(const struct import_format *format, const struct import_file *f,
                 struct imports *out, struct err *e)
{
    *out = (struct imports){0};
    if (!format->read(f, out, e))
        return false;
    for (size_t i = 0; i < out->count; i++)
        if (!imported_settle(out, i, f, e))
            return false;
    return out->count > 0 ||
           err_set(e, ERR_USAGE, "%s: no benchmark in it; expected the output of %s", f->name,
                   format->from);
}
