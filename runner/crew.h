/* crew: the worker processes of one run, from the supervisor's side.
 *
 * The clients are divided over them by number (spec.h), so that no worker's load depends on another
 * one. What they measure goes to the tally as it comes. A worker that breaks off is the run's
 * failure; the others can still be told to stop, and tell what they have.
 */
#ifndef RUNNER_CREW_H
#define RUNNER_CREW_H

#include "runner/link.h"
#include "runner/spec.h"
#include "runner/tally.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct member {
    struct link link;
    bool ready;       /* waits for the order to start */
    bool over;        /* nothing more comes from it */
    int64_t heard_ns; /* its last report; 0: none yet */
    int64_t matched;  /* by then, and per second since the one before */
    double rate;      /* NAN: not known yet */
};

struct crew {
    struct member *member;
    size_t count;
};

/* Starts the workers of `part` and sends each its specification. crew_stop() also after a failure.
 */
bool crew_start(struct crew *c, const char *program, const struct scenario *s, const char *url,
                const struct spec_part *part, struct err *e);
/* Ends those that have not ended yet, by KILL after grace_ns. */
void crew_stop(struct crew *c, int64_t grace_ns);

/* Takes what they have sent by now. False and *e, the first of several, where one of them says that
 * it cannot go on, or ended before it had told all. */
bool crew_take(struct crew *c, struct tally *t, int64_t now_ns, struct err *e);
/* Ends one that has not been heard of for silence_ns. False: there was one, and *e says so. */
bool crew_check(struct crew *c, const struct tally *t, int64_t now_ns, int64_t silence_ns,
                struct err *e);

/* A frame to each; false where one is gone. */
bool crew_tell(struct crew *c, enum frame_type type, const void *body, size_t length);

bool crew_ready(const struct crew *c); /* all of them wait for the order to start */
bool crew_over(const struct crew *c, const struct tally *t); /* nothing more comes from any */
double crew_rate(const struct crew *c); /* messages matched per second; NAN: not known yet */
void crew_heard(struct crew *c, int64_t at_ns);             /* as if all had reported just then */
size_t crew_poll(const struct crew *c, struct pollfd *fds); /* fills c->count of them */

#endif
