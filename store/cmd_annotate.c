/* streamgauge annotate: what people write about runs and changes. */
#include "schema/command.h"
#include "schema/json.h"
#include "schema/units.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct annotate_args {
    const char *note, *state;
};

static const struct option_spec options[] = {
    OPTION(struct annotate_args, note, "note", "TEXT", "what there is to say"),
    OPTION(struct annotate_args, state, "state", "STATE",
           "of a change: expected, fixed or false-alarm"),
    OPTION_END,
};

enum { NOTE_MAX = 10000 };

static bool state_read(const char *word, enum change_state *state, struct err *e)
{
    const char *names[CHANGE_FALSE_ALARM - CHANGE_EXPECTED + 2] = {0}, *nearest;

    *state = CHANGE_NEW;
    if (!word)
        return true;
    for (int i = CHANGE_EXPECTED; i <= CHANGE_FALSE_ALARM; i++) {
        names[i - CHANGE_EXPECTED] = change_state_name[i];
        if (strcmp(word, change_state_name[i]) == 0) {
            *state = (enum change_state)i;
            return true;
        }
    }
    nearest = text_nearest(word, names);
    return err_set(e, ERR_USAGE, "--state %s: expected expected, fixed or false-alarm%s%s%s", word,
                   nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static bool note_check(const char *note, struct err *e)
{
    if (note && !*note)
        return err_set(e, ERR_USAGE, "--note: there is nothing in it");
    if (note && strlen(note) > NOTE_MAX)
        return err_set(e, ERR_USAGE, "--note: a note has at most %d bytes", NOTE_MAX);
    return true;
}

/* Says what is now so. */
static void said_tell(const struct call *call, const char *what, int64_t id)
{
    const struct annotate_args *args = call->args;
    struct text out = {0};

    if (call->globals->json) {
        text_addf(&out, "{\"schema_version\":1,\"annotated\":\"%s\",\"id\":%lld", what,
                  (long long)id);
        json_add_string(&out, ",\"state\":", args->state);
        json_add_string(&out, ",\"note\":", args->note);
        text_add(&out, "}\n");
    } else {
        char *note = mem_copy(args->note ? args->note : "");

        text_clean(note);
        text_addf(&out, "%s %lld%s%s%s%s%s\n", what, (long long)id, args->state ? " is " : "",
                  args->state ? args->state : "", args->note ? ": \"" : "", note,
                  args->note ? "\"" : "");
        free(note);
    }
    fputs(out.data, stdout);
    text_free(&out);
}

static bool run_annotate(const struct call *call, struct store *s, struct err *e)
{
    const struct annotate_args *args = call->args;
    struct run_list list = {mem_get(1, sizeof *list.row), 1};
    bool done = store_select_one(s, call->operand[1], &list.row[0], e) &&
                store_annotate_run(s, list.row[0].id, args->note, e);

    if (done)
        said_tell(call, "run", list.row[0].id);
    run_list_free(&list);
    return done;
}

static bool change_annotate(const struct call *call, struct store *s, struct err *e)
{
    const struct annotate_args *args = call->args;
    enum change_state state;
    int64_t id;

    if (!units_integer(call->operand[1], 1, &id, e))
        return err_wrap(e, "annotate change");
    if (!state_read(args->state, &state, e) || !store_annotate_change(s, id, state, args->note, e))
        return false;
    said_tell(call, "change", id);
    return true;
}

static bool args_check(const struct call *call, bool change, struct err *e)
{
    const struct annotate_args *args = call->args;
    enum change_state state;

    if (!change && args->state)
        return err_set(e, ERR_USAGE, "annotate run: a run has no --state, only a --note");
    if (!change && !args->note)
        return err_set(e, ERR_USAGE, "annotate run needs a --note");
    if (!args->note && !args->state)
        return err_set(e, ERR_USAGE, "annotate change needs a --state, a --note, or both");
    return state_read(args->state, &state, e) && note_check(args->note, e);
}

static int annotate_run(const struct call *call, struct err *e)
{
    bool change = strcmp(call->operand[0], "change") == 0;
    struct store *s = NULL;

    if (!change && strcmp(call->operand[0], "run") != 0) {
        err_set(e, ERR_USAGE, "annotate %s: expected run or change", call->operand[0]);
        return (int)e->kind;
    }
    if (args_check(call, change, e) &&
        store_open(&s, call->globals->db, STORE_UPDATE, call->globals->wait.ns, e)) {
        if (change)
            change_annotate(call, s, e);
        else
            run_annotate(call, s, e);
    }
    store_close(s);
    return (int)e->kind;
}

const struct command cmd_annotate = {
    .name = "annotate",
    .operands = "run RUN | change ID",
    .summary = "write a note about a run, or say what a change is",
    .details = "What is written stays: when a series is analysed again, and when databases are\n"
               "merged, where of two states of a change the later one counts.\n"
               "\n"
               "  annotate run 12 --note 'the machine was warm'\n"
               "  annotate change 3 --state expected --note 'TLS is on since then'\n"
               "\n"
               "expected: it was meant; a rolling baseline starts after it. fixed: it was a\n"
               "regression, and is mended since. false-alarm: nothing changed.",
    .options = options,
    .args_size = sizeof(struct annotate_args),
    .operands_min = 2,
    .operands_max = 2,
    .run = annotate_run,
};
