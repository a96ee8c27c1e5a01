/* import: results of other benchmark tools, recorded as runs. */
#include "runner/file.h"
#include "runner/identity.h"
#include "runner/import.h"
#include "runner/record.h"
#include "runner/uuid.h"

#include "schema/units.h"
#include "store/store.h"

#include <math.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IMPORT_FILE_MAX ((size_t)512 << 20)

struct import_args {
    const char *name, *commit, *branch, *time, *session, *environment;
    struct arg_list labels;
};

static const struct option_spec import_options[] = {
    OPTION(struct import_args, name, "name", "NAME",
           "call the scenario so, where the file has a single one"),
    OPTION(struct import_args, commit, "commit", "ID",
           "what was measured (default: the file's, CI's or git's)"),
    OPTION(struct import_args, branch, "branch", "NAME",
           "its branch (default: the file's, CI's or git's)"),
    OPTION(struct import_args, time, "time", "TIME",
           "when it was measured, where the file does not say (default: now)"),
    OPTION(struct import_args, session, "session", "ID",
           "what ran together (default: the CI job, else this invocation)"),
    OPTION(struct import_args, environment, "environment", "NAME",
           "the machine (default: the file's word for it, else \"imported\")"),
    OPTION(struct import_args, labels, "label", "K=V", "kept with each run; may be repeated"),
    OPTION_END,
};

/* One invocation. */
struct import {
    const struct import_args *args;
    const struct import_format *format;
    struct identity identity; /* of the commit that the file does not name */
    char own[UUID_SIZE];      /* the session, where nothing else names it */
    int64_t now_ms;
};

/* Another commit than ours: what the file says of it, and where it stands in git's history. */
static void commit_fill(struct run *r, const struct imported *one)
{
    r->commit_sha = mem_copy(one->commit_sha);
    r->commit_author = mem_copy(one->commit_author);
    r->commit_subject = mem_copy(one->commit_subject);
    r->commit_position = -1;
    if (one->started_ms >= 0) {
        char when[UNITS_TEXT_SIZE];

        r->commit_time = mem_copy(units_format_time(when, one->started_ms));
    }
}

static void digest_add(struct text *t, const char *s)
{
    text_add(t, s ? s : "");
    text_add_bytes(t, "\n", 1);
}

static void hex(const unsigned char *bytes, size_t count, char *out)
{
    for (size_t i = 0; i < count; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

/* A UUID of version 7 whose random bits follow from what was measured: importing the same file
 * again adds nothing. */
static void uuid_fill(const struct import *im, const struct imported *one, struct run *r)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    struct text all = {0};
    char number[UNITS_TEXT_SIZE], text[33];

    digest_add(&all, im->format->name);
    digest_add(&all, r->project);
    digest_add(&all, r->scenario);
    digest_add(&all, r->environment.key);
    digest_add(&all, r->commit_sha);
    text_addf(&all, "%lld %lld\n", (long long)one->repeat, (long long)one->started_ms);
    for (int i = 0; i < METRIC_COUNT; i++)
        if (isfinite(one->result.value[i]))
            text_addf(&all, "%s %s\n", metrics[i].name,
                      units_format_exact(number, one->result.value[i]));
    SHA256((const unsigned char *)all.data, all.length, digest);
    text_free(&all);
    for (int i = 0; i < 6; i++)
        digest[i] = (unsigned char)(one->started_ms >> (40 - 8 * i));
    digest[6] = (unsigned char)(0x70 | (digest[6] & 0x0f));
    digest[8] = (unsigned char)(0x80 | (digest[8] & 0x3f));
    hex(digest, 16, text);
    snprintf(r->uuid, sizeof r->uuid, "%.8s-%.4s-%.4s-%.4s-%.12s", text, text + 8, text + 12,
             text + 16, text + 20);
}

/* The load is not known: a benchmark of that name by that tool is one workload. */
static void workload_fill(const struct import *im, struct run *r)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    char text[SHA256_SIZE];
    struct text definition = {0};

    text_addf(&definition, "{\"name\":");
    json_quote(&definition, r->scenario);
    text_addf(&definition, ",\"imported\":\"%s\"}", im->format->name);
    SHA256((const unsigned char *)definition.data, definition.length, digest);
    hex(digest, sizeof digest, text);
    r->workload = mem_copy(text);
    r->definition = definition.data;
}

/* A benchmark that tells a mean alone has nothing that gates, unless its mean does. */
static void budget_fill(const struct imported *one, struct run *r)
{
    const double *value = one->result.value;

    if (isfinite(value[METRIC_LATENCY_MEAN]) && !isfinite(value[METRIC_LATENCY_P50]))
        budget_list_put(&r->budgets, &(struct budget){METRIC_LATENCY_MEAN, NAN, NAN, 0.05, true});
}

