#include "analyze/cmd_capacity_told.h"

#include "report/report.h"
#include "schema/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const capacity_end_name[] = {"found",     "none",   "most", "saturated",
                                         "generator", "failed", "time", "interrupted"};

void capacity_free(struct capacity *c)
{
    capacity_probes_free(&c->probes);
    load_search_free(&c->search);
    free(c->summary);
}

/* What follows from the runs. */

static int number_order(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

double capacity_throughput(const struct capacity *c, double load)
{
    double *value = mem_get(c->probes.count + 1, sizeof *value), median = NAN;
    size_t n = 0;

    for (size_t i = 0; i < c->probes.count; i++)
        if (c->probes.probe[i].load == load && c->probes.probe[i].status == RUN_OK)
            value[n++] = c->probes.probe[i].throughput;
    qsort(value, n, sizeof *value, number_order);
    if (n > 0)
        median = (value[(n - 1) / 2] + value[n / 2]) / 2;
    free(value);
    return median;
}

/* The ok runs, as the law is fitted to them; the caller frees both. */
static size_t points_get(const struct capacity *c, double **load, double **throughput)
{
    size_t n = 0;

    *load = mem_get(c->probes.count + 1, sizeof **load);
    *throughput = mem_get(c->probes.count + 1, sizeof **throughput);
    for (size_t i = 0; i < c->probes.count; i++) {
        if (c->probes.probe[i].status != RUN_OK)
            continue;
        (*load)[n] = c->probes.probe[i].load;
        (*throughput)[n++] = c->probes.probe[i].throughput;
    }
    return n;
}

static void fit_get(struct capacity *c)
{
    struct err ignored = {0};
    double *load, *throughput;
    size_t n = points_get(c, &load, &throughput);

    c->fitted = usl_fit(load, throughput, n, &c->fit, &ignored);
    free(load);
    free(throughput);
}

/* How many instances the users need: by what one was measured to take, never by the law. */
static void instances_get(struct capacity *c)
{
    const struct capacity_prober *p = &c->prober;
    double user = p->vary == VARY_RATE ? p->offered / (double)p->scenario->clients : 1;

    c->users_each = c->instances = NAN;
    if (c->users == 0 || isnan(c->load))
        return;
    c->users_each = floor(c->load * (1 - c->headroom) / user * (1 + 1e-9));
    if (c->users_each >= 1)
        c->instances = ceil(c->users / c->users_each);
}

static const struct capacity_probe *beyond_find(const struct capacity *c, double load)
{
    const struct capacity_probe *found = NULL;

    for (size_t i = 0; i < c->probes.count; i++)
        if (c->probes.probe[i].load == load && c->probes.probe[i].answer == LOAD_BROKEN)
            found = &c->probes.probe[i];
    return found;
}

/* The sentence. */

static void strain_say(struct text *out, const struct capacity_probe *p)
{
    const char *unit = metrics[p->strain.metric].unit;
    char value[UNITS_TEXT_SIZE], limit[UNITS_TEXT_SIZE], title[64];

    if (p->target_ended && p->status != RUN_OK)
        text_add(out, "the server ended");
    else
        text_addf(out, "%s is %s, beyond its %s", metric_title(p->strain.metric, title),
                  units_format_metric(value, p->strain.value, unit),
                  units_format_metric(limit, p->strain.limit, unit));
}

static void held_say(const struct capacity *c, struct text *out)
{
    char load[CAPACITY_LOAD_SIZE], msg_s[UNITS_TEXT_SIZE];

    text_addf(out, "%s%s", c->at_least ? "at least " : "",
              capacity_load_text(load, c->prober.vary, c->load));
    if (c->prober.vary == VARY_CLIENTS)
        text_addf(out, " (%s)", units_format_metric(msg_s, c->throughput, "msg/s"));
    text_add(out, " stay within budget");
}

/* Why it is not known more exactly. */
static void end_say(const struct capacity *c, struct text *out)
{
    const char *most = c->prober.vary == VARY_CLIENTS ? "--max-clients" : "--max-rate";
    const struct load_search *s = &c->search;
    const struct capacity_probe *last =
        c->probes.count ? &c->probes.probe[c->probes.count - 1] : NULL;
    char text[CAPACITY_LOAD_SIZE];

    switch (c->end) {
    case CAPACITY_FOUND:
    case CAPACITY_NONE:
        break;
    case CAPACITY_MOST:
        text_addf(out, "; more was not tried (%s)", most);
        break;
    case CAPACITY_SATURATED:
        text_addf(out, ", but it answers no more than with a quarter of the load: %s is its limit",
                  units_format_metric(text, capacity_throughput(c, s->level[s->levels - 1].load),
                                      "msg/s"));
        break;
    case CAPACITY_GENERATOR:
        text_addf(out, "; %s could not be made on this machine, which is not the target's limit",
                  capacity_load_text(text, c->prober.vary, load_search_edges(s).failed->load));
        break;
    case CAPACITY_FAILED:
        text_addf(out, "; with %s the run failed: %s",
                  capacity_load_text(text, c->prober.vary, last->load), last->reason);
        break;
    case CAPACITY_TIME:
        text_add(out, "; --max-time was up before it was known more exactly");
        break;
    case CAPACITY_INTERRUPTED:
        text_add(out, "; interrupted before it was known more exactly");
        break;
    }
}

static void summary_make(struct capacity *c)
{
    struct text out = {0};
    char load[CAPACITY_LOAD_SIZE];

    text_addf(&out, "%s: ", c->prober.scenario->name);
    if (!isnan(c->load)) {
        held_say(c, &out);
        if (c->beyond) {
            text_addf(&out, "; with %s, ",
                      capacity_load_text(load, c->prober.vary, c->beyond->load));
            strain_say(&out, c->beyond);
        }
        end_say(c, &out);
    } else if (c->beyond) {
        text_addf(&out, "even %s %s beyond budget: ",
                  capacity_load_text(load, c->prober.vary, c->beyond->load),
                  c->beyond->load == 1 && c->prober.vary == VARY_CLIENTS ? "is" : "are");
        strain_say(&out, c->beyond);
        end_say(c, &out);
    } else {
        text_add(&out, "no load was measured that tells anything");
    }
    c->summary = out.data;
}

void capacity_complete(struct capacity *c)
{
    struct load_edges edges = load_search_edges(&c->search);

    c->load = edges.held ? edges.held->load : NAN;
    c->throughput = edges.held ? capacity_throughput(c, c->load) : NAN;
    c->beyond = edges.failed && !edges.unmade ? beyond_find(c, edges.failed->load) : NULL;
    c->at_least = edges.held && !c->beyond;
    fit_get(c);
    instances_get(c);
    summary_make(c);
}

/* For people. */

static void users_say(const struct capacity *c, struct doc *d)
{
    const struct capacity_prober *p = &c->prober;
    char users[UNITS_TEXT_SIZE], instances[UNITS_TEXT_SIZE], headroom[UNITS_TEXT_SIZE],
        each[CAPACITY_LOAD_SIZE];
    bool one = c->users == 1;

    if (c->users == 0 || isnan(c->load))
        return;
    units_format_metric(users, c->users, "");
    units_format_metric(headroom, c->headroom, "ratio");
    doc_item(d);
    if (isnan(c->instances)) {
        doc_say(d, TONE_PLAIN, "at %s headroom an instance has no room for even one user",
                headroom);
        return;
    }
    doc_say(d, TONE_STRONG, "%s user%s need%s %s instance%s at %s headroom", users, one ? "" : "s",
            one ? "s" : "", units_format_metric(instances, c->instances, ""),
            c->instances == 1 ? "" : "s", headroom);
    doc_say(d, TONE_PLAIN, "%s, up to %s on each", c->at_least ? " or fewer" : "",
            capacity_load_text(each, VARY_CLIENTS, c->users_each));
    if (p->vary == VARY_RATE && c->users_each > (double)p->scenario->clients)
        doc_say(d, TONE_WARN, "; only %s were connected at once, so measure that by --vary clients",
                capacity_load_text(each, VARY_CLIENTS, (double)p->scenario->clients));
}

static void fit_say(const struct capacity *c, struct doc *d)
{
    const struct usl *u = &c->fit;
    char a[UNITS_TEXT_SIZE], b[UNITS_TEXT_SIZE], load[CAPACITY_LOAD_SIZE];

    if (!c->fitted) {
        doc_item(d);
        doc_say(d, TONE_MUTED, "a scalability curve needs three loads that were measured");
        return;
    }
    doc_item(d);
    doc_say(d, TONE_PLAIN, "scalability: %s of the work waits in turn%s",
            units_format_metric(a, u->alpha, "ratio"),
            u->beta > 0 ? ", and what runs at once disturbs itself" : "");
    if (isfinite(u->peak_load))
        doc_say(d, TONE_PLAIN, "; throughput peaks at %s with %s",
                units_format_metric(b, u->peak_throughput, "msg/s"),
                capacity_load_text(load, c->prober.vary, u->peak_load));
    else
        doc_say(d, TONE_PLAIN,
                "; no peak up to twice the largest load measured, and nothing is "
                "known beyond");
    if (isfinite(u->r2))
        doc_say(d, TONE_MUTED, " (R² %s)", units_format_metric(a, u->r2, ""));
}

/* How the runs at a load went: "2 of 3 within". */
static void level_runs_say(struct doc_table *t, const struct load_level *l)
{
    int all = l->answers[LOAD_HELD] + l->answers[LOAD_BROKEN] + l->answers[LOAD_UNMADE];
    bool held = l->answers[LOAD_HELD] > l->answers[LOAD_BROKEN];

    if (l->answers[LOAD_UNMADE] == all)
        doc_cell(t, TONE_WARN, "not in time");
    else
        doc_cell(t, held ? TONE_GOOD : TONE_BAD, "%s", held ? "within" : "beyond");
    doc_cell(t, TONE_PLAIN, "%d", all);
}

static void levels_tell(const struct capacity *c, struct doc *d)
{
    struct doc_table *t = doc_table(d);
    char a[UNITS_TEXT_SIZE], b[UNITS_TEXT_SIZE], title[64];

    doc_column(t, ALIGN_RIGHT, c->prober.vary == VARY_CLIENTS ? "clients" : "offered msg/s");
    doc_column(t, ALIGN_RIGHT, "msg/s");
    doc_column(t, ALIGN_LEFT, "tightest budget");
    doc_column(t, ALIGN_RIGHT, "value");
    doc_column(t, ALIGN_RIGHT, "limit");
    doc_column(t, ALIGN_LEFT, "budget");
    doc_column(t, ALIGN_RIGHT, "runs");
    for (size_t i = 0; i < c->search.levels; i++) {
        const struct load_level *l = &c->search.level[i];
        const struct strain *s = NULL;

        for (size_t k = 0; k < c->probes.count; k++)
            if (c->probes.probe[k].load == l->load && !isnan(c->probes.probe[k].strain.limit))
                s = &c->probes.probe[k].strain;
        doc_row(t);
        doc_cell(t, TONE_PLAIN, "%s", units_format_metric(a, l->load, ""));
        doc_cell(t, TONE_PLAIN, "%s", units_format_metric(a, capacity_throughput(c, l->load), ""));
        doc_cell(t, TONE_PLAIN, "%s", s ? metric_title(s->metric, title) : "-");
        doc_cell(t, TONE_PLAIN, "%s",
                 s ? units_format_metric(a, s->value, metrics[s->metric].unit) : "-");
        doc_cell(t, TONE_PLAIN, "%s",
                 s ? units_format_metric(b, s->limit, metrics[s->metric].unit) : "-");
        level_runs_say(t, l);
    }
}

/* Budgets that no run had a value for: nothing is known of them. */
static void unjudged_say(const struct capacity *c, struct doc *d)
{
    const struct budget_list *l = &c->prober.scenario->budgets;

    for (size_t i = 0; i < l->count; i++) {
        bool judged = l->item[i].by_default;

        for (size_t k = 0; k < c->probes.count; k++)
            judged |= c->probes.probe[k].judged[l->item[i].metric];
        if (judged)
            continue;
        doc_item(d);
        doc_say(d, TONE_WARN, "%s has a budget, and no run had a value of it: it is not judged",
                metrics[l->item[i].metric].name);
    }
}

void capacity_show(const struct capacity *c)
{
    const struct globals *g = c->prober.globals;
    bool sure = c->end == CAPACITY_FOUND || c->end == CAPACITY_MOST;
    struct text out = {0};
    struct doc d = {0};

    if (g->json) {
        capacity_json(c, &out);
        fputs(out.data, stdout);
    } else {
        doc_lead(&d, sure ? TONE_GOOD : c->end == CAPACITY_NONE ? TONE_BAD : TONE_WARN);
        doc_say(&d, TONE_PLAIN, "%s", c->summary);
        levels_tell(c, &d);
        users_say(c, &d);
        fit_say(c, &d);
        unjudged_say(c, &d);
        report_print(&d, g);
    }
    text_free(&out);
    doc_free(&d);
}

bool capacity_draw(const struct capacity *c, const char *path, struct err *e)
{
    double *load, *throughput;
    size_t n = points_get(c, &load, &throughput);
    struct capacity_told told = {load,        throughput,      n, c->fit.gamma, c->fit.alpha,
                                 c->fit.beta, c->fit.peak_load};
    bool done = c->fitted ? report_capacity(path, &told, e)
                          : err_set(e, ERR_MEASURE,
                                    "--chart: a curve needs three loads that were measured");

    free(load);
    free(throughput);
    return done;
}
