/* ab: two servers in turn, pair by pair, until the answer is certain.
 *
 * Before and after are started anew for each run, and only one of them is up at a time. Fair is
 * what happens to both alike: neither takes CPU from the other, each run begins with an empty
 * process, and what one process happens to be like (where its memory lies, how its tables hash) is
 * drawn anew for each run, so that it is noise that more pairs average out. A server that is kept
 * up would have it in all of its runs. */
#include "analyze/cmd_ab_runs.h"
#include "analyze/cmd_gate.h"
#include "analyze/cmd_measure.h"
#include "analyze/cmd_shift.h"
#include "analyze/cmd_told.h"
#include "schema/exit.h"
#include "schema/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct ab_args {
    struct margins_args margins;
    struct session_args session;
    const char *before, *after, *before_commit, *fail_on, *comment;
    int64_t max_pairs, beyond;
    struct arg_duration max_time;
    bool bisect;
};

static const struct ab_args ab_defaults = {.margins = MARGINS_DEFAULT,
                                           .session = SESSION_DEFAULTS,
                                           .fail_on = GATE_DEFAULT,
                                           .max_pairs = 12,
                                           .max_time = {600 * NS_PER_S}};

static const struct option_spec ab_options[] = {
    OPTION(struct ab_args, before, "before", "CMD",
           "starts the server as it was, by `sh -c`; {port} is a free port"),
    OPTION(struct ab_args, after, "after", "CMD", "starts the server as it is now"),
    OPTION_FROM(struct ab_args, max_pairs, "max-pairs", "N", AB_FIRST_LOOK,
                "pairs of runs at most (12); fewer where the answer is certain before"),
    OPTION_FROM(struct ab_args, beyond, "beyond", "N", AB_FIRST_LOOK,
                "where that leaves it open, go on up to N pairs; costs a fifth of alpha"),
    OPTION(struct ab_args, max_time, "max-time", "T",
           "all of it (10m); runs are shortened to fit, unless --duration is given"),
    GATE_OPTION(struct ab_args),
    MARGINS_OPTIONS(struct ab_args),
    OPTION(struct ab_args, session.plan.clients, "clients", "N", "number of clients"),
    OPTION(struct ab_args, session.plan.rate, "rate", "R",
           "messages per second of one client, or max"),
    OPTION(struct ab_args, session.commit, "commit", "ID",
           "what is measured after (default: CI's or git's)"),
    OPTION(struct ab_args, before_commit, "before-commit", "ID", "what is measured before"),
    SESSION_OPTIONS(struct ab_args),
    OPTION(struct ab_args, comment, "comment", "FILE",
           "write the answer as Markdown, for a comment on a pull request"),
    OPTION(struct ab_args, bisect, "bisect", NULL,
           "exit 125 instead of 3 and 5, for git bisect run"),
    OPTION_END,
};

/* One invocation as it goes on. */
struct ab {
    const struct call *call;
    const struct ab_args *args;
    struct ab_plan plan;
    struct ab_runs runs;
    struct told told;
    unsigned fail_on;
    bool out_of_time;
};

static bool args_check(struct ab *ab, struct err *e)
{
    const struct ab_args *a = ab->args;

    if (!a->before || !a->after)
        return err_set(e, ERR_USAGE,
                       "ab needs two servers: --before 'CMD {port}' --after 'CMD {port}'");
    if (a->max_pairs > AB_PAIRS_MAX || a->beyond > AB_PAIRS_MAX)
        return err_set(e, ERR_USAGE, "%s: expected %d to %d pairs",
                       a->max_pairs > AB_PAIRS_MAX ? "--max-pairs" : "--beyond", AB_FIRST_LOOK,
                       AB_PAIRS_MAX);
    if (a->beyond && a->beyond <= a->max_pairs)
        return err_set(e, ERR_USAGE, "--beyond: expected more than the %lld of --max-pairs",
                       (long long)a->max_pairs);
    return margins_check(&a->margins, e) && gate_parse(a->fail_on, &ab->fail_on, e) &&
           session_check(&a->session, e);
}

