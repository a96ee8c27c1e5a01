#include "runner/recovery.h"

#include "schema/hist.h"
#include "schema/text.h"
#include "schema/units.h"

#include <math.h>
#include <stdlib.h>

#define BACK 1.1 /* of the p95 before */

/* One second: its answered messages, and how many failed. */
struct second {
    const struct histogram *answered; /* NULL: none was */
    double failed;
};

struct seconds {
    struct second *item;
    int64_t count;
    struct hist one, all; /* to decode into */
};

static void seconds_open(struct seconds *s, const struct result *r, double duration_s)
{
    *s = (struct seconds){.count = (int64_t)duration_s};
    s->item = mem_get((size_t)s->count, sizeof *s->item);
    for (size_t i = 0; i < r->histograms_count; i++) {
        const struct histogram *h = &r->histograms[i];

        if (h->metric == METRIC_LATENCY && h->second >= 0 && h->second < s->count)
            s->item[h->second].answered = h;
    }
    for (size_t i = 0; i < r->points_count; i++) {
        const struct point *p = &r->points[i];

        if (p->metric == METRIC_ERRORS_COUNT && p->second < s->count)
            s->item[p->second].failed = p->value;
    }
    hist_open(&s->one);
    hist_open(&s->all);
}

static void seconds_close(struct seconds *s)
{
    hist_close(&s->one);
    hist_close(&s->all);
    free(s->item);
}

/* p95 of the messages due in the seconds [from, to); INFINITY where more than 5 % failed, NAN where
 * there were none. */
static double p95_ns(struct seconds *s, int64_t from, int64_t to)
{
    double failed = 0, total, rank;
    struct err ignored;

    hist_reset(&s->all);
    for (int64_t i = from; i < to; i++) {
        const struct histogram *h = s->item[i].answered;

        failed += s->item[i].failed;
        if (h && hist_decode(&s->one, h->hdr, h->hdr_length, &ignored))
            hist_merge(&s->all, &s->one);
    }
    total = (double)s->all.total + failed;
    rank = ceil(0.95 * total);
    if (!(total > 0))
        return NAN;
    if (rank > (double)s->all.total)
        return INFINITY;
    return (double)hist_percentile(&s->all, 100 * rank / (double)s->all.total);
}

static int64_t second_from(int64_t ns)
{
    return (ns + NS_PER_S - 1) / NS_PER_S;
}

/* From event_ns to the first second in [event, end) that is back at `before`. */
static double back_ns(struct seconds *s, double before_ns, int64_t event_ns, int64_t end_ns)
{
    int64_t last = end_ns / NS_PER_S < s->count ? end_ns / NS_PER_S : s->count;

    for (int64_t i = second_from(event_ns); i < last; i++)
        if (p95_ns(s, i, i + 1) <= BACK * before_ns)
            return (double)((i + 1) * NS_PER_S - event_ns);
    return (double)((end_ns < s->count * NS_PER_S ? end_ns : s->count * NS_PER_S) - event_ns);
}

static double storm_recovery(struct seconds *s, int64_t at_ns)
{
    int64_t before = at_ns / NS_PER_S;

    if (before < 1 || second_from(at_ns) >= s->count)
        return NAN;
    return back_ns(s, p95_ns(s, 0, before), at_ns, s->count * NS_PER_S);
}

static double burst_recovery(struct seconds *s, int64_t period_ns)
{
    double longest = NAN;

    for (int64_t start = period_ns; start < s->count * NS_PER_S; start += period_ns) {
        int64_t over = start + period_ns / 2, next = start + period_ns;
        int64_t quiet = start / NS_PER_S - 1; /* must lie in the low half as a whole */

        if (quiet * NS_PER_S < start - period_ns / 2 || second_from(over) >= s->count ||
            (second_from(over) + 1) * NS_PER_S > next)
            continue;
        longest = fmax(longest, back_ns(s, p95_ns(s, quiet, quiet + 1), over, next));
    }
    return longest;
}

double recovery_ns(const struct scenario *s, const struct result *r, double duration_s)
{
    struct seconds seconds;
    double recovery = NAN;

    if (s->storm.share <= 0 && s->rate.pattern != RATE_BURST)
        return NAN;
    seconds_open(&seconds, r, duration_s);
    recovery = s->storm.share > 0 ? storm_recovery(&seconds, s->storm.at_ns)
                                  : burst_recovery(&seconds, s->rate.period_ns);
    seconds_close(&seconds);
    return recovery;
}
