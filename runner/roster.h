/* roster: who the clients are: what ${env:NAME}, ${row:NAME}, ${client} and ${jwt} are for each.
 *
 * All of it is known before a client connects, but its token: that is made when it is asked for,
 * and anew once half of its lifetime is over.
 */
#ifndef RUNNER_ROSTER_H
#define RUNNER_ROSTER_H

#include "runner/rows.h"
#include "runner/spec.h"
#include "runner/template.h"

struct roster {
    const struct spec *spec;
    struct rows rows;
    char *secret;      /* of tokens; NULL: there are none */
    size_t token_room; /* no token is longer */
};

/* A client's token, kept by whoever speaks for it; a zeroed one was never made. */
struct token {
    struct text text;
    int64_t issued_s; /* since 1970 */
};

/* Reads the rows. ERR_USAGE where that cannot be done (rows.h). roster_close() also after a
 * failure. The spec is borrowed. */
bool roster_open(struct roster *r, const struct spec *spec, struct err *e);
void roster_close(struct roster *r);

/* The client's token; NULL: it has none. It is made in *token, and borrowed from there. */
const char *roster_token(const struct roster *r, int64_t client, struct token *token);

/* For the client's texts. With NULL for `token` what can be said without one. */
struct template_values roster_values(const struct roster *r, int64_t client, struct token *token);

/* A header's value, and the path of the url, as the client has them: *out is replaced. */
void roster_header(const struct roster *r, int64_t client, struct token *token, const char *value,
                   struct text *out);
void roster_path(const struct roster *r, int64_t client, struct token *token, const char *path,
                 struct text *out);

/* The header Authorization that a url with user info asks for (RFC 7617), where the scenario has
 * none of its own; NULL: there is none. The caller frees it. */
char *roster_basic(const struct scenario *s);

/* Puts *** for what the words of a target quote of the client's secrets: values of variables and
 * rows, its token, what is in Authorization, Cookie, X-Api-Key and their like, and the url's user
 * info. Quotes may be cut off, or in other letters. */
void roster_hide(const struct roster *r, int64_t client, struct token *token, char *words);
/* The same of a target's words that may be of any client; their rows and tokens whole. */
void roster_hide_all(const struct roster *r, char *words);

void token_free(struct token *t);

#endif