static void run_fill(const struct import *im, const struct imported *one, struct run *r)
{
    const struct identity *id = &im->identity;
    const char *environment = im->args->environment ? im->args->environment
                              : one->machine        ? one->machine
                                                    : "imported";
    bool ours = !one->commit_sha || (im->args->commit && *im->args->commit) ||
                (id->commit_sha && strcmp(id->commit_sha, one->commit_sha) == 0);

    *r = (struct run){.repeat = one->repeat, .scenario = mem_copy(one->scenario)};
    r->started_ms = one->started_ms >= 0 ? one->started_ms : im->now_ms;
    if (ours)
        record_identity(r, id);
    else
        commit_fill(r, one);
    r->project = r->project ? r->project : mem_copy(id->project);
    if (one->branch && !(im->args->branch && *im->args->branch)) {
        free(r->branch);
        r->branch = mem_copy(one->branch);
    }
    r->branch = r->branch ? r->branch : mem_copy(id->branch);
    r->session = im->args->session ? mem_copy(im->args->session)
                 : ours            ? mem_copy(id->session ? id->session : im->own)
                                   : mem_printf("%s %s", im->format->name, one->commit_sha);
    text_clean(r->session);
    r->tool_version = mem_copy(STREAMGAUGE_VERSION);
    r->environment.key = mem_copy(environment);
    text_clean(r->environment.key);
    r->environment.name = mem_copy(r->environment.key);
    workload_fill(im, r);
    budget_fill(one, r);
    record_label(r, "imported", im->format->name);
    record_labels_take(r, &im->args->labels);
    uuid_fill(im, one, r);
}

static bool imports_store(const struct import *im, const struct imports *list,
                          const struct globals *g, int64_t *added, struct err *e)
{
    struct run *runs = mem_get(list->count, sizeof *runs);
    struct store_finished *finished = mem_get(list->count, sizeof *finished);
    struct store *s = NULL;
    bool done;

    for (size_t i = 0; i < list->count; i++) {
        run_fill(im, &list->item[i], &runs[i]);
        finished[i] = (struct store_finished){&runs[i], &list->item[i].result};
    }
    done = store_open(&s, g->db, STORE_WRITE, g->wait.ns, e) &&
           store_add(s, finished, list->count, added, e);
    store_close(s);
    for (size_t i = 0; i < list->count; i++)
        run_free(&runs[i]);
    free(runs);
    free(finished);
    return done;
}

static bool name_apply(const struct import_args *args, struct imports *list, struct err *e)
{
    if (!args->name)
        return true;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->item[i].scenario, list->item[0].scenario) != 0)
            return err_set(e, ERR_USAGE,
                           "--name: the file has several benchmarks, %s and %s among them",
                           list->item[0].scenario, list->item[i].scenario);
    }
    for (size_t i = 0; i < list->count; i++) {
        free(list->item[i].scenario);
        list->item[i].scenario = mem_copy(args->name);
        text_clean(list->item[i].scenario);
    }
    return true;
}

/* What a file leaves open is so for each of its runs. */
static bool time_apply(const struct import_args *args, struct imports *list, struct err *e)
{
    int64_t ms;

    if (!args->time)
        return true;
    if (!units_time(args->time, &ms, e))
        return err_wrap(e, "--time");
    for (size_t i = 0; i < list->count; i++)
        if (list->item[i].started_ms < 0)
            list->item[i].started_ms = ms;
    return true;
}

static void import_tell(const struct globals *g, const struct imports *list, int64_t added)
{
    int64_t known = (int64_t)list->count - added;

    if (g->json)
        printf("{\"schema_version\":1,\"runs\":%zu,\"added\":%lld}\n", list->count,
               (long long)added);
    else if (known > 0)
        printf("%lld new run%s, %lld known already\n", (long long)added, added == 1 ? "" : "s",
               (long long)known);
    else
        printf("%lld new run%s\n", (long long)added, added == 1 ? "" : "s");
}

static int import_run(const struct call *call, struct err *e)
{
    struct import im = {.args = call->args, .format = import_format_find(call->operand[0], e)};
    struct imports list = {0};
    struct text text = {0};
    struct timespec now;
    int64_t added = 0;

    clock_gettime(CLOCK_REALTIME, &now);
    im.now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / NS_PER_MS;
    uuid_make(im.own, im.now_ms);
    if (im.format && record_labels_check(&im.args->labels, e) &&
        file_read_large(call->operand[1], IMPORT_FILE_MAX, &text, e)) {
        struct import_file file = {call->operand[1], text.data ? text.data : "", text.length};

        if (import_read(im.format, &file, &list, e) && name_apply(im.args, &list, e) &&
            time_apply(im.args, &list, e)) {
            identity_get(&im.identity, im.args->commit, im.args->branch);
            if (imports_store(&im, &list, call->globals, &added, e))
                import_tell(call->globals, &list, added);
            identity_free(&im.identity);
        }
    }
    imports_free(&list);
    text_free(&text);
    return (int)e->kind;
}

const struct command cmd_import = {
    .name = "import",
    .operands = "FORMAT FILE",
    .summary = "record the results of other benchmark tools",
    .details =
        "A benchmark becomes a scenario of its name, each measurement a run; raw samples\n"
        "become a histogram. A benchmark that tells a mean alone gates by it, with a regression\n"
        "budget of 5 %. Importing a file again adds nothing. FILE - is stdin. Formats:\n"
        "  hyperfine   its --export-json\n"
        "  k6          its --summary-export, or --out json\n"
        "  artillery   its run --output\n"
        "  gbench      Google Benchmark's --benchmark_format=json\n"
        "  gotest      the output of go test -bench\n"
        "  wrk         its output, best with --latency\n"
        "  pytest      pytest-benchmark's --benchmark-json\n"
        "  autocannon  its --json\n"
        "  gab         github-action-benchmark's data.js, or custom benchmarks",
    .options = import_options,
    .args_size = sizeof(struct import_args),
    .operands_min = 2,
    .operands_max = 2,
    .run = import_run,
};
