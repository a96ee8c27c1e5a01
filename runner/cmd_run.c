/* run: carries out scenarios and records every run.
 *
 * All that can be wrong with the command line and the files is found before anything starts. The
 * database is open only while a run is begun and while its results are written, never while
 * processes are started: a database that cannot be written is found before a run instead of after
 * it, and no process ever inherits it.
 */
#include "report/report.h"
#include "runner/advice.h"
#include "runner/identity.h"
#include "runner/interrupt.h"
#include "runner/launch.h"
#include "runner/plan.h"
#include "runner/progress.h"
#include "runner/record.h"
#include "runner/runner.h"
#include "runner/uuid.h"
#include "schema/exit.h"
#include "schema/units.h"
#include "store/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The program itself, whatever its file was renamed to or replaced by since. */
#define PROGRAM "/proc/self/exe"

enum { REPEAT_CI = 5 };

struct run_args {
    struct plan_options plan;
    int64_t repeat, seed, workers; /* repeat 0, seed -1: not given */
    const char *commit, *branch, *session, *environment;
    struct arg_duration start_timeout;
    struct arg_list labels;
    bool insecure;
};

static const struct run_args run_defaults = {
    .plan = {.duration = {-1}, .warmup = {-1}},
    .seed = -1,
    .workers = 1,
    .start_timeout = {LAUNCH_TIMEOUT_NS},
};

static const struct option_spec run_options[] = {
    OPTION(struct run_args, plan.target, "target", "URL", "the server (default: the built-in one)"),
    OPTION(struct run_args, plan.start_target, "start-target", "CMD",
           "start the server by `sh -c CMD`; {port} is a free port"),
    OPTION(struct run_args, start_timeout, "start-timeout", "T",
           "how long the started server may take to answer (30s)"),
    OPTION(struct run_args, plan.target_options, "target-option", "K=V",
           "a knob of the built-in server: delay=30ms; may be repeated"),
    OPTION(struct run_args, plan.observe_pid, "observe-pid", "PID",
           "watch CPU and memory of a server that runs already"),
    OPTION(struct run_args, plan.clients, "clients", "N", "number of clients"),
    OPTION(struct run_args, plan.rate, "rate", "R", "messages per second of one client, or max"),
    OPTION(struct run_args, plan.duration, "duration", "T", "how long to measure"),
    OPTION(struct run_args, plan.warmup, "warmup", "T", "how long to run before that"),
    OPTION(struct run_args, plan.headers, "header", "'K: V'",
           "a header of the handshake; may be repeated"),
    OPTION(struct run_args, insecure, "insecure", NULL,
           "do not verify the server's certificate (not built yet)"),
    OPTION(struct run_args, workers, "workers", "N",
           "processes that the clients are divided over (1)"),
    OPTION(struct run_args, repeat, "repeat", "N", "runs of each scenario (5 under CI, else 1)"),
    OPTION_FROM(struct run_args, seed, "seed", "N", 0, "seed of the first run's random choices"),
    OPTION(struct run_args, plan.budget, "budget", "FILE", "budgets beside the scenario's"),
    OPTION(struct run_args, commit, "commit", "ID", "what was measured (default: CI's or git's)"),
    OPTION(struct run_args, branch, "branch", "NAME", "its branch (default: CI's or git's)"),
    OPTION(struct run_args, session, "session", "ID",
           "what ran together (default: the CI job, else this invocation)"),
    OPTION(struct run_args, environment, "environment", "NAME",
           "name the machine instead of describing it"),
    OPTION(struct run_args, labels, "label", "K=V", "kept with each run; may be repeated"),
    OPTION(struct run_args, plan.dry_run, "dry-run", NULL,
           "print the scenario with all defaults, and its load; do nothing"),
    OPTION_END,
};

/* One invocation as it goes on. */
struct batch {
    const struct call *call;
    const struct run_args *args;
    struct scenario *scenario;
    size_t scenarios;
    int64_t repeats, seed;
    struct identity identity;
    char session[UUID_SIZE]; /* of an invocation that is told none */
    struct record_facts facts;
    struct run_list done;
    double (*value)[METRIC_COUNT]; /* of each that is done */
    int status;
    bool broken; /* the database: no use to go on */
};

