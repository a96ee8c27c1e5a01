/* Load generators: k6, artillery, autocannon, wrk. */
#include "runner/import.h"

#include "schema/scenario.h"
#include "schema/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double or_zero(double x)
{
    return isfinite(x) ? x : 0;
}

/* One metric of a summary: --summary-export has its numbers beside its name, handleSummary() puts
 * them below "values". */
static struct json_at k6_metric(const struct json_at *all, const char *name)
{
    struct json_at metric = json_member(all, name), values;

    if (!metric.value || !cJSON_IsObject(metric.value))
        return (struct json_at){0};
    values = json_member(&metric, "values");
    return values.value && cJSON_IsObject(values.value) ? values : metric;
}

static double k6_number(const struct json_at *all, const char *name, const char *key)
{
    struct json_at metric = k6_metric(all, name);

    return metric.value ? import_number(&metric, key) : NAN;
}

/* Requests of HTTP; of WebSocket where there are none. */
static void k6_counts(const struct json_at *m, struct imported *one)
{
    double requests = k6_number(m, "http_reqs", "count"), rate = k6_number(m, "http_reqs", "rate"),
           *value = one->result.value;

    if (isfinite(requests)) {
        /* `passes` counts the requests that did fail: the rate of "failed" being true. */
        imported_requests(one, requests, or_zero(k6_number(m, "http_req_failed", "passes")),
                          rate > 0 ? requests / rate : NAN);
        return;
    }
    value[METRIC_MESSAGES_SENT] = k6_number(m, "ws_msgs_sent", "count");
    value[METRIC_THROUGHPUT_SENT] = k6_number(m, "ws_msgs_sent", "rate");
    value[METRIC_THROUGHPUT_RECEIVED] = k6_number(m, "ws_msgs_received", "rate");
}

static bool k6_summary(const cJSON *root, const struct import_file *f, struct imports *out,
                       struct err *e)
{
    struct json_at at = json_root(root, f->name), all, latency, connect;
    char *name = import_stem(f->name);
    struct imported *one;

    if (!import_need(&at, "metrics", false, &all, e)) {
        free(name);
        return false;
    }
    one = imports_add(out, name);
    free(name);
    latency = k6_metric(&all, "http_req_duration");
    if (!latency.value)
        latency = k6_metric(&all, "grpc_req_duration");
    if (latency.value) {
        one->result.value[METRIC_LATENCY_MEAN] = import_number(&latency, "avg");
        one->result.value[METRIC_LATENCY_MIN] = import_number(&latency, "min");
        one->result.value[METRIC_LATENCY_MAX] = import_number(&latency, "max");
        imported_percentile(one, 50, import_number(&latency, "med"));
        imported_percentile(one, 90, import_number(&latency, "p(90)"));
        imported_percentile(one, 95, import_number(&latency, "p(95)"));
        imported_percentile(one, 99, import_number(&latency, "p(99)"));
        imported_percentile(one, 99.9, import_number(&latency, "p(99.9)"));
    }
    connect = k6_metric(&all, "ws_connecting");
    if (connect.value) {
        one->result.value[METRIC_CONNECT_P50] = import_number(&connect, "med");
        one->result.value[METRIC_CONNECT_P95] = import_number(&connect, "p(95)");
        one->result.value[METRIC_CONNECT_MAX] = import_number(&connect, "max");
    }
    one->result.value[METRIC_BYTES_SENT] = k6_number(&all, "data_sent", "rate");
    one->result.value[METRIC_BYTES_RECEIVED] = k6_number(&all, "data_received", "rate");
    k6_counts(&all, one);
    return true;
}

/* What the points of --out json add up to. */
struct k6_points {
    struct imported *one;
    double requests, failed;
    int64_t first_ms, last_ms;
};

