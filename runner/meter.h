/* meter: what one worker counts.
 *
 * Messages are told to it as they change: attempted, then exactly one of matched, lost, error or
 * withdrawn; so that sent = matched + lost + errors once all are settled. Only those due in the
 * measured window [start_ns, end_ns) are counted; the others move nothing but the progress. A
 * second of the window is handed on when nothing due in it is open any more.
 */
#ifndef RUNNER_METER_H
#define RUNNER_METER_H

#include "runner/wire.h"
#include "schema/hist.h"
#include "schema/run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct meter_second {     /* messages due in it */
    struct hist *latency; /* NULL: none yet, or handed on */
    int64_t sent, matched, errors, open;
};

struct meter_failure {
    enum failure_kind kind;
    char *reason;
    int64_t count;
};

enum { METER_REASON_SIZE = 160, METER_REASONS = 64 };

#define METER_RECONNECT "reconnect: " /* begins the reason of an attempt to reconnect that failed \
                                       */

struct meter {
    int64_t start_ns, end_ns;
    bool scheduled; /* messages have due times of their own, so that there is lateness */
    struct counts counts;
    struct hist hist[HIST_KINDS];
    struct hist early; /* latency before the window, for the progress alone */
    struct meter_second *seconds;
    int32_t seconds_count, seconds_sent; /* of the window; already handed on */
    struct hist *spare;                  /* an empty histogram to use next, or NULL */
    struct meter_failure failures[METER_REASONS];
    int failures_count;
    int64_t sent, matched, errors, open; /* warm-up included; open: not settled */
};

void meter_open(struct meter *m, int64_t start_ns, int64_t duration_ns, bool scheduled);
void meter_close(struct meter *m);

void meter_connect(struct meter *m, int64_t now_ns); /* tried */
void meter_connected(struct meter *m, int64_t tried_ns, int64_t now_ns);

void meter_attempted(struct meter *m, int64_t due_ns, int64_t now_ns);
void meter_unattempted(struct meter *m, int64_t due_ns);
void meter_written(struct meter *m, int64_t due_ns, size_t bytes);
void meter_matched(struct meter *m, int64_t due_ns, int64_t sent_ns, int64_t now_ns, size_t bytes);
void meter_reordered(struct meter *m, int64_t due_ns); /* matched, besides */
void meter_lost(struct meter *m, int64_t due_ns, const char *reason);
void meter_error(struct meter *m, int64_t due_ns, const char *reason);
void meter_withdrawn(struct meter *m, int64_t due_ns);
/* An attempted message is owed to `copies` receivers more: each has a fate of its own. */
void meter_copied(struct meter *m, int64_t due_ns, int64_t copies);
/* What a server sent of its own accord: attempted and matched in one. latency_ns -1: not known. */
void meter_event(struct meter *m, int64_t due_ns, int64_t latency_ns, size_t bytes);
/* The server has let this one out, it may yet come: attempted, without a schedule of ours. */
void meter_missed(struct meter *m, int64_t due_ns);
/* Now it has come. */
void meter_arrived(struct meter *m, int64_t due_ns, int64_t latency_ns, size_t bytes);
/* A part of a reply. */
void meter_received(struct meter *m, int64_t due_ns, size_t bytes);
/* Came compressed, at that time. */
void meter_compressed(struct meter *m, int64_t now_ns, size_t bytes);
/* Beyond the one reply to a message. */
void meter_late(struct meter *m, int64_t due_ns);
void meter_duplicate(struct meter *m, int64_t due_ns);
/* Nor a message of ours; or one that is odd in itself, whose bytes are counted elsewhere (0). */
void meter_unexpected(struct meter *m, int64_t now_ns, size_t bytes, const char *reason);

/* The tokens of a reply, by the time at which its request was due: the first, the pause before each
 * further one, and once it is whole what the `tokens` behind the first took. */
void meter_token_first(struct meter *m, int64_t due_ns, int64_t now_ns);
void meter_token_gap(struct meter *m, int64_t due_ns, int64_t gap_ns);
void meter_tokens(struct meter *m, int64_t due_ns, int64_t tokens, int64_t took_ns);

/* By the time of the ping, and of the loss. */
void meter_heartbeat(struct meter *m, int64_t sent_ns, int64_t now_ns);
void meter_heartbeat_missed(struct meter *m, int64_t sent_ns);
void meter_reconnected(struct meter *m, int64_t lost_ns, int64_t now_ns);

/* Adds `count` to a reason, made one clean short line. From METER_REASONS reasons on, the rest are
 * "other reasons". */
void meter_failure(struct meter *m, enum failure_kind kind, const char *reason, int64_t count);

/* What goes to the supervisor (wire.h). False: it is gone. */
bool meter_send_progress(struct meter *m, int fd, int32_t second, int32_t open);
bool meter_send_seconds(struct meter *m, int fd, int64_t now_ns); /* those complete by now */
bool meter_send_rest(struct meter *m, int fd, int64_t now_ns);    /* all there is, and DONE */

#endif
