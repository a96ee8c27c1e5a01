#include "runner/runner.h"

#include "runner/progress.h"
#include "runner/supervisor.h"
#include "schema/text.h"
#include "schema/units.h"

#include <math.h>
#include <poll.h>
#include <stdlib.h>

#define LEAD_NS (20 * NS_PER_MS) /* from the order to start until the start */

/* The parts of a mix, or the one run that is none. */
struct group {
    struct supervisor *part;
    size_t parts;
};

/* Waits up to timeout_ns for whatever comes to any part. */
static void group_wait(const struct group *g, int64_t timeout_ns)
{
    struct pollfd *fds = mem_get(g->parts * SUPERVISOR_POLLED, sizeof *fds);
    struct timespec timeout = {timeout_ns / NS_PER_S, timeout_ns % NS_PER_S};
    size_t count = 0;

    for (size_t i = 0; i < g->parts; i++)
        if (!g->part[i].over_ns)
            count += supervisor_poll(&g->part[i], fds + count);
    ppoll(fds, count, &timeout, NULL);
    free(fds);
}

static void progress_show(const struct group *g)
{
    const struct supervisor *first = g->part;
    int64_t now = supervisor_clock_ns();
    struct progress_view view = {.title = first->job->title,
                                 .elapsed_s = (double)(now - first->start_ns) / 1e9,
                                 .total_s = (double)(first->end_ns - first->start_ns) / 1e9};

    for (size_t i = 0; i < g->parts; i++) {
        struct progress p = tally_progress(&g->part[i].tally);

        view.open += p.open;
        view.rate += crew_rate(&g->part[i].crew);
        view.p95_ns = p.p95_ns > view.p95_ns ? p.p95_ns : view.p95_ns;
        view.errors += p.errors;
    }
    progress_draw(&view);
}

/* What is not the whole mix is not what was to be measured. */
static void group_share_failure(struct group *g)
{
    struct supervisor *failed = NULL;
    struct err e = {0};

    for (size_t i = 0; i < g->parts && !failed; i++)
        if (g->part[i].failure.kind != ERR_NONE)
            failed = &g->part[i];
    if (!failed)
        return;
    err_set(&e, failed->failure.kind, "another part of the mix failed: %s: %s",
            failed->job->scenario->name, failed->failure.text);
    for (size_t i = 0; i < g->parts; i++)
        if (!g->part[i].over_ns)
            supervisor_fail(&g->part[i], &e);
}

/* The loop of a run: what comes from its processes, and the progress line. */
static void group_watch(struct group *g)
{
    bool bar = progress_wanted(g->part->job->globals);
    int64_t shown_ns = supervisor_clock_ns(), wake_ns, now;
    size_t left;

    for (;;) {
        left = 0;
        wake_ns = INT64_MAX;
        for (size_t i = 0; i < g->parts; i++) {
            struct supervisor *s = &g->part[i];

            if (!s->over_ns)
                supervisor_look(s);
            if (s->over_ns)
                continue;
            left++;
            wake_ns = s->sample_ns < wake_ns ? s->sample_ns : wake_ns;
        }
        group_share_failure(g);
        if (left == 0)
            break;
        now = supervisor_clock_ns();
        if (bar && now - shown_ns >= SAMPLER_INTERVAL_NS) {
            progress_show(g);
            shown_ns = now;
        }
        group_wait(g, wake_ns > now ? wake_ns - now : 0);
    }
    if (bar)
        progress_clear();
}

static bool group_start(struct group *g, struct err *e)
{
    int64_t start_ns;

    for (size_t i = 0; i < g->parts; i++)
        if (!supervisor_prepare(&g->part[i], e))
            return false;
    start_ns = supervisor_clock_ns() + LEAD_NS;
    for (size_t i = 0; i < g->parts; i++)
        if (!supervisor_start(&g->part[i], start_ns, e))
            return false;
    return true;
}

/* A part that went well beside one that did not was measured under another load than it says. */
static void group_judge(const struct group *g)
{
    const struct supervisor *worst = NULL;

    for (size_t i = 0; i < g->parts; i++) {
        enum run_status status = g->part[i].result->status;

        if (status == RUN_FAILED || (status == RUN_OVERLOADED && !worst))
            worst = &g->part[i];
    }
    for (size_t i = 0; worst && i < g->parts; i++) {
        struct result *r = g->part[i].result;

        if (r->status != RUN_OK)
            continue;
        r->status = worst->result->status;
        r->reason = mem_printf("another part of the mix, %s: %s", worst->job->scenario->name,
                               worst->result->reason);
    }
}

bool runner_run(const struct job *job, size_t jobs, struct err *e)
{
    struct group g = {mem_get(jobs, sizeof *g.part), jobs};
    bool done;

    for (size_t i = 0; i < jobs; i++)
        supervisor_open(&g.part[i], &job[i]);
    done = group_start(&g, e);
    if (done) {
        group_watch(&g);
        for (size_t i = 0; i < jobs; i++)
            supervisor_finish(&g.part[i]);
        group_judge(&g);
    }
    for (size_t i = 0; i < jobs; i++)
        supervisor_close(&g.part[i]);
    free(g.part);
    return done;
}
