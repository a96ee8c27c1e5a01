#include "runner/plan.h"

#include "runner/file.h"
#include "runner/launch.h"
#include "runner/payload.h"
#include "runner/roster.h"
#include "runner/spec.h"
#include "runner/tls.h"
#include "runner/ws.h"
#include "schema/units.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

const char *const plan_target_name[] = {"built-in", "started", "observed", "elsewhere"};

static bool operand_is_file(const char *operand)
{
    size_t n = strlen(operand);

    return strchr(operand, '/') || (n > 5 && strcmp(operand + n - 5, ".json") == 0);
}

char *plan_folder(const char *path)
{
    const char *slash = strrchr(path, '/');

    return !slash          ? NULL
           : slash == path ? mem_copy("/")
                           : mem_printf("%.*s", (int)(slash - path), path);
}

bool plan_text(const char *operand, struct text *out, struct err *e)
{
    text_add(out, "");
    return !operand_is_file(operand) || file_read(operand, out, e);
}

static bool budgets_read(struct scenario *s, const char *path, struct err *e)
{
    struct text text = {0};
    bool done = file_read(path, &text, e) &&
                budget_list_read(&s->budgets, text.data ? text.data : "", text.length, path, e);

    text_free(&text);
    return done;
}

static bool options_apply(struct scenario *s, const struct plan_options *o, struct err *e)
{
    if (o->target) {
        free(s->url);
        s->url = mem_copy(o->target);
    }
    if (o->start_target && !s->url) /* where the built-in target answers too: the same workload */
        s->url = mem_copy(scenario_default_url(s));
    if (o->clients)
        s->clients = o->clients;
    if (o->observe_pid)
        s->observe_pid = o->observe_pid;
    if (o->duration.ns >= 0)
        s->duration_ns = o->duration.ns;
    if (o->warmup.ns >= 0)
        s->warmup_ns = o->warmup.ns;
    if (o->rate && !scenario_set_rate(s, o->rate, e))
        return err_wrap(e, "--rate");
    for (size_t i = 0; i < o->headers.count; i++)
        if (!scenario_set_header(s, o->headers.item[i], e))
            return err_wrap(e, "--header");
    return !o->budget || budgets_read(s, o->budget, e);
}

/* Reads the trace and takes down what it is; its length is the duration where there is no other. */
static bool trace_take(struct trace *t, struct scenario *s, const struct template_values *values,
                       struct err *e)
{
    char *path = scenario_path(s, s->rate.path), length[UNITS_TEXT_SIZE];
    bool good = trace_open(t, path, "", values, e) || err_wrap(e, "rate");
    size_t messages, busiest;

    free(path);
    if (!good)
        return false;
    memcpy(s->rate.sha256, t->sha256, sizeof s->rate.sha256);
    if (s->duration_ns == 0)
        s->duration_ns = trace_duration_ns(t, &s->rate);
    trace_schedule(t, s);
    messages = trace_count(t, s, &busiest);
    if (messages == 0)
        return err_set(e, ERR_USAGE,
                       "rate: %s: none of its messages is in the measured part, it is "
                       "%s long",
                       s->rate.path, units_format_duration(length, t->length_ns));
    s->rate.mean = (double)messages / ((double)s->duration_ns / NS_PER_S);
    s->rate.peak = (double)busiest;
    return scenario_check(s, e);
}

static bool rows_text_check(void *rows, const char *text, const char *key, struct err *e)
{
    return rows_check(rows, text, strlen(text), strcmp(key, "headers") == 0, e) ||
           err_wrap(e, "%s", key);
}

/* Reads the rows of clients_from; each can fill whatever text of the scenario asks for one. */
static bool rows_take(struct rows *r, struct scenario *s, struct err *e)
{
    char *path = s->clients_from.path ? scenario_path(s, s->clients_from.path) : NULL;
    bool good = !path || rows_open(r, path, "", s->clients, e) || err_wrap(e, "clients_from");

    free(path);
    memcpy(s->clients_from.sha256, r->sha256, sizeof s->clients_from.sha256);
    return good && (!s->clients_from.path || scenario_each_text(s, rows_text_check, r, e));
}

/* What the messages take from the rows, those of files included, is a part of the load. */
static bool rows_in_messages(const struct rows *r, const struct payload *p, const struct trace *t,
                             struct scenario *s, struct err *e)
{
    struct text all = {0};
    bool good;

    if (!s->clients_from.path)
        return true;
    text_add_bytes(&all, p->text, p->text_length);
    text_add_bytes(&all, t->own ? t->text : "", t->own ? t->text_length : 0);
    good = rows_check(r, all.data, all.length, false, e) || err_wrap(e, "message");
    rows_digest(r, all.data, all.length, s->clients_from.load);
    text_free(&all);
    return good;
}

/* Makes the messages for nobody, so that a file that is missing, or no data set, is found now; and
 * takes down what the load is made of. */
static bool messages_check(struct scenario *s, struct err *e)
{
    struct message *m = &s->message;
    char *as_written = m->path;
    struct payload payload = {0};
    struct trace trace = {0};
    struct rows rows = {0};
    const struct template_values values = {.rows = &rows};
    bool good = rows_take(&rows, s, e) &&
                (s->rate.pattern != RATE_TRACE || trace_take(&trace, s, &values, e));

    *m->sha256 = '\0';
    m->path = as_written ? scenario_path(s, as_written) : NULL;
    good = good && payload_open(&payload, s, &trace, 0, &values, e) &&
           rows_in_messages(&rows, &payload, &trace, s, e);
    if (good && m->path)
        payload_sha256(&payload, m->sha256);
    payload_close(&payload);
    trace_close(&trace);
    rows_close(&rows);
    if (as_written)
        free(m->path);
    m->path = as_written;
    return good;
}

