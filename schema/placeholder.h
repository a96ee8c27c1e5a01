/* placeholder: `${...}` in the texts of a scenario.
 *
 *   ${env:NAME}   an environment variable
 *   ${client}     the client's number, from 0
 *   ${row:NAME}   a member of the client's row (clients_from)
 *   ${jwt}        the client's token
 *   in what is sent, not in url, headers and claims, also
 *   ${id}         CLIENT-SEQ: a message's name, the only one in the run
 *   ${seq}        its number among the client's, from 0
 *   ${now}        milliseconds since 1970
 *   ${random:N}   N letters, digits, - and _, out of the run's seed
 *
 * The text keeps its placeholders in the scenario, in the database and in everything printed; the
 * runner fills them when a run starts, so that the values, which are often secrets, go nowhere
 * else. `${` always begins a placeholder. NAME is what a shell takes: letters, digits and `_`, no
 * digit first.
 */
#ifndef SCHEMA_PLACEHOLDER_H
#define SCHEMA_PLACEHOLDER_H

#include "schema/err.h"
#include "schema/text.h"

#include <stddef.h>
#include <stdint.h>

enum placeholder_kind {
    PLACEHOLDER_NONE, /* or a malformed one */
    PLACEHOLDER_ENV,
    PLACEHOLDER_ROW,
    PLACEHOLDER_JWT,
    PLACEHOLDER_ID,
    PLACEHOLDER_SEQ,
    PLACEHOLDER_CLIENT,
    PLACEHOLDER_NOW,
    PLACEHOLDER_RANDOM
};
struct placeholder {
    enum placeholder_kind kind;
    size_t length;    /* of all of it */
    const char *name; /* of _ENV and _ROW, borrowed and not ended */
    size_t name_length;
    int64_t count; /* of PLACEHOLDER_RANDOM: 1 to PLACEHOLDER_RANDOM_MAX */
};
enum { PLACEHOLDER_RANDOM_MAX = 65536 };

/* The placeholder that the `size` bytes at text begin with. */
struct placeholder placeholder_read(const char *text, size_t size);

enum placeholder_place { PLACEHOLDERS_CONNECTION, PLACEHOLDERS_MESSAGE };

/* Fails with ERR_USAGE for a malformed or unknown placeholder, and one that has no meaning there.
 */
bool placeholder_check(const char *text, enum placeholder_place place, struct err *e);

/* The first one of this kind in text; NULL: there is none. */
const char *placeholder_find(const char *text, enum placeholder_kind kind);

/* Adds text to *out with each ${env:NAME} replaced by what lookup(NAME) says, getenv for one; other
 * placeholders by `others`, NULL: they stay. Fails with ERR_USAGE, naming the variable, where
 * lookup gives NULL. text was checked before, for PLACEHOLDERS_CONNECTION. */
bool placeholder_fill(const char *text, char *(*lookup)(const char *name), const char *others,
                      struct text *out, struct err *e);

#endif
