/* Compression on libwebsockets' connections.
 *
 * Its own permessage-deflate is not used: on a server that answers uncompressed it loops for ever.
 * It is told of an extension that leaves all payload as it is, so that it sends our offer and lets
 * RSV1 pass; whether what the target says of it is an answer to our offer is seen before it reads
 * that, which it does into an array of one. */
#include "runner/ws.h"

#include "schema/text.h"

#include <stdlib.h>
#include <string.h>

enum { RSV1 = 0x40, ANSWER_SIZE = 512 };

static int extension_event(struct lws_context *context, const struct lws_extension *extension,
                           struct lws *wsi, enum lws_extension_callback_reasons reason, void *user,
                           void *in, size_t length)
{
    static const struct lws_ext_options options[] = {
        {"server_no_context_takeover", EXTARG_NONE},
        {"client_no_context_takeover", EXTARG_NONE},
        {"server_max_window_bits", EXTARG_DEC},
        {"client_max_window_bits", EXTARG_DEC},
        {NULL, EXTARG_NONE},
    };

    (void)context;
    (void)extension;
    (void)wsi;
    (void)user;
    (void)length;
    if (reason == LWS_EXT_CB_CLIENT_CONSTRUCT)
        *(const struct lws_ext_options **)in = options;
    return 0;
}

const struct lws_extension ws_packed_extensions[] = {
    {WS_DEFLATE_NAME, extension_event, WS_DEFLATE_OFFER}, {NULL, NULL, NULL}};

void ws_packed_open(struct ws *w, const struct engine *engine)
{
    w->packed_count = engine->clients_count;
    w->packed = mem_get(engine->clients_count, sizeof *w->packed);
}

void ws_packed_close(struct ws *w)
{
    for (size_t i = 0; i < w->packed_count; i++)
        ws_unpack_close(&w->packed[i].unpack);
    free(w->packed);
    ws_pack_close(&w->pack);
}

static struct ws_packed *packed_at(struct client *c)
{
    const struct ws *w = c->engine->link;

    return w->packed ? &w->packed[c - c->engine->clients] : NULL;
}

struct ws_packed *ws_packed_of(struct client *c)
{
    struct ws_packed *p = packed_at(c);

    return p && p->agreed ? p : NULL;
}

const char *ws_packed_answer(struct client *c, struct lws *wsi)
{
    struct ws_packed *p = packed_at(c);
    char answer[ANSWER_SIZE];
    const char *fault;

    if (p)
        p->agreed = false;
    if (lws_hdr_total_length(wsi, WSI_TOKEN_EXTENSIONS) <= 0)
        return NULL;
    if (!p)
        return "the target chose an extension that was not offered";
    if (lws_hdr_copy(wsi, answer, sizeof answer, WSI_TOKEN_EXTENSIONS) < 0)
        return "the target chose more than one extension"; /* one is shorter */
    fault = ws_terms_parse(&p->terms, answer);
    p->agreed = !fault;
    return fault;
}

void ws_packed_established(struct client *c, struct lws *wsi)
{
    struct ws_packed *p = packed_at(c);

    if (!p)
        return;
    p->client = c;
    p->wsi = wsi;
    p->packed = p->begun = p->unpacking = false;
    p->frame_new = true;
    if (!p->agreed)
        client_uncompressed(c);
}

bool ws_packed_misused(struct client *c, struct lws *wsi)
{
    return ws_packed_of(c) && lws_get_reserved_bits(wsi) != 0;
}

/* What came is none of the protocol: the connection ends at once. */
static void packed_fail(struct client *c, const char *reason)
{
    if (c->state == CLIENT_GREETING)
        client_refuse(c, reason);
    else if (c->state == CLIENT_OPEN)
        client_drop(c, reason, true);
}

/* RSV1 belongs to the first frame of a message alone, the other two to nothing. */
static bool frame_begin(struct ws_packed *p, struct lws *wsi)
{
    int rsv = lws_get_reserved_bits(wsi);
    bool first = lws_is_first_fragment(wsi);

    if (rsv & ~RSV1 || (rsv && !first))
        return false;
    if (first) {
        p->packed = rsv & RSV1;
        p->binary = lws_frame_is_binary(wsi);
        p->begun = false;
    }
    return true;
}

/* A piece of a message goes up. False: the connection has come to its end meanwhile. */
static bool piece_take(void *arg, const void *bytes, size_t length, bool last)
{
    struct ws_packed *p = arg;
    struct chunk chunk = {bytes, length, !p->begun, last, p->binary};
    struct lws *wsi = p->wsi;

    p->begun = true;
    client_received(p->client, &chunk);
    return p->client->link == wsi && !ws_link_closing(wsi);
}

void ws_packed_received(struct client *c, struct lws *wsi, const void *data, size_t length)
{
    struct ws_packed *p = ws_packed_of(c);
    bool last = lws_is_final_fragment(wsi);

    if (p->frame_new && !frame_begin(p, wsi)) {
        packed_fail(c, "protocol error");
        return;
    }
    p->frame_new = lws_remaining_packet_payload(wsi) == 0;
    if (!p->packed) {
        piece_take(p, data, length, last);
        return;
    }
    if (c->state == CLIENT_OPEN)
        client_prove(c);
    client_compressed(c, length);
    if (!p->unpacking) {
        p->unpacking = ws_unpack_start(&p->unpack, &p->terms);
        if (!p->unpacking) {
            packed_fail(c, "compression: out of memory");
            return;
        }
    }
    if (!ws_unpack_feed(&p->unpack, &p->terms, data, length, last, piece_take, p) &&
        p->unpack.fault)
        packed_fail(c, p->unpack.fault);
}

bool ws_packed_make(struct client *c, unsigned char **data, size_t *length)
{
    const struct ws_packed *p = ws_packed_of(c);
    struct ws *w = c->engine->link;
    size_t packed = p ? ws_pack_message(&w->pack, &p->terms, *data, *length) : 0;

    if (packed == 0)
        return false;
    *data = w->pack.data;
    *length = packed;
    return true;
}
