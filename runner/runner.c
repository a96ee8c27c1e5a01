#include "runner/runner.h"

#include "runner/interrupt.h"
#include "runner/launch.h"
#include "runner/link.h"
#include "runner/progress.h"
#include "runner/sampler.h"
#include "runner/spec.h"
#include "runner/tally.h"
#include "schema/units.h"

#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define READY_MAX_NS (30 * NS_PER_S)  /* for a worker to get ready: name servers may be slow */
#define SILENCE_MAX_NS (5 * NS_PER_S) /* it reports every second */
#define GRACE_NS (5 * NS_PER_S)       /* after the last timeout, and after it was told to stop */
#define LEAD_NS (20 * NS_PER_MS)      /* from the order to start until the start */

/* A run is overloaded beyond these (CONTRACT section 3). */
#define LATE_P99_MAX_MS 10.0
#define UNATTEMPTED_MAX 0.01

/* One run as it goes on. */
struct supervisor {
    const struct job *job;
    struct result *result;
    struct link link;
    struct sampler sampler;
    struct tally tally;
    int64_t start_ns, begin_ns, end_ns, deadline_ns; /* begin to end is what is measured */
    int64_t heard_ns;                                /* the last frame */
    int64_t stop_ns;                                 /* when the worker was told to stop; 0: not */
    int64_t matched;                                 /* at the last report, and per second since */
    double rate;
    bool interrupted;   /* by SIGINT or SIGTERM, before its end */
    struct err failure; /* why the run failed; kind ERR_NONE: it has not */
    bool ended;         /* the worker has closed its end */
};

static int64_t clock_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* Only the first cause counts: what follows from it is not news. */
static void run_fail(struct supervisor *s, const struct err *e)
{
    if (s->failure.kind == ERR_NONE)
        s->failure = *e;
}

static bool worker_start(struct supervisor *s, struct err *e)
{
    const struct job *job = s->job;
    struct spec_part part = {.seed = job->seed, .workers = job->workers, .insecure = job->insecure};
    struct text spec = {0};
    bool done = spec_write(job->scenario, job->url, &part, &spec, e) &&
                link_start(&s->link, job->program, e);

    if (done && !wire_put(s->link.fd, FRAME_SPEC, spec.data, spec.length, NULL, 0))
        done = err_set(e, ERR_MEASURE, "the worker ended before it was told what to do");
    explicit_bzero(spec.data, spec.length); /* the variables of the environment, filled in */
    text_free(&spec);
    return done;
}

/* Takes what the worker has sent by now. *ready: it waits for the order to start. */
static void frames_take(struct supervisor *s, bool *ready)
{
    enum wire_state state;
    enum frame_type type;
    const void *body;
    size_t length;
    struct err e = {0};

    while ((state = wire_get(&s->link.wire, s->link.fd, &type, &body, &length)) == WIRE_FRAME) {
        int64_t now = clock_ns();

        if (!tally_take(&s->tally, type, body, length, &e))
            run_fail(s, &e);
        if (type == FRAME_READY)
            *ready = true;
        if (type == FRAME_PROGRESS) {
            if (now > s->heard_ns)
                s->rate = (double)(s->tally.progress.matched - s->matched) /
                          ((double)(now - s->heard_ns) / 1e9);
            s->matched = s->tally.progress.matched;
            s->heard_ns = now;
        }
    }
    s->ended = state == WIRE_END;
}

/* Waits up to timeout_ns for the worker, the started target or a signal. */
static void events_wait(const struct supervisor *s, int64_t timeout_ns)
{
    struct pollfd fds[] = {
        {.fd = s->link.fd, .events = POLLIN},
        {.fd = s->stop_ns ? -1 : interrupt_fd(), .events = POLLIN},
        {.fd = s->job->launch && !s->stop_ns ? launch_fd(s->job->launch) : -1, .events = POLLIN}};
    struct timespec timeout = {timeout_ns / NS_PER_S, timeout_ns % NS_PER_S};

    ppoll(fds, sizeof fds / sizeof *fds, &timeout, NULL);
}

