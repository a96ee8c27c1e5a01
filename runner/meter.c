#include "runner/meter.h"

#include "schema/text.h"
#include "schema/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void meter_open(struct meter *m, int64_t start_ns, int64_t duration_ns, bool scheduled)
{
    *m = (struct meter){
        .start_ns = start_ns, .end_ns = start_ns + duration_ns, .scheduled = scheduled};
    for (int i = 0; i < HIST_KINDS; i++)
        hist_open(&m->hist[i]);
    hist_open(&m->early);
    m->seconds_count = (int32_t)((duration_ns + NS_PER_S - 1) / NS_PER_S);
    m->seconds = mem_get((size_t)m->seconds_count, sizeof *m->seconds);
}

static void hist_discard(struct hist *h)
{
    if (h)
        hist_close(h);
    free(h);
}

void meter_close(struct meter *m)
{
    if (!m->seconds)
        return;
    for (int i = 0; i < HIST_KINDS; i++)
        hist_close(&m->hist[i]);
    hist_close(&m->early);
    for (int32_t i = 0; i < m->seconds_count; i++)
        hist_discard(m->seconds[i].latency);
    hist_discard(m->spare);
    free(m->seconds);
    for (int i = 0; i < m->failures_count; i++)
        free(m->failures[i].reason);
    *m = (struct meter){0};
}

/* The second of the window in which a message is due; NULL: it does not count. */
static struct meter_second *second_of(struct meter *m, int64_t due_ns)
{
    if (due_ns < m->start_ns || due_ns >= m->end_ns)
        return NULL;
    return &m->seconds[(due_ns - m->start_ns) / NS_PER_S];
}

static void second_add(struct meter *m, struct meter_second *s, int64_t latency_ns)
{
    if (!s->latency) {
        s->latency = m->spare;
        m->spare = NULL;
    }
    if (!s->latency) {
        s->latency = mem_get(1, sizeof *s->latency);
        hist_open(s->latency);
    }
    hist_add(s->latency, latency_ns);
}

void meter_connect(struct meter *m, int64_t now_ns)
{
    if (m->counts.connects_tried++ == 0)
        m->counts.connect_first_ns = now_ns;
}

void meter_connected(struct meter *m, int64_t tried_ns, int64_t now_ns)
{
    m->counts.connects_made++;
    if (now_ns > m->counts.connect_last_ns)
        m->counts.connect_last_ns = now_ns;
    hist_add(&m->hist[HIST_CONNECT], now_ns - tried_ns);
}

void meter_attempted(struct meter *m, int64_t due_ns, int64_t now_ns)
{
    struct meter_second *s = second_of(m, due_ns);

    m->sent++;
    m->open++;
    if (!s)
        return;
    m->counts.offered++;
    m->counts.sent++;
    s->sent++;
    s->open++;
    if (m->scheduled)
        hist_add(&m->hist[HIST_LATENESS], now_ns - due_ns);
}

void meter_unattempted(struct meter *m, int64_t due_ns)
{
    if (second_of(m, due_ns)) {
        m->counts.offered++;
        m->counts.unattempted++;
    }
}

void meter_written(struct meter *m, int64_t due_ns, size_t bytes)
{
    if (second_of(m, due_ns))
        m->counts.bytes_sent += (int64_t)bytes;
}

void meter_reordered(struct meter *m, int64_t due_ns)
{
    if (second_of(m, due_ns))
        m->counts.reordered++;
}

/* A message that ended without its reply. */
static void message_failed(struct meter *m, int64_t due_ns, int64_t *count, const char *reason)
{
    struct meter_second *s = second_of(m, due_ns);

    m->errors++;
    m->open--;
    if (!s)
        return;
    ++*count;
    s->errors++;
    s->open--;
    meter_failure(m, FAILURE_MESSAGE, reason, 1);
}

void meter_lost(struct meter *m, int64_t due_ns, const char *reason)
{
    message_failed(m, due_ns, &m->counts.lost, reason);
}

void meter_error(struct meter *m, int64_t due_ns, const char *reason)
{
    message_failed(m, due_ns, &m->counts.errors, reason);
}

void meter_withdrawn(struct meter *m, int64_t due_ns)
{
    struct meter_second *s = second_of(m, due_ns);

    m->sent--;
    m->open--;
    if (!s)
        return;
    m->counts.offered--;
    m->counts.sent--;
    s->sent--;
    s->open--;
}

void meter_copied(struct meter *m, int64_t due_ns, int64_t copies)
{
    struct meter_second *s = second_of(m, due_ns);

    m->open += copies;
    if (!s)
        return;
    m->counts.offered += copies;
    m->counts.sent += copies;
    m->counts.copies += copies;
    s->open += copies;
}

