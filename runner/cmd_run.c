/* run: carries out scenarios and records every run.
 *
 * All that can be wrong with the command line and the files is found before anything starts. The
 * database is open only while a run is begun and while its results are written, never while
 * processes are started: a database that cannot be written is found before a run instead of after
 * it, and no process ever inherits it.
 */
#include "report/report.h"
#include "runner/identity.h"
#include "runner/runner.h"
#include "schema/exit.h"
#include "schema/units.h"
#include "store/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPEAT_CI = 5 };

struct run_args {
    struct session_args session;
    int64_t repeat; /* 0: not given */
    bool bisect;
};

static const struct run_args run_defaults = {.session = SESSION_DEFAULTS};

static const struct option_spec run_options[] = {
    SESSION_TARGET_OPTIONS(struct run_args),
    OPTION(struct run_args, session.plan.clients, "clients", "N", "number of clients"),
    OPTION(struct run_args, session.plan.rate, "rate", "R",
           "messages per second of one client, or max"),
    OPTION(struct run_args, repeat, "repeat", "N", "runs of each scenario (5 under CI, else 1)"),
    SESSION_OPTIONS(struct run_args),
    OPTION(struct run_args, session.plan.dry_run, "dry-run", NULL,
           "print the scenario with all defaults, and its load; do nothing"),
    OPTION(struct run_args, bisect, "bisect", NULL,
           "exit 125 instead of 3 and 5, for git bisect run"),
    OPTION_END,
};

/* One invocation as it goes on. */
struct batch {
    const struct call *call;
    const struct run_args *args;
    struct plan *plan;
    size_t plans;
    int64_t repeats;
    struct session *session;
    struct run_list done;
    double (*value)[METRIC_COUNT]; /* of each that is done */
    int status;
    bool broken; /* the database: no use to go on */
};

static bool plans_open(struct batch *b, struct err *e)
{
    b->plan = mem_get(b->call->operands, sizeof *b->plan);
    for (size_t i = 0; i < b->call->operands; i++)
        if (!plan_open(&b->plan[b->plans++], b->call->operand[i], &b->args->session.plan, e))
            return false;
    return true;
}

/* The output of each is a scenario file, its rate a comment; as JSON several are one array. */
static void scenario_show(const struct scenario *s, bool json, size_t i, size_t count)
{
    double offered = scenario_offered(s);
    struct text out = {0};
    char number[UNITS_TEXT_SIZE];

    scenario_print(s, &out);
    if (json && count > 1)
        printf("%s%s%s\n", i == 0 ? "[" : "", out.data, i + 1 < count ? "," : "]");
    else
        puts(out.data);
    if (!json)
        printf("// offered: %s\n", isnan(offered) ? "as fast as the server answers"
                                                  : units_format_metric(number, offered, "msg/s"));
    text_free(&out);
}

static void dry_run_print(const struct batch *b)
{
    size_t count = 0, n = 0;

    for (size_t i = 0; i < b->plans; i++)
        count += b->plan[i].parts;
    for (size_t i = 0; i < b->plans; i++)
        for (size_t j = 0; j < b->plan[i].parts; j++)
            scenario_show(&b->plan[i].part[j], b->call->globals->json, n++, count);
}

