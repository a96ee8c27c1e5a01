/* tls: what a client of ours asks of a target's TLS, and what was wrong with it.
 *
 * libwebsockets calls every fault "SSL err 1". So the OpenSSL context is ours: certificates are
 * verified here, for the host of the url (a name, or an address among the certificate's), and the
 * first thing that goes wrong with a connection is put into words. Without tls.ca the system's
 * authorities are trusted, with it only those. One thread.
 */
#ifndef RUNNER_TLS_H
#define RUNNER_TLS_H

#include "schema/scenario.h"
#include "schema/url.h"

#include <openssl/ssl.h>
#include <stdbool.h>

enum { TLS_FAULT_SIZE = 160 };

struct tls {
    SSL_CTX *context; /* NULL: the url is not one of TLS */
    char host[URL_HOST_MAX + 1];
    bool address;               /* host is a numeric one, which no server is asked for by name */
    bool insecure;              /* whatever the certificate says */
    char fault[TLS_FAULT_SIZE]; /* of the connection at hand; "": none. Clear it before each one */
};

/* Reads the files that s->tls names. ERR_USAGE where one cannot be read, holds no certificate or
 * key, or key and certificate do not belong together. `t` must stay where it is until tls_close(),
 * which is also due after a failure. */
bool tls_open(struct tls *t, const struct scenario *s, const struct url *url, bool insecure,
              struct err *e);
void tls_close(struct tls *t);

#endif
