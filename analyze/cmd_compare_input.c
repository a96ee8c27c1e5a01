/* One comparison a line, without a database:
 * {"id", "before":[..], "after":[..], "history":[[..],..], "before_session":[..],
 * "after_session":[..], "better":"lower"|"higher"} */
#include "analyze/cmd_compare_input.h"

#include "analyze/cmd_input.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One side, or the history, as it is read. */
struct numbers {
    double *value;
    int *session; /* NULL: not told */
    size_t count;
};

static void numbers_free(struct numbers *n)
{
    free(n->value);
    free(n->session);
    *n = (struct numbers){0};
}

static struct sample sample_of(const struct numbers *n)
{
    return (struct sample){n->value, n->session, n->count};
}

/* What is compared as a share has to be above 0; leaving the others out could hide a change. */
static bool values_check(const struct json_at *at, const double *value, size_t count, struct err *e)
{
    for (size_t i = 0; i < count; i++) {
        struct json_at item;

        if (isnan(value[i]) || value[i] > 0)
            continue;
        item = json_item(at, (int)i);
        return err_set(e, ERR_USAGE,
                       "%s: %g is not above 0, and a change is told as a share of what was",
                       item.path, value[i]);
    }
    return true;
}

static bool values_read(const struct json_at *at, struct numbers *out, struct err *e)
{
    return input_numbers(at, &out->value, &out->count, e) &&
           values_check(at, out->value, out->count, e);
}

bool input_sessions(const struct json_at *at, size_t runs, int **out, struct err *e)
{
    double *number = NULL;
    size_t count = 0;
    bool done = true;

    if (!at->value)
        return true;
    if (!input_numbers(at, &number, &count, e)) {
        free(number);
        return false;
    }
    if (count != runs)
        done = err_set(e, ERR_USAGE, "%s: expected one session for each of %zu runs, found %zu",
                       at->path, runs, count);
    *out = mem_get(count + 1, sizeof **out);
    for (size_t i = 0; i < count && done; i++) {
        if (!(fabs(number[i]) <= 1e9 && number[i] == floor(number[i])))
            done = err_set(e, ERR_USAGE, "%s[%zu]: expected a whole number", at->path, i);
        else
            (*out)[i] = (int)number[i];
    }
    free(number);
    return done;
}

static bool side_read(const struct json_at *line, const char *name, const char *session_name,
                      struct numbers *out, struct err *e)
{
    struct json_at at = json_member(line, name), session = json_member(line, session_name);

    return values_read(&at, out, e) && input_sessions(&session, out->count, &out->session, e);
}

/* Each member of the history is a session of its own. */
static bool history_read(const struct json_at *line, struct numbers *out, struct err *e)
{
    struct json_at at = json_member(line, "history");
    const cJSON *item;
    int session = 0;

    if (!at.value)
        return true;
    if (!cJSON_IsArray(at.value))
        return json_expected(&at, "an array of sessions", e);
    cJSON_ArrayForEach(item, at.value)
    {
        struct json_at here = {.value = item, .source = at.source};
        struct numbers one = {0};

        snprintf(here.path, sizeof here.path, "history[%d]", session);
        if (!values_read(&here, &one, e)) {
            numbers_free(&one);
            return false;
        }
        out->value = mem_grow(out->value, out->count + one.count + 1, sizeof *out->value);
        out->session = mem_grow(out->session, out->count + one.count + 1, sizeof *out->session);
        for (size_t i = 0; i < one.count; i++) {
            out->value[out->count] = one.value[i];
            out->session[out->count++] = session;
        }
        numbers_free(&one);
        session++;
    }
    return true;
}

static bool better_read(const struct json_at *line, enum metric_better *better, struct err *e)
{
    struct json_at at = json_member(line, "better");
    const char *word = "lower";

    if (!json_get_string(line, "better", &word, e))
        return false;
    *better = strcmp(word, "higher") == 0 ? BETTER_HIGHER : BETTER_LOWER;
    return *better == BETTER_HIGHER || strcmp(word, "lower") == 0 ||
           json_expected(&at, "\"lower\" or \"higher\"", e);
}

static void answer_add(struct text *out, const struct comparison *c)
{
    /* An empty side leaves the question open as noise does. */
    enum outcome outcome = c->outcome == OUTCOME_NONE ? OUTCOME_INCONCLUSIVE : c->outcome;

    text_addf(out, ",\"verdict\":\"%s\"", outcome_name[outcome]);
    input_number_add(out, ",\"change\":", c->change);
    input_number_add(out, ",\"interval\":[", c->lo);
    input_number_add(out, ",", c->hi);
    input_number_add(out, "],\"p\":", c->p);
    input_number_add(out, ",\"detectable\":", c->detectable);
    input_number_add(out, ",\"more_runs\":", c->more_runs < 0 ? (double)NAN : (double)c->more_runs);
}

static bool is_hdr(const struct json_at *line)
{
    return json_member(line, "before_hdr").value || json_member(line, "after_hdr").value;
}

static bool compare_line(const struct json_at *line, const void *options, struct text *out,
                         struct err *e)
{
    struct numbers before = {0}, after = {0}, history = {0};
    struct compare_options o = *(const struct compare_options *)options;
    struct comparison c;
    bool done = better_read(line, &o.better, e);

    if (done && is_hdr(line))
        return compare_hdr_line(line, &o, out, e);
    if (isnan(o.tolerance)) /* a line has no metric that could have its own */
        o.tolerance = compare_defaults.tolerance;
    done = done && side_read(line, "before", "before_session", &before, e) &&
           side_read(line, "after", "after_session", &after, e) && history_read(line, &history, e);

    if (done) {
        struct sample b = sample_of(&before), a = sample_of(&after), h = sample_of(&history);

        compare_log(&b, &a, &h, &o, &c);
        answer_add(out, &c);
    }
    numbers_free(&before);
    numbers_free(&after);
    numbers_free(&history);
    return done;
}

int compare_input(const char *path, const struct margins_args *margins, struct err *e)
{
    struct compare_options o;
    struct input_judge judge = {compare_line, &o};

    margins_get(margins, &o);
    return input_each(path, &judge, e);
}