static bool ready_wait(struct supervisor *s, struct err *e)
{
    int64_t end = clock_ns() + READY_MAX_NS;
    bool ready = false;

    while (!ready && !s->ended && s->failure.kind == ERR_NONE && !interrupt_signal()) {
        int64_t left = end - clock_ns();

        if (left <= 0)
            return err_set(e, ERR_MEASURE, "the worker did not get ready within 30 s");
        events_wait(s, left);
        frames_take(s, &ready);
    }
    if (s->failure.kind != ERR_NONE) {
        *e = s->failure;
        return false;
    }
    if (s->ended)
        return err_set(e, ERR_MEASURE, "the worker ended before it was ready");
    return true;
}

static void worker_stop(struct supervisor *s, int64_t now)
{
    if (s->stop_ns)
        return;
    s->stop_ns = now;
    if (s->deadline_ns > now + GRACE_NS)
        s->deadline_ns = now + GRACE_NS;
    wire_put(s->link.fd, FRAME_STOP, NULL, 0, NULL, 0); /* one that is gone needs no telling */
}

static bool target_gone(struct supervisor *s, struct err *e)
{
    if (s->job->launch)
        return !launch_alive(s->job->launch, e);
    if (!sampler_target_gone(&s->sampler))
        return false;
    err_set(e, ERR_MEASURE, "the target (process %lld) ended during the run",
            (long long)s->job->observe_pid);
    return true;
}

static void progress_show(const struct supervisor *s, int64_t now)
{
    const struct progress *p = &s->tally.progress;
    struct progress_view view = {.title = s->job->title,
                                 .elapsed_s = (double)(now - s->start_ns) / 1e9,
                                 .total_s = (double)(s->end_ns - s->start_ns) / 1e9,
                                 .open = p->open,
                                 .rate = s->rate,
                                 .p95_ns = p->p95_ns,
                                 .errors = p->errors};

    progress_draw(&view);
}

/* Looks after everything that can end a run early. False: the worker is beyond help. */
static bool run_look(struct supervisor *s, int64_t now)
{
    struct err e = {0};

    if (interrupt_signal() && !s->stop_ns) {
        s->interrupted = true;
        worker_stop(s, now);
    }
    if (s->failure.kind == ERR_NONE && !s->stop_ns && target_gone(s, &e))
        run_fail(s, &e);
    if (s->failure.kind != ERR_NONE)
        worker_stop(s, now);
    if (now - s->heard_ns > SILENCE_MAX_NS) {
        err_set(&e, ERR_MEASURE, "the worker was silent for 5 s and was ended");
        run_fail(s, &e);
        return false;
    }
    if (now > s->deadline_ns) {
        err_set(&e, ERR_MEASURE, "the worker did not come to an end in time and was ended");
        run_fail(s, &e);
        return false;
    }
    return true;
}

/* The loop of a run: frames, samples, the progress line, and the watch over all of it. Frames come
 * first: after a pause of our own (Ctrl-Z) they tell that the worker was not silent. */
static void run_watch(struct supervisor *s)
{
    bool bar = progress_wanted(s->job->globals), ignored;
    int64_t sample_ns = clock_ns(), now;

    for (;;) {
        frames_take(s, &ignored);
        now = clock_ns();
        if (s->tally.done || s->ended || !run_look(s, now))
            break;
        if (now >= sample_ns) {
            sampler_take(&s->sampler);
            sample_ns += SAMPLER_INTERVAL_NS * ((now - sample_ns) / SAMPLER_INTERVAL_NS + 1);
            if (bar)
                progress_show(s, now);
        }
        events_wait(s, sample_ns - now);
    }
    if (bar)
        progress_clear();
}

/* Gives the order to start, at a time a little ahead. */
static bool run_start(struct supervisor *s, struct err *e)
{
    const struct scenario *c = s->job->scenario;

    s->heard_ns = clock_ns();
    s->start_ns = s->heard_ns + LEAD_NS;
    s->begin_ns = s->start_ns + c->ramp_ns + c->warmup_ns;
    s->end_ns = s->begin_ns + c->duration_ns;
    s->deadline_ns = s->end_ns + c->timeout_ns + GRACE_NS;
    return wire_put(s->link.fd, FRAME_START, &s->start_ns, sizeof s->start_ns, NULL, 0) ||
           err_set(e, ERR_MEASURE, "the worker ended before it was started");
}

