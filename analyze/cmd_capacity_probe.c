#include "analyze/cmd_capacity_probe.h"

#include "analyze/cmd_measure.h"
#include "schema/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const capacity_vary_name[] = {"clients", "rate"};

void capacity_probes_free(struct capacity_probes *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->probe[i].reason);
    free(l->probe);
    *l = (struct capacity_probes){0};
}

char *capacity_load_text(char out[CAPACITY_LOAD_SIZE], enum capacity_vary vary, double load)
{
    char number[UNITS_TEXT_SIZE];

    units_format_metric(number, load, vary == VARY_RATE ? "msg/s" : "");
    snprintf(out, CAPACITY_LOAD_SIZE, "%s%s", number,
             vary == VARY_RATE ? ""
             : load == 1       ? " client"
                               : " clients");
    return out;
}

void capacity_scenario(const struct capacity_prober *p, double load, struct scenario *out)
{
    double *const rates[] = {&out->rate.value, &out->rate.from, &out->rate.to, &out->rate.low,
                             &out->rate.high};

    *out = *p->scenario;
    if (p->vary == VARY_CLIENTS) {
        out->clients = (int64_t)load;
        return;
    }
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        *rates[i] *= load / p->offered;
}

/* How much of a budget is used up: 1 at its limit. */
static double strain_of(const struct strain *s)
{
    const struct metric *m = &metrics[s->metric];

    if (m->better == BETTER_LOWER)
        return s->limit > 0 ? s->value / s->limit : s->value > 0 ? INFINITY : 0;
    if (m->scale == SCALE_RATIO && s->limit < 1)
        return (1 - s->value) / (1 - s->limit);
    return s->value > 0 ? s->limit / s->value : INFINITY;
}

static void strain_find(const struct budget_list *budgets, const double *value, struct strain *out)
{
    double most = -INFINITY;

    *out = (struct strain){.value = NAN, .limit = NAN};
    for (size_t i = 0; i < budgets->count; i++) {
        const struct budget *b = &budgets->item[i];
        struct strain s = {b->metric, value[b->metric],
                           isnan(b->critical) ? b->warning : b->critical};

        if (isnan(s.value) || isnan(s.limit) || strain_of(&s) <= most)
            continue;
        most = strain_of(&s);
        *out = s;
    }
}

/* The critical limits are what may not be broken; a warning counts where a budget has nothing
 * else. */
static bool broken(const struct budget_list *budgets, const double *value)
{
    for (size_t i = 0; i < budgets->count; i++) {
        const struct budget *b = &budgets->item[i];
        enum budget_state state = budget_judge(b, value[b->metric]);

        if (state == BUDGET_CRITICAL || (state == BUDGET_WARNING && isnan(b->critical)))
            return true;
    }
    return false;
}

/* By how much longer each message waits than one that was due a second before: the queue that a
 * target builds up when it cannot keep pace. The fastest message of each second tells, which a
 * hiccup leaves alone. */
static double queue_growth(const struct result *r)
{
    double *second = mem_get(r->histograms_count + 1, sizeof *second);
    double *wait_s = mem_get(r->histograms_count + 1, sizeof *wait_s);
    size_t count = 0;
    struct slope slope;

    for (size_t i = 0; i < r->histograms_count; i++) {
        const struct histogram *h = &r->histograms[i];

        if (h->metric != METRIC_LATENCY || h->second < 0 || h->count == 0)
            continue;
        second[count] = h->second;
        wait_s[count++] = h->min / 1000;
    }
    slope_get(second, wait_s, count, &slope);
    free(second);
    free(wait_s);
    return slope.slope > 0 ? slope.slope : 0;
}

/* What the target answered in a second. Messages count by when they were due, and the answers to
 * those of one second come over 1 + growth seconds where the queue grows. */
static double throughput_of(const struct result *r)
{
    return r->value[METRIC_THROUGHPUT_RECEIVED] / (1 + queue_growth(r));
}

static void probe_judge(struct capacity_probe *p, const struct budget_list *budgets,
                        const struct result *r)
{
    p->status = r->status;
    p->reason = mem_copy(r->reason);
    p->throughput = NAN;
    p->strain = (struct strain){.value = NAN, .limit = NAN};
    p->answer = LOAD_UNMADE;
    if (r->status == RUN_OK) {
        for (int m = 0; m < METRIC_COUNT; m++)
            p->judged[m] = !isnan(r->value[m]);
        p->throughput = throughput_of(r);
        strain_find(budgets, r->value, &p->strain);
        p->answer = broken(budgets, r->value) ? LOAD_BROKEN : LOAD_HELD;
    } else if (r->status == RUN_FAILED && p->target_ended) {
        p->answer = LOAD_BROKEN;
    }
}

static void probe_say(const struct capacity_prober *p, const struct capacity_probe *made)
{
    char load[CAPACITY_LOAD_SIZE], msg_s[UNITS_TEXT_SIZE], value[UNITS_TEXT_SIZE],
        limit[UNITS_TEXT_SIZE], title[64];
    const char *unit = metrics[made->strain.metric].unit;

    capacity_load_text(load, p->vary, made->load);
    if (made->status == RUN_OK) {
        fprintf(stderr, "%s: %s", load, units_format_metric(msg_s, made->throughput, "msg/s"));
        if (!isnan(made->strain.limit))
            fprintf(stderr, ", %s %s of %s", metric_title(made->strain.metric, title),
                    units_format_metric(value, made->strain.value, unit),
                    units_format_metric(limit, made->strain.limit, unit));
        fprintf(stderr, ": %s\n", made->answer == LOAD_HELD ? "within budget" : "beyond budget");
    } else if (made->status != RUN_INTERRUPTED) {
        fprintf(stderr, "%s: %s%s\n", load,
                made->status == RUN_OVERLOADED ? "the generator was overloaded: " : "",
                made->reason);
    }
}

bool capacity_probe(const struct capacity_prober *p, double load, struct capacity_probes *out,
                    struct err *e)
{
    struct capacity_probe made = {.load = load};
    char *title = mem_printf("%s, probe %zu", p->scenario->name, out->count + 1);
    char number[UNITS_TEXT_SIZE];
    struct scenario scenario;
    struct result result;
    struct run run;
    bool alive = true, done;

    capacity_scenario(p, load, &scenario);
    result_init(&result);
    session_run(p->session, &scenario, (int64_t)out->count + 1, &run);
    run.role = mem_copy("capacity");
    record_label(&run, "capacity", capacity_vary_name[p->vary]);
    record_label(&run, "load", units_format_exact(number, load));
    done = measure_run(p->session, &scenario, NULL, p->globals, title, &run, &result, &alive, e);
    if (done) {
        memcpy(made.uuid, run.uuid, sizeof made.uuid);
        made.target_ended = !alive;
        probe_judge(&made, &scenario.budgets, &result);
        out->probe = mem_grow(out->probe, out->count + 1, sizeof *out->probe);
        out->probe[out->count++] = made;
        if (!p->globals->quiet)
            probe_say(p, &made);
    }
    result_free(&result);
    run_free(&run);
    free(title);
    return done;
}
