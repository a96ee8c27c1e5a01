/* The database that the questions of schema/DICTIONARY.md are asked: test_questions FILE makes it,
 * the same every time. Without a FILE it tells that it does. */
#include "tests/store_sample.h"
#include "tests/tap.h"

#include <math.h>

enum { MAIN_COMMITS = 40, SLOWER_FROM = 25, REPEATS = 2, SECONDS = 10, RUNS_MAX = 400 };
enum { DAY_MS = 86400000 };

struct list {
    struct store_finished item[RUNS_MAX];
    size_t count;
    uint32_t noise;
};

/* -1..1, the same each time */
static double noise(struct list *l)
{
    l->noise = l->noise * 1664525U + 1013904223U;
    return (double)(l->noise >> 8) / (1 << 23) - 1;
}

struct plan {
    const char *scenario, *branch, *environment, *author, *subject, *instance;
    int64_t position;
    int repeat;
    double p50_ms, tail, spread;
    enum run_status status;
};

static void failures_fill(struct result *r, int64_t position)
{
    if (position % 8 == 3)
        result_add_failure(r, FAILURE_CONNECTION, "connection refused", 1 + position % 3);
    if (position % 5 == 2)
        result_add_failure(r, FAILURE_MESSAGE, "no reply within 5 s", 2 + position % 4);
    if (position == 33)
        result_add_failure(r, FAILURE_MESSAGE, "close 1011: internal error", 40);
}

/* Second 6 of the newest runs is the worst: a stall. */
static void seconds_fill(struct result *r, const struct plan *p)
{
    struct hist whole;
    struct histogram *out;

    hist_open(&whole);
    for (int second = 0; second < SECONDS; second++) {
        int64_t ns = (int64_t)(p->p50_ms * 1e6) * (second == 6 ? 9 : 1);

        result_add_point(r, METRIC_THROUGHPUT_RECEIVED, second, second == 6 ? 410 : 1000);
        sample_histogram(r, METRIC_LATENCY, second, ns + second * 1000, 100);
        for (int64_t i = 1; i <= 100; i++)
            hist_add(&whole, ns + second * 1000 + i * 1000);
    }
    sample_histogram(r, METRIC_LATENCY, -1, 1, 1);
    out = &r->histograms[r->histograms_count - 1];
    free(out->hdr);
    out->hdr = hist_encode(&whole, &out->hdr_length);
    out->count = whole.total;
    out->min = (double)whole.min / HIST_PER_MS;
    out->max = (double)whole.max / HIST_PER_MS;
    out->mean = hist_mean(&whole) / HIST_PER_MS;
    hist_close(&whole);
}

static void result_fill(struct list *l, struct result *r, const struct plan *p)
{
    double factor = 1 + p->spread * noise(l), p50 = p->p50_ms * factor;

    sample_result(r, p50 * 2);
    r->value[METRIC_LATENCY_P50] = p50;
    r->value[METRIC_LATENCY_P99] = p50 * p->tail * (1 + p->spread * noise(l));
    r->value[METRIC_CONNECT_P95] = 3 * (1 + 0.02 * noise(l));
    r->value[METRIC_CONNECT_SUCCESS] = 1;
    r->value[METRIC_THROUGHPUT_RECEIVED] = 1000 * (1 + 0.001 * noise(l));
    r->value[METRIC_MESSAGES_SENT] = 30000;
    r->value[METRIC_MESSAGES_MATCHED] = 29997;
    r->value[METRIC_ERRORS_RATE] = 3.0 / 30000;
    r->value[METRIC_TARGET_RSS_PER_CLIENT] = 1.2 + 0.01 * (double)p->position;
    r->value[METRIC_TARGET_CPU_MEAN] = 35 + 2 * noise(l);
    r->status = p->status;
    if (p->status != RUN_OK)
        r->reason = mem_copy("lateness p99 12.4 ms, more than 10 ms");
    failures_fill(r, p->position);
    if (strcmp(p->branch, "main") == 0 && p->position >= MAIN_COMMITS - 2)
        seconds_fill(r, p);
}

