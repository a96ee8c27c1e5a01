/* sha256: what a text is known by, where two texts of one name are to be told apart. */
#ifndef SCHEMA_SHA256_H
#define SCHEMA_SHA256_H

#include <stddef.h>

enum { SHA256_SIZE = 65 };

/* FIPS 180-4, in lower-case hex; text may be NULL where length is 0. */
void sha256_hex(const char *text, size_t length, char out[SHA256_SIZE]);

#endif