static void k6_point(struct k6_points *p, const struct json_at *line)
{
    const char *metric = cJSON_GetStringValue(json_member(line, "metric").value), *time;
    struct json_at data = json_member(line, "data");
    int64_t ms;
    double value;

    if (!metric || !cJSON_IsObject(data.value))
        return;
    value = import_number(&data, "value");
    time = cJSON_GetStringValue(json_member(&data, "time").value);
    if (strcmp(metric, "http_req_duration") == 0 || strcmp(metric, "grpc_req_duration") == 0)
        imported_sample(p->one, value);
    else if (strcmp(metric, "http_reqs") == 0)
        p->requests += or_zero(value);
    else if (strcmp(metric, "http_req_failed") == 0)
        p->failed += or_zero(value);
    ms = import_time_ms(time);
    if (ms < 0)
        return;
    if (p->first_ms < 0 || ms < p->first_ms)
        p->first_ms = ms;
    if (ms > p->last_ms)
        p->last_ms = ms;
}

static bool k6_lines(const struct import_file *f, struct imports *out, struct err *e)
{
    char *name = import_stem(f->name);
    struct k6_points p = {imports_add(out, name), 0, 0, -1, -1};
    const char *end = f->text + f->length;
    size_t number = 0;

    free(name);
    for (const char *line = f->text, *next; line < end; line = next) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((newline ? newline : end) - line);
        struct json_at at;
        cJSON *root;

        next = line + length + (newline != NULL);
        number++;
        if (strspn(line, " \t\r") >= length)
            continue;
        root = json_read(line, length, NULL, JSON_STRICT, e);
        if (!root)
            return err_wrap(e, "%s, line %zu", f->name, number);
        at = json_root(root, f->name);
        if (cJSON_IsObject(root))
            k6_point(&p, &at);
        cJSON_Delete(root);
    }
    p.one->started_ms = p.first_ms;
    if (p.requests > 0)
        imported_requests(p.one, p.requests, p.failed,
                          p.last_ms > p.first_ms ? (double)(p.last_ms - p.first_ms) / 1e3 : NAN);
    return true;
}

/* A summary is one document, the points are one on each line. */
bool import_k6(const struct import_file *f, struct imports *out, struct err *e)
{
    struct err not_one;
    cJSON *root = json_read(f->text, f->length, f->name, JSON_STRICT, &not_one);
    bool points = !root || cJSON_HasObjectItem(root, "type"), done;
    const char *newline = strchr(f->text, '\n');

    if (!root && (!newline || !strstr(f->text, "\"type\""))) {
        *e = not_one;
        return false;
    }
    done = points ? k6_lines(f, out, e) : k6_summary(root, f, out, e);
    cJSON_Delete(root);
    return done;
}

/* The first summary of times that the report has, in the order of what is most likely meant. */
static struct json_at artillery_times(const struct json_at *aggregate)
{
    static const char *const names[] = {"http.response_time", "websocket.response_time",
                                        "socketio.response_time", "engine.socketio.response_time",
                                        "vusers.session_length"};
    struct json_at summaries = json_member(aggregate, "summaries"), times = {0};

    if (!summaries.value || !cJSON_IsObject(summaries.value))
        return times;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        times = json_member(&summaries, names[i]);
        if (times.value && cJSON_IsObject(times.value))
            return times;
    }
    return (struct json_at){0};
}

/* Adds up what failed: counters errors.NAME, and codes of HTTP from 400 on. */
static double artillery_failures(const struct json_at *counters, struct imported *one)
{
    const cJSON *counter;
    double failed = 0;

    cJSON_ArrayForEach(counter, counters->value)
    {
        const char *name = counter->string;
        bool error = strncmp(name, "errors.", 7) == 0,
             code = strncmp(name, "http.codes.", 11) == 0 && atoi(name + 11) >= 400;
        char *reason;

        if (!cJSON_IsNumber(counter) || !(error || code))
            continue;
        failed += counter->valuedouble;
        reason = code ? mem_printf("HTTP %.40s", name + 11) : mem_printf("%.80s", name + 7);
        text_clean(reason);
        result_add_failure(&one->result, FAILURE_MESSAGE, reason, (int64_t)counter->valuedouble);
        free(reason);
    }
    return failed;
}

