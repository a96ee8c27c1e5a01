/* payload: the bytes of the messages that clients send.
 *
 * Of MESSAGE_SIZE they follow from client, number and seed alone: printable ASCII, the message's
 * number first, then the client's, both in base 64 with the lowest digit in front, then filler that
 * is the same in all. So messages differ wherever their size has room for it.
 */
#ifndef RUNNER_PAYLOAD_H
#define RUNNER_PAYLOAD_H

#include "schema/scenario.h"

#include <stddef.h>
#include <stdint.h>

struct payload {
    size_t length; /* of every message */
    char *text;    /* the filler, or the whole message */
    bool fixed;    /* the messages are all alike */
};

void payload_open(struct payload *p, const struct message *m, int64_t seed);
void payload_close(struct payload *p);

/* Writes a client's message `number` to `out`, which has room for p->length bytes. */
void payload_write(const struct payload *p, int64_t client, uint64_t number, unsigned char *out);

#endif
