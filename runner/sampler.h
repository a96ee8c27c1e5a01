/* sampler: watches the target, the host and the generator through /proc while a run goes on.
 *
 * Called from the supervisor's loop every SAMPLER_INTERVAL_NS; it keeps no thread and no timer of
 * its own. Of a target whose processes are not given it tells what the target tells (scrape.h), or
 * nothing.
 */
#ifndef RUNNER_SAMPLER_H
#define RUNNER_SAMPLER_H

#include "runner/curve.h"
#include "runner/process.h"
#include "runner/scrape.h"
#include "schema/run.h"

#define SAMPLER_INTERVAL_NS INT64_C(200000000)

struct sampler {
    struct process_set target; /* root 0: none */
    struct process_set *generator;
    size_t generators;
    double cores;      /* that the target may use */
    int64_t looked_ns; /* when new processes were last looked for */
    int64_t fds_max;
    struct curve target_cpu_s, target_rss, generator_cpu_s;
    struct curve host_busy, host_total, net_in, net_out;
};

/* Takes the first sample, which is the target's state before the first connection. `guardian` is
 * that of a target that was started here, 0 that of another; `generator` are the workers. */
void sampler_start(struct sampler *s, pid_t target, pid_t guardian, const pid_t *generator,
                   size_t generators);
void sampler_take(struct sampler *s);
/* What a target that is no process here tells of itself. The cores that it may use are not known,
 * so that its CPU is in % of one. */
void sampler_told(struct sampler *s, const struct scrape_sample *sample);
/* The target was there and has ended. */
bool sampler_target_gone(const struct sampler *s);

/* Puts values and points of the measured window [from, to) into *out. The peak of the memory is
 * over all samples. */
void sampler_report(const struct sampler *s, int64_t from_ns, int64_t to_ns, int64_t clients,
                    struct result *out);
void sampler_stop(struct sampler *s);

#endif
