/* address: where the target is: the addresses its name stands for, asked for once a run, so that
 * the load does not measure a name server. */
#ifndef RUNNER_ADDRESS_H
#define RUNNER_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { ADDRESS_MAX = 8, ADDRESS_SIZE = 64, ADDRESS_ERROR_SIZE = 128 };

struct address {
    struct sockaddr_storage socket; /* with the port */
    socklen_t length;
    char text[ADDRESS_SIZE]; /* numeric */
};

struct addresses {
    struct address item[ADDRESS_MAX];
    int count, preferred;           /* preferred: the one to try first */
    char error[ADDRESS_ERROR_SIZE]; /* why there is none */
};

/* Resolves a name or numeric address; may block as long as the resolver does. Without any address,
 * error says why. */
void addresses_get(struct addresses *a, const char *host, uint16_t port);

/* The words for why a connection was not made, an errno: "connection refused". */
void address_fault(int number, char *out, size_t size);

/* Where so many clients of this host connect to one address of it that the kernel's range of ports
 * does not suffice: the source address for the client of that number. False: any will do. */
bool address_source(const struct address *to, int64_t clients, int64_t number,
                    struct in_addr *source);

#endif
