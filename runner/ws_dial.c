/* How a connection to the target is begun, whatever is said over it. */
#include "runner/ws.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A connection's opaque value: which address it was made to, and whether we are closing it. */
enum { LINK_ADDRESS = 0xff, LINK_CLOSING = 0x100 };

static struct ws *ws_of(struct client *c)
{
    return c->engine->link;
}

static int link_flags(struct lws *wsi)
{
    return (int)(intptr_t)lws_get_opaque_user_data(wsi);
}

bool ws_link_closing(struct lws *wsi)
{
    return link_flags(wsi) & LINK_CLOSING;
}

void ws_link_mark_closing(struct lws *wsi)
{
    lws_set_opaque_user_data(wsi, (void *)(intptr_t)(link_flags(wsi) | LINK_CLOSING));
}

void ws_link_drop(struct client *c, struct lws *wsi)
{
    struct ws_burst *b = &ws_of(c)->burst;

    if (b->client == c)
        b->client = NULL;
    c->link = NULL;
    loop_gone(ws_of(c)->loop, wsi);
    lws_set_wsi_user(wsi, NULL);
}

void ws_prefer(struct client *c, struct lws *wsi)
{
    ws_of(c)->addresses.preferred = link_flags(wsi) & LINK_ADDRESS;
}

/* `number` is the errno of a connect() that failed at once; of one that fails later, the loop
 * knows.
 */
bool ws_dial_failed(struct client *c, struct lws *wsi, const char *said, int number,
                    char reason[METER_REASON_SIZE])
{
    struct ws *w = ws_of(c);
    bool later = w->connecting != c;

    ws_failure_explain(w, said, later ? w->loop->connect_errno : number);
    ws_link_drop(c, wsi);
    if (later) {
        memcpy(reason, w->reason, METER_REASON_SIZE);
        *w->reason = '\0';
    } else { /* ws_dial() sees to it */
        w->connecting = NULL;
    }
    return later;
}

static struct lws *link_open(struct ws *w, struct client *c, int address)
{
    /* With the default policy each connection has a timer for its validity, in a sorted list. */
    static const lws_retry_bo_t no_validity_checks = {0};
    const struct scenario *s = &w->spec->scenario;
    char source_text[ADDRESS_SIZE];
    struct in_addr source;
    struct lws_client_connect_info info = {
        .context = w->loop->context,
        .address = w->addresses.item[address].text,
        .port = w->port,
        .method = w->method,
        .path = ws_path(c),
        .host = w->host,
        .protocol = s->subprotocol,
        .local_protocol_name = w->loop->protocols[0].name,
        .userdata = c,
        .opaque_user_data = (void *)(intptr_t)address,
        .retry_and_idle_policy = &no_validity_checks,
        /* A redirect would take the headers, Authorization among them, to another host. */
        .ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
        .alpn = "http/1.1",
    };

    if (w->tls.context && !w->method) /* whose host it is, `tls` sees to */
        info.ssl_connection |= LCCSCF_USE_SSL | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;

    if (address_source(&w->addresses.item[address], s->clients, c->number, &source))
        info.iface = inet_ntop(AF_INET, &source, source_text, sizeof source_text);
    errno = 0;
    return lws_client_connect_via_info(&info);
}

bool ws_dial(struct client *c)
{
    struct ws *w = ws_of(c);
    struct addresses *a = &w->addresses;
    struct lws *wsi;
    bool begun = false;

    snprintf(w->reason, sizeof w->reason, "%s", a->error);
    for (int i = 0; !begun && i < a->count; i++) {
        *w->reason = '\0';
        w->connecting = c;
        wsi = link_open(w, c, (a->preferred + i) % a->count);
        begun = wsi && w->connecting == c; /* it may have failed within the call */
        w->connecting = NULL;
        if (begun) {
            c->link = wsi;
            loop_connecting(w->loop, wsi);
        }
    }
    if (begun)
        *w->reason = '\0';
    else if (!*w->reason)
        snprintf(w->reason, sizeof w->reason, "connection failed");
    return begun;
}

bool ws_dial_open(struct ws *w, struct loop *loop, const struct spec *spec,
                  const struct engine *engine, const struct lws_protocols *protocols, struct err *e)
{
    w->loop = loop;
    w->spec = spec;
    if (!url_parse(&w->url, spec->scenario.url, e) || !ws_texts_fit(w, &engine->roster, e))
        return false;
    ws_headers_prepare(w);
    w->port = spec->part.via ? (int)spec->part.via : w->url.port;
    addresses_get(&w->addresses, spec->part.via ? "127.0.0.1" : w->url.host, (uint16_t)w->port);
    return tls_open(&w->tls, &spec->scenario, &w->url, spec->part.insecure, e) &&
           loop_open(loop, protocols, w->packed ? ws_packed_extensions : NULL, w,
                     (size_t)spec->scenario.clients, &w->tls, spec->scenario.connect_timeout_ns, e);
}
