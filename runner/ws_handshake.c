/* The handshake: what we ask with, and what is wrong with the answer. */
#include "runner/ws.h"

#include "schema/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_NAME_SIZE = 1024 };

bool ws_upgrade_refused(struct client *c, struct lws *wsi)
{
    struct ws *w = c->engine->link;
    const struct scenario *s = &w->spec->scenario;
    int status = (int)lws_http_client_http_response(wsi);
    size_t size = sizeof w->reason;
    char *reason = w->reason;
    char chosen[256] = "";
    const char *fault = NULL;

    lws_hdr_copy(wsi, chosen, sizeof chosen, WSI_TOKEN_PROTOCOL);
    if (status != 101)
        snprintf(reason, size, "upgrade refused with HTTP %d", status);
    else if ((fault = ws_packed_answer(c, wsi)) != NULL)
        snprintf(reason, size, "%s", fault);
    else if (s->subprotocol && !*chosen)
        snprintf(reason, size, "the target did not accept the subprotocol");
    else if (*chosen && (!s->subprotocol || strcmp(chosen, s->subprotocol) != 0))
        snprintf(reason, size, "the target chose another subprotocol");
    else
        return false;
    return true;
}

/* libwebsockets' words for what went wrong, in ours; its own where they say more. */
static const char *words_of(const char *said)
{
    static const struct {
        const char *theirs, *ours;
    } words[] = {
        {"HS: ACCEPT missing", "upgrade without Sec-WebSocket-Accept"},
        {"HS: Accept hash wrong", "upgrade with a wrong Sec-WebSocket-Accept"},
        {"HS: UPGRADE", "upgrade without its headers"},
        {"HS: Upgrade to something", "upgrade to something other than WebSocket"},
        {"HS: URI missing", "the reply to the upgrade is not HTTP"},
        {"problems parsing header", "the reply to the upgrade is not HTTP"},
        {"Peer hung up", "closed before the upgrade"},
        {"read failed", "closed before the upgrade"},
        {"closed before established", "closed before the upgrade"},
        {"Closed before conn", "closed before the upgrade"},
        {"Unable to connect", "connection failed"},
        {"connect SYSCALL", "TLS: closed in the middle of the handshake"},
    };

    for (size_t i = 0; said && i < sizeof words / sizeof *words; i++)
        if (strncmp(said, words[i].theirs, strlen(words[i].theirs)) == 0)
            return words[i].ours;
    return said && *said ? said : "connection failed";
}

void ws_failure_explain(struct ws *w, const char *said, int connect_errno)
{
    if (*w->reason) /* found out already, in the reply */
        return;
    if (*w->tls.fault) {
        snprintf(w->reason, sizeof w->reason, "%s", w->tls.fault);
        return;
    }
    if (connect_errno != 0)
        address_fault(connect_errno, w->reason, sizeof w->reason);
    else
        snprintf(w->reason, sizeof w->reason, "%s", words_of(said));
}

const char *ws_header(struct client *c, size_t i)
{
    struct ws *w = c->engine->link;

    roster_header(&c->engine->roster, c->number, &c->token, w->spec->scenario.headers[i].value,
                  &w->filled);
    return w->filled.data;
}

const char *ws_path(struct client *c)
{
    struct ws *w = c->engine->link;

    roster_path(&c->engine->roster, c->number, &c->token, w->url.path, &w->filled);
    return w->filled.data;
}

bool ws_texts_fit(const struct ws *w, const struct roster *r, struct err *e)
{
    const struct scenario *s = &w->spec->scenario;
    const struct template_values values = roster_values(r, 0, NULL);
    size_t headers = 0, path = strlen(w->url.path);

    for (size_t i = 0; i < s->headers_count; i++) {
        size_t length = strlen(s->headers[i].value),
               room = template_room(s->headers[i].value, length, TEMPLATE_PLAIN, &values);

        headers += strlen(s->headers[i].name) + (room >= length ? room : LOOP_HEADERS_MAX) + 4;
    }
    if (headers > LOOP_HEADERS_MAX)
        return err_set(e, ERR_USAGE, "the scenario's headers are longer than %d bytes",
                       LOOP_HEADERS_MAX);
    path = template_room(w->url.path, path, TEMPLATE_URL, &values);
    if (path == 0 || path > URL_PATH_MAX)
        return err_set(e, ERR_USAGE, "the path of the url is longer than %d bytes", URL_PATH_MAX);
    return true;
}

static bool header_append(struct lws *wsi, const char *name, const char *value, unsigned char **p,
                          unsigned char *end)
{
    char colon[HEADER_NAME_SIZE];

    return snprintf(colon, sizeof colon, "%s:", name) < (int)sizeof colon &&
           lws_add_http_header_by_name(wsi, (unsigned char *)colon, (const unsigned char *)value,
                                       (int)strlen(value), p, end) == 0;
}

bool ws_headers_append(struct client *c, struct lws *wsi, unsigned char **p, size_t room)
{
    struct ws *w = c->engine->link;
    const struct scenario *s = &w->spec->scenario;
    unsigned char *end = *p + room;

    for (size_t i = 0; i < s->headers_count; i++)
        if (!header_append(wsi, s->headers[i].name, ws_header(c, i), p, end))
            return false;
    return !w->authorization || header_append(wsi, "Authorization", w->authorization, p, end);
}

void ws_headers_prepare(struct ws *w)
{
    bool standard = w->url.port == (w->url.tls ? 443 : 80);

    snprintf(w->host, sizeof w->host, standard ? "%s%s%s" : "%s%s%s:%d", w->url.ipv6 ? "[" : "",
             w->url.host, w->url.ipv6 ? "]" : "", w->url.port);
    w->authorization = roster_basic(&w->spec->scenario);
}