static void batch_free(struct batch *b)
{
    for (size_t i = 0; i < b->plans; i++)
        plan_close(&b->plan[i]);
    free(b->plan);
    session_close(b->session);
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

/* What a run says about the invocation's exit status, and in which sentence. */
static void run_answer(struct batch *b, const struct run *run, const struct result *result,
                       const char *title, struct err *e)
{
    struct err why = {0};

    if (!session_answer(result, title, &why))
        batch_fail(b, &why, e);
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

static void run_keep(struct batch *b, const struct run *run, const struct result *result)
{
    struct run_list *l = &b->done;

    l->row = mem_grow(l->row, l->count + 1, sizeof *l->row);
    b->value = mem_grow(b->value, l->count + 1, sizeof *b->value);
    record_row(&l->row[l->count], run, result);
    memcpy(b->value[l->count], result->value, sizeof *b->value);
    l->count++;
}

/* A run of a plan as it goes on: one of each part, at once. */
struct attempt {
    char *title;
    struct run run;
    struct result result;
    bool begun; /* it has a row */
};

static bool attempts_begin(struct batch *b, const struct plan *p, int64_t repeat,
                           struct attempt *attempt, struct err *e)
{
    const struct globals *g = b->call->globals;

    for (size_t i = 0; i < p->parts; i++) {
        struct attempt *a = &attempt[i];
        const char *name = p->part[i].name;

        a->title = b->repeats > 1
                       ? mem_printf("%s %lld/%lld", name, (long long)repeat, (long long)b->repeats)
                       : mem_copy(name);
        result_init(&a->result);
        session_run(b->session, &p->part[i], repeat, &a->run);
        if (p->mix.parts) { /* what one part draws is not what another one does */
            a->run.seed = plan_seed(a->run.seed, (int64_t)i + 1);
            record_label(&a->run, "mix", p->mix.name);
        }
    }
    for (size_t i = 0; i < p->parts; i++) {
        attempt[i].begun = store_begin_at(g->db, g->wait.ns, &attempt[i].run, e);
        if (!attempt[i].begun)
            return false;
    }
    return true;
}

static void attempts_measure(const struct batch *b, const struct plan *p, struct attempt *attempt)
{
    struct session_part *part = mem_get(p->parts, sizeof *part);

    for (size_t i = 0; i < p->parts; i++)
        part[i] = (struct session_part){&p->part[i], &attempt[i].run, attempt[i].title,
                                        &attempt[i].result};
    session_carry_out(b->session, NULL, part, p->parts);
    free(part);
}

static bool attempt_finish(struct batch *b, const struct scenario *s, struct attempt *a,
                           struct err *why, struct err *e)
{
    const struct globals *g = b->call->globals;
    bool stored = store_finish_at(g->db, g->wait.ns, &a->run, &a->result, why);

    if (stored)
        fprintf(stderr, "recorded %s\n", a->run.uuid);
    run_keep(b, &a->run, &a->result);
    run_show(b, &a->run, &a->result);
    session_advise(b->session, s, &a->run, &a->result, a->title);
    run_answer(b, &a->run, &a->result, a->title, e);
    return stored;
}

/* A plan's runs from their first rows to their last. False: no use to repeat them. */
static bool plan_carry_out(struct batch *b, const struct plan *p, int64_t repeat, struct err *e)
{
    struct attempt *attempt = mem_get(p->parts, sizeof *attempt);
    struct err why = {0};
    bool good = true;

    b->broken = !attempts_begin(b, p, repeat, attempt, &why);
    if (!b->broken)
        attempts_measure(b, p, attempt);
    for (size_t i = 0; i < p->parts; i++) {
        struct attempt *a = &attempt[i];

        if (b->broken && a->begun && a->result.status == RUN_RUNNING)
            session_fail(&a->result, &why);
        if (a->begun && !attempt_finish(b, &p->part[i], a, &why, e))
            b->broken = true;
        good = good && (a->result.status == RUN_OK || a->result.status == RUN_OVERLOADED);
        result_free(&a->result);
        run_free(&a->run);
        free(a->title);
    }
    if (b->broken)
        batch_fail(b, &why, e);
    free(attempt);
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

/* What the good runs of a scenario from the `first` on, every step-th, have in common. */
static void repeats_show(const struct batch *b, size_t first, size_t step)
{
    const double **value = mem_get(b->done.count, sizeof *value);
    struct doc d = {0};
    size_t good = 0;

    for (size_t i = first; i < b->done.count; i += step)
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
    for (size_t i = 0; i < b->plans && !b->broken && !interrupt_signal(); i++) {
        size_t first = b->done.count;

        for (int64_t n = 1; n <= b->repeats && !interrupt_signal(); n++)
            if (!plan_carry_out(b, &b->plan[i], n, e))
                break;
        for (size_t part = 0; part < b->plan[i].parts; part++)
            repeats_show(b, first + part, b->plan[i].parts);
    }
    if (b->call->globals->json)
        batch_print_json(b);
    if (interrupt_signal())
        b->status = exit_worse(b->status, 128 + interrupt_signal());
}

static int run_run(const struct call *call, struct err *e)
{
    struct batch b = {.call = call, .args = call->args};
    const struct session_args *args = &b.args->session;

    b.repeats = b.args->repeat ? b.args->repeat : identity_is_ci() ? REPEAT_CI : 1;
    if (!session_check(args, e) || !plans_open(&b, e))
        b.status = (int)e->kind;
    else if (args->plan.dry_run)
        dry_run_print(&b);
    else if (session_open(&b.session, args, call->globals, e))
        batch_run(&b, e);
    batch_free(&b);
    return exit_bisect(exit_worse(b.status, (int)e->kind), b.args->bisect);
}

const struct command cmd_run = {
    .name = "run",
    .operands = "SCENARIO...",
    .summary = "carry out scenarios and record every run",
    .details = "A SCENARIO with a slash or ending in .json is a file; any other is built in:\n"
               "single, ten, fifty, hundred, typical, frequent, burst. Without a server named by\n"
               "the scenario, --target or --start-target, the built-in one is started.\n"
               "A command of --start-target serves ws://127.0.0.1:{port}/echo, or as another\n"
               "exchange is served by the built-in one, where nothing names another url.\n\n"
               "Ctrl-C ends a run early and keeps what it measured; a second one ends at once.",
    .options = run_options,
    .args_size = sizeof(struct run_args),
    .defaults = &run_defaults,
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .run = run_run,
};
