#include "runner/address.h"

#include "schema/units.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void address_add(struct addresses *a, const struct addrinfo *found)
{
    struct address *item = &a->item[a->count];

    *item = (struct address){.length = found->ai_addrlen};
    memcpy(&item->socket, found->ai_addr, found->ai_addrlen);
    if (getnameinfo(found->ai_addr, found->ai_addrlen, item->text, sizeof item->text, NULL, 0,
                    NI_NUMERICHOST) == 0)
        a->count++;
}

void addresses_get(struct addresses *a, const char *host, uint16_t port)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
    char service[8];
    int failed;

    *a = (struct addresses){.probe_ns = INT64_MIN / 2};
    snprintf(service, sizeof service, "%u", port);
    failed = getaddrinfo(host, service, &hints, &list);
    for (const struct addrinfo *i = list; i && a->count < ADDRESS_MAX; i = i->ai_next)
        if (i->ai_family == AF_INET || i->ai_family == AF_INET6)
            address_add(a, i);
    if (list)
        freeaddrinfo(list);
    if (a->count == 0)
        snprintf(a->error, sizeof a->error, "host %.60s: %s", host,
                 failed == EAI_SYSTEM ? strerror(errno)
                 : failed             ? gai_strerror(failed)
                                      : "no address");
}

/* The errno of a connection attempt; 0 where it succeeds or hangs. */
static int connect_errno(const struct address *address)
{
    int fd = socket(address->socket.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct pollfd done = {.fd = fd, .events = POLLOUT};
    socklen_t length = sizeof(int);
    int failed = 0;

    if (fd < 0)
        return errno;
    if (connect(fd, (const struct sockaddr *)&address->socket, address->length) != 0) {
        failed = errno;
        if (failed == EINPROGRESS) {
            failed = 0;
            if (poll(&done, 1, 100) == 1)
                getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &length);
        }
    }
    close(fd);
    return failed;
}

int address_probe(struct addresses *a, int i, int64_t now_ns)
{
    if (now_ns - a->probe_ns >= NS_PER_S) {
        a->probe_errno = connect_errno(&a->item[i]);
        a->probe_ns = now_ns;
    }
    return a->probe_errno;
}

bool address_is_loopback4(const struct address *a)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)&a->socket;

    return a->socket.ss_family == AF_INET && ntohl(in->sin_addr.s_addr) >> 24 == 127;
}
