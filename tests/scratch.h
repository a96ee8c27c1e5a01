/* scratch: a folder for the files of a test in C. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include "schema/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char scratch[] = "/tmp/streamgauge_test.XXXXXX";

static inline void scratch_open(void)
{
    if (!mkdtemp(scratch))
        abort();
}

/* Writes a file there; its path is the caller's. */
static inline char *scratch_write(const char *name, const char *text)
{
    char *path = mem_printf("%s/%s", scratch, name);
    FILE *file = fopen(path, "w");

    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
    return path;
}

static inline void scratch_close(void)
{
    char *command = mem_printf("rm -r %s", scratch);

    if (system(command) != 0)
        abort();
    free(command);
}

#endif
