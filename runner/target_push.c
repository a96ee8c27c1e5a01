/* /push and /sse: events that come by themselves.
 *
 * Event k, from 1 on, is due at start + (k - 1) / rate, and says so whenever it is sent: what a
 * stall, a delay or a peer that does not read costs can be read off it. Events for a peer that does
 * not read are not made until it does, so that they cost no memory. An id of /sse is the start and
 * the event's number: so a stream that is taken up again by Last-Event-ID has what was missed, in
 * time, without anything being kept for it.
 */
#include "runner/target_parts.h"
#include "schema/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    AT_ONCE = 1000,        /* events, before others have their turn */
    RETRY_MS = 1000,       /* what /sse asks its clients to wait */
    COMMENT_EVERY = 10,    /* events */
    HISTORY_MAX = 1000000, /* events that can have been missed */
    ID_SIZE = 48
};

struct push {
    struct task task; /* first */
    int64_t start_us; /* since 1970: when the first event is due */
    int64_t base_ns;  /* what the monotonic clock was then, if not before its beginning */
    int64_t number;   /* of the event that comes next */
    int64_t last;     /* the number of the last event */
    double period_ns; /* 0: as fast as they are read */
};

static int64_t push_offset_ns(const struct push *p)
{
    return (int64_t)((double)(p->number - 1) * p->period_ns);
}

static void filler_add(struct text *out, size_t size)
{
    static const char words[] =
        "streamgauge sends this to make the event as large as it should be ";

    for (size_t piece; size > 0; size -= piece) {
        piece = size < strlen(words) ? size : strlen(words);
        text_add_bytes(out, words, piece);
    }
}

/* {"type":"event","sequence":7,"time":1764151200000000,"data":"..."}, `size` bytes if it can be */
static void push_event(struct target *t, struct push *p)
{
    struct conn *c = p->task.conn;
    int64_t time_us = p->period_ns > 0 ? p->start_us + push_offset_ns(p) / NS_PER_US
                                       : target_wall_ns() / NS_PER_US;
    size_t size = (size_t)c->options.size_bytes;
    struct text body = {0};
    char id[ID_SIZE];

    text_addf(&body, "{\"type\":\"event\",\"sequence\":%lld,\"time\":%lld", (long long)p->number,
              (long long)time_us);
    if (size > body.length + strlen(",\"data\":\"\"}")) {
        text_add(&body, ",\"data\":\"");
        filler_add(&body, size - body.length - strlen("\"}"));
        text_add(&body, "\"");
    }
    text_add(&body, "}");
    snprintf(id, sizeof id, "%lld-%lld", (long long)p->start_us, (long long)p->number);
    conn_send_event(t, c, id, NULL, body.data, body.length);
    text_free(&body);
}

static void push_run(struct target *t, struct task *task)
{
    struct push *p = (struct push *)task;
    struct conn *c = task->conn;
    int64_t now_ns = target_clock_ns();

    for (int i = 0; i < AT_ONCE; i++) {
        int64_t due_ns = p->base_ns + push_offset_ns(p);

        if (c->paused) {
            c->held = task;
            return;
        }
        if (p->period_ns == 0 && t->busy_ns > now_ns)
            due_ns = t->busy_ns; /* else the worker's queue would grow without end */
        if (due_ns > now_ns) {
            task_again(t, task, due_ns);
            return;
        }
        if (c->kind == CONN_STREAM && p->number % COMMENT_EVERY == 0)
            conn_send_raw(t, c, ": so far so good\n\n");
        if (target_takes(t))
            push_event(t, p);
        if (++p->number > p->last) {
            conn_end(t, c);
            task_end(t, task);
            return;
        }
    }
    task_again(t, task, now_ns);
}

static struct push *push_start(struct target *t, struct conn *c)
{
    int64_t now_ns = target_clock_ns();
    struct push *p = task_start(t, c, sizeof *p, push_run, now_ns);

    p->start_us = target_wall_ns() / NS_PER_US;
    p->base_ns = now_ns;
    p->number = 1;
    p->last = c->options.count;
    p->period_ns = isinf(c->options.rate) ? 0 : 1e9 / c->options.rate;
    return p;
}

void push_open(struct target *t, struct conn *c)
{
    if (c->kind == CONN_STREAM)
        conn_begin(t, c);
    push_start(t, c);
}

/* Goes on behind the event that the client has seen last. */
static void push_resume(struct push *p, const char *seen)
{
    long long start_us, number;
    int64_t age_us, missed;

    if (sscanf(seen, "%20lld-%20lld", &start_us, &number) != 2 || start_us < 0 || number < 1 ||
        number >= p->last || p->period_ns == 0)
        return;
    age_us = p->start_us - start_us;
    missed = (int64_t)((double)age_us * NS_PER_US / p->period_ns) - number;
    if (age_us < 0 || missed < -1 || missed > HISTORY_MAX)
        return;
    p->base_ns -= age_us * NS_PER_US;
    p->start_us = start_us;
    p->number = number + 1;
}

void stream_open(struct target *t, struct conn *c)
{
    static const char header[] = "last-event-id:";
    char seen[ID_SIZE] = "", retry[32];
    struct push *p;

    lws_hdr_custom_copy(c->wsi, seen, sizeof seen, header, (int)strlen(header));
    conn_begin(t, c);
    snprintf(retry, sizeof retry, ": streamgauge\nretry: %d\n\n", RETRY_MS);
    conn_send_raw(t, c, retry);
    p = push_start(t, c);
    push_resume(p, seen);
}
