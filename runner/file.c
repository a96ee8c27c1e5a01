#include "runner/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool file_read_large(const char *path, size_t most, struct text *out, struct err *e)
{
    bool input = strcmp(path, "-") == 0;
    int fd = input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    char buffer[16384];
    size_t total = 0;
    ssize_t n = -1;
    int error;

    if (fd < 0)
        return err_set(e, ERR_USAGE, "%s: %s", path, strerror(errno));
    while (total <= most && (n = read(fd, buffer, sizeof buffer)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        text_add_bytes(out, buffer, (size_t)n);
        total += (size_t)n;
    }
    error = errno;
    if (!input)
        close(fd);
    if (n < 0)
        return err_set(e, ERR_USAGE, "%s: %s", path, strerror(error));
    if (total > most)
        return err_set(e, ERR_USAGE, "%s: larger than %zu MiB, the most that is read", path,
                       most >> 20);
    return true;
}

bool file_read(const char *path, struct text *out, struct err *e)
{
    return file_read_large(path, FILE_MAX, out, e);
}

ssize_t file_peek(const char *path, char *out, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = 0, n = 1;

    out[0] = '\0';
    if (fd < 0)
        return -1;
    while ((size_t)length < size - 1 && n > 0) {
        n = read(fd, out + length, size - 1 - (size_t)length);
        if (n > 0)
            length += n;
    }
    close(fd);
    out[length] = '\0';
    return length == 0 && n < 0 ? -1 : length;
}
