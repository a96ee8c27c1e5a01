/* One run from the supervisor's side: its workers, its network, what is sampled meanwhile, and how
 * it is judged in the end. */
#include "runner/supervisor.h"

#include "runner/interrupt.h"
#include "runner/recovery.h"
#include "schema/text.h"
#include "schema/units.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define READY_MAX_NS (30 * NS_PER_S)  /* for a worker to get ready: name servers may be slow */
#define SILENCE_MAX_NS (5 * NS_PER_S) /* it reports every second */
#define GRACE_NS (5 * NS_PER_S)       /* after the last timeout, and after it was told to stop */

/* A run is overloaded beyond these (CONTRACT section 3). */
#define LATE_P99_MAX_MS 10.0
#define UNATTEMPTED_MAX 0.01

int64_t supervisor_clock_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* Only the first cause counts: what follows from it is not news. */
void supervisor_fail(struct supervisor *s, const struct err *e)
{
    if (s->failure.kind == ERR_NONE)
        s->failure = *e;
}

static bool workers_start(struct supervisor *s, struct err *e)
{
    const struct job *job = s->job;
    const struct spec_part part = {.seed = job->seed,
                                   .workers = job->workers,
                                   .via = s->detour.port,
                                   .insecure = job->insecure};

    return crew_start(&s->crew, job->program, job->scenario, job->url, &part, e);
}

size_t supervisor_poll(const struct supervisor *s, struct pollfd *fds)
{
    size_t count = crew_poll(&s->crew, fds);

    fds[count++] = (struct pollfd){.fd = s->stop_ns ? -1 : interrupt_fd(), .events = POLLIN};
    fds[count++] = (struct pollfd){
        .fd = s->job->launch && !s->stop_ns ? launch_fd(s->job->launch) : -1, .events = POLLIN};
    fds[count++] = scrape_poll(&s->scrape);
    fds[count++] = (struct pollfd){.fd = detour_fd(&s->detour), .events = POLLIN};
    return count;
}

static void events_wait(const struct supervisor *s, int64_t timeout_ns)
{
    struct pollfd fds[SUPERVISOR_POLLED];
    size_t count = supervisor_poll(s, fds);
    struct timespec timeout = {timeout_ns / NS_PER_S, timeout_ns % NS_PER_S};

    ppoll(fds, count, &timeout, NULL);
}

static void scrape_take(struct supervisor *s, int64_t now)
{
    struct scrape_sample sample;

    if (s->job->prometheus && scrape_step(&s->scrape, now, &sample))
        sampler_told(&s->sampler, &sample);
}

/* Waits for the first sample, which is the target's state before the first connection; or for the
 * first try's end. */
static void scrape_wait(struct supervisor *s)
{
    int64_t now = supervisor_clock_ns();

    for (scrape_take(s, now); scrape_poll(&s->scrape).fd >= 0 && !interrupt_signal();
         scrape_take(s, now)) {
        int64_t left = scrape_wake_ns(&s->scrape) - now;

        events_wait(s, left > 0 ? left : 0);
        now = supervisor_clock_ns();
    }
}

/* Waits until a helper is ready, or a signal comes. */
static bool ready_wait(struct supervisor *s, bool (*ready)(const struct supervisor *),
                       const char *who, struct err *e)
{
    int64_t end = supervisor_clock_ns() + READY_MAX_NS;

    while (!ready(s) && !interrupt_signal()) {
        int64_t left = end - supervisor_clock_ns();

        if (left <= 0)
            return err_set(e, ERR_MEASURE, "the %s did not get ready within 30 s", who);
        events_wait(s, left);
        if (!detour_take(&s->detour, e) ||
            !crew_take(&s->crew, &s->tally, supervisor_clock_ns(), e))
            return false;
    }
    return true;
}

static bool network_ready(const struct supervisor *s)
{
    return detour_ready(&s->detour);
}

static bool workers_ready(const struct supervisor *s)
{
    return crew_ready(&s->crew);
}

/* Starts the processes that make the load. */
static bool helpers_start(struct supervisor *s, struct err *e)
{
    const struct job *job = s->job;

    return detour_start(&s->detour, job->program, job->scenario, job->url, job->seed, e) &&
           ready_wait(s, network_ready, "emulated network", e) && workers_start(s, e) &&
           ready_wait(s, workers_ready, job->workers > 1 ? "workers" : "worker", e);
}

