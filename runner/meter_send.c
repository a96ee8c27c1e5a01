#include "runner/meter.h"

#include "schema/units.h"

#include <stdlib.h>
#include <string.h>

bool meter_send_progress(struct meter *m, int fd, int32_t second, int32_t open)
{
    const struct hist *h = m->hist[HIST_LATENCY].total > 0 ? &m->hist[HIST_LATENCY] : &m->early;
    struct progress p = {.second = second,
                         .open = open,
                         .sent = m->sent,
                         .matched = m->matched,
                         .errors = m->errors,
                         .p95_ns = hist_percentile(h, 95)};

    return wire_put(fd, FRAME_PROGRESS, &p, sizeof p, NULL, 0);
}

static bool hist_send(int fd, const struct hist *h, int32_t second, const struct meter_second *of)
{
    return wire_put_hist(fd, h,
                         (struct wire_hist){.kind = HIST_LATENCY,
                                            .second = second,
                                            .sent = of->sent,
                                            .matched = of->matched,
                                            .errors = of->errors});
}

static bool second_send(struct meter *m, int fd)
{
    struct meter_second *s = &m->seconds[m->seconds_sent];
    struct hist *h = s->latency, empty;
    bool sent;

    if (!h) {
        hist_open(&empty);
        sent = hist_send(fd, &empty, m->seconds_sent++, s);
        hist_close(&empty);
        return sent;
    }
    sent = hist_send(fd, h, m->seconds_sent++, s);
    s->latency = NULL;
    if (m->spare) {
        hist_close(h);
        free(h);
        return sent;
    }
    hist_reset(h);
    m->spare = h;
    return sent;
}

bool meter_send_seconds(struct meter *m, int fd, int64_t now_ns)
{
    while (m->seconds_sent < m->seconds_count &&
           now_ns >= m->start_ns + (m->seconds_sent + 1) * NS_PER_S &&
           m->seconds[m->seconds_sent].open == 0)
        if (!second_send(m, fd))
            return false;
    return true;
}

static bool failure_send(const struct meter_failure *f, int fd)
{
    struct wire_failure head = {.kind = (int32_t)f->kind, .count = f->count};

    return wire_put(fd, FRAME_FAILURE, &head, sizeof head, f->reason, strlen(f->reason));
}

bool meter_send_rest(struct meter *m, int fd, int64_t now_ns)
{
    bool sent = true;

    while (sent && m->seconds_sent < m->seconds_count &&
           now_ns > m->start_ns + m->seconds_sent * NS_PER_S)
        sent = second_send(m, fd);
    for (int i = 0; sent && i < HIST_KINDS; i++)
        sent = wire_put_hist(fd, &m->hist[i], (struct wire_hist){.kind = i, .second = -1});
    for (int i = 0; sent && i < m->failures_count; i++)
        sent = failure_send(&m->failures[i], fd);
    return sent && wire_put(fd, FRAME_COUNTS, &m->counts, sizeof m->counts, NULL, 0) &&
           wire_put(fd, FRAME_DONE, NULL, 0, NULL, 0);
}