void meter_missed(struct meter *m, int64_t due_ns)
{
    struct meter_second *s = second_of(m, due_ns);

    m->sent++;
    m->open++;
    if (!s)
        return;
    m->counts.offered++;
    m->counts.sent++;
    s->sent++;
    s->open++;
}

void meter_arrived(struct meter *m, int64_t due_ns, int64_t latency_ns, size_t bytes)
{
    struct meter_second *s = second_of(m, due_ns);

    m->matched++;
    m->open--;
    if (!s) {
        if (latency_ns >= 0)
            hist_add(&m->early, latency_ns);
        return;
    }
    m->counts.matched++;
    m->counts.bytes_received += (int64_t)bytes;
    s->matched++;
    s->open--;
    if (latency_ns < 0)
        return;
    hist_add(&m->hist[HIST_LATENCY], latency_ns);
    second_add(m, s, latency_ns);
}

void meter_matched(struct meter *m, int64_t due_ns, int64_t sent_ns, int64_t now_ns, size_t bytes)
{
    meter_arrived(m, due_ns, now_ns - due_ns, bytes);
    if (second_of(m, due_ns))
        hist_add(&m->hist[HIST_SERVICE], now_ns - sent_ns);
}

void meter_event(struct meter *m, int64_t due_ns, int64_t latency_ns, size_t bytes)
{
    meter_missed(m, due_ns);
    meter_arrived(m, due_ns, latency_ns, bytes);
}

void meter_received(struct meter *m, int64_t due_ns, size_t bytes)
{
    if (second_of(m, due_ns))
        m->counts.bytes_received += (int64_t)bytes;
}

void meter_compressed(struct meter *m, int64_t now_ns, size_t bytes)
{
    if (second_of(m, now_ns))
        m->counts.bytes_compressed += (int64_t)bytes;
}

void meter_late(struct meter *m, int64_t due_ns)
{
    if (second_of(m, due_ns))
        m->counts.late++;
}

void meter_duplicate(struct meter *m, int64_t due_ns)
{
    if (second_of(m, due_ns))
        m->counts.duplicate++;
}

void meter_unexpected(struct meter *m, int64_t now_ns, size_t bytes, const char *reason)
{
    if (!second_of(m, now_ns))
        return;
    m->counts.bytes_received += (int64_t)bytes;
    meter_failure(m, FAILURE_MESSAGE, reason, 1);
}

void meter_token_first(struct meter *m, int64_t due_ns, int64_t now_ns)
{
    if (second_of(m, due_ns))
        hist_add(&m->hist[HIST_TOKEN_FIRST], now_ns - due_ns);
}

void meter_token_gap(struct meter *m, int64_t due_ns, int64_t gap_ns)
{
    if (second_of(m, due_ns))
        hist_add(&m->hist[HIST_TOKEN_GAP], gap_ns);
}

void meter_tokens(struct meter *m, int64_t due_ns, int64_t tokens, int64_t took_ns)
{
    if (!second_of(m, due_ns))
        return;
    m->counts.tokens += tokens;
    m->counts.tokens_ns += took_ns;
}

void meter_heartbeat(struct meter *m, int64_t sent_ns, int64_t now_ns)
{
    if (second_of(m, sent_ns))
        hist_add(&m->hist[HIST_HEARTBEAT], now_ns - sent_ns);
}

void meter_heartbeat_missed(struct meter *m, int64_t sent_ns)
{
    if (second_of(m, sent_ns))
        m->counts.heartbeats_missed++;
}

void meter_reconnected(struct meter *m, int64_t lost_ns, int64_t now_ns)
{
    if (!second_of(m, lost_ns))
        return;
    m->counts.reconnects++;
    hist_add(&m->hist[HIST_RECONNECT], now_ns - lost_ns);
}

static struct meter_failure *failure_find(struct meter *m, enum failure_kind kind,
                                          const char *reason)
{
    for (int i = 0; i < m->failures_count; i++)
        if (m->failures[i].kind == kind && strcmp(m->failures[i].reason, reason) == 0)
            return &m->failures[i];
    return NULL;
}

void meter_failure(struct meter *m, enum failure_kind kind, const char *reason, int64_t count)
{
    char line[METER_REASON_SIZE];
    struct meter_failure *f;

    snprintf(line, sizeof line, "%s", reason);
    text_clean(line);
    f = failure_find(m, kind, line);
    if (!f && m->failures_count >= METER_REASONS - 2) { /* room is left for the rest of each kind */
        snprintf(line, sizeof line, "other reasons");
        f = failure_find(m, kind, line);
    }
    if (!f) {
        f = &m->failures[m->failures_count++];
        *f = (struct meter_failure){.kind = kind, .reason = mem_copy(line)};
    }
    f->count += count;
}
