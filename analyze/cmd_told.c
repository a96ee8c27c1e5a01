#include "analyze/cmd_told.h"

#include "analyze/cmd_shift.h"

#include "report/report.h"
#include "schema/exit.h"
#include "schema/mix.h"
#include "schema/scenario.h"
#include "schema/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool told_open(struct told *t, const struct globals *g, char *const *selectors, size_t count,
               struct err *e)
{
    if (!store_open(&t->store, g->db, STORE_READ, g->wait.ns, e) ||
        !store_select(t->store, selectors, count, &t->judged, e) ||
        !store_leave_roles(t->store, &t->judged, e))
        return false;
    t->session = t->judged.count > 0 ? t->judged.row[0].session : NULL;
    for (size_t i = 1; i < t->judged.count; i++)
        if (t->session &&
            (!t->judged.row[i].session || strcmp(t->session, t->judged.row[i].session) != 0))
            t->session = NULL;
    return true;
}

void told_free(struct told *t)
{
    store_close(t->store);
    run_list_free(&t->judged);
    judged_list_free(&t->list);
}

static int64_t ok_runs(const struct part *p)
{
    int64_t n = 0;

    for (size_t i = 0; i < p->runs.count; i++)
        n += p->runs.row[i].status == RUN_OK;
    return n;
}

/* Which look at this comparison it is. */
static bool look_find(struct told *t, const struct subject *s, const char *baseline, struct err *e)
{
    struct look look = {t->command,
                        baseline,
                        t->session,
                        s->after.runs.row[0].scenario_id,
                        s->after.runs.row[0].environment_id,
                        ok_runs(&s->before),
                        ok_runs(&s->after)};
    int64_t looks = 0;

    if (t->options.look < 1) /* what is judged once may be judged again */
        t->options.look = 1;
    if (!baseline || !t->session)
        return true; /* what is not named cannot be told from other comparisons */
    if (!store_looks(t->store, &look, &looks, e))
        return false;
    if (looks + 1 > t->options.look)
        t->options.look = (int)fmin((double)looks + 1, 100);
    return true;
}

static void note_add(struct judged *row, const char *note)
{
    char *both = row->note ? mem_printf("%s; %s", row->note, note) : mem_copy(note);

    free(row->note);
    row->note = both;
}

/* Adds to a row's name. */
static void row_name_add(struct judged *row, const char *before, const char *name,
                         const char *after)
{
    char *longer = mem_printf("%s %s%s%s", row->scenario, before, name, after);

    free(row->scenario);
    row->scenario = longer;
}

/* Whether a scenario of the same name, but of another load, is judged as well. */
static bool is_namesake(const struct told *t, const struct run_row *of)
{
    for (size_t i = 0; i < t->judged.count; i++)
        if (t->judged.row[i].scenario_id != of->scenario_id &&
            strcmp(t->judged.row[i].scenario, of->scenario) == 0)
            return true;
    return false;
}

/* Marks the rows from `first` on. */
static void rows_mark(struct told *t, size_t first, const struct subject *s, const char *drift)
{
    const struct run_row *of = &s->after.runs.row[0];
    char load[8];

    snprintf(load, sizeof load, "%s", of->workload);
    for (size_t i = first; i < t->list.count; i++) {
        struct judged *row = &t->list.row[i];

        if (is_namesake(t, of))
            row_name_add(row, "[workload ", load, "]");
        if (s->other_environment)
            note_add(row, "compared across environments");
        if (s->other_scenario)
            note_add(row, "compared across scenarios");
        if (drift)
            row_name_add(row, "(against ", drift, ")");
    }
}

static bool group_add(struct told *t, size_t group, const struct run_list *before,
                      const char *baseline, bool drift, struct err *e)
{
    size_t first = t->list.count;
    struct subject s;
    struct judge_subject judged;
    bool done = subject_get(&s, t->store, &t->judged, group, before, &t->across, e);

    if (!done && e->kind == ERR_REFUSED) {
        if (t->refused.kind == ERR_NONE)
            t->refused = *e;
        *e = (struct err){0};
        done = true;
    }
    done = done && look_find(t, &s, baseline, e);
    if (done) {
        for (size_t i = 0; t->budgets && i < t->budgets->count; i++)
            budget_list_put(&s.budgets, &t->budgets->item[i]);
        t->compared += ok_runs(&s.before) > 0;
        t->alone += ok_runs(&s.before) == 0;
        judged = subject_judged(&s);
        if (!drift || ok_runs(&s.before) > 0)
            judge_add(&t->list, &judged, &t->options);
        if (!drift && ok_runs(&s.before) > 0)
            done = shift_add(&t->list, &s, t->store, &t->options, e);
        rows_mark(t, first, &s, drift ? baseline : NULL);
    }
    subject_free(&s);
    return done;
}

