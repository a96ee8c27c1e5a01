#include "runner/advice.h"
#include "runner/identity.h"
#include "runner/progress.h"
#include "runner/record.h"
#include "runner/runner.h"
#include "runner/uuid.h"
#include "schema/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The program itself, whatever its file was renamed to or replaced by since. */
#define PROGRAM "/proc/self/exe"

struct session {
    const struct session_args *args;
    const struct globals *globals;
    struct identity identity;
    char own[UUID_SIZE]; /* of an invocation that is told no session */
    int64_t seed;
    struct record_facts facts;
};

bool session_check(const struct session_args *args, struct err *e)
{
    if (args->workers > RUNNER_WORKERS_MAX)
        return err_set(e, ERR_USAGE, "--workers: expected 1 to %d", RUNNER_WORKERS_MAX);
    return record_labels_check(&args->labels, e) && launch_options(&args->plan.target_options, e);
}

bool session_open(struct session **out, const struct session_args *args, const struct globals *g,
                  struct err *e)
{
    struct session *s;
    struct timespec now;

    if (!interrupt_start(e))
        return false;
    plan_hide(&args->plan);
    *out = s = mem_get(1, sizeof *s);
    s->args = args;
    s->globals = g;
    clock_gettime(CLOCK_REALTIME, &now);
    uuid_make(s->own, (int64_t)now.tv_sec * 1000);
    identity_get(&s->identity, args->commit, args->branch);
    s->seed = args->seed >= 0 ? args->seed : plan_seed_random();
    s->facts = (struct record_facts){.identity = &s->identity,
                                     .session = s->own,
                                     .environment = args->environment,
                                     .labels = args->labels,
                                     .target_options = args->plan.target_options};
    if (s->identity.session)
        s->facts.session = s->identity.session;
    if (args->session && *args->session)
        s->facts.session = args->session;
    return true;
}

void session_close(struct session *s)
{
    if (!s)
        return;
    identity_free(&s->identity);
    free(s);
}

const char *session_name(const struct session *s)
{
    return s->facts.session;
}

bool session_launch(const struct session *s, const struct scenario *scenario, const char *command,
                    struct launch **l, struct err *e)
{
    struct launch_spec spec = {.program = PROGRAM,
                               .command = command,
                               .options = s->args->plan.target_options,
                               .scenario = scenario,
                               .insecure = s->args->insecure,
                               .timeout_ns = s->args->start_timeout.ns};

    return launch_start(l, &spec, e);
}

/* A worker needs a client; and what one client of a broadcast sends all others are owed, which one
 * process alone can know. */
static int64_t run_workers(const struct session *s, const struct scenario *scenario)
{
    if (scenario->exchange == EXCHANGE_BROADCAST)
        return 1;
    return s->args->workers < scenario->clients ? s->args->workers : scenario->clients;
}

void session_run(struct session *s, const struct scenario *scenario, int64_t n, struct run *run)
{
    s->facts.target = plan_target_name[plan_target(scenario, &s->args->plan)];
    s->facts.workers = run_workers(s, scenario);
    record_make(run, scenario, &s->facts, n, plan_seed(s->seed, n));
}

static void run_announce(const struct session *s, const struct scenario *scenario,
                         const char *title)
{
    double seconds =
        (double)(scenario->ramp_ns + scenario->warmup_ns + scenario->duration_ns) / 1e9;
    bool built_in = plan_target(scenario, &s->args->plan) == TARGET_BUILTIN;
    char *url = built_in ? mem_copy("the built-in target") : scenario_url_safe(scenario->url);

    if (!s->globals->quiet && !progress_wanted(s->globals))
        fprintf(stderr, "%s: %lld client%s for %.6g s to %s\n", title, (long long)scenario->clients,
                scenario->clients == 1 ? "" : "s", seconds, url);
    free(url);
}

/* Its `url` and `prometheus` are the caller's. */
static struct job job_of(const struct session *s, struct launch *launch,
                         const struct session_part *part)
{
    const struct scenario *scenario = part->scenario;
    const char *url = scenario->url ? scenario->url : scenario_default_url(scenario);
    int port = launch ? launch_port(launch) : 0;

    return (struct job){.title = part->title,
                        .scenario = scenario,
                        .url = launch_fill(url, port),
                        .launch = launch,
                        .observe_pid = scenario->observe_pid,
                        .prometheus = scenario->observe_pid || !scenario->prometheus
                                          ? NULL
                                          : launch_fill(scenario->prometheus, port),
                        .workers = run_workers(s, scenario),
                        .seed = part->run->seed,
                        .insecure = s->args->insecure,
                        .program = PROGRAM,
                        .globals = s->globals,
                        .result = part->result};
}

void session_measure(const struct session *s, struct launch *launch,
                     const struct session_part *part, size_t parts)
{
    struct job *job = mem_get(parts, sizeof *job);
    struct err e = {0};

    for (size_t i = 0; i < parts; i++) {
        run_announce(s, part[i].scenario, part[i].title);
        job[i] = job_of(s, launch, &part[i]);
    }
    if (!runner_run(job, parts, &e))
        for (size_t i = 0; i < parts; i++)
            session_fail(part[i].result, &e);
    for (size_t i = 0; i < parts; i++) {
        free(job[i].prometheus);
        free(job[i].url);
    }
    free(job);
}

bool session_carry_out(const struct session *s, const char *command,
                       const struct session_part *part, size_t parts)
{
    const struct plan_options *plan = &s->args->plan;
    bool start = command || plan_target(part->scenario, plan) <= TARGET_STARTED, alive = true;
    struct launch *launch = NULL;
    struct err e = {0};

    if (start &&
        !session_launch(s, part->scenario, command ? command : plan->start_target, &launch, &e)) {
        for (size_t i = 0; i < parts; i++)
            session_fail(part[i].result, &e);
        return true;
    }
    session_measure(s, launch, part, parts);
    if (launch)
        alive = launch_alive(launch, &e);
    launch_stop(launch);
    return alive;
}

void session_fail(struct result *result, const struct err *why)
{
    result_free(result);
    result_init(result);
    result->status = interrupt_signal() ? RUN_INTERRUPTED : RUN_FAILED;
    result->reason = mem_copy(why->text);
}

void session_advise(const struct session *s, const struct scenario *scenario, const struct run *run,
                    const struct result *result, const char *title)
{
    struct advice_facts facts = {.value = result->value,
                                 .workers = run_workers(s, scenario),
                                 .cores = run->environment.cores,
                                 .target_here =
                                     plan_target(scenario, &s->args->plan) != TARGET_ELSEWHERE,
                                 .unobserved = result->unobserved,
                                 .uncompressed = result->uncompressed};
    struct text advice = {0};
    char *save = NULL;

    if (s->globals->quiet)
        return;
    text_add(&advice, "");
    advice_add(&facts, &advice);
    for (char *line = strtok_r(advice.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        fprintf(stderr, "%s: warning: %s\n", title, line);
    text_free(&advice);
}

bool session_answer(const struct result *result, const char *title, struct err *e)
{
    if (result->status != RUN_FAILED && result->status != RUN_OVERLOADED)
        return true;
    return err_set(e, ERR_MEASURE, "%s: %s%s", title,
                   result->status == RUN_OVERLOADED ? "the generator was overloaded: " : "",
                   result->reason);
}
