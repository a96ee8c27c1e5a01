/* pending: the messages of one client from the moment they are due until their fate is known, and
 * for a while after it, so that a late or repeated reply is known for what it is.
 *
 * Messages are numbered from 0 in the order in which they fall due, which is the order in which
 * they are written and in which they expire:
 *
 *    first ...... oldest ...... unsent ...... end
 *      settled      | some settled | due, not   |
 *                   | out of order | yet written|
 *
 * Which reply belongs to which message is decided here and nowhere else (pending_match).
 */
#ifndef RUNNER_PENDING_H
#define RUNNER_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pending_state {
    PENDING_OPEN,    /* no reply yet */
    PENDING_LOST,    /* none came in time; one may still come */
    PENDING_SETTLED, /* answered, or ended as an error */
};

struct pending_message {
    int64_t due_ns, sent_ns;
    uint64_t digest; /* of what was written, or of its id */
    enum pending_state state;
    int32_t chunks;   /* with content, so far */
    int64_t usage;    /* tokens, as the target says; 0: it has not */
    int64_t first_ns; /* of the chunks with content */
    int64_t last_ns;
    union {
        int64_t sender;   /* of a broadcast, where it is owed: the client's number */
        int64_t recorded; /* of a replay, where it is sent: the line of the trace */
    };
};

struct pending {
    struct pending_message *ring;
    uint32_t capacity;                   /* a power of two, or 0 */
    uint64_t first, oldest, unsent, end; /* numbers of messages, see above */
};

void pending_free(struct pending *p);

/* Adds a message that is due; returns its number. */
uint64_t pending_put(struct pending *p, int64_t due_ns);
struct pending_message *pending_at(struct pending *p, uint64_t number);

/* Settles a message. `oldest` moves on behind whatever is settled. */
void pending_settle(struct pending *p, uint64_t number, enum pending_state state);

/* Skips what expired before it could be written; true where a message is left to be written. */
bool pending_unsent(struct pending *p);

enum pending_match {
    MATCH_OLDEST,    /* the reply to the oldest open message */
    MATCH_REORDERED, /* to another open message */
    MATCH_LATE,      /* to a lost one, for the first time */
    MATCH_DUPLICATE, /* to a message that is settled */
    MATCH_NONE,      /* to none that is known */
};

/* Whose reply a message with this digest is; *number is the message's, except for MATCH_NONE.
 * Where several messages are alike, it is the oldest one's. */
enum pending_match pending_match(struct pending *p, uint64_t digest, uint64_t *number);

#endif
