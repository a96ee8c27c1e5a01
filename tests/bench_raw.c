/* The limit that the load engine is measured against: an epoll loop that does nothing but recv()
 * and send() on WebSocket connections, one 128-byte message outstanding on each, frames made by
 * hand beforehand, replies not looked at beyond their length.
 *
 *   bench_raw PORT CLIENTS SECONDS  ->  "MESSAGES CPU_SECONDS"
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 128, HEAD = 8, REPLY = SIZE + 4 }; /* 126 and more: 16 bits of length */

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    perror(what);
    exit(3);
}

static int upgraded(int port)
{
    static const char request[] = "GET /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                                  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    char head[2048];
    size_t length = 0;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (send(fd, request, sizeof request - 1, 0) < 0)
        fail("send");
    while (length < 4 || memcmp(head + length - 4, "\r\n\r\n", 4) != 0) {
        if (length == sizeof head || recv(fd, head + length, 1, 0) != 1)
            fail("upgrade");
        length++;
    }
    return fd;
}

static void message_make(unsigned char *frame)
{
    static const unsigned char head[HEAD] = {0x81, 0x80 | 126, 0, SIZE, 1, 2, 3, 4};

    memcpy(frame, head, HEAD);
    for (int i = 0; i < SIZE; i++)
        frame[HEAD + i] = (unsigned char)('a' ^ head[4 + i % 4]);
}

int main(int argc, char **argv)
{
    int clients = argc == 4 ? atoi(argv[2]) : 0, loop = epoll_create1(0), got;
    size_t *read_so_far = calloc((size_t)clients + 1, sizeof *read_so_far);
    int *fds = calloc((size_t)clients + 1, sizeof *fds);
    unsigned char frame[HEAD + SIZE], reply[4096];
    struct epoll_event events[256];
    struct rusage used;
    long messages = 0;
    double end;

    if (clients < 1 || !read_so_far || !fds)
        return 2;
    message_make(frame);
    for (int i = 0; i < clients; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = (unsigned)i};

        fds[i] = upgraded(atoi(argv[1]));
        epoll_ctl(loop, EPOLL_CTL_ADD, fds[i], &e);
    }
    for (int i = 0; i < clients; i++)
        if (send(fds[i], frame, sizeof frame, 0) != (ssize_t)sizeof frame)
            fail("send");
    for (end = now() + atof(argv[3]); now() < end;) {
        int ready = epoll_wait(loop, events, 256, 100);

        for (int e = 0; e < ready; e++) {
            unsigned i = events[e].data.u32;

            got = (int)recv(fds[i], reply, sizeof reply, 0);
            if (got <= 0)
                fail("recv");
            for (read_so_far[i] += (size_t)got; read_so_far[i] >= REPLY; read_so_far[i] -= REPLY) {
                messages++;
                if (send(fds[i], frame, sizeof frame, 0) != (ssize_t)sizeof frame)
                    fail("send");
            }
        }
    }
    getrusage(RUSAGE_SELF, &used);
    printf("%ld %.3f\n", messages,
           (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
               (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
    free(read_so_far);
    free(fds);
    return 0;
}
