/* files: the files of a report, written whole or not at all. Not for other rooms. */
#ifndef REPORT_FILES_H
#define REPORT_FILES_H

#include "schema/err.h"
#include "schema/text.h"

#include <stddef.h>

/* Makes a folder, and those above it. */
bool files_folder(const char *path, struct err *e);

/* Writes FOLDER/NAME beside its place first and then over it: who reads it meanwhile sees the old
 * file or the new one. ERR_STORE on failure, with nothing left behind. */
bool files_write(const char *folder, const char *name, const struct text *content, struct err *e);

/* Adds to the end of a file, which is made where it is not there. ERR_STORE on failure. */
bool files_append(const char *path, const struct text *content, struct err *e);
/* Bytes in a file; 0: it is not there. */
int64_t files_size(const char *path);

/* A name that can do no harm as a file's, made of any text: lower-case letters, digits and single
 * hyphens, dots and underscores between them; different from those taken, on file systems without
 * case too. The caller frees it. */
char *files_stem(const char *text, char *const *taken, size_t count);

#endif
