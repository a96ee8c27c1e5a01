/* inbox: a message from the target, while it comes in pieces. One that comes in one is not copied.
 */
#ifndef RUNNER_INBOX_H
#define RUNNER_INBOX_H

#include "runner/transport.h"

struct inbox {
    char *data;
    size_t length, capacity;
};

enum inbox_state {
    INBOX_MORE,  /* it is not whole yet */
    INBOX_WHOLE, /* *data and *length are the message, until inbox_free() */
    INBOX_FULL   /* with it the inboxes would take more than `max` bytes together */
};

/* `bytes` are what all inboxes take together. */
enum inbox_state inbox_add(struct inbox *in, const struct chunk *chunk, size_t *bytes, size_t max,
                           const char **data, size_t *length);
void inbox_free(struct inbox *in, size_t *bytes);

#endif