/* Makes runs shorter, and then pairs fewer, until all fits into --max-time. */
static bool time_fit(struct ab *ab, struct scenario *s, int64_t *pairs, struct err *e)
{
    const int64_t wanted_ns = s->duration_ns;
    int64_t each_ns;
    char duration[UNITS_TEXT_SIZE], time[UNITS_TEXT_SIZE];

    if (ab->args->session.plan.duration.ns < 0)
        measure_shorten(s, ab->args->max_time.ns / (2 * *pairs));
    each_ns = 2 * measure_run_ns(s);
    if (*pairs > ab->args->max_time.ns / each_ns)
        *pairs = ab->args->max_time.ns / each_ns / AB_BLOCK * AB_BLOCK;
    units_format_duration(time, ab->args->max_time.ns);
    units_format_duration(duration, s->duration_ns);
    if (*pairs < AB_FIRST_LOOK)
        return err_set(e, ERR_USAGE,
                       "%s: fewer than %d pairs of runs of %s fit into %s; give a longer "
                       "--max-time or a shorter --duration",
                       s->name, AB_FIRST_LOOK, duration, time);
    if (!ab->call->globals->quiet)
        fprintf(stderr, "%s: up to %lld pairs of runs of %s%s%s%s\n", s->name,
                (long long)(ab->args->beyond > *pairs ? ab->args->beyond : *pairs), duration,
                s->duration_ns < wanted_ns ? ", shortened to fit into " : "",
                s->duration_ns < wanted_ns ? time : "",
                s->duration_ns < wanted_ns ? " (--max-time)" : "");
    return true;
}

static bool scenario_load(struct ab *ab, struct err *e)
{
    struct ab_runs *r = &ab->runs;
    int64_t pairs = ab->args->max_pairs / AB_BLOCK * AB_BLOCK;

    r->args = ab->args->session;
    r->args.plan.start_target = ab->args->before; /* for the url where the scenario has none */
    r->command[0] = ab->args->before;
    r->command[1] = ab->args->after;
    r->before_commit = ab->args->before_commit;
    r->globals = ab->call->globals;
    if (!plan_load(&r->scenario, ab->call->operand[0], &r->args.plan, e) ||
        !time_fit(ab, &r->scenario, &pairs, e))
        return false;
    plan_make(&ab->plan, pairs, ab->args->beyond, ab->args->margins.alpha);
    return true;
}

/* Judges the pairs so far, and keeps what is said of them as a look. */
static bool look(struct ab *ab, struct err *e)
{
    struct ab_runs *r = &ab->runs;
    size_t pairs = r->pairs / AB_BLOCK * AB_BLOCK;
    double connects = (double)r->scenario.clients;
    struct run_list before = {r->before.runs.row, pairs}, after = {r->after.runs.row, pairs};
    struct judge_subject subject = {.before = {&before, r->before.value, connects},
                                    .after = {&after, r->after.value, connects},
                                    .before_first = r->before_first,
                                    .budgets = &r->scenario.budgets};
    struct shift shift;

    judged_list_free(&ab->told.list);
    judge_add(&ab->told.list, &subject, &ab->told.options);
    judge_end(&ab->told.list, &ab->told.options);
    compare_shift_pairs(r->before.latency, r->after.latency, r->before_first, pairs,
                        &ab->told.options, &shift);
    shift_keep(&ab->told.list, &shift, &r->after.runs.row[0]);
    return told_keep(&ab->told, ab->call->globals, NULL, 0, ab->told.list.count, e);
}

/* Nothing that is measured from here on could turn the answer. */
static bool certain(const struct judged_list *l)
{
    if (l->outcome == OUTCOME_WORSE)
        return true;
    for (size_t i = 0; i < l->count; i++)
        if (l->row[i].gates && l->row[i].comparison.outcome == OUTCOME_INCONCLUSIVE)
            return false;
    return true;
}

static bool time_left(const struct ab *ab, int64_t started_ns)
{
    int64_t spent_ns = clock_ns() - started_ns, pairs = (int64_t)ab->runs.pairs;
    int64_t block_ns = pairs > 0 ? spent_ns / pairs * AB_BLOCK : 0;

    return pairs < AB_FIRST_LOOK || spent_ns + block_ns <= ab->args->max_time.ns;
}