static bool args_check(const struct run_args *args, struct err *e)
{
    if (args->insecure)
        return err_set(e, ERR_USAGE, "--insecure is not built yet");
    if (args->workers > RUNNER_WORKERS_MAX)
        return err_set(e, ERR_USAGE, "--workers: expected 1 to %d", RUNNER_WORKERS_MAX);
    return record_labels_check(&args->labels, e) && launch_options(&args->plan.target_options, e);
}

static bool scenarios_load(struct batch *b, struct err *e)
{
    b->scenario = mem_get(b->call->operands, sizeof *b->scenario);
    for (size_t i = 0; i < b->call->operands; i++)
        if (!plan_load(&b->scenario[b->scenarios++], b->call->operand[i], &b->args->plan, e))
            return false;
    return true;
}

static void dry_run_print(const struct batch *b)
{
    for (size_t i = 0; i < b->scenarios; i++) {
        double offered = scenario_offered(&b->scenario[i]);
        struct text out = {0};
        char number[UNITS_TEXT_SIZE];

        scenario_print(&b->scenario[i], &out);
        puts(out.data);
        if (!b->call->globals->json) /* a comment, so that the output is a scenario file */
            printf("// offered: %s\n", isnan(offered)
                                           ? "as fast as the server answers"
                                           : units_format_metric(number, offered, "msg/s"));
        text_free(&out);
    }
}

static void batch_start(struct batch *b)
{
    const struct run_args *args = b->args;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    uuid_make(b->session, (int64_t)now.tv_sec * 1000);
    identity_get(&b->identity, args->commit, args->branch);
    b->repeats = args->repeat ? args->repeat : identity_is_ci() ? REPEAT_CI : 1;
    b->seed = args->seed >= 0 ? args->seed : plan_seed_random();
    b->facts = (struct record_facts){.identity = &b->identity,
                                     .session = b->session,
                                     .environment = args->environment,
                                     .labels = args->labels,
                                     .target_options = args->plan.target_options};
    if (b->identity.session)
        b->facts.session = b->identity.session;
    if (args->session && *args->session)
        b->facts.session = args->session;
}

static void batch_free(struct batch *b)
{
    for (size_t i = 0; i < b->scenarios; i++)
        scenario_free(&b->scenario[i]);
    free(b->scenario);
    identity_free(&b->identity);
    run_list_free(&b->done);
    free(b->value);
}

/* Keeps one sentence for the end: the first of the gravest kind. */
static void batch_fail(struct batch *b, const struct err *why, struct err *e)
{
    b->status = exit_worse(b->status, (int)why->kind);
    if (e->kind == ERR_NONE || exit_worse((int)e->kind, (int)why->kind) != (int)e->kind)
        *e = *why;
}

static bool run_begin(struct batch *b, struct run *run, struct err *e)
{
    const struct globals *g = b->call->globals;
    struct store *s = NULL;
    bool done = store_open(&s, g->db, STORE_WRITE, g->wait.ns, e) && store_begin(s, run, e);

    store_close(s);
    return done;
}

/* Saves a finished run that the database did not take for the reason *why: beside it, or where that
 * does not go either (a full disk, a folder that is gone), among the temporary files. */
static void run_save(const char *db, struct run *run, const struct result *result,
                     const struct err *why, struct err *e)
{
    const char *name = strrchr(db, '/'), *folder = getenv("TMPDIR");
    char *spare = mem_printf("%s/%s", folder && *folder ? folder : "/tmp", name ? name + 1 : db);
    char *file = NULL;
    struct err worse = {0};

    if (store_pending(db, run, result, &file, &worse) ||
        store_pending(spare, run, result, &file, &worse))
        err_set(e, ERR_STORE, "%s; the finished run is safe in %s: streamgauge merge %s", why->text,
                file, file);
    else
        err_set(e, ERR_STORE, "%s; nor could the run be saved elsewhere: %s", why->text,
                worse.text);
    free(file);
    free(spare);
}

/* Writes the results and says so once they are safe on disk. */
static bool run_record(struct batch *b, struct run *run, const struct result *result, struct err *e)
{
    const struct globals *g = b->call->globals;
    struct store *s = NULL;
    struct err why = {0};
    bool done =
        store_open(&s, g->db, STORE_WRITE, g->wait.ns, &why) && store_finish(s, run, result, &why);

    store_close(s);
    if (done)
        fprintf(stderr, "recorded %s\n", run->uuid);
    else
        run_save(g->db, run, result, &why, e);
    return done;
}

