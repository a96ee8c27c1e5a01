/* The frames between supervisor and worker: whole whatever the cuts, and no trust in lengths. */
#include "runner/wire.h"
#include "tests/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void pair(int fd[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0)
        exit(99);
}

/* A frame and a half, cut at `cut`: nothing is handed out before it is whole. */
static bool survives_cut(size_t cut)
{
    struct wire_failure head = {1, 77};
    unsigned char bytes[256];
    const void *body = NULL;
    enum frame_type type = FRAME_DONE;
    struct wire w = {0};
    size_t length = 0, total;
    int fd[2], to[2];
    bool good;

    pair(fd);
    pair(to);
    wire_put(fd[0], FRAME_FAILURE, &head, sizeof head, "refused", 7);
    wire_put(fd[0], FRAME_STOP, NULL, 0, NULL, 0);
    total = (size_t)read(fd[1], bytes, sizeof bytes);
    good = total == 2 * sizeof(struct frame) + sizeof head + 7;
    good = write(to[0], bytes, cut) == (ssize_t)cut && good;
    if (cut < total - sizeof(struct frame))
        good = wire_get(&w, to[1], &type, &body, &length) == WIRE_NONE && good;
    good = write(to[0], bytes + cut, total - cut) == (ssize_t)(total - cut) && good;
    good = wire_get(&w, to[1], &type, &body, &length) == WIRE_FRAME && good;
    good = good && type == FRAME_FAILURE && length == sizeof head + 7 &&
           memcmp(body, &head, sizeof head) == 0 &&
           memcmp((const char *)body + sizeof head, "refused", 7) == 0;
    good = wire_get(&w, to[1], &type, &body, &length) == WIRE_FRAME && type == FRAME_STOP &&
           length == 0 && good;
    good = wire_get(&w, to[1], &type, &body, &length) == WIRE_NONE && good;
    close(to[0]);
    good = wire_get(&w, to[1], &type, &body, &length) == WIRE_END && good;
    wire_free(&w);
    close(to[1]);
    close(fd[0]);
    close(fd[1]);
    return good;
}

/* Many large frames through small buffers, the writer in another process. */
static void test_volume(bool nonblocking)
{
    enum { FRAMES = 40, SIZE = 300000 };
    unsigned char *payload = malloc(SIZE);
    struct wire w = {0};
    int fd[2], seen = 0, status = 0;
    bool good = true;
    pid_t child;

    for (int i = 0; i < SIZE; i++)
        payload[i] = (unsigned char)(i * 31);
    pair(fd);
    if (nonblocking)
        fcntl(fd[0], F_SETFL, O_NONBLOCK);
    child = fork();
    if (child == 0) {
        for (int32_t i = 0; i < FRAMES; i++)
            if (!wire_put(fd[0], FRAME_HIST, &i, sizeof i, payload, SIZE - (size_t)i))
                _exit(1);
        _exit(0);
    }
    close(fd[0]);
    for (;;) {
        enum frame_type type;
        const void *body;
        size_t length;
        enum wire_state state = wire_get(&w, fd[1], &type, &body, &length);
        int32_t number;

        if (state == WIRE_END)
            break;
        if (state == WIRE_NONE)
            continue;
        memcpy(&number, body, sizeof number);
        good = good && number == seen && length == sizeof number + SIZE - (size_t)seen &&
               memcmp((const char *)body + sizeof number, payload, SIZE - (size_t)seen) == 0;
        seen++;
    }
    waitpid(child, &status, 0);
    OK(good && seen == FRAMES && status == 0, "%d frames of %d bytes arrive whole (%s writer)",
       FRAMES, SIZE, nonblocking ? "non-blocking" : "blocking");
    wire_free(&w);
    close(fd[1]);
    free(payload);
}

static void test_hostile(void)
{
    struct frame frame = {FRAME_HIST, WIRE_FRAME_MAX + 1};
    struct wire w = {0};
    enum frame_type type;
    const void *body;
    size_t length;
    int fd[2];

    pair(fd);
    OK(write(fd[0], &frame, sizeof frame) == sizeof frame &&
           wire_get(&w, fd[1], &type, &body, &length) == WIRE_END,
       "a frame longer than any is the end");
    OK(w.capacity < 1 << 20, "and nothing is allocated for it");
    OK(wire_get(&w, fd[1], &type, &body, &length) == WIRE_END, "which stays the end");
    wire_free(&w);
    frame.length = UINT32_MAX;
    OK(write(fd[0], &frame, sizeof frame) == sizeof frame &&
           wire_get(&w, fd[1], &type, &body, &length) == WIRE_END,
       "so is the largest length there is");
    wire_free(&w);
    OK(!wire_put(fd[0], FRAME_HIST, NULL, 0, &frame, WIRE_FRAME_MAX + 1),
       "such a frame is not written either");
    close(fd[1]);
    OK(!wire_put(fd[0], FRAME_DONE, NULL, 0, NULL, 0), "writing to nobody says so");
    close(fd[0]);
}

int main(void)
{
    size_t total = 2 * sizeof(struct frame) + sizeof(struct wire_failure) + 7;
    bool good = true;

    for (size_t cut = 0; cut <= total; cut++)
        good = survives_cut(cut) && good;
    OK(good, "two frames survive a cut at any byte");
    test_volume(false);
    test_volume(true);
    test_hostile();
    return tap_end();
}
