/* streamgauge baseline: names for what later runs are compared with. */
#include "analyze/analyze.h"
#include "report/report.h"
#include "schema/json.h"
#include "schema/units.h"
#include "store/cmd_runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct baseline_args {
    int64_t window;
    const char *branch;
};

static const struct option_spec options[] = {
    OPTION(struct baseline_args, window, "window", "N",
           "set: the last N sessions before the judged one"),
    OPTION(struct baseline_args, branch, "branch", "NAME", "set: on this branch"),
    OPTION_END,
};

static void baseline_json(const struct baseline *b, struct text *out)
{
    char created[UNITS_TEXT_SIZE];

    text_add(out, "{\"name\":");
    json_quote(out, b->name);
    if (b->window > 0) {
        text_addf(out, ",\"runs\":null,\"window\":%lld,\"branch\":", (long long)b->window);
        json_quote(out, b->branch ? b->branch : "");
    } else {
        text_addf(out, ",\"runs\":%lld,\"window\":null,\"branch\":null", (long long)b->runs);
    }
    text_addf(out, ",\"created_at\":\"%s\"}", units_format_time(created, b->created_ms));
}

static void baselines_json(const struct baseline *list, size_t count)
{
    struct text out = {0};

    text_add(&out, "{\"schema_version\":1,\"baselines\":[");
    for (size_t i = 0; i < count; i++) {
        text_add(&out, i ? ",\n" : "\n");
        baseline_json(&list[i], &out);
    }
    text_add(&out, count ? "\n]}\n" : "]}\n");
    fputs(out.data, stdout);
    text_free(&out);
}

static void baselines_table(const struct globals *g, const struct baseline *list, size_t count)
{
    struct doc d = {0};
    struct doc_table *t;

    if (count == 0) {
        doc_paragraph(&d);
        doc_say(&d, TONE_PLAIN, "No baselines.");
    } else {
        t = doc_table(&d);
        doc_column(t, ALIGN_LEFT, "baseline");
        doc_column(t, ALIGN_LEFT, "what it holds");
        doc_column(t, ALIGN_LEFT, "set (UTC)");
        for (size_t i = 0; i < count; i++) {
            char created[UNITS_TEXT_SIZE];

            doc_row(t);
            doc_cell(t, TONE_STRONG, "%s", list[i].name);
            if (list[i].window > 0)
                doc_cell(t, TONE_PLAIN, "the last %lld session%s on %s", (long long)list[i].window,
                         list[i].window == 1 ? "" : "s", list[i].branch ? list[i].branch : "");
            else
                doc_cell(t, TONE_PLAIN, "%lld run%s", (long long)list[i].runs,
                         list[i].runs == 1 ? "" : "s");
            units_format_time(created, list[i].created_ms);
            doc_cell(t, TONE_MUTED, "%.10s %.5s", created, created + 11);
        }
    }
    report_print(&d, g);
    doc_free(&d);
}

/* All baselines, or the one of this name. */
static bool baselines_show(const struct globals *g, struct store *s, const char *name,
                           struct err *e)
{
    struct baseline *list, *shown;
    size_t count, shown_count;

    if (!store_baseline_list(s, &list, &count, e)) {
        baseline_list_free(list, count);
        return false;
    }
    shown = list;
    shown_count = count;
    for (size_t i = 0; name && i < count; i++) {
        if (strcmp(list[i].name, name) == 0) {
            shown = &list[i];
            shown_count = 1;
        }
    }
    if (g->json)
        baselines_json(shown, shown_count);
    else
        baselines_table(g, shown, shown_count);
    baseline_list_free(list, count);
    return true;
}

static bool name_check(const char *name, struct err *e)
{
    char *clean = mem_copy(name);
    bool good;

    text_clean(clean);
    good = *name && strlen(name) <= 100 && strcmp(clean, name) == 0;
    free(clean);
    return good ||
           err_set(e, ERR_USAGE, "%s: a baseline's name is 1 to 100 printable characters", name);
}

