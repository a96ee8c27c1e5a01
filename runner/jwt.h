/* jwt: JSON Web Tokens (RFC 7519) signed by HMAC-SHA-256 ("HS256", RFC 7518 section 3.2). */
#ifndef RUNNER_JWT_H
#define RUNNER_JWT_H

#include "schema/text.h"

#include <stdint.h>

/* Adds a token to *out. `claims` is a compact JSON object; "iat" and "exp", in seconds since 1970,
 * are added to it unless it has its own. */
void jwt_add(struct text *out, const char *claims, size_t length, const char *secret,
             int64_t issued_s, int64_t lifetime_s);

/* The first token in `words` that may be one of ours; NULL: there is none. */
const char *jwt_find(const char *words, size_t *length);

/* No token from claims of up to `length` bytes is longer. */
size_t jwt_room(size_t length);

#endif