static void workers_stop(struct supervisor *s, int64_t now)
{
    if (s->stop_ns)
        return;
    s->stop_ns = now;
    if (s->deadline_ns > now + GRACE_NS)
        s->deadline_ns = now + GRACE_NS;
    crew_tell(&s->crew, FRAME_STOP, NULL, 0); /* one that is gone needs no telling */
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

/* Looks after everything that can end a run early. False: the workers are beyond help. */
static bool run_look(struct supervisor *s, int64_t now)
{
    struct err e = {0};

    if (interrupt_signal() && !s->stop_ns) {
        s->interrupted = true;
        workers_stop(s, now);
    }
    if (s->failure.kind == ERR_NONE && !s->stop_ns && target_gone(s, &e))
        supervisor_fail(s, &e);
    if (!detour_take(&s->detour, &e))
        supervisor_fail(s, &e);
    if (!crew_check(&s->crew, &s->tally, now, SILENCE_MAX_NS, &e))
        supervisor_fail(s, &e);
    if (s->failure.kind != ERR_NONE)
        workers_stop(s, now);
    if (now > s->deadline_ns) {
        err_set(&e, ERR_MEASURE, "the worker%s did not come to an end in time and %s ended",
                s->crew.count > 1 ? "s" : "", s->crew.count > 1 ? "were" : "was");
        supervisor_fail(s, &e);
        return false;
    }
    return true;
}

/* Frames come first: after a pause of our own (Ctrl-Z) they tell that the worker was not silent. */
void supervisor_look(struct supervisor *s)
{
    struct err e = {0};
    int64_t now;

    if (!crew_take(&s->crew, &s->tally, supervisor_clock_ns(), &e))
        supervisor_fail(s, &e);
    now = supervisor_clock_ns();
    if (crew_over(&s->crew, &s->tally) || !run_look(s, now)) {
        s->over_ns = s->stop_ns ? s->stop_ns : now;
        return;
    }
    if (now >= s->sample_ns) {
        sampler_take(&s->sampler);
        s->sample_ns += SAMPLER_INTERVAL_NS * ((now - s->sample_ns) / SAMPLER_INTERVAL_NS + 1);
    }
    scrape_take(s, now);
}

bool supervisor_start(struct supervisor *s, int64_t start_ns, struct err *e)
{
    const struct scenario *c = s->job->scenario;

    s->sample_ns = supervisor_clock_ns();
    crew_heard(&s->crew, s->sample_ns);
    s->start_ns = start_ns;
    s->begin_ns = s->start_ns + c->ramp_ns + c->warmup_ns;
    s->end_ns = s->begin_ns + c->duration_ns;
    s->deadline_ns = s->end_ns + c->timeout_ns + GRACE_NS;
    return crew_tell(&s->crew, FRAME_START, &s->start_ns, sizeof s->start_ns) ||
           err_set(e, ERR_MEASURE, "a worker ended before it was started");
}

/* True where lateness or messages never attempted make the numbers the generator's own. */
static bool run_overloaded(const struct supervisor *s, char **reason)
{
    const struct counts *c = &s->tally.counts;
    double late_ms = s->result->value[METRIC_GENERATOR_LATE_P99];

    if (s->detour.late_p99_ns > LATE_P99_MAX_MS * HIST_PER_MS)
        *reason = mem_printf("1 %% of what crossed the emulated network was %.1f ms late or later",
                             (double)s->detour.late_p99_ns / HIST_PER_MS);
    else if (late_ms > LATE_P99_MAX_MS)
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

/* The emulated network is a part of the generator, whose lateness is the worse of both. */
static void network_report(struct supervisor *s)
{
    double *late_ms = &s->result->value[METRIC_GENERATOR_LATE_P99];

    if (!s->detour.on)
        return;
    detour_explain(&s->detour, s->result);
    *late_ms = fmax(*late_ms, (double)s->detour.late_p99_ns / HIST_PER_MS);
}

static void run_report(struct supervisor *s)
{
    const struct scenario *c = s->job->scenario;
    int64_t end = s->over_ns < s->end_ns ? s->over_ns : s->end_ns;
    int64_t length = end > s->begin_ns ? end - s->begin_ns : 0;

    s->result->duration_s = (double)length / 1e9;
    tally_report(&s->tally, s->result->duration_s, c);
    network_report(s);
    s->result->value[METRIC_RECOVERY_P95] =
        recovery_ns(c, s->result, s->result->duration_s) / HIST_PER_MS;
    if (s->job->prometheus && !s->scrape.any)
        s->result->unobserved = mem_printf("observe.prometheus: %s", s->scrape.fault);
    if (length > 0)
        sampler_report(&s->sampler, s->begin_ns, end, c->clients, s->result);
    run_judge(s);
}

void supervisor_open(struct supervisor *s, const struct job *job)
{
    *s = (struct supervisor){.job = job, .result = job->result};
    result_init(s->result);
    tally_open(&s->tally, s->result, (size_t)job->workers);
}

bool supervisor_prepare(struct supervisor *s, struct err *e)
{
    const struct job *job = s->job;
    pid_t target = job->prometheus ? 0
                   : job->launch   ? launch_group(job->launch)
                                   : (pid_t)job->observe_pid;
    pid_t pids[RUNNER_WORKERS_MAX + 1];
    size_t helpers = 0;

    if (!helpers_start(s, e) || (job->prometheus && !scrape_open(&s->scrape, job->prometheus, e)))
        return false;
    for (; helpers < s->crew.count; helpers++)
        pids[helpers] = s->crew.member[helpers].link.pid;
    if (s->detour.on)
        pids[helpers++] = s->detour.link.pid;
    sampler_start(&s->sampler, target, job->launch ? launch_guardian(job->launch) : 0, pids,
                  helpers);
    if (job->prometheus)
        scrape_wait(s);
    return true;
}

void supervisor_finish(struct supervisor *s)
{
    struct err late;

    sampler_take(&s->sampler);
    crew_stop(&s->crew, NS_PER_S);
    if (!detour_end(&s->detour, &late))
        supervisor_fail(s, &late);
    run_report(s);
}

void supervisor_close(struct supervisor *s)
{
    crew_stop(&s->crew, 0);
    detour_stop(&s->detour);
    sampler_stop(&s->sampler);
    scrape_close(&s->scrape);
    tally_close(&s->tally);
}