static bool set_check(const struct call *call, const struct baseline_args *args, struct err *e)
{
    bool window = args->window > 0 || args->branch;

    if (call->operands < 2)
        return err_set(e, ERR_USAGE, "baseline set needs a name");
    if (window && call->operands > 2)
        return err_set(e, ERR_USAGE, "baseline set takes either selected runs or --window");
    if (window && (args->window <= 0 || !args->branch))
        return err_set(e, ERR_USAGE, "a rolling window needs both --window N and --branch NAME");
    if (!window && call->operands == 2)
        return err_set(e, ERR_USAGE,
                       "baseline set %s: name the runs (`last` for the newest session), or a "
                       "--window N --branch NAME",
                       call->operand[1]);
    return name_check(call->operand[1], e);
}

static bool set_run(const struct call *call, struct store *s, struct err *e)
{
    const struct baseline_args *args = call->args;
    struct run_list runs = {0};
    const char *name = call->operand[1];
    bool done;

    if (args->window > 0)
        return store_baseline_window(s, name, args->window, args->branch, e) &&
               baselines_show(call->globals, s, name, e);
    done = store_select(s, call->operand + 2, call->operands - 2, &runs, e) &&
           store_leave_roles(s, &runs, e) && store_baseline_set(s, name, &runs, e) &&
           baselines_show(call->globals, s, name, e);
    run_list_free(&runs);
    return done;
}

static bool list_run(const struct call *call, struct store *s, struct err *e)
{
    return baselines_show(call->globals, s, NULL, e);
}

static bool show_run(const struct call *call, struct store *s, struct err *e)
{
    const char *name = call->operand[1];
    struct run_list runs = {0};
    bool exists = false, done = window_refresh(s, call->globals, name, e) &&
                                store_baseline_runs(s, name, NULL, &runs, &exists, e);

    if (done && !exists)
        done = err_set(e, ERR_USAGE,
                       "there is no baseline %s; `streamgauge baseline list` shows them", name);
    done = done && runs_show(call->globals, s, &runs, e);
    run_list_free(&runs);
    return done;
}

static bool rm_run(const struct call *call, struct store *s, struct err *e)
{
    return store_baseline_remove(s, call->operand[1], e) &&
           baselines_show(call->globals, s, NULL, e);
}

static const struct {
    const char *name;
    enum store_mode mode;
    size_t operands; /* its own name among them; 0: checked by itself */
    bool (*run)(const struct call *call, struct store *s, struct err *e);
} verbs[] = {
    {"set", STORE_UPDATE, 0, set_run},
    {"list", STORE_READ, 1, list_run},
    {"show", STORE_READ, 2, show_run},
    {"rm", STORE_UPDATE, 2, rm_run},
};
enum { VERBS = sizeof verbs / sizeof *verbs };

static bool verb_find(const struct call *call, size_t *verb, struct err *e)
{
    const struct baseline_args *args = call->args;
    const char *word = call->operand[0], *names[VERBS + 1] = {0}, *nearest;

    for (size_t i = 0; i < VERBS; i++) {
        names[i] = verbs[i].name;
        if (strcmp(word, verbs[i].name) != 0)
            continue;
        *verb = i;
        if (verbs[i].operands == 0)
            return set_check(call, args, e);
        if (args->window > 0 || args->branch)
            return err_set(e, ERR_USAGE, "baseline %s takes neither --window nor --branch", word);
        if (call->operands != verbs[i].operands)
            return err_set(e, ERR_USAGE, "baseline %s takes %s", word,
                           verbs[i].operands == 1 ? "no name" : "one name");
        return true;
    }
    nearest = text_nearest(word, names);
    return err_set(e, ERR_USAGE, "baseline %s: expected set, list, show or rm%s%s%s", word,
                   nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static int baseline_run(const struct call *call, struct err *e)
{
    struct store *s = NULL;
    size_t verb = 0;

    if (verb_find(call, &verb, e) &&
        store_open(&s, call->globals->db, verbs[verb].mode, call->globals->wait.ns, e))
        verbs[verb].run(call, s, e);
    store_close(s);
    return e->kind;
}

const struct command cmd_baseline = {
    .name = "baseline",
    .operands = "set NAME SELECTOR... | list | show NAME | rm NAME",
    .summary = "what later runs are compared with",
    .details = "A baseline is either fixed runs, named once and all of them ok, or a rolling\n"
               "window that is looked up at each use: the last N sessions on a branch before\n"
               "the judged one. `check` takes the one called default.\n"
               "\n"
               "  baseline set v1.2 tag:v1.2\n"
               "  baseline set default --window 20 --branch main",
    .options = options,
    .args_size = sizeof(struct baseline_args),
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .run = baseline_run,
};
