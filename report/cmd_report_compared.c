/* What came after against what was before: the judgement, told with its charts. */
#include "report/cmd_report_work.h"

#include "report/tell.h"

#include "analyze/analyze.h"
#include "schema/scenario.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HISTORY_SESSIONS = 20 };

/* All values of runs, as a judgement takes them. */
struct side {
    struct run_list runs; /* rows borrowed */
    double (*value)[METRIC_COUNT];
};

static bool side_get(struct side *side, struct store *s, struct err *e)
{
    side->value = mem_get(side->runs.count, sizeof *side->value);
    return store_values_all(s, &side->runs, &side->value[0][0], e);
}

/* One scenario on one machine, from both sides. */
struct pair {
    struct side before, after, history;
    struct run_list earlier; /* owns the rows of history */
    struct budget_list budgets;
    double connects;
    size_t first; /* of its rows in the judgement */
};

static void pair_free(struct pair *p)
{
    struct side *const sides[] = {&p->before, &p->after, &p->history};

    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        free(sides[i]->value);
    free(p->before.runs.row);
    free(p->after.runs.row);
    run_list_free(&p->earlier);
    budget_list_free(&p->budgets);
}

/* The sessions before the later side, on the branch of the earlier one: they tell how much sessions
 * differ. */
static bool history_get(struct pair *p, struct store *s, const struct run_list *before,
                        const struct run_list *after, struct err *e)
{
    const struct run_row *newest = &p->after.runs.row[0];
    const struct run_row *first = &p->after.runs.row[p->after.runs.count - 1];
    struct run_list both = {mem_get(before->count + after->count, sizeof *both.row), 0};
    bool done;

    for (size_t i = 0; i < before->count; i++)
        both.row[both.count++] = before->row[i];
    for (size_t i = 0; i < after->count; i++)
        both.row[both.count++] = after->row[i];
    done = store_history(s, newest, p->before.runs.row[0].branch, first->started_ms,
                         HISTORY_SESSIONS, &both, &p->earlier, e);
    p->history.runs = p->earlier;
    free(both.row);
    return done && side_get(&p->history, s, e);
}

bool run_connects(struct store *s, int64_t run_id, double *connects, struct err *e)
{
    struct scenario scenario = {0};
    struct run run = {0};
    struct err ignored;
    bool done = store_run(s, run_id, &run, e);

    *connects = 0;
    if (done && run.definition &&
        scenario_parse(&scenario, run.definition, strlen(run.definition), "", &ignored))
        *connects = (double)scenario.clients;
    scenario_free(&scenario);
    run_free(&run);
    return done;
}

static bool pair_get(struct pair *p, struct store *s, const struct run_list *before,
                     const struct run_list *after, const struct run_row *of, struct err *e)
{
    *p = (struct pair){.before.runs = runs_like(before, of), .after.runs = runs_like(after, of)};
    return side_get(&p->before, s, e) && side_get(&p->after, s, e) &&
           history_get(p, s, before, after, e) && store_budgets(s, of->id, &p->budgets, e) &&
           run_connects(s, of->id, &p->connects, e);
}

static bool pair_judge(struct pair *p, struct store *s, struct judged_list *list,
                       const struct compare_options *options, struct err *e)
{
    const struct run_list *const of[] = {&p->before.runs, &p->after.runs, &p->history.runs};
    const struct judge_subject subject = {
        .before = {&p->before.runs, p->before.value, p->connects},
        .after = {&p->after.runs, p->after.value, p->connects},
        .history = {&p->history.runs, p->history.value, p->connects},
        .budgets = &p->budgets,
    };

    p->first = list->count;
    judge_add(list, &subject, options);
    return shift_recorded(list, s, of, options, e);
}

/* The rows of the pair are those from its first on to the next pair's. */
static bool pair_tell(struct work *w, const struct pair *p, const struct judged_list *list,
                      size_t end, bool heading, struct err *e)
{
    struct chart_subject subject = {&p->after.runs, &p->before.runs, &p->budgets, NULL, NULL, NULL};
    const struct run_row *of = &p->after.runs.row[0];

    for (size_t i = p->first; i < end; i++)
        if (list->row[i].metric == METRIC_LATENCY_P95)
            subject.judged = &list->row[i];
    for (size_t i = 0; i < list->shifts; i++)
        if (list->shift[i].scenario_id == of->scenario_id &&
            list->shift[i].environment_id == of->environment_id)
            subject.shift = &list->shift[i];
    if (p->first < end)
        tell_judged_group(&w->doc, list, p->first, heading);
    return charts_put(&w->charts, w->store, &subject, &w->doc, e);
}

/* Both sides of everything that ran before and after. */
struct pairs {
    struct pair *item;
    size_t count;
};

