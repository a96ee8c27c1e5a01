/* Whatever comes down the socket, in pieces of any size, frames come out of it or its end; and what
 * a frame holds is a specification, or is refused. */
#include "runner/spec.h"
#include "runner/wire.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void spec_try(const void *body, size_t length)
{
    struct err e = {0};
    struct spec spec;

    if (!spec_read(&spec, body, length, &e) && e.kind != ERR_MEASURE)
        abort();
    spec_free(&spec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t cut = size > 0 ? data[0] % (size + 1) : 0, length, taken = 0;
    struct wire w = {0};
    enum wire_state state;
    enum frame_type type;
    const void *body;
    int fd[2];

    spec_try(data, size);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) != 0 || write(fd[0], data, cut) != (ssize_t)cut)
        abort();
    for (int part = 0; part < 2; part++) {
        while ((state = wire_get(&w, fd[1], &type, &body, &length)) == WIRE_FRAME) {
            taken += sizeof(struct frame) + length;
            spec_try(body, length);
        }
        if (state == WIRE_END && part == 0)
            break;
        if (part == 0 && write(fd[0], data + cut, size - cut) != (ssize_t)(size - cut))
            abort();
    }
    if (taken > size)
        abort();
    wire_free(&w);
    close(fd[0]);
    close(fd[1]);
    return 0;
}
