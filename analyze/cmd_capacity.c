/* capacity: how much load a server takes. */
#include "analyze/cmd_capacity_input.h"
#include "analyze/cmd_capacity_told.h"
#include "analyze/cmd_measure.h"
#include "schema/exit.h"
#include "schema/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Runs that --max-time has room for: doubling ten times, and then halving what is between. */
enum { PROBES_PLANNED = 20 };

/* A load is the limit where four times as much of it brings no more than this share in addition. */
static const double SATURATED_GAIN = 0.05;

/* How far below the scenario's own rate the search goes. */
static const double LEAST_SHARE = 1.0 / 1024;

struct capacity_args {
    struct session_args session;
    const char *input, *chart, *vary;
    int64_t max_clients, repeats, users;
    struct arg_share precision, headroom;
    double max_rate; /* NAN: not given */
    struct arg_duration max_time;
};

static const struct capacity_args capacity_defaults = {.session = SESSION_DEFAULTS,
                                                       .vary = "clients",
                                                       .max_clients = 10000,
                                                       .max_rate = NAN,
                                                       .repeats = 3,
                                                       .precision = {0.05},
                                                       .headroom = {0.3},
                                                       .max_time = {600 * NS_PER_S}};

static const struct option_spec capacity_options[] = {
    OPTION(struct capacity_args, vary, "vary", "WHAT",
           "clients (default), or rate: of the same clients"),
    OPTION(struct capacity_args, users, "users", "N",
           "say how many instances of the server N users need"),
    OPTION(struct capacity_args, headroom, "headroom", "SHARE",
           "of each instance, to be kept free for them (30%)"),
    OPTION(struct capacity_args, max_clients, "max-clients", "N", "clients at most (10000)"),
    OPTION(struct capacity_args, max_rate, "max-rate", "R",
           "messages per second of all clients at most (no limit)"),
    OPTION(struct capacity_args, precision, "precision", "SHARE",
           "how near to the limit the answer has to be (5%)"),
    OPTION(struct capacity_args, repeats, "repeat", "N",
           "runs at most that decide about a load at the edge, by majority (3)"),
    OPTION(struct capacity_args, max_time, "max-time", "T",
           "all of it (10m); runs are shortened to fit, unless --duration is given"),
    OPTION(struct capacity_args, chart, "chart", "NAME",
           "draw the curve into NAME-light.svg and NAME-dark.svg"),
    OPTION(struct capacity_args, session.plan.clients, "clients", "N",
           "where it begins (default: the scenario's)"),
    OPTION(struct capacity_args, session.plan.rate, "rate", "R",
           "messages per second of one client, or max"),
    SESSION_TARGET_OPTIONS(struct capacity_args),
    SESSION_OPTIONS(struct capacity_args),
    OPTION(struct capacity_args, input, "input", "FILE",
           "instead of a SCENARIO: fit the law to lines \"load,throughput\" (- is stdin)"),
    OPTION_END,
};

/* Says what is given together and cannot be. */
static bool args_check(const struct capacity_args *a, const struct call *call, struct capacity *c,
                       double *most, struct err *e)
{
    if (call->operands != 1)
        return err_set(e, ERR_USAGE, "capacity needs a SCENARIO to measure, or --input FILE");
    if (strcmp(a->vary, capacity_vary_name[VARY_RATE]) == 0)
        c->prober.vary = VARY_RATE;
    else if (strcmp(a->vary, capacity_vary_name[VARY_CLIENTS]) != 0)
        return err_set(e, ERR_USAGE, "--vary %s: expected clients or rate", a->vary);
    *most = (double)a->max_clients;
    if (a->max_clients > SCENARIO_CLIENTS_MAX)
        return err_set(e, ERR_USAGE, "--max-clients: expected at most %d", SCENARIO_CLIENTS_MAX);
    if (c->prober.vary == VARY_RATE)
        *most = isnan(a->max_rate) ? INFINITY : a->max_rate;
    else if (!isnan(a->max_rate))
        return err_set(e, ERR_USAGE, "--max-rate goes with --vary rate");
    if (!(*most > 0))
        return err_set(e, ERR_USAGE, "--max-rate: expected more than 0");
    if (a->repeats > 99 || a->repeats % 2 == 0)
        return err_set(e, ERR_USAGE, "--repeat: expected an odd number up to 99, for a majority");
    if (!(a->precision.share > 0))
        return err_set(e, ERR_USAGE, "--precision: expected more than 0");
    if (!(a->headroom.share < 1))
        return err_set(e, ERR_USAGE, "--headroom: expected less than 100 %%");
    return session_check(&a->session, e);
}