static bool pairs_get(struct pairs *all, struct store *s, const struct run_list *before,
                      const struct run_list *after, struct err *e)
{
    bool done = true;

    all->item = mem_get(after->count, sizeof *all->item);
    for (size_t i = 0; done && i < after->count; i++) {
        struct run_list like = runs_like(before, &after->row[i]);

        if (like.count && group_starts(after, i))
            done = pair_get(&all->item[all->count++], s, before, after, &after->row[i], e);
        free(like.row);
    }
    return done;
}

/* Names a thing that differs, so that the comparison would mislead. */
static bool nothing_common(const struct run_row *before, const struct run_row *after, struct err *e)
{
    if (strcmp(before->scenario, after->scenario) != 0)
        return err_set(e, ERR_REFUSED, "not compared: scenario %.80s before, %.80s after",
                       before->scenario, after->scenario);
    if (before->scenario_id != after->scenario_id)
        return err_set(e, ERR_REFUSED, "not compared: the workload of %.80s differs",
                       after->scenario);
    return err_set(e, ERR_REFUSED, "not compared: environment %.160s before, %.160s after",
                   before->environment, after->environment);
}

static void sides_say(struct doc *d, const struct run_list *before, const struct run_list *after)
{
    char *was = tell_runs_origin(before, 0), *is = tell_runs_origin(after, 0);

    if (*was || *is) {
        doc_paragraph(d);
        doc_say(d, TONE_MUTED, "before: %s · after: %s", *was ? was : "-", *is ? is : "-");
    }
    free(was);
    free(is);
}

static bool pairs_tell(struct work *w, const struct pairs *all, const struct judged_list *list,
                       struct err *e)
{
    bool done = true;

    for (size_t i = 0; done && i < all->count; i++)
        done =
            pair_tell(w, &all->item[i], list,
                      i + 1 < all->count ? all->item[i + 1].first : list->count, all->count > 1, e);
    return done;
}

void judged_json(struct work *w, const struct judged_list *list)
{
    const char *verdict = outcome_name[list->outcome], *quote = verdict ? "\"" : "";

    text_addf(&w->json, ",\"verdict\":%s%s%s,\"rows\":", quote, verdict ? verdict : "null", quote);
    tell_json_rows(list, &w->json);
}

static bool sides_report(struct work *w, const struct run_list *before,
                         const struct run_list *after, struct err *e)
{
    struct compare_options options = compare_defaults;
    struct judged_list list = {0};
    struct pairs all = {0};
    bool done = pairs_get(&all, w->store, before, after, e);

    options.tolerance = NAN; /* each metric's own */
    options.look = 1;        /* as check and compare */
    if (done && all.count == 0)
        done = nothing_common(&before->row[0], &after->row[0], e);
    for (size_t i = 0; done && i < all.count; i++)
        done = pair_judge(&all.item[i], w->store, &list, &options, e);
    if (done) {
        judge_end(&list, &options);
        done = since_recorded(&list, w->store, before, after, &options, e);
    }
    if (done) {
        if (all.count == 1)
            doc_heading(&w->doc, 1, "%s", all.item[0].after.runs.row[0].scenario);
        else
            doc_heading(&w->doc, 1, "%zu scenarios", all.count);
        tell_judged_lead(&w->doc, &list);
        w->kind = "comparison";
        text_addf(&w->json, ",\"verdict\":%s%s%s,\"rows\":", outcome_name[list.outcome] ? "\"" : "",
                  outcome_name[list.outcome] ? outcome_name[list.outcome] : "null",
                  outcome_name[list.outcome] ? "\"" : "");
        tell_json_rows(&list, &w->json);
        sides_say(&w->doc, before, after);
        doc_contents(&w->doc);
        done = pairs_tell(w, &all, &list, e);
    }
    for (size_t i = 0; i < all.count; i++)
        pair_free(&all.item[i]);
    free(all.item);
    judged_list_free(&list);
    return done;
}

static bool same_runs(const struct run_list *a, const struct run_list *b)
{
    for (size_t i = 0; i < a->count; i++)
        for (size_t k = 0; k < b->count; k++)
            if (a->row[i].id == b->row[k].id)
                return true;
    return false;
}

bool compared_report(struct work *w, char *const *before, char *const *after, struct err *e)
{
    struct run_list was = {0}, is = {0};
    bool done = store_select(w->store, after, 1, &is, e) && store_leave_roles(w->store, &is, e) &&
                window_select(w->store, w->globals, *before, &is, NULL, &was, e) &&
                (!same_runs(&was, &is) ||
                 err_set(e, ERR_USAGE, "%.80s and %.80s are the same runs", *before, *after)) &&
                sides_report(w, &was, &is, e);

    run_list_free(&was);
    run_list_free(&is);
    return done;
}
