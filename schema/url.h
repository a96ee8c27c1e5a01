/* url: the address of a target, taken apart.
 *
 * Strict on purpose: what is let through here goes into a request line and a Host header as it is.
 * Characters that RFC 3986 does not allow are refused, never encoded; so is a fragment. A text may
 * still hold `{port}` and `${env:NAME}` (placeholder.h); it is then `open`: parse it again once
 * they are filled.
 */
#ifndef SCHEMA_URL_H
#define SCHEMA_URL_H

#include "schema/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { URL_MAX = 2048, URL_HOST_MAX = 255, URL_PATH_MAX = 1024 };

struct url {
    bool tls;                    /* wss://, https:// */
    bool http;                   /* http://, https:// */
    bool open;                   /* holds something that is filled later */
    char user[URL_MAX + 1];      /* user info as it stands before the @; "": none */
    char host[URL_HOST_MAX + 1]; /* an IPv6 address without its brackets */
    bool ipv6;
    int port;                    /* with the scheme's default; 0: to be filled */
    char path[URL_PATH_MAX + 1]; /* with the query; begins with a slash */
};

/* "ws://host:port/path?query", "wss://", "http://", "https://"; ERR_USAGE otherwise. The sentence shows nothing of the
 * text, which may hold secrets at the wrong places. */
bool url_parse(struct url *u, const char *text, struct err *e);

/* text with its user info and the values of secret query parameters (token, key, password and
 * their like) replaced by "***"; of any text, valid or not. The caller frees it. */
char *url_safe(const char *text);

/* True where the name of a header or query parameter says that its value is a secret:
 * Authorization, Cookie, X-Api-Key, token and their like, in any case. */
bool url_name_secret(const char *name, size_t length);

#endif