/* A worker needs a client. */
static int64_t run_workers(const struct batch *b, const struct scenario *s)
{
    return b->args->workers < s->clients ? b->args->workers : s->clients;
}

/* Measures, with a target of its own where one is to be started. A run that could not even start is
 * a failed run with a reason. */
static void run_measure(struct batch *b, const struct scenario *s, const struct run *run,
                        const char *title, struct result *result)
{
    const struct run_args *args = b->args;
    struct launch_spec spec = {.program = PROGRAM,
                               .command = args->plan.start_target,
                               .options = args->plan.target_options,
                               .scenario = s,
                               .timeout_ns = args->start_timeout.ns};
    struct job job = {.title = title,
                      .scenario = s,
                      .url = s->url,
                      .observe_pid = s->observe_pid,
                      .workers = run_workers(b, s),
                      .seed = run->seed,
                      .insecure = args->insecure,
                      .program = PROGRAM,
                      .globals = b->call->globals};
    struct err e = {0};
    bool done = true;

    if (plan_target(s, &args->plan) <= TARGET_STARTED) {
        done = launch_start(&job.launch, &spec, &e);
        job.url = done ? launch_url(job.launch) : NULL;
    }
    if (!done || !runner_run(&job, result, &e)) {
        result_free(result);
        result_init(result);
        result->status = interrupt_signal() ? RUN_INTERRUPTED : RUN_FAILED;
        result->reason = mem_copy(e.text);
    }
    launch_stop(job.launch);
}

/* What a run says about the invocation's exit status, and in which sentence. */
static void run_answer(struct batch *b, const struct run *run, const struct result *result,
                       const char *title, struct err *e)
{
    struct err why = {0};

    if (result->status == RUN_FAILED || result->status == RUN_OVERLOADED) {
        err_set(&why, ERR_MEASURE, "%s: %s%s", title,
                result->status == RUN_OVERLOADED ? "the generator was overloaded: " : "",
                result->reason);
        batch_fail(b, &why, e);
    }
    if (result->status != RUN_OK)
        return;
    for (size_t i = 0; i < run->budgets.count; i++) {
        const struct budget *budget = &run->budgets.item[i];

        if (budget_judge(budget, result->value[budget->metric]) == BUDGET_CRITICAL)
            b->status = exit_worse(b->status, EXIT_WORSE);
    }
}

static void run_show(struct batch *b, const struct run *run, const struct result *result)
{
    struct doc d = {0};

    if (b->call->globals->json)
        return;
    report_run_brief(&d, run, result);
    report_print(&d, b->call->globals);
    fflush(stdout); /* in a log that takes both, each run stands with its messages */
    doc_free(&d);
}