bool import_artillery(const struct import_file *f, struct imports *out, struct err *e)
{
    cJSON *root = json_read(f->text, f->length, f->name, JSON_STRICT, e);
    struct json_at at = json_root(root, f->name), aggregate, counters, times;
    double first_ms, last_ms, requests;
    struct imported *one;
    char *name;

    if (!root || !import_need(&at, "aggregate", false, &aggregate, e) ||
        !import_need(&aggregate, "counters", false, &counters, e)) {
        cJSON_Delete(root);
        return false;
    }
    name = import_stem(f->name);
    one = imports_add(out, name);
    free(name);
    times = artillery_times(&aggregate);
    if (times.value) {
        one->result.value[METRIC_LATENCY_MEAN] = import_number(&times, "mean");
        one->result.value[METRIC_LATENCY_MIN] = import_number(&times, "min");
        one->result.value[METRIC_LATENCY_MAX] = import_number(&times, "max");
        imported_percentile(one, 50, import_number(&times, "p50"));
        imported_percentile(one, 90, import_number(&times, "p90"));
        imported_percentile(one, 95, import_number(&times, "p95"));
        imported_percentile(one, 99, import_number(&times, "p99"));
        imported_percentile(one, 99.9, import_number(&times, "p999"));
    }
    first_ms = import_number(&aggregate, "firstMetricAt");
    last_ms = import_number(&aggregate, "lastMetricAt");
    if (first_ms > 0)
        one->started_ms = (int64_t)first_ms;
    requests = import_number(&counters, "http.requests");
    if (!isfinite(requests))
        requests = import_number(&counters, "websocket.messages_sent");
    if (isfinite(requests))
        imported_requests(one, requests, fmin(artillery_failures(&counters, one), requests),
                          last_ms > first_ms ? (last_ms - first_ms) / 1e3 : NAN);
    cJSON_Delete(root);
    return true;
}

bool import_autocannon(const struct import_file *f, struct imports *out, struct err *e)
{
    cJSON *root = json_read(f->text, f->length, f->name, JSON_STRICT, e);
    struct json_at at = json_root(root, f->name), latency, requests;
    struct imported *one;
    const char *url;
    char *name;
    double failed;

    if (!root || !import_need(&at, "latency", false, &latency, e) ||
        !import_need(&at, "requests", false, &requests, e)) {
        cJSON_Delete(root);
        return false;
    }
    url = cJSON_GetStringValue(json_member(&at, "title").value);
    if (!url)
        url = cJSON_GetStringValue(json_member(&at, "url").value);
    name = url ? scenario_url_safe(url) : import_stem(f->name);
    one = imports_add(out, name);
    free(name);
    one->result.value[METRIC_LATENCY_MEAN] = import_number(&latency, "mean");
    one->result.value[METRIC_LATENCY_MIN] = import_number(&latency, "min");
    one->result.value[METRIC_LATENCY_MAX] = import_number(&latency, "max");
    imported_percentile(one, 50, import_number(&latency, "p50"));
    imported_percentile(one, 90, import_number(&latency, "p90"));
    imported_percentile(one, 99, import_number(&latency, "p99"));
    imported_percentile(one, 99.9, import_number(&latency, "p99_9"));
    failed = or_zero(import_number(&at, "errors")) + or_zero(import_number(&at, "non2xx"));
    imported_requests(
        one, or_zero(import_number(&requests, "total")) + or_zero(import_number(&at, "errors")),
        failed, import_number(&at, "duration"));
    one->started_ms = import_time_ms(cJSON_GetStringValue(json_member(&at, "start").value));
    cJSON_Delete(root);
    return true;
}

/* "728.77us", "1.28ms", "2.00s" as milliseconds; NAN for others. */
static double wrk_ms(const char *text)
{
    char *end;
    double number = strtod(text, &end);
    double ms = end == text ? NAN : import_unit_ms(end);

    return number * ms;
}

