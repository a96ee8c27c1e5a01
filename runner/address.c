#include "runner/address.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

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

    *a = (struct addresses){0};
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

bool address_is_loopback4(const struct address *a)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)&a->socket;

    return a->socket.ss_family == AF_INET && ntohl(in->sin_addr.s_addr) >> 24 == 127;
}
