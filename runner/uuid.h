/* uuid: names for runs that no other machine gives, in the order of time. */
#ifndef RUNNER_UUID_H
#define RUNNER_UUID_H

#include "schema/run.h"

/* A UUID of version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then random bits of
 * the kernel. It names; it never shapes a measurement. */
void uuid_make(char out[UUID_SIZE], int64_t unix_ms);

#endif
