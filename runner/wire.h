/* wire: what supervisor and worker say to each other, over a socketpair (the worker's fd 3).
 *
 * Frames: a struct frame head and `length` bytes. Both ends are this same program on one host, so
 * structs travel as they lie in memory. The specification with its secrets comes this way, never by
 * argv or the environment. End of file ends either side.
 *
 *   supervisor                         worker
 *   FRAME_SPEC  (JSON) ------------->
 *               <------------- FRAME_READY   specification understood, context made; or
 *               <------------- FRAME_ERROR   (int32_t kind, sentence): it cannot start, and ends
 *   FRAME_START (int64_t t0) ------->        connections start at t0; the measured window is
 *                                            [t0 + ramp + warmup, ... + duration)
 *               <------------- FRAME_PROGRESS struct progress, every second and at the end
 *               <------------- FRAME_HIST    struct wire_hist + blob: a second when it is
 *                                            complete, whole-run ones at the end
 *   FRAME_STOP  -------------------->        keep what was measured, end now
 *               <------------- FRAME_FAILURE struct wire_failure + reason, at the end
 *               <------------- FRAME_COUNTS  struct counts, the totals
 *               <------------- FRAME_DONE
 */
#ifndef RUNNER_WIRE_H
#define RUNNER_WIRE_H

#include "schema/err.h"
#include "schema/hist.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_FD = 3, WIRE_FRAME_MAX = 16 << 20 };

enum frame_type {
    FRAME_SPEC = 1,
    FRAME_READY,
    FRAME_START,
    FRAME_PROGRESS,
    FRAME_HIST,
    FRAME_STOP,
    FRAME_FAILURE,
    FRAME_COUNTS,
    FRAME_DONE,
    FRAME_ERROR
};

struct frame {
    uint32_t type, length;
};

/* Totals of the measured window (messages by due time), and of all connections.
 *
 * A client offers messages from the moment it is connected; one that never connects offers none.
 * A connection that is lost later turns what was outstanding, and whatever falls due on it
 * afterwards, into errors ("not connected"). After FRAME_STOP messages without an outcome are
 * withdrawn: they are in no count. All members are int64_t. */
struct counts {
    int64_t offered; /* due in the window */
    int64_t sent;    /* of them, attempted: sent = matched + lost + errors */
    int64_t matched, lost, errors;
    int64_t duplicate, reordered, late;
    int64_t unattempted;                /* offered - sent: never attempted, for reasons of ours */
    int64_t copies;                     /* of sent: what a broadcast owes beyond one receiver */
    int64_t bytes_sent, bytes_received; /* payload, in the window */
    int64_t bytes_compressed;           /* as they came, of what was received compressed */
    int64_t tokens, tokens_ns;          /* behind the first one of a reply, and what they took */
    int64_t heartbeats_missed;          /* in the window, by the time of the ping */
    int64_t reconnects;                 /* in the window, by the time of the loss */
    int64_t put_off;                    /* requests, of the whole run, that were sent again */
    int64_t connects_tried, connects_made;
    int64_t connects_plain; /* where compression was asked for and not granted, replacements too */
    /* At their end, because these two are not added up over workers: the first attempt and the last
     * success, of the monotonic clock; 0: none. */
    int64_t connect_first_ns, connect_last_ns;
};

struct progress {
    int32_t second;                /* since t0 */
    int32_t open;                  /* connections */
    int64_t sent, matched, errors; /* so far, the warm-up included */
    int64_t p95_ns;                /* of latency so far */
};

enum wire_hist_kind {
    HIST_LATENCY,
    HIST_SERVICE,
    HIST_CONNECT,
    HIST_LATENESS,
    HIST_TOKEN_FIRST,
    HIST_TOKEN_GAP,
    HIST_HEARTBEAT,
    HIST_RECONNECT,
    HIST_KINDS
};

struct wire_hist {        /* followed by the blob of hist_encode() */
    int32_t kind, second; /* second of the window, -1: the whole run */
    int64_t count, min, max;
    double sum;
    int64_t sent;    /* of a second: messages due in it that were attempted, copies apart */
    int64_t matched; /* and matched; `count` of them have a latency */
    int64_t errors;  /* errors and lost */
};

struct wire_failure { /* followed by the reason, without '\0' */
    int32_t kind;     /* enum failure_kind */
    int64_t count;
};

/* Writes a whole frame, waiting for room where the descriptor's mode would not. False: the other
 * side is gone, or the frame exceeds WIRE_FRAME_MAX. */
bool wire_put(int fd, enum frame_type type, const void *head, size_t head_length, const void *body,
              size_t body_length);

/* FRAME_HIST of *h; the caller fills in what head says beside it. FRAME_ERROR of *e. */
bool wire_put_hist(int fd, const struct hist *h, struct wire_hist head);
bool wire_put_error(int fd, const struct err *e);

/* Collects frames from a socket without ever waiting, whatever the descriptor's mode. A zeroed one
 * is ready; free by wire_free(). */
struct wire {
    unsigned char *data;
    size_t start, length, capacity; /* start: of the frame that comes next */
};
enum wire_state { WIRE_FRAME, WIRE_NONE, WIRE_END };
/* WIRE_FRAME: *type and *body (length *length, valid until the next call) hold the next frame.
 * WIRE_NONE: nothing whole yet. WIRE_END: end of file, or a frame too large to be one. A body lies
 * at no particular alignment: copy structs out of it. */
enum wire_state wire_get(struct wire *w, int fd, enum frame_type *type, const void **body,
                         size_t *length);
/* Waits until a frame is whole. False: the end. */
bool wire_wait(struct wire *w, int fd, enum frame_type *type, const void **body, size_t *length);
void wire_free(struct wire *w);

#endif
