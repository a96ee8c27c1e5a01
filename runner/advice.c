#include "runner/advice.h"

#include <math.h>

/* A worker that is busier than this has no room for what comes unevenly; one that is told to split
 * its load should end below the second. In % of a core. */
#define WORKER_BUSY 80.0
#define WORKER_GOOD 60.0

/* Beyond this, in % of all cores, processes wait for one another. */
#define HOST_BUSY 90.0

static void workers_advise(const struct advice_facts *f, double busy, struct text *out)
{
    int64_t wanted = (int64_t)ceil((double)f->workers * busy / WORKER_GOOD);
    bool one = f->workers == 1;

    text_addf(out, "%s busy for %.0f %% of a core%s: ", one ? "the worker was" : "the workers were",
              busy, one ? "" : " each");
    if (wanted <= f->cores)
        text_addf(out, "this load calls for --workers %lld\n", (long long)wanted);
    else
        text_addf(out,
                  "this load calls for %lld workers, and this machine has %lld core%s: take fewer "
                  "clients or a lower rate, or a larger machine\n",
                  (long long)wanted, (long long)f->cores, f->cores == 1 ? "" : "s");
}

void advice_add(const struct advice_facts *f, struct text *out)
{
    double busy = f->value[METRIC_GENERATOR_CPU_MEAN], host = f->value[METRIC_HOST_CPU_MEAN];

    if (f->unobserved)
        text_addf(out, "the target's CPU and memory are not known: %s\n", f->unobserved);
    if (f->uncompressed > 0)
        text_addf(out, "the target did not agree to compression on %lld connection%s\n",
                  (long long)f->uncompressed, f->uncompressed == 1 ? "" : "s");
    if (busy > WORKER_BUSY)
        workers_advise(f, busy, out);
    if (f->target_here && host > HOST_BUSY)
        text_addf(out,
                  "%s %.0f %% busy: generator and target waited for each other and for other "
                  "processes, which is in the latency\n",
                  f->cores == 1 ? "the one core was" : "this machine's cores were", host);
}