/* What there is to say of the machine, beside the results. */
static void run_advise(const struct batch *b, const struct scenario *s, const struct run *run,
                       const struct result *result, const char *title)
{
    struct advice_facts facts = {.value = result->value,
                                 .workers = run_workers(b, s),
                                 .cores = run->environment.cores,
                                 .target_here = plan_target(s, &b->args->plan) != TARGET_ELSEWHERE};
    struct text advice = {0};
    char *save = NULL;

    if (b->call->globals->quiet)
        return;
    text_add(&advice, "");
    advice_add(&facts, &advice);
    for (char *line = strtok_r(advice.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        fprintf(stderr, "%s: warning: %s\n", title, line);
    text_free(&advice);
}

static void run_keep(struct batch *b, const struct run *run, const struct result *result)
{
    struct run_list *l = &b->done;

    l->row = mem_grow(l->row, l->count + 1, sizeof *l->row);
    b->value = mem_grow(b->value, l->count + 1, sizeof *b->value);
    record_row(&l->row[l->count], run, result);
    memcpy(b->value[l->count], result->value, sizeof *b->value);
    l->count++;
}

static void run_announce(const struct batch *b, const struct scenario *s, const char *title)
{
    double seconds = (double)(s->ramp_ns + s->warmup_ns + s->duration_ns) / 1e9;
    char *url = s->url ? scenario_url_safe(s->url) : mem_copy("the built-in target");

    if (!b->call->globals->quiet && !progress_wanted(b->call->globals))
        fprintf(stderr, "%s: %lld client%s for %.0f s to %s\n", title, (long long)s->clients,
                s->clients == 1 ? "" : "s", seconds, url);
    free(url);
}

/* One run from its first row to its last. False: no use to repeat it. */
static bool run_carry_out(struct batch *b, const struct scenario *s, int64_t repeat, struct err *e)
{
    char *title = b->repeats > 1 ? mem_printf("%s %lld/%lld", s->name, (long long)repeat,
                                              (long long)b->repeats)
                                 : mem_copy(s->name);
    struct result result;
    struct run run;
    struct err why = {0};
    bool good;

    result_init(&result);
    b->facts.target = plan_target_name[plan_target(s, &b->args->plan)];
    b->facts.workers = run_workers(b, s);
    record_make(&run, s, &b->facts, repeat, plan_seed(b->seed, repeat));
    if (run_begin(b, &run, &why)) {
        run_announce(b, s, title);
        run_measure(b, s, &run, title, &result);
        b->broken = !run_record(b, &run, &result, &why);
        run_keep(b, &run, &result);
        run_show(b, &run, &result);
        run_advise(b, s, &run, &result, title);
        run_answer(b, &run, &result, title, e);
    } else {
        b->broken = true;
    }
    if (b->broken)
        batch_fail(b, &why, e);
    good = result.status == RUN_OK || result.status == RUN_OVERLOADED;
    result_free(&result);
    run_free(&run);
    free(title);
    return good && !b->broken;
}

static void batch_print_json(const struct batch *b)
{
    struct run_json *runs = mem_get(b->done.count, sizeof *runs);
    struct text out = {0};

    for (size_t i = 0; i < b->done.count; i++)
        runs[i] = (struct run_json){&b->done.row[i], b->value[i]};
    report_runs_json(runs, b->done.count, &out);
    fputs(out.data, stdout);
    text_free(&out);
    free(runs);
}

/* What the good runs from the `first` on have in common. */
static void repeats_show(const struct batch *b, size_t first)
{
    const double **value = mem_get(b->done.count, sizeof *value);
    struct doc d = {0};
    size_t good = 0;

    for (size_t i = first; i < b->done.count; i++)
        if (b->done.row[i].status == RUN_OK)
            value[good++] = b->value[i];
    if (good > 1 && !b->call->globals->json) {
        report_repeats(&d, b->done.row[first].scenario, value, good);
        report_print(&d, b->call->globals);
        doc_free(&d);
    }
    free(value);
}

static void batch_run(struct batch *b, struct err *e)
{
    for (size_t i = 0; i < b->scenarios && !b->broken && !interrupt_signal(); i++) {
        size_t first = b->done.count;

        for (int64_t n = 1; n <= b->repeats && !interrupt_signal(); n++)
            if (!run_carry_out(b, &b->scenario[i], n, e))
                break;
        repeats_show(b, first);
    }
    if (b->call->globals->json)
        batch_print_json(b);
    if (interrupt_signal())
        b->status = exit_worse(b->status, 128 + interrupt_signal());
}

static int run_run(const struct call *call, struct err *e)
{
    struct batch b = {.call = call, .args = call->args};

    if (!args_check(b.args, e) || !scenarios_load(&b, e)) {
        b.status = (int)e->kind;
    } else if (b.args->plan.dry_run) {
        dry_run_print(&b);
    } else if (interrupt_start(e)) {
        plan_hide(&b.args->plan);
        batch_start(&b);
        batch_run(&b, e);
    }
    batch_free(&b);
    return b.status;
}

const struct command cmd_run = {
    .name = "run",
    .operands = "SCENARIO...",
    .summary = "carry out scenarios and record every run",
    .details = "A SCENARIO with a slash or ending in .json is a file; any other is built in:\n"
               "single, ten, fifty, hundred, typical, frequent, burst. Without a server named by\n"
               "the scenario, --target or --start-target, the built-in one is started.\n"
               "A command of --start-target serves ws://127.0.0.1:{port}/echo where nothing\n"
               "names another url.\n\n"
               "Ctrl-C ends a run early and keeps what it measured; a second one ends at once.",
    .options = run_options,
    .args_size = sizeof(struct run_args),
    .defaults = &run_defaults,
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .run = run_run,
};