static void list_add(struct list *l, const struct plan *p)
{
    struct run *run = mem_get(1, sizeof *run);
    struct result *result = mem_get(1, sizeof *result);
    int n = (int)l->count + 1;
    struct sample_run about = {
        .scenario = p->scenario,
        .branch = p->branch,
        .environment = p->environment,
        .position = p->position,
        .started_ms = SAMPLE_START_MS + p->position * DAY_MS + n * INT64_C(60000),
    };
    char *commit =
        mem_printf("%07x%033x", (unsigned)(p->position * 7654321 + *p->branch) & 0xfffffff,
                   (unsigned)p->position);
    char *session = mem_printf("ci-%lld-%s-%s", (long long)p->position, p->branch, p->scenario);
    char when[UNITS_TEXT_SIZE];

    about.commit = commit;
    about.session = session;
    sample_run(run, n, &about);
    free(run->commit_author);
    free(run->commit_subject);
    free(run->commit_time);
    run->commit_author = mem_copy(p->author);
    run->commit_subject = mem_copy(p->subject);
    run->commit_time = mem_copy(
        units_format_time(when, SAMPLE_START_MS + p->position * DAY_MS - INT64_C(3600000)));
    run->repeat = p->repeat;
    run->labels = mem_get(1, sizeof *run->labels);
    run->labels[run->labels_count++] = (struct label){mem_copy("instance"), mem_copy(p->instance)};
    budget_list_put(&run->budgets, &(struct budget){METRIC_LATENCY_P95, 20, 40, 0.05, false});
    if (strcmp(p->branch, "main") == 0 && (p->position == 10 || p->position == 30)) {
        run->commit_tags.tag = mem_get(1, sizeof *run->commit_tags.tag);
        run->commit_tags.tag[run->commit_tags.count++] = (struct commit_tag){
            mem_copy(p->position == 10 ? "v1.0" : "v1.1"), mem_copy(run->commit_sha)};
    }
    result_fill(l, result, p);
    l->item[l->count++] = (struct store_finished){run, result};
    free(commit);
    free(session);
}

static void list_fill(struct list *l)
{
    static const char *const author[] = {"A. Engineer", "B. Builder", "C. Careful"};

    for (int64_t n = 1; n <= MAIN_COMMITS; n++) {
        struct plan p = {.scenario = "chat",
                         .branch = "main",
                         .environment = "x86_64, 8 cores, ci",
                         .author = author[n % 3],
                         .subject = n == SLOWER_FROM ? "Log every message" : "Tidy up",
                         .instance = "large",
                         .position = n,
                         .p50_ms = 5,
                         .tail = n < SLOWER_FROM ? 4 : 5.2,
                         .spread = 0.02,
                         .status = RUN_OK};

        for (p.repeat = 1; p.repeat <= REPEATS; p.repeat++)
            list_add(l, &p);
        p.repeat = 1;
        if (n % 2 == 0) {
            p.scenario = "typical";
            p.p50_ms = 11;
            list_add(l, &p);
        }
        if (n % 4 == 1) {
            p.scenario = "chat";
            p.p50_ms = 6;
            p.environment = "aarch64, 4 cores, laptop";
            p.instance = "small";
            p.spread = 0.15;
            p.status = n == 21 ? RUN_OVERLOADED : RUN_OK;
            list_add(l, &p);
        }
    }
    for (int64_t n = 41; n <= 46; n++)
        list_add(l, &(struct plan){"chat", "faster-parser", "x86_64, 8 cores, ci", author[2],
                                   "Parse in one pass", "large", n, 1, 4.2, 5, 0.02, RUN_OK});
}

static int64_t sample_make(const char *file)
{
    struct list *l = mem_get(1, sizeof *l);
    struct store *s = sample_open(file, STORE_WRITE);
    struct err e = {0};
    int64_t added = 0;

    list_fill(l);
    if (!store_add(s, l->item, l->count, &added, &e))
        fprintf(stderr, "# %s\n", e.text);
    store_close(s);
    for (size_t i = 0; i < l->count; i++) {
        run_free((struct run *)l->item[i].run);
        result_free((struct result *)l->item[i].result);
        free((void *)l->item[i].run);
        free((void *)l->item[i].result);
    }
    free(l);
    return added;
}

int main(int argc, char **argv)
{
    struct store *s;
    struct err e = {0};
    int64_t added, again = -1;
    char *folder;

    if (argc == 2)
        return sample_make(argv[1]) > 0 ? 0 : 1;
    folder = sample_folder();
    added = sample_make("a.db");
    OK(added > 100, "a database to ask");
    OK(sample_make("b.db") == added, "and another one");
    s = sample_open("a.db", STORE_WRITE);
    OK(store_merge(s, "b.db", &again, &e) && again == 0, "which is the same");
    store_close(s);
    sample_folder_end(folder);
    return tap_end();
}
