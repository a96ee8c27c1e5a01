/* reply: messages from the target, read as JSON by JSON pointers.
 *
 * A message is checked once, strictly (scan.h); then a value is looked up in its text, without a
 * tree and without memory of its own. Keys are compared as they are, letter by letter and with their
 * escapes undone; of duplicates the last one counts, as with the parsers of most servers. Strings
 * may hold \u0000: they have lengths.
 */
#ifndef RUNNER_REPLY_H
#define RUNNER_REPLY_H

#include "runner/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reply {
    const char *text;
    size_t length;
    bool binary;
    bool json; /* it is JSON, in whichever kind of frame */
};

/* Looks at a message; the bytes are borrowed. */
void reply_read(struct reply *r, const void *data, size_t length, bool binary);

/* RFC 6901, taken apart. */
struct pointer {
    char *text;         /* the keys, one behind the other, each ended by '\0' */
    const char **token; /* into text */
    size_t tokens;
};
void pointer_open(struct pointer *p, const char *text); /* one that scenario_check() has passed */
void pointer_close(struct pointer *p);                  /* a zeroed one too */

enum found_kind {
    FOUND_NOTHING,
    FOUND_NULL,
    FOUND_FALSE,
    FOUND_TRUE,
    FOUND_NUMBER,
    FOUND_STRING, /* without its quotes, escapes still in it */
    FOUND_OBJECT,
    FOUND_ARRAY
};
struct found {
    enum found_kind kind;
    const char *text;
    size_t length;
};
/* FOUND_NOTHING where the message is no JSON or has no such value. */
struct found reply_find(const struct reply *r, const struct pointer *p);

bool found_true(const struct found *f);                        /* present, not null, not false */
bool found_content(const struct found *f);                     /* besides, no empty string */
bool found_same(const struct found *a, const struct found *b); /* both are strings, and alike */
bool found_number(const struct found *f, double *out); /* a number, or a string that is one */
/* A whole number, or a string that is one, exactly. */
bool found_integer(const struct found *f, int64_t *out);
/* A time since 1970: its unit (s, ms, us, ns) is told by its size, for the years 1973 to 5138. */
bool found_time(const struct found *f, int64_t *out_ns);
/* Stands for an id. The number 5 and the string "5" are one id, as are 5 and 5.0. */
uint64_t found_digest(const struct found *f, uint64_t key);

#endif