bool told_add(struct told *t, const struct run_list *before, const char *baseline, bool drift,
              struct err *e)
{
    for (size_t i = 0; i < t->judged.count; i++)
        if (subject_starts(&t->judged, i) && !group_add(t, i, before, baseline, drift, e))
            return false;
    return true;
}

/* The scenario as ab takes it: a built-in one by name, else a file that only the user knows. */
static void operand_say(struct text *out, const char *scenario)
{
    bool builtin = false;

    for (const char *const *name = scenario_builtin_names; *name; name++)
        builtin |= strcmp(*name, scenario) == 0;
    if (builtin) {
        text_add(out, scenario);
    } else {
        char *file = mem_printf("./%s.json", scenario);

        text_add_word(out, file);
        free(file);
    }
}

/* The name of what a row is about, without what it is called here to be told from others. */
static const char *scenario_of(const struct told *t, const struct judged *row)
{
    for (size_t i = 0; i < t->judged.count; i++)
        if (t->judged.row[i].scenario_id == row->scenario_id)
            return t->judged.row[i].scenario;
    return row->scenario;
}

void told_advise(const struct told *t, const struct globals *g, struct text *summary)
{
    const struct judged *first = NULL;

    for (size_t i = 0; i < t->list.count && !first; i++)
        if (t->list.row[i].gates && t->list.row[i].comparison.outcome == OUTCOME_INCONCLUSIVE)
            first = &t->list.row[i];
    if (t->list.outcome != OUTCOME_INCONCLUSIVE || !first)
        return;
    if (first->comparison.history_sessions == 0)
        text_add(summary, ". No earlier session tells how much sessions differ; that is assumed, "
                          "with caution");
    if (mix_has_part(scenario_of(t, first))) { /* ab takes no mix */
        text_add(summary, ". To decide: more sessions of both sides");
        return;
    }
    text_add(summary, ". To decide: ");
    command_suggest(summary, "ab", g->db);
    text_add(summary, " ");
    operand_say(summary, scenario_of(t, first));
    text_add(summary, " --before 'CMD {port}' --after 'CMD {port}'");
}

void told_show(const struct told *t, const struct globals *g)
{
    struct text out = {0};
    struct doc d = {0};

    if (g->json) {
        report_judged_json(&t->list, &out);
        fputs(out.data, stdout);
    } else {
        report_judged(&d, &t->list);
        report_print(&d, g);
    }
    text_free(&out);
    doc_free(&d);
}

void told_ci(const struct told *t, const char *comment, struct err *e)
{
    struct err why = {0};

    if (!report_ci(&t->list, &why) ||
        (comment && !report_comment(&t->list, t->command, comment, &why)))
        told_fail(e, why.kind, why.text);
}

bool told_keep(const struct told *t, const struct globals *g, const char *baseline, size_t first,
               size_t end, struct err *e)
{
    struct judged_list part = {.row = t->list.row + first, .count = end - first};
    struct store *s = NULL;
    bool done;

    /* A database that is only to be read answers all the same. */
    if (part.count == 0 || access(g->db, W_OK) != 0)
        return true;
    done = store_open(&s, g->db, STORE_WRITE, g->wait.ns, e) &&
           store_put_verdicts(s, t->command, baseline, t->session, &part, e);
    store_close(s);
    return done || err_wrap(e, "the verdict was not recorded");
}

int told_status(int status, bool bisect, const struct err *e)
{
    return exit_bisect(exit_worse(status, (int)e->kind), bisect);
}

void told_fail(struct err *e, enum err_kind kind, const char *sentence)
{
    char *first = mem_printf("%s%s", e->kind ? e->text : "", e->kind ? "; " : "");

    err_set(e, (enum err_kind)exit_worse((int)e->kind, (int)kind), "%s%s", first, sentence);
    free(first);
}