/* Whether all that a worker fills in fits where it goes: values are known now, longer ones than a
 * header has room for, too. */
static bool texts_check(const struct text *told, struct err *e)
{
    struct spec spec;
    struct roster roster = {0};
    struct ws ws = {.spec = &spec};
    bool good = spec_read(&spec, told->data, told->length, e) &&
                url_parse(&ws.url, spec.scenario.url, e) && roster_open(&roster, &spec, e) &&
                ws_texts_fit(&ws, &roster, e);

    roster_close(&roster);
    spec_free(&spec);
    return good;
}

/* Writes the specification for nobody, so that a variable that is not set is found now. */
static bool variables_check(const struct scenario *s, struct err *e)
{
    const struct spec_part part = {.workers = 1};
    struct text nobody = {0};
    char *url = launch_fill(s->url ? s->url : scenario_default_url(s), 1);
    bool done = spec_write(s, url, &part, &nobody, e) && texts_check(&nobody, e);

    if (nobody.data)
        explicit_bzero(nobody.data, nobody.length);
    text_free(&nobody);
    free(url);
    return done;
}

/* Reads the files that TLS needs, so that a bad one is found now. */
static bool tls_check(const struct scenario *s, struct err *e)
{
    struct url url;
    struct tls tls;
    bool good;

    if (!s->url || !url_parse(&url, s->url, &(struct err){0}))
        return true; /* scenario_check() says what is wrong with a url */
    good = tls_open(&tls, s, &url, false, e);
    tls_close(&tls);
    return good;
}

enum plan_target plan_target(const struct scenario *s, const struct plan_options *options)
{
    if (options->start_target)
        return TARGET_STARTED;
    if (!s->url || strstr(s->url, "{port}"))
        return TARGET_BUILTIN;
    return s->observe_pid ? TARGET_OBSERVED : TARGET_ELSEWHERE;
}

/* What the options say of the target must fit together. */
static bool target_check(const struct scenario *s, const struct plan_options *o, struct err *e)
{
    enum plan_target target = plan_target(s, o);

    if (target != TARGET_BUILTIN && o->target_options.count)
        return err_set(e, ERR_USAGE, "--target-option is for the built-in target");
    if (target > TARGET_STARTED && s->prometheus && strstr(s->prometheus, "{port}"))
        return err_set(e, ERR_USAGE,
                       "observe.prometheus: {port} is that of a server started here, and none is");
    if (target <= TARGET_STARTED && o->observe_pid)
        return err_set(e, ERR_USAGE,
                       "--observe-pid is for a server that runs already: name it by --target");
    if (target == TARGET_OBSERVED && kill((pid_t)s->observe_pid, 0) != 0 && errno == ESRCH)
        return err_set(e, ERR_USAGE, "there is no process %lld to observe",
                       (long long)s->observe_pid);
    return true;
}

bool plan_settle(struct scenario *s, const struct plan_options *options, struct err *e)
{
    return options_apply(s, options, e) && scenario_check(s, e) && target_check(s, options, e) &&
           tls_check(s, e) && messages_check(s, e) && (options->dry_run || variables_check(s, e));
}

bool plan_scenario(struct scenario *s, const char *operand, const struct text *text,
                   const struct plan_options *options, struct err *e)
{
    bool good;

    *s = (struct scenario){0};
    if (operand_is_file(operand)) {
        good = scenario_parse(s, text->data, text->length, operand, e);
        s->folder = plan_folder(operand);
    } else {
        good = scenario_builtin(s, operand, e);
    }
    return good && (plan_settle(s, options, e) || err_wrap(e, "%s", operand));
}

bool plan_load(struct scenario *s, const char *operand, const struct plan_options *options,
               struct err *e)
{
    struct text text = {0};
    bool good;

    *s = (struct scenario){0};
    good = plan_text(operand, &text, e) && plan_scenario(s, operand, &text, options, e);
    text_free(&text);
    return good;
}

/* Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014): splitmix64. */
int64_t plan_seed(int64_t seed, int64_t n)
{
    uint64_t z = (uint64_t)seed + (uint64_t)(n - 1) * UINT64_C(0x9e3779b97f4a7c15);

    if (n <= 1)
        return seed;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (int64_t)((z ^ (z >> 31)) >> 11);
}

int64_t plan_seed_random(void)
{
    uint64_t seed = 0;

    /* Eight bytes are never cut short; without them any seed is as good. */
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        seed = UINT64_MAX;
    return (int64_t)(seed >> 11);
}

void plan_hide(const struct plan_options *o)
{
    for (size_t i = 0; i < o->headers.count; i++) {
        char *value = strchr(o->headers.item[i], ':');

        if (value)
            memset(value + 1, '*', strlen(value + 1));
    }
    if (o->target) {
        char *safe = scenario_url_safe(o->target);

        if (strcmp(safe, o->target) != 0)
            memset((char *)o->target, '*', strlen(o->target));
        free(safe);
    }
}