/* Measures until it is certain, or no pair is left. False where something went wrong, which *e
 * says; the pairs before that are judged all the same. */
static bool measure(struct ab *ab, struct err *e)
{
    int64_t started_ns = clock_ns(), next = plan_next(&ab->plan, 0);

    ab->runs.deadline_ns = started_ns + ab->args->max_time.ns;
    while (next > 0 && !ab->out_of_time) {
        if (!ab_runs_pair(&ab->runs, e))
            return false;
        if ((int64_t)ab->runs.pairs == next) {
            if (!look(ab, e))
                return false;
            next = certain(&ab->told.list) ? 0 : plan_next(&ab->plan, next);
            if (next > 0 && !ab->call->globals->quiet)
                fprintf(stderr, "after %zu pairs: %s\n", ab->runs.pairs, ab->told.list.summary);
        }
        ab->out_of_time = next > 0 && ab->runs.pairs % AB_BLOCK == 0 && !time_left(ab, started_ns);
    }
    return true;
}

/* The sentence tells after how many pairs it holds. */
static void summary_complete(struct ab *ab)
{
    struct judged_list *l = &ab->told.list;
    char *first = l->summary;
    size_t pairs = ab->runs.pairs / AB_BLOCK * AB_BLOCK;

    l->summary =
        mem_printf("%s; %s after %zu pairs%s", first, certain(l) ? "certain" : "this is", pairs,
                   ab->out_of_time && !certain(l) ? ", when --max-time was up" : "");
    free(first);
}

static int ab_end(struct ab *ab, struct err *e)
{
    int status = EXIT_DONE;

    if (ab->told.list.count > 0) {
        summary_complete(ab);
        told_show(&ab->told, ab->call->globals);
        status = gate_status(&ab->told.list, false, ab->fail_on);
        told_ci(&ab->told, ab->args->comment, e);
    } else if (e->kind == ERR_NONE && !interrupt_signal()) {
        err_set(e, ERR_MEASURE, "%s: %zu pairs were measured, too few to judge",
                ab->runs.scenario.name, ab->runs.pairs);
    }
    if (interrupt_signal())
        status = exit_worse(status, 128 + interrupt_signal());
    return status;
}

static int ab_run(const struct call *call, struct err *e)
{
    struct ab ab = {.call = call, .args = call->args, .told = {.command = "ab"}};
    int status = EXIT_DONE;

    margins_get(&ab.args->margins, &ab.told.options);
    ab.told.options.plan = &ab.plan;
    if (args_check(&ab, e) && scenario_load(&ab, e) &&
        session_open(&ab.runs.session, &ab.runs.args, call->globals, e)) {
        ab.told.session = session_name(ab.runs.session);
        measure(&ab, e);
        status = ab_end(&ab, e);
    }
    ab_runs_free(&ab.runs);
    told_free(&ab.told);
    return told_status(status, ab.args->bisect, e);
}

const struct command cmd_ab = {
    .name = "ab",
    .operands = "SCENARIO",
    .summary = "start two servers in turn and compare them, pair by pair",
    .details =
        "The comparison that noise of the machine does not fool: before and after run in one\n"
        "session, in blocks of before, after, after, before; each run has a server of its own,\n"
        "started for it, and both runs of a pair have the same load. After 4, 6, ... pairs it\n"
        "looks, and stops early once the answer is certain; looking is paid for (O'Brien and\n"
        "Fleming), so a planned --max-pairs is part of the answer. A run whose generator was\n"
        "overloaded is made again, with its pair.\n\n"
        "A server of which the scenario names no url serves ws://127.0.0.1:{port}/echo.\n\n"
        "  streamgauge ab typical --before './old --port {port}' --after './new --port {port}'",
    .options = ab_options,
    .args_size = sizeof(struct ab_args),
    .defaults = &ab_defaults,
    .operands_min = 1,
    .operands_max = 1,
    .run = ab_run,
};
