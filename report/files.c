#include "report/files.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEM_MAX = 60 };

bool files_folder(const char *path, struct err *e)
{
    char *copy = mem_copy(path);
    struct stat found;
    bool done = true;

    for (char *end = copy; done && *end;) {
        char kept;

        end += strspn(end, "/");
        end += strcspn(end, "/");
        kept = *end;
        *end = '\0';
        done = mkdir(copy, 0777) == 0 || errno == EEXIST;
        *end = kept;
    }
    if (!done)
        err_set(e, ERR_STORE, "%s: the folder could not be made: %s", path, strerror(errno));
    else if (stat(path, &found) != 0 || !S_ISDIR(found.st_mode))
        done = err_set(e, ERR_STORE, "%s is not a folder", path);
    free(copy);
    return done;
}

static bool write_all(int fd, const struct text *content)
{
    for (size_t done = 0; done < content->length;) {
        ssize_t n = write(fd, content->data + done, content->length - done);

        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* A new file in the folder for what will be NAME, as readable as any other file. */
static int part_open(char *part)
{
    mode_t mask = umask(0);
    int fd = mkostemp(part, O_CLOEXEC);

    umask(mask);
    if (fd >= 0 && fchmod(fd, 0666 & ~mask) != 0) {
        close(fd);
        unlink(part);
        return -1;
    }
    return fd;
}

bool files_write(const char *folder, const char *name, const struct text *content, struct err *e)
{
    char *path = mem_printf("%s/%s", folder, name),
         *part = mem_printf("%s/.%s.XXXXXX", folder, name);
    int fd = part_open(part);
    bool done = fd >= 0;

    if (done) {
        done = write_all(fd, content) && fsync(fd) == 0;
        done = close(fd) == 0 && done;
        done = done && rename(part, path) == 0;
    }
    if (!done) {
        err_set(e, ERR_STORE, "%s could not be written: %s", path, strerror(errno));
        if (fd >= 0)
            unlink(part);
    }
    free(path);
    free(part);
    return done;
}

bool files_append(const char *path, const struct text *content, struct err *e)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    bool done = fd >= 0 && write_all(fd, content);

    if (fd >= 0)
        done = close(fd) == 0 && done;
    return done || err_set(e, ERR_STORE, "%s could not be written: %s", path, strerror(errno));
}

int64_t files_size(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 ? (int64_t)found.st_size : 0;
}

static bool is_taken(const char *stem, char *const *taken, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(taken[i], stem) == 0)
            return true;
    return false;
}

char *files_stem(const char *text, char *const *taken, size_t count)
{
    char stem[STEM_MAX + 1], *result;
    size_t length = 0;

    for (; *text && length < STEM_MAX; text++) {
        bool letter = (unsigned char)*text < 0x80 && isalnum((unsigned char)*text);

        if (letter)
            stem[length++] = (char)tolower((unsigned char)*text);
        else if (length && isalnum((unsigned char)stem[length - 1]))
            stem[length++] = *text == '.' || *text == '_' ? *text : '-';
    }
    while (length && !isalnum((unsigned char)stem[length - 1]))
        length--;
    stem[length] = '\0';
    result = mem_copy(length ? stem : "scenario");
    for (size_t n = 2; is_taken(result, taken, count); n++) {
        free(result);
        result = mem_printf("%s-%zu", length ? stem : "scenario", n);
    }
    return result;
}