static bool scenario_fits(struct capacity *c, const struct scenario *s, struct err *e)
{
    c->prober.offered = scenario_offered(s);
    if (s->budgets.count == 0)
        return err_set(e, ERR_USAGE,
                       "%s: capacity is the load within budgets, and the scenario has none; give "
                       "it \"budgets\", or a --budget FILE",
                       s->name);
    if (s->rate.pattern == RATE_TRACE)
        return err_set(e, ERR_USAGE,
                       "%s: a trace is one load, and capacity needs one that it can vary; give a "
                       "--rate",
                       s->name);
    if (c->prober.vary == VARY_RATE && !(c->prober.offered > 0))
        return err_set(e, ERR_USAGE,
                       "%s: --vary rate needs messages at a rate, and here %s decides on it; "
                       "--vary clients goes",
                       s->name, s->exchange == EXCHANGE_PUSH ? "the server" : "each answer");
    return true;
}

static void search_begin(struct capacity *c, const struct capacity_args *a,
                         const struct scenario *s, double most)
{
    bool clients = c->prober.vary == VARY_CLIENTS;
    double from = clients ? (double)s->clients : c->prober.offered;

    c->search = (struct load_search){.from = from,
                                     .most = most,
                                     .least = clients ? 1 : from * LEAST_SHARE,
                                     .precision = a->precision.share,
                                     .whole = clients,
                                     .repeats = (int)a->repeats};
}

/* No budget breaks, and yet the target answers no more than with a quarter of the load: where
 * clients wait for their answers, this is how its limit shows. */
static bool saturated(const struct capacity *c)
{
    const struct load_search *s = &c->search;
    double now, before;
    size_t i = s->levels;

    if (s->levels < 3 || load_search_edges(s).failed)
        return false;
    while (i > 0 && s->level[i - 1].load > s->level[s->levels - 1].load / 4)
        i--;
    if (i == 0)
        return false;
    now = capacity_throughput(c, s->level[s->levels - 1].load);
    before = capacity_throughput(c, s->level[i - 1].load);
    return now <= before * (1 + SATURATED_GAIN);
}

static enum capacity_end end_of(const struct load_search *s)
{
    struct load_edges edges = load_search_edges(s);

    if (edges.failed && edges.unmade)
        return CAPACITY_GENERATOR;
    if (edges.failed)
        return edges.held ? CAPACITY_FOUND : CAPACITY_NONE;
    return CAPACITY_MOST;
}

/* Makes runs until the answer is known, or cannot be. False: the database failed. */
static bool search(struct capacity *c, int64_t max_time_ns, struct err *e)
{
    const int64_t until_ns = clock_ns() + max_time_ns;
    double load;

    while ((load = load_search_next(&c->search)) > 0) {
        const struct capacity_probe *made;
        struct scenario next;

        capacity_scenario(&c->prober, load, &next);
        c->end = CAPACITY_TIME;
        if (c->probes.count > 0 && clock_ns() + measure_run_ns(&next) > until_ns)
            return true;
        if (!capacity_probe(&c->prober, load, &c->probes, e))
            return false;
        made = &c->probes.probe[c->probes.count - 1];
        c->end = CAPACITY_INTERRUPTED;
        if (made->status == RUN_INTERRUPTED || interrupt_signal())
            return true;
        c->end = CAPACITY_FAILED;
        if (made->status == RUN_FAILED && !made->target_ended)
            return true;
        load_search_add(&c->search, load, made->answer);
        c->end = CAPACITY_SATURATED;
        if (saturated(c))
            return true;
    }
    c->end = end_of(&c->search);
    return true;
}

