/* ws_deflate: permessage-deflate (RFC 7692): what was agreed on, and messages packed and unpacked.
 * No input or output; libwebsockets' own extension is not used (README.md says why).
 *
 * What is asked for is what browsers ask for, so that a server does for us what it does for them:
 * messages from it may refer to earlier ones (context takeover), within a window of up to 32 KiB.
 * Ours never do, which the RFC leaves to each side: zlib's state for that, 256 KiB, would be one
 * per connection. As it is, one packer serves all connections, and an unpacker takes 40 KiB. */
#ifndef RUNNER_WS_DEFLATE_H
#define RUNNER_WS_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <zlib.h>

#define WS_DEFLATE_NAME "permessage-deflate"
#define WS_DEFLATE_OFFER "permessage-deflate; client_max_window_bits"

enum { WS_DEFLATE_BITS_MIN = 8, WS_DEFLATE_BITS_MAX = 15 }; /* of a window of 2^n bytes */

/* What the server agreed to. */
struct ws_terms {
    bool forgets; /* server_no_context_takeover: each of its messages stands by itself */
    int bits;     /* of its window */
    int own_bits; /* of ours, at most */
};

/* Reads the answer's Sec-WebSocket-Extensions. NULL: it is one that we can accept; else what is
 * wrong with it. */
const char *ws_terms_parse(struct ws_terms *t, const char *header);

/* The messages of one server, unpacked as they come; a zeroed one is closed. */
struct ws_unpack {
    z_stream *stream;  /* NULL: none was needed yet */
    const char *fault; /* why it cannot go on; NULL: nothing is wrong */
    bool stands;       /* at the end of a DEFLATE stream: another may follow */
};

typedef bool ws_unpacked(void *arg, const void *bytes, size_t length, bool last);

/* A new connection, of these terms. False: no memory is left for it. */
bool ws_unpack_start(struct ws_unpack *u, const struct ws_terms *t);
void ws_unpack_close(struct ws_unpack *u);

/* Unpacks a piece of a message, the last one or not. What it holds comes out in blocks of up to 16
 * KiB, in front of the end of the message perhaps one without bytes. False: it is none (u->fault),
 * or `out` has stopped it. */
bool ws_unpack_feed(struct ws_unpack *u, const struct ws_terms *t, const void *bytes, size_t length,
                    bool last, ws_unpacked *out, void *arg);

/* Packs messages, each by itself; a zeroed one is closed. */
struct ws_pack {
    z_stream *stream; /* NULL: none was needed yet */
    int bits;
    unsigned char *data; /* the message that was packed last */
    size_t capacity;
};

/* p->data is the packed message. Returns its length; 0: no memory is left for it. */
size_t ws_pack_message(struct ws_pack *p, const struct ws_terms *t, const void *bytes,
                       size_t length);
void ws_pack_close(struct ws_pack *p);

#endif