/* Ends the worker; one that did not end well fails the run, unless something else did before. */
static void worker_end(struct supervisor *s)
{
    char *ending;
    struct err e = {0};

    link_stop(&s->link, s->tally.done ? NS_PER_S : s->ended ? NS_PER_S / 10 : 0, &ending);
    if (!s->tally.done) {
        err_set(&e, ERR_MEASURE, "the worker %s",
                ending ? ending : "ended before it had told all that it measured");
        run_fail(s, &e);
    }
    free(ending);
}

/* True where lateness or messages never attempted make the numbers the generator's own. */
static bool run_overloaded(const struct supervisor *s, char **reason)
{
    const struct counts *c = &s->tally.counts;
    double late_ms = s->result->value[METRIC_GENERATOR_LATE_P99];

    if (late_ms > LATE_P99_MAX_MS)
        *reason = mem_printf("1 %% of the messages were sent %.1f ms late or later", late_ms);
    else if ((double)c->unattempted > UNATTEMPTED_MAX * (double)c->offered)
        *reason = mem_printf("%lld of %lld messages were never sent", (long long)c->unattempted,
                             (long long)c->offered);
    else
        return false;
    return true;
}

static void run_judge(struct supervisor *s)
{
    struct result *r = s->result;
    const char *why = tally_connection_reason(&s->tally);

    r->status = RUN_FAILED;
    if (s->interrupted) {
        r->status = RUN_INTERRUPTED;
        r->reason = mem_printf("SIG%s after %.1f s of the %.1f s to measure",
                               sigabbrev_np(interrupt_signal()), r->duration_s,
                               (double)s->job->scenario->duration_ns / 1e9);
    } else if (s->failure.kind != ERR_NONE) {
        r->reason = mem_copy(s->failure.text);
    } else if (s->tally.counts.connects_made == 0) {
        r->reason = mem_printf("no connection succeeded%s%s", why ? ": " : "", why ? why : "");
    } else {
        r->status = run_overloaded(s, &r->reason) ? RUN_OVERLOADED : RUN_OK;
    }
}

static void run_report(struct supervisor *s, int64_t over_ns)
{
    const struct scenario *c = s->job->scenario;
    int64_t end = over_ns < s->end_ns ? over_ns : s->end_ns;
    int64_t length = end > s->begin_ns ? end - s->begin_ns : 0;

    s->result->duration_s = (double)length / 1e9;
    tally_report(&s->tally, s->result->duration_s, c->rate.pattern == RATE_MAX);
    if (length > 0)
        sampler_report(&s->sampler, s->begin_ns, end, c->clients, s->result);
    run_judge(s);
}

static bool run_carry_out(struct supervisor *s, struct err *e)
{
    const struct job *job = s->job;
    pid_t target = job->launch ? launch_group(job->launch) : (pid_t)job->observe_pid;
    int64_t over_ns;

    if (!worker_start(s, e) || !ready_wait(s, e))
        return false;
    sampler_start(&s->sampler, target, job->launch != NULL, s->link.pid);
    if (!run_start(s, e))
        return false;
    run_watch(s);
    over_ns = s->stop_ns ? s->stop_ns : clock_ns();
    sampler_take(&s->sampler);
    worker_end(s);
    run_report(s, over_ns);
    return true;
}

bool runner_run(const struct job *job, struct result *result, struct err *e)
{
    struct supervisor s = {.job = job, .result = result, .link = {.fd = -1}, .rate = NAN};
    char *ending;
    bool done;

    result_init(result);
    tally_open(&s.tally, result);
    done = run_carry_out(&s, e);
    link_stop(&s.link, 0, &ending);
    free(ending);
    sampler_stop(&s.sampler);
    tally_close(&s.tally);
    return done;
}
