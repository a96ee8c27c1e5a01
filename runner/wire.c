#include "runner/wire.h"

#include "schema/text.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Drops the first `done` bytes of what is still to be written. */
static void iovec_advance(struct iovec *part, size_t parts, size_t done)
{
    for (size_t i = 0; i < parts; i++) {
        size_t here = done < part[i].iov_len ? done : part[i].iov_len;

        part[i].iov_base = (char *)part[i].iov_base + here;
        part[i].iov_len -= here;
        done -= here;
    }
}

bool wire_put(int fd, enum frame_type type, const void *head, size_t head_length, const void *body,
              size_t body_length)
{
    struct frame frame = {type, (uint32_t)(head_length + body_length)};
    struct iovec part[] = {
        {&frame, sizeof frame}, {(void *)head, head_length}, {(void *)body, body_length}};
    struct msghdr message = {.msg_iov = part, .msg_iovlen = 3};
    size_t left = sizeof frame + head_length + body_length;

    if (head_length + body_length > WIRE_FRAME_MAX)
        return false;
    while (left > 0) {
        ssize_t done = sendmsg(fd, &message, MSG_NOSIGNAL);

        if (done >= 0) {
            left -= (size_t)done;
            iovec_advance(part, 3, (size_t)done);
        } else if (errno == EAGAIN) {
            struct pollfd room = {.fd = fd, .events = POLLOUT};

            poll(&room, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* Whether a whole frame lies in the buffer; *need is then its size, else how much must be there
 * before that can be said, 0 when it is no frame. */
static bool wire_whole(const struct wire *w, size_t *need)
{
    size_t have = w->length - w->start;
    struct frame frame;

    *need = sizeof frame;
    if (have < sizeof frame)
        return false;
    memcpy(&frame, w->data + w->start, sizeof frame);
    *need = frame.length <= WIRE_FRAME_MAX ? sizeof frame + frame.length : 0;
    return *need > 0 && have >= *need;
}

bool wire_put_hist(int fd, const struct hist *h, struct wire_hist head)
{
    size_t length;
    void *blob = hist_encode(h, &length);
    bool put;

    head.count = h->total;
    head.min = h->min;
    head.max = h->max;
    head.sum = h->sum;
    put = wire_put(fd, FRAME_HIST, &head, sizeof head, blob, length);
    free(blob);
    return put;
}

bool wire_put_error(int fd, const struct err *e)
{
    int32_t kind = (int32_t)e->kind;

    return wire_put(fd, FRAME_ERROR, &kind, sizeof kind, e->text, strlen(e->text));
}

/* Makes room for `need` bytes from `start` on, and for reading ahead. */
static void wire_room(struct wire *w, size_t need)
{
    enum { AHEAD = 64 << 10 };

    if (w->start > 0) {
        memmove(w->data, w->data + w->start, w->length - w->start);
        w->length -= w->start;
        w->start = 0;
    }
    if (w->capacity < need + AHEAD) {
        w->capacity = need + AHEAD;
        w->data = mem_grow(w->data, w->capacity, 1);
    }
}

enum wire_state wire_get(struct wire *w, int fd, enum frame_type *type, const void **body,
                         size_t *length)
{
    struct frame frame;
    size_t need;
    ssize_t got;

    while (!wire_whole(w, &need)) {
        if (need == 0)
            return WIRE_END;
        wire_room(w, need);
        got = recv(fd, w->data + w->length, w->capacity - w->length, MSG_DONTWAIT);
        if (got > 0)
            w->length += (size_t)got;
        else if (got == 0 || (errno != EINTR && errno != EAGAIN))
            return WIRE_END;
        else if (errno == EAGAIN)
            return WIRE_NONE;
    }
    memcpy(&frame, w->data + w->start, sizeof frame);
    *type = (enum frame_type)frame.type;
    *body = w->data + w->start + sizeof frame;
    *length = frame.length;
    w->start += need;
    return WIRE_FRAME;
}

bool wire_wait(struct wire *w, int fd, enum frame_type *type, const void **body, size_t *length)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    enum wire_state state;

    while ((state = wire_get(w, fd, type, body, length)) == WIRE_NONE)
        poll(&readable, 1, -1);
    return state == WIRE_FRAME;
}

void wire_free(struct wire *w)
{
    free(w->data);
    *w = (struct wire){0};
}
