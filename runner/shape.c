#include "runner/shape.h"

#include "schema/text.h"
#include "schema/units.h"

#include <math.h>
#include <stdlib.h>

#define TIMEOUT_MIN_NS (200 * NS_PER_MS)
#define TIMEOUT_MAX_NS (120 * NS_PER_S)
#define SYN_TIMEOUT_NS NS_PER_S

static bool chance(struct rng *random, double share)
{
    return share > 0 && rng_share(random) <= share;
}

static int64_t round_trip_ns(const struct network *n)
{
    return 2 * n->delay_ns;
}

/* What is lost again after `timeout_ns`, and so on: the time until an attempt that comes through.
 */
static int64_t backoff_ns(struct rng *random, double loss, int64_t timeout_ns)
{
    int64_t total_ns = 0;

    while (chance(random, loss)) {
        total_ns += timeout_ns;
        timeout_ns = 2 * timeout_ns < TIMEOUT_MAX_NS ? 2 * timeout_ns : TIMEOUT_MAX_NS;
    }
    return total_ns;
}

int64_t shape_handshake(const struct network *n, struct rng *random, int64_t now_ns)
{
    double either = 1 - (1 - n->loss) * (1 - n->loss);

    return now_ns + backoff_ns(random, either, SYN_TIMEOUT_NS) + round_trip_ns(n);
}

void shape_open(struct shape *s, const struct network *n, struct rng *random, int64_t open_ns)
{
    *s = (struct shape){.network = n, .random = random, .line_ns = open_ns};
}

void shape_close(struct shape *s)
{
    free(s->segment);
    *s = (struct shape){0};
}

/* When the line has taken a segment of that many bytes. */
static int64_t line_take(struct shape *s, size_t length, int64_t now_ns)
{
    double bits = 8.0 * (double)(length + SHAPE_HEADERS);

    if (s->line_ns < now_ns)
        s->line_ns = now_ns;
    if (s->network->bandwidth)
        s->line_ns += llround(bits / (double)s->network->bandwidth * NS_PER_S);
    return s->line_ns;
}

/* One way, for this segment. */
static int64_t delay_ns(struct shape *s)
{
    const struct network *n = s->network;

    if (n->jitter_ns == 0)
        return n->delay_ns;
    return n->delay_ns + llround((2 * rng_share(s->random) - 1) * (double)n->jitter_ns);
}

/* How long the sender takes to send a lost segment again. */
static int64_t recovery_ns(const struct shape *s, bool followed, bool alone)
{
    int64_t trip_ns = round_trip_ns(s->network), timeout_ns = trip_ns + TIMEOUT_MIN_NS;

    if (followed)
        return trip_ns + trip_ns / 4;
    return alone || 2 * trip_ns > timeout_ns ? timeout_ns : 2 * trip_ns;
}

/* What is sent at now_ns tells of those lost before. */
static void losses_tell(struct shape *s, int64_t now_ns)
{
    int64_t again_ns = now_ns + recovery_ns(s, true, false) + s->network->delay_ns;

    for (size_t i = s->start; s->lost > 0 && i < s->start + s->count; i++) {
        struct shape_segment *g = &s->segment[i];

        if (!g->lost)
            continue;
        g->lost = false;
        s->lost--;
        if (again_ns + g->again_ns < g->at_ns)
            g->at_ns = again_ns + g->again_ns;
    }
}

static struct shape_segment *segment_add(struct shape *s)
{
    if (s->start + s->count == s->capacity && s->start > 0) {
        for (size_t i = 0; i < s->count; i++)
            s->segment[i] = s->segment[s->start + i];
        s->start = 0;
    }
    if (s->count == s->capacity) {
        s->capacity = s->capacity ? 2 * s->capacity : 4;
        s->segment = mem_grow(s->segment, s->capacity, sizeof *s->segment);
    }
    return &s->segment[s->start + s->count++];
}

void shape_send(struct shape *s, size_t length, int64_t now_ns)
{
    bool alone = length <= SHAPE_SEGMENT && s->count == 0;

    do {
        size_t part = length < SHAPE_SEGMENT ? length : SHAPE_SEGMENT;
        int64_t sent_ns = line_take(s, part, now_ns);
        struct shape_segment *g;

        losses_tell(s, sent_ns);
        g = segment_add(s);
        *g = (struct shape_segment){.length = part, .at_ns = sent_ns + delay_ns(s)};
        length -= part;
        if (chance(s->random, s->network->loss)) {
            g->lost = length == 0;
            s->lost += g->lost;
            g->again_ns = backoff_ns(s->random, s->network->loss,
                                     2 * (round_trip_ns(s->network) + TIMEOUT_MIN_NS));
            g->at_ns += recovery_ns(s, length > 0, alone) + g->again_ns;
        }
    } while (length > 0);
}

const struct shape_segment *shape_next(const struct shape *s, int64_t *due_ns)
{
    const struct shape_segment *g = &s->segment[s->start];

    if (s->count == 0)
        return NULL;
    *due_ns = g->at_ns > s->passed_ns ? g->at_ns : s->passed_ns;
    return g;
}

void shape_take(struct shape *s)
{
    const struct shape_segment *g = shape_next(s, &s->passed_ns);

    s->lost -= g->lost;
    s->start++;
    s->count--;
    if (s->count == 0)
        s->start = 0;
}
