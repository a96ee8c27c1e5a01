/* What a stream is asked for with, and what is wrong with the head of the answer. */
#include "runner/stream.h"

#include "schema/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool scenario_has(const struct scenario *s, const char *name)
{
    for (size_t i = 0; i < s->headers_count; i++)
        if (strcasecmp(s->headers[i].name, name) == 0)
            return true;
    return false;
}

static void header_default(struct text *out, const struct scenario *s, const char *name,
                           const char *value)
{
    if (!scenario_has(s, name))
        text_addf(out, "%s: %s\r\n", name, value);
}

/* A message that looks like JSON is sent as such, as every such server wants it. */
static const char *type_of(const char *body, size_t length)
{
    return length > 0 && (*body == '{' || *body == '[') ? "application/json"
                                                        : "text/plain; charset=utf-8";
}

void stream_request(struct client *client, const char *last_id, const void *body, size_t length,
                    struct text *out)
{
    const struct streams *s = streams_of(client);
    const struct scenario *c = &s->ws.spec->scenario;

    out->length = 0;
    text_addf(out, "%*s", LWS_PRE, "");
    text_addf(out, "%s %s HTTP/1.1\r\nHost: %s\r\n", s->post ? "POST" : "GET", ws_path(client),
              s->ws.host);
    header_default(out, c, "Accept",
                   s->post ? "text/event-stream, application/json;q=0.1" : "text/event-stream");
    header_default(out, c, "Cache-Control", "no-store");
    text_addf(out, "Accept-Encoding: %s\r\n", c->compression ? "gzip" : "identity");
    for (size_t i = 0; i < c->headers_count; i++)
        text_addf(out, "%s: %s\r\n", c->headers[i].name, ws_header(client, i));
    if (s->ws.authorization)
        text_addf(out, "Authorization: %s\r\n", s->ws.authorization);
    if (!c->reuse)
        text_add(out, "Connection: close\r\n");
    if (*last_id)
        text_addf(out, "Last-Event-ID: %s\r\n", last_id);
    if (s->post) {
        header_default(out, c, "Content-Type", type_of(body, length));
        text_addf(out, "Content-Length: %zu\r\n", length);
    }
    text_add(out, "\r\n");
    if (s->post)
        text_add_bytes(out, body, length);
}

/* Too many requests, or no room at present. */
static bool is_busy(const struct http *h)
{
    return h->status == 429 || h->status == 503;
}

bool stream_put_off(const struct streams *s, const struct http *h)
{
    return s->ws.spec->scenario.retry_after && is_busy(h);
}

bool stream_refused(const struct streams *s, const struct http *h, char *reason, size_t size)
{
    char limit[UNITS_TEXT_SIZE];

    if (h->status != 200 && h->retry_after_s >= 0 && is_busy(h))
        snprintf(reason, size, "HTTP %d, retry after %s", h->status,
                 units_format_duration(limit, h->retry_after_s > 86400
                                                  ? 86400 * NS_PER_S
                                                  : h->retry_after_s * NS_PER_S));
    else if (h->status != 200)
        snprintf(reason, size, "HTTP %d", h->status);
    else if (strcmp(h->type, "text/event-stream") != 0)
        snprintf(reason, size, *h->type ? "content type %s" : "no content type", h->type);
    else if (h->coding == HTTP_CODING_OTHER ||
             (h->coding == HTTP_GZIP && !s->ws.spec->scenario.compression))
        snprintf(reason, size, "a content encoding that was not asked for");
    else
        return false;
    return true;
}
