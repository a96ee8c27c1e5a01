/* ws: the WebSocket transport, over libwebsockets. */
#ifndef RUNNER_WS_H
#define RUNNER_WS_H

#include "runner/address.h"
#include "runner/engine.h"
#include "runner/loop.h"
#include "schema/url.h"

enum { WS_HOST_SIZE = URL_HOST_MAX + 16 };

struct ws {
    struct loop *loop;
    const struct spec *spec;
    struct url url;
    struct tls tls;
    struct addresses addresses;
    char host[WS_HOST_SIZE];   /* as the Host header says it */
    char *authorization;       /* from the url's user info; NULL: none */
    struct client *connecting; /* inside the call that starts its connection */
    char reason[METER_REASON_SIZE];
};

extern const struct transport ws_transport;

/* Resolves the target and opens the loop with this transport. engine->link becomes w. */
bool ws_open(struct ws *w, struct loop *loop, const struct spec *spec, struct err *e);
void ws_close(struct ws *w);

/* ws_handshake.c, for ws.c. */

/* Host and, for user info in the url, Authorization, unless the scenario has its own. */
void ws_headers_prepare(struct ws *w);
/* Adds the headers to a handshake at *p, where `room` bytes are left; false: they do not fit. */
bool ws_headers_append(struct ws *w, struct lws *wsi, unsigned char **p, size_t room);
/* True, and w->reason, where the reply to the handshake is none that we can accept. */
bool ws_upgrade_refused(struct ws *w, struct lws *wsi);
/* Sets w->reason, unless it is known, from an errno or else libwebsockets' words. */
void ws_failure_explain(struct ws *w, const char *said, int connect_errno);

#endif
