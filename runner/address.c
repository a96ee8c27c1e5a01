#include "runner/address.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

/* So many connections have room on one source address: the kernel's range of ports is 28,000. */
enum { CLIENTS_PER_SOURCE = 10000 };

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

bool address_source(const struct address *to, int64_t clients, int64_t number,
                    struct in_addr *source)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)&to->socket;
    uint32_t part = (uint32_t)(number % clients / CLIENTS_PER_SOURCE);

    if (clients <= CLIENTS_PER_SOURCE || to->socket.ss_family != AF_INET ||
        ntohl(in->sin_addr.s_addr) >> 24 != 127)
        return false;
    source->s_addr = htonl(INADDR_LOOPBACK + 1 + part); /* all of 127.0.0.0/8 is ours */
    return true;
}

void address_fault(int number, char *out, size_t size)
{
    snprintf(out, size, "%s", strerror(number));
    if (*out >= 'A' && *out <= 'Z')
        *out = (char)(*out - 'A' + 'a');
}
