/* runner: makes runs. Carries out one scenario, or several at once (a mix), against a target, by
 * worker processes, and hands back the record of it. It does not know the database or the statistics.
 *
 * The supervisor (this side) starts workers and targets by fork and exec, samples the target and
 * the host, shows progress and merges what the workers measured (wire.h). Times are int64_t
 * nanoseconds of CLOCK_MONOTONIC.
 *
 * The doors that make runs (run, ab, capacity) read scenarios by plan.h, start servers by launch.h
 * or session_launch(), and give each run what is known of it by a session; what they measured goes
 * to the store by store_begin_at() and store_finish_at(), between which no database is open, so
 * that one that cannot be written is found before a run and no process ever inherits it.
 */
#ifndef RUNNER_RUNNER_H
#define RUNNER_RUNNER_H

#include "runner/interrupt.h"
#include "runner/launch.h"
#include "runner/plan.h"
#include "runner/record.h"
#include "schema/command.h"
#include "schema/run.h"
#include "schema/scenario.h"

#include <stdbool.h>
#include <stdint.h>

enum { RUNNER_WORKERS_MAX = 64 };

struct job {
    const char *title;               /* for the progress line: "hundred 2/5" */
    const struct scenario *scenario; /* options applied, checked */
    char *url;                       /* resolved: no {port} left; ${env:...} still unfilled */
    struct launch *launch;           /* the target, where it was started here; NULL: elsewhere */
    int64_t observe_pid;             /* else the process to observe, 0: none */
    char *prometheus;                /* else where the target tells of itself (scrape.h), or NULL */
    int64_t workers;                 /* 1 to RUNNER_WORKERS_MAX */
    int64_t seed;
    bool insecure;
    const char *program; /* to start workers with */
    const struct globals *globals;
    struct result *result; /* to be filled */
};

/* Carries out the jobs at the same time. True: their results tell how it went, a run that failed or
 * was interrupted (interrupt.h) included; where one job failed or was overloaded, the others are it
 * too. False: one could not be started, and nothing was measured. */
bool runner_run(const struct job *job, size_t jobs, struct err *e);

/* What the doors that make runs take from the command line alike; part of their argument structs,
 * as member `session`. What is not in SESSION_OPTIONS (a target, a load) is theirs to offer. */
struct session_args {
    struct plan_options plan;
    int64_t seed, workers; /* seed -1: not given */
    const char *commit, *branch, *session, *environment;
    struct arg_duration start_timeout;
    struct arg_list labels;
    bool insecure;
};
/* clang-format off */
#define SESSION_DEFAULTS                                                                       \
    {.plan = {.duration = {-1}, .warmup = {-1}}, .seed = -1, .workers = 1,                     \
     .start_timeout = {LAUNCH_TIMEOUT_NS}}
/* clang-format on */

#define SESSION_TARGET_OPTIONS(args)                                                              \
    OPTION(args, session.plan.target, "target", "URL", "the server (default: the built-in one)"), \
        OPTION(args, session.plan.start_target, "start-target", "CMD",                            \
               "start the server by `sh -c CMD`; {port} is a free port"),                         \
        OPTION(args, session.plan.target_options, "target-option", "K=V",                         \
               "a knob of the built-in server: delay=30ms; may be repeated"),                     \
        OPTION(args, session.plan.observe_pid, "observe-pid", "PID",                              \
               "watch CPU and memory of a server that runs already"),                             \
        OPTION(args, session.commit, "commit", "ID", "what was measured (default: CI's or git's)")

#define SESSION_OPTIONS(args)                                                                      \
    OPTION(args, session.start_timeout, "start-timeout", "T",                                      \
           "how long the started server may take to answer (30s)"),                                \
        OPTION(args, session.plan.duration, "duration", "T", "how long to measure"),               \
        OPTION(args, session.plan.warmup, "warmup", "T", "how long to run before that"),           \
        OPTION(args, session.plan.headers, "header", "'K: V'",                                     \
               "a header of the handshake; may be repeated"),                                      \
        OPTION(args, session.insecure, "insecure", NULL,                                           \
               "do not verify the server's certificate"),                                          \
        OPTION(args, session.workers, "workers", "N",                                              \
               "processes that the clients are divided over (1)"),                                 \
        OPTION_FROM(args, session.seed, "seed", "N", 0, "seed of the first run's random choices"), \
        OPTION(args, session.plan.budget, "budget", "FILE", "budgets beside the scenario's"),      \
        OPTION(args, session.branch, "branch", "NAME", "its branch (default: CI's or git's)"),     \
        OPTION(args, session.session, "session", "ID",                                             \
               "what ran together (default: the CI job, else this invocation)"),                   \
        OPTION(args, session.environment, "environment", "NAME",                                   \
               "name the machine instead of describing it"),                                       \
        OPTION(args, session.labels, "label", "K=V", "kept with each run; may be repeated")

/* Refuses what cannot be carried out, before anything starts. */
bool session_check(const struct session_args *args, struct err *e);

/* One invocation that makes runs. */
struct session;

/* Takes over the signals (interrupt.h), hides secrets in the command line (call plan_load() before)
 * and finds out what is measured, once for all runs. The arguments are borrowed. */
bool session_open(struct session **s, const struct session_args *args, const struct globals *g,
                  struct err *e);
void session_close(struct session *s); /* NULL is done */

const char *session_name(const struct session *s); /* what ran together; belongs to s */

/* Starts the server that a scenario needs: `command`, or the built-in one (NULL) with the options
 * of --target-option. As launch_start(); launch_stop() ends it. */
bool session_launch(const struct session *s, const struct scenario *scenario, const char *command,
                    struct launch **l, struct err *e);

/* Fills *run as of now. `n` counts from 1 what has a seed of its own; the door may add role and
 * labels (record_label()) until store_begin_at(). Free by run_free(). */
void session_run(struct session *s, const struct scenario *scenario, int64_t n, struct run *run);
/* A run to be carried out, alone or as a part of a mix. */
struct session_part {
    const struct scenario *scenario;
    const struct run *run;
    const char *title;
    struct result *result; /* initialized; to be filled */
};

/* Carries out the parts at once against the launched server (NULL: the scenarios' urls) and tells on
 * stderr that it does. What could not even start are failed runs with a reason. */
void session_measure(const struct session *s, struct launch *launch,
                     const struct session_part *part, size_t parts);

/* Carries them out whole: starts their server where they need one (by `command`; NULL: as the
 * command line says), measures, and ends the server. False: that server had ended by itself. */
bool session_carry_out(const struct session *s, const char *command,
                       const struct session_part *part, size_t parts);

/* Makes *result that of a run that could not start (or was interrupted before), and why. */
void session_fail(struct result *result, const struct err *why);

/* Says on stderr what there is to say of the machine, beside the results. */
void session_advise(const struct session *s, const struct scenario *scenario, const struct run *run,
                    const struct result *result, const char *title);

/* What such a run says about the invocation's outcome: false and ERR_MEASURE where it failed or the
 * generator was overloaded. */
bool session_answer(const struct result *result, const char *title, struct err *e);

#endif
