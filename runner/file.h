/* file: whole small files: what users hand in, and what the kernel tells in /proc and /sys. */
#ifndef RUNNER_FILE_H
#define RUNNER_FILE_H

#include "schema/err.h"
#include "schema/text.h"

#include <stddef.h>
#include <sys/types.h>

enum { FILE_MAX = 1 << 20 }; /* bytes of a user's file */

/* Reads a user's file onto the end of *out. Fails with ERR_USAGE, naming the file, where it cannot
 * be read, is a directory or is larger than FILE_MAX. */
bool file_read(const char *path, struct text *out, struct err *e);
/* The same with another limit; "-" is standard input. */
bool file_read_large(const char *path, size_t most, struct text *out, struct err *e);

/* Reads up to size - 1 bytes of a file of the kernel; out always ends in '\0'. -1: no such file.
 * A longer file is cut without a word, so give the room that its format needs. */
ssize_t file_peek(const char *path, char *out, size_t size);

#endif