/* What was found out ends well; what the generator, a failing run or the time left open does not,
 * and is told as far as it goes. */
static int status_of(const struct capacity *c, struct err *e)
{
    const char *name = c->prober.scenario->name;

    if (interrupt_signal())
        return 128 + interrupt_signal();
    if (c->end == CAPACITY_GENERATOR)
        err_set(e, ERR_MEASURE,
                "%s: the generator was overloaded before the target was; try --workers, or a "
                "machine with more room",
                name);
    else if (c->end == CAPACITY_FAILED)
        err_set(e, ERR_MEASURE, "%s: the search ends with a run that failed: %s", name,
                c->probes.probe[c->probes.count - 1].reason);
    else if (isnan(c->load) && !c->beyond)
        err_set(e, ERR_MEASURE, "%s: --max-time was up before anything was known", name);
    return (int)e->kind;
}

static int capacity_measure(const struct call *call, struct err *e)
{
    const struct capacity_args *args = call->args;
    struct session_args wanted = args->session;
    struct capacity c = {.users = (double)args->users, .headroom = args->headroom.share};
    struct scenario scenario = {0};
    int status = EXIT_DONE;
    double most = 0;

    c.prober.scenario = &scenario;
    c.prober.globals = call->globals;
    if (args_check(args, call, &c, &most, e) &&
        plan_load(&scenario, call->operand[0], &wanted.plan, e) &&
        scenario_fits(&c, &scenario, e) &&
        session_open(&c.prober.session, &wanted, call->globals, e)) {
        if (wanted.plan.duration.ns < 0)
            measure_shorten(&scenario, args->max_time.ns / PROBES_PLANNED);
        search_begin(&c, args, &scenario, most);
        if (search(&c, args->max_time.ns, e)) {
            capacity_complete(&c);
            capacity_show(&c);
            status = status_of(&c, e);
            if (args->chart && c.probes.count > 0)
                capacity_draw(&c, args->chart, e);
        }
    }
    session_close(c.prober.session);
    capacity_free(&c);
    scenario_free(&scenario);
    return exit_worse(status, (int)e->kind);
}

static int capacity_run(const struct call *call, struct err *e)
{
    const struct capacity_args *args = call->args;

    if (args->input && call->operands == 0)
        return capacity_input(args->input, args->chart, e);
    if (args->input)
        err_set(e, ERR_USAGE, "capacity takes a SCENARIO or --input FILE, not both");
    return args->input ? (int)e->kind : capacity_measure(call, e);
}

const struct command cmd_capacity = {
    .name = "capacity",
    .operands = "[SCENARIO]",
    .summary = "how much load a server takes within its budgets, and how many one needs",
    .details =
        "Begins with the scenario's load, doubles it until a budget breaks (or halves it until\n"
        "all hold), and then halves what is between, with more runs at the edge. Each run has a\n"
        "server of its own and is recorded, under the role \"capacity\", which no history or\n"
        "baseline takes. A critical limit is what may not be broken, else the warning. Where the\n"
        "generator is late, that is said and never taken for the target's limit. Exit status 3:\n"
        "it was, or a run failed.\n\n"
        "The Universal Scalability Law, throughput = gamma N / (1 + alpha (N - 1) + beta N\n"
        "(N - 1)), is fitted by least squares with alpha and beta at least 0. What lies beyond\n"
        "twice the largest load measured is not known. The number of instances follows from what\n"
        "one was measured to take, not from the law.\n\n"
        "  streamgauge capacity chat.json --start-target './server {port}' --users 20000",
    .options = capacity_options,
    .args_size = sizeof(struct capacity_args),
    .defaults = &capacity_defaults,
    .operands_min = 0,
    .operands_max = 1,
    .run = capacity_run,
};
