#include "analyze/cmd_ab_runs.h"

#include "analyze/cmd_measure.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 6 };

static const char *const role_name[] = {"before", "after"};

static void side_free(struct ab_side *s)
{
    run_list_free(&s->runs);
    free(s->value);
    free(s->latency);
}

void ab_runs_free(struct ab_runs *r)
{
    side_free(&r->before);
    side_free(&r->after);
    free(r->before_first);
    session_close(r->session);
    scenario_free(&r->scenario);
}

/* What was before is another commit than the one that is checked out here. */
static void run_is_before(struct run *run, const char *commit)
{
    char **const known[] = {&run->commit_sha,     &run->commit_time,   &run->commit_author,
                            &run->commit_subject, &run->commit_parent, &run->pr};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        free(*known[i]);
        *known[i] = NULL;
    }
    run->commit_position = -1;
    run->dirty = false;
    if (commit) {
        run->commit_sha = mem_copy(commit);
        text_clean(run->commit_sha);
    }
}

/* The database's own numbers, by which verdicts are kept. */
static bool ids_get(struct ab_runs *r, const struct run *run, struct err *e)
{
    struct store *s = NULL;
    struct run_row row = {0};
    struct run_list one = {&row, 1};
    bool done;

    if (r->scenario_id)
        return true;
    done = store_open(&s, r->globals->db, STORE_READ, r->globals->wait.ns, e) &&
           store_select_one(s, run->uuid, &row, e);
    if (done) {
        r->scenario_id = row.scenario_id;
        r->environment_id = row.environment_id;
        one.row = mem_get(1, sizeof row);
        one.row[0] = row;
        run_list_free(&one);
    }
    store_close(s);
    return done;
}

/* One run of a side, started, measured, ended and recorded. */
struct turn {
    int side; /* 0 before, 1 after */
    struct run run;
    struct result result;
};

static bool turn_take(struct ab_runs *r, struct turn *t, int64_t pair, struct err *e)
{
    char *title =
        mem_printf("%s %s, pair %lld", r->scenario.name, role_name[t->side], (long long)pair);
    char number[24];
    bool done;

    result_init(&t->result);
    session_run(r->session, &r->scenario, pair, &t->run); /* the same load for both */
    t->run.role = mem_copy(role_name[t->side]);
    snprintf(number, sizeof number, "%lld", (long long)pair);
    record_label(&t->run, "pair", number);
    if (t->side == 0)
        run_is_before(&t->run, r->before_commit);
    done = measure_run(r->session, &r->scenario, r->command[t->side], r->globals, title, &t->run,
                       &t->result, NULL, e);
    done = done && ids_get(r, &t->run, e);
    free(title);
    return done;
}

static void turn_free(struct turn *t)
{
    run_free(&t->run);
    result_free(&t->result);
}

/* The run's latency as a whole; of count 0 where it has none. */
static void latency_get(const struct result *result, struct quantiles *out)
{
    struct hist h;
    struct err ignored = {0};

    hist_open(&h);
    for (size_t i = 0; i < result->histograms_count; i++) {
        const struct histogram *stored = &result->histograms[i];

        if (stored->metric == METRIC_LATENCY && stored->second == -1)
            hist_decode(&h, stored->hdr, stored->hdr_length, &ignored);
    }
    quantiles_get(&h, HIST_UNIT_MS, out);
    hist_close(&h);
}

static void side_add(struct ab_runs *r, struct ab_side *s, const struct turn *t)
{
    size_t n = s->runs.count++;

    s->runs.row = mem_grow(s->runs.row, n + 1, sizeof *s->runs.row);
    s->value = mem_grow(s->value, n + 1, sizeof *s->value);
    record_row(&s->runs.row[n], &t->run, &t->result);
    s->runs.row[n].scenario_id = r->scenario_id;
    s->runs.row[n].environment_id = r->environment_id;
    memcpy(s->value[n], t->result.value, sizeof *s->value);
    s->latency = mem_grow(s->latency, n + 1, sizeof *s->latency);
    latency_get(&t->result, &s->latency[n]);
}

static void pair_add(struct ab_runs *r, const struct turn *first, const struct turn *second)
{
    side_add(r, &r->before, first->side == 0 ? first : second);
    side_add(r, &r->after, first->side == 0 ? second : first);
    r->before_first = mem_grow(r->before_first, r->pairs + 1, sizeof *r->before_first);
    r->before_first[r->pairs++] = first->side == 0;
}

/* Takes both turns of a pair, the second only where the first was good. False: it is no use to go
 * on. */
static bool pair_try(struct ab_runs *r, bool *good, struct err *e)
{
    int64_t pair = (int64_t)r->pairs + 1;
    struct turn turn[2] = {{.side = r->pairs % 2 ? 1 : 0}, {.side = r->pairs % 2 ? 0 : 1}};
    bool done = true;
    int taken = 0;

    *good = true;
    for (; taken < 2 && done && *good; taken++) {
        struct turn *t = &turn[taken];

        done = turn_take(r, t, pair, e);
        *good = t->result.status == RUN_OK;
        if (done && t->result.status == RUN_FAILED)
            done = err_set(e, ERR_MEASURE, "%s, pair %lld, %s: %s", r->scenario.name,
                           (long long)pair, role_name[t->side], t->result.reason);
        done = done && !interrupt_signal();
    }
    if (done && *good)
        pair_add(r, &turn[0], &turn[1]);
    while (taken > 0)
        turn_free(&turn[--taken]);
    return done;
}

bool ab_runs_pair(struct ab_runs *r, struct err *e)
{
    bool good = false;

    for (int try = 0; try < TRIES; try++) {
        if (!pair_try(r, &good, e))
            return false;
        if (good)
            return true;
        if (clock_ns() > r->deadline_ns)
            return err_set(e, ERR_MEASURE,
                           "%s: the generator was overloaded, and --max-time was up at pair %zu",
                           r->scenario.name, r->pairs + 1);
        if (!r->globals->quiet && try + 1 < TRIES)
            fprintf(stderr, "pair %zu: the generator was overloaded; once more\n", r->pairs + 1);
    }
    return err_set(e, ERR_MEASURE,
                   "%s: the generator was overloaded in each of %d tries at pair %zu; ask for less "
                   "load, or measure on a machine with more room",
                   r->scenario.name, TRIES, r->pairs + 1);
}
