/* payload: the bytes of the messages that clients send.
 *
 * Of MESSAGE_SIZE they follow from client, number and seed alone: printable ASCII, the message's
 * number first, then the client's, both in base 64 with the lowest digit in front, then filler that
 * is the same in all. So messages differ wherever their size has room for it. A text, JSON, and the
 * lines and files that are sent as text have placeholders (template.h; ${env:NAME} is not filled in
 * files). The lines of a data set are used in turn by all clients together: the first message of
 * client c is line c.
 */
#ifndef RUNNER_PAYLOAD_H
#define RUNNER_PAYLOAD_H

#include "runner/template.h"
#include "runner/trace.h"
#include "schema/scenario.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAYLOAD_FILE_MAX = 32 << 20 }; /* bytes of a data set */

struct payload_line {
    const char *text; /* in the payload's */
    size_t length;
    enum template_form form;
};

struct payload {
    size_t length;      /* no message is longer */
    bool fixed, plain;  /* the messages are all alike; have no placeholders */
    bool by_id, by_seq; /* messages have an ${id}; a ${seq} */
    char *text;         /* the filler, or all lines */
    size_t text_length;
    struct payload_line *line;
    size_t lines;
    int64_t clients;
    struct template_values values; /* but for client and number */
    const struct trace *trace;     /* borrowed: lines with messages of their own; NULL: none */
};

/* Reads what has to be read: the scenario's path is taken as it stands. `values`: what placeholders
 * are, but for client, number and token. `trace` (NULL or empty:
 * none) is what is replayed. ERR_USAGE where a file is missing, empty, too large or no data set,
 * where its content is not message.sha256, unless that is empty, and where a message has no id that
 * a reply could be found by. payload_close() also after a failure. */
bool payload_open(struct payload *p, const struct scenario *s, const struct trace *trace,
                  int64_t seed, const struct template_values *values, struct err *e);
void payload_close(struct payload *p);

/* Of the file's content. */
void payload_sha256(const struct payload *p, char out[SHA256_SIZE]);

/* Writes a client's message `number` to `out`, which has room for p->length bytes; returns its
 * length. `token`: the client's, NULL: it has none. In a replay it is the trace's line `recorded`,
 * else that is not looked at. */
size_t payload_write(const struct payload *p, int64_t client, const char *token, uint64_t number,
                     int64_t recorded, unsigned char *out);

#endif