static double wrk_bytes(const char *text)
{
    static const struct {
        const char *unit;
        double bytes;
    } units[] = {{"GB", 1073741824.0}, {"MB", 1048576}, {"KB", 1024}, {"B", 1}};
    char *end;
    double number = strtod(text, &end);

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strncmp(end, units[i].unit, strlen(units[i].unit)) == 0)
            return number * units[i].bytes;
    return NAN;
}

/* What is said over several lines and counts together. */
struct wrk {
    double requests, failed, duration_s;
};

static void wrk_line(char *line, struct imported *one, struct wrk *w)
{
    char *word[5] = {0}, *next = line + strspn(line, " ");
    int words = 0;
    double percentile;

    while (next && *next && words < 5) {
        word[words++] = strsep(&next, " ");
        next = next ? next + strspn(next, " ") : NULL;
    }
    if (words >= 4 && strcmp(word[0], "Latency") == 0 && isfinite(wrk_ms(word[1]))) {
        one->result.value[METRIC_LATENCY_MEAN] = wrk_ms(word[1]);
        one->result.value[METRIC_LATENCY_MAX] = wrk_ms(word[3]);
    } else if (words == 2 && strchr(word[0], '%')) {
        percentile = strtod(word[0], NULL);
        imported_percentile(one, percentile, wrk_ms(word[1]));
    } else if (words >= 4 && strcmp(word[1], "requests") == 0) {
        w->requests = strtod(word[0], NULL);
        word[3][strcspn(word[3], ",")] = '\0'; /* "2.00s," */
        w->duration_s = wrk_ms(word[3]) / 1e3;
    } else if (words == 2 && strcmp(word[0], "Transfer/sec:") == 0) {
        one->result.value[METRIC_BYTES_RECEIVED] = wrk_bytes(word[1]);
    }
}

static void wrk_errors(const char *line, struct imported *one, struct wrk *w)
{
    static const char *const kinds[] = {"connect", "read", "write", "timeout"};
    const char *responses = strstr(line, "Non-2xx or 3xx responses: ");

    if (responses) {
        long long n = strtoll(responses + strlen("Non-2xx or 3xx responses: "), NULL, 10);

        w->failed += (double)n;
        result_add_failure(&one->result, FAILURE_MESSAGE, "other than 2xx or 3xx", n);
    }
    for (size_t i = 0; strstr(line, "Socket errors:") && i < sizeof kinds / sizeof *kinds; i++) {
        const char *at = strstr(line, kinds[i]);
        long long n = at ? strtoll(at + strlen(kinds[i]), NULL, 10) : 0;

        if (n > 0) {
            w->failed += (double)n;
            result_add_failure(&one->result, i == 0 ? FAILURE_CONNECTION : FAILURE_MESSAGE,
                               kinds[i], n);
        }
    }
}

bool import_wrk(const struct import_file *f, struct imports *out, struct err *e)
{
    static const char running[] = "Running ", test[] = " test @ ";
    char *text = mem_copy(f->text), *next = text, *line, *at;
    struct imported *one = NULL;
    struct wrk w = {NAN, 0, NAN};

    (void)e;
    while ((line = strsep(&next, "\n"))) {
        line[strcspn(line, "\r")] = '\0';
        if (strncmp(line, running, sizeof running - 1) == 0 && (at = strstr(line, test))) {
            char *url = scenario_url_safe(at + sizeof test - 1);

            if (one && isfinite(w.requests))
                imported_requests(one, w.requests, w.failed, w.duration_s);
            one = imports_add(out, url);
            w = (struct wrk){NAN, 0, NAN};
            free(url);
        } else if (one) {
            wrk_errors(line, one, &w);
            wrk_line(line, one, &w);
        }
    }
    if (one && isfinite(w.requests))
        imported_requests(one, w.requests, fmin(w.failed, w.requests), w.duration_s);
    free(text);
    return true;
}
