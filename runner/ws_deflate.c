#include "runner/ws_deflate.h"

#include "schema/text.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 16 << 10,
    /* zlib reaches back 262 bytes less than its window: with 9 bits within what 8 allow, which it
     * does not offer. It inflates with 8, but some servers' zlib takes 9 where it says 8. */
    ZLIB_BITS_MIN = 9,
    PACK_MEMORY = 6, /* zlib's memLevel: less to be cleared for each message than with 8 */
    TAIL = 4,        /* 00 00 ff ff, which no message carries at its end */
};
static const unsigned char tail[TAIL] = {0x00, 0x00, 0xff, 0xff};

/* The answer. */

static bool is_token(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static const char *spaces_skip(const char *s)
{
    return s + strspn(s, " \t");
}

static size_t token_length(const char *s)
{
    size_t n = 0;

    while (is_token(s[n]))
        n++;
    return n;
}

static bool token_is(const char *s, size_t length, const char *word)
{
    return length == strlen(word) && memcmp(s, word, length) == 0;
}

/* A window's bits at *s, quoted or not, behind which *s is left. 0: they are none. */
static int bits_read(const char **s)
{
    const char *digits = *s + (**s == '"');
    size_t length = token_length(digits);
    int bits = 0;

    if (length == 0 || length > 2 || *digits == '0' || strspn(digits, "0123456789") < length ||
        (**s == '"' && digits[length] != '"'))
        return 0;
    for (size_t i = 0; i < length; i++)
        bits = 10 * bits + (digits[i] - '0');
    *s = digits + length + (**s == '"');
    return bits >= WS_DEFLATE_BITS_MIN && bits <= WS_DEFLATE_BITS_MAX ? bits : 0;
}

enum { PARAMETER_FORGETS, PARAMETER_OWN_FORGETS, PARAMETER_BITS, PARAMETER_OWN_BITS, PARAMETERS };

/* One parameter, at *s, behind which *s is left. */
static const char *parameter_parse(struct ws_terms *t, const char **s, unsigned *seen)
{
    static const char *const names[PARAMETERS] = {
        [PARAMETER_FORGETS] = "server_no_context_takeover",
        [PARAMETER_OWN_FORGETS] = "client_no_context_takeover",
        [PARAMETER_BITS] = "server_max_window_bits",
        [PARAMETER_OWN_BITS] = "client_max_window_bits",
    };
    size_t length = token_length(*s);
    int which = 0, bits = 0;

    while (which < PARAMETERS && !token_is(*s, length, names[which]))
        which++;
    if (which == PARAMETERS)
        return "compression: the target chose a parameter that there is not";
    if (*seen & 1u << which)
        return "compression: the target chose a parameter twice";
    *seen |= 1u << which;
    *s += length;
    if ((**s == '=') != (which == PARAMETER_BITS || which == PARAMETER_OWN_BITS))
        return "compression: the target's answer is malformed";
    if (**s == '=') {
        ++*s;
        bits = bits_read(s);
        if (bits == 0)
            return "compression: the target chose a window that there is not";
    }
    if (which == PARAMETER_BITS)
        t->bits = bits;
    else if (which == PARAMETER_OWN_BITS)
        t->own_bits = bits;
    t->forgets = t->forgets || which == PARAMETER_FORGETS;
    return NULL;
}

const char *ws_terms_parse(struct ws_terms *t, const char *header)
{
    const char *s = spaces_skip(header), *fault = NULL;
    size_t length = token_length(s);
    unsigned seen = 0;

    *t = (struct ws_terms){.bits = WS_DEFLATE_BITS_MAX, .own_bits = WS_DEFLATE_BITS_MAX};
    if (!token_is(s, length, WS_DEFLATE_NAME))
        return "the target chose an extension that was not offered";
    for (s = spaces_skip(s + length); *s == ';'; s = spaces_skip(s)) {
        s = spaces_skip(s + 1);
        fault = parameter_parse(t, &s, &seen);
        if (fault)
            return fault;
    }
    if (*s == ',')
        return "the target chose more than one extension";
    return *s ? "compression: the target's answer is malformed" : NULL;
}

/* Unpacking. */

/* What is left of zlib's checks on the way through a message. */
struct feed {
    struct ws_unpack *unpack;
    ws_unpacked *out;
    void *arg;
    unsigned char block[BLOCK];
};

static bool fault_set(struct ws_unpack *u, const char *what)
{
    u->fault = what;
    return false;
}

static int zlib_bits(int bits)
{
    return bits < ZLIB_BITS_MIN ? ZLIB_BITS_MIN : bits;
}

bool ws_unpack_start(struct ws_unpack *u, const struct ws_terms *t)
{
    z_stream *kept = u->stream;

    *u = (struct ws_unpack){.stream = kept};
    if (kept)
        return inflateReset2(kept, -zlib_bits(t->bits)) == Z_OK;
    u->stream = calloc(1, sizeof *u->stream);
    if (u->stream && inflateInit2(u->stream, -zlib_bits(t->bits)) == Z_OK)
        return true;
    free(u->stream);
    u->stream = NULL;
    return false;
}

void ws_unpack_close(struct ws_unpack *u)
{
    if (u->stream)
        inflateEnd(u->stream);
    free(u->stream);
    *u = (struct ws_unpack){0};
}

static bool block_out(struct feed *f, bool last)
{
    z_stream *z = f->unpack->stream;
    size_t made = BLOCK - z->avail_out;

    z->next_out = f->block;
    z->avail_out = BLOCK;
    return f->out(f->arg, f->block, made, last);
}

/* Takes all these bytes; what fills a block goes out, the rest stays in it. */
static bool bytes_take(struct feed *f, const void *bytes, size_t length)
{
    struct ws_unpack *u = f->unpack;
    z_stream *z = u->stream;
    int result;

    z->next_in = (Bytef *)bytes;
    z->avail_in = (uInt)length;
    for (;;) {
        if (u->stands && z->avail_in == 0)
            return true;
        /* A stream may end inside a message (a block with BFINAL) and another begin, which refers
         * to it all the same: only this call keeps zlib's window without a copy. */
        if (u->stands && inflateResetKeep(z) != Z_OK)
            return fault_set(u, "compression: out of memory");
        result = inflate(z, Z_SYNC_FLUSH);
        u->stands = result == Z_STREAM_END;
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return fault_set(u, result == Z_MEM_ERROR ? "compression: out of memory"
                                                      : "compression: a message is broken");
        if (z->avail_out == 0) {
            if (!block_out(f, false))
                return false;
        } else if (z->avail_in == 0) {
            return true;
        }
    }
}

/* A message ends where a block does, on a byte's boundary (zlib.h on data_type). */
static bool ends_well(const struct ws_unpack *u)
{
    return u->stands || (u->stream->data_type & 0xbf) == 0x80;
}

bool ws_unpack_feed(struct ws_unpack *u, const struct ws_terms *t, const void *bytes, size_t length,
                    bool last, ws_unpacked *out, void *arg)
{
    struct feed f;

    f.unpack = u;
    f.out = out;
    f.arg = arg;
    u->stream->next_out = f.block;
    u->stream->avail_out = BLOCK;
    if (!bytes_take(&f, bytes, length))
        return false;
    if (!last)
        return u->stream->avail_out == BLOCK || block_out(&f, false);
    if (!bytes_take(&f, tail, TAIL))
        return false;
    if (!ends_well(u))
        return fault_set(u, "compression: a message is broken");
    if (t->forgets && !ws_unpack_start(u, t))
        return fault_set(u, "compression: out of memory");
    return block_out(&f, true);
}

/* Packing. */

static bool packer_ready(struct ws_pack *p, int bits)
{
    if (p->stream && p->bits == bits)
        return deflateReset(p->stream) == Z_OK;
    if (p->stream)
        deflateEnd(p->stream);
    free(p->stream);
    p->bits = bits;
    p->stream = calloc(1, sizeof *p->stream);
    if (p->stream && deflateInit2(p->stream, Z_BEST_SPEED, Z_DEFLATED, -bits, PACK_MEMORY,
                                  Z_DEFAULT_STRATEGY) == Z_OK)
        return true;
    free(p->stream);
    p->stream = NULL;
    return false;
}

size_t ws_pack_message(struct ws_pack *p, const struct ws_terms *t, const void *bytes,
                       size_t length)
{
    z_stream *z;
    size_t most;

    if (!packer_ready(p, zlib_bits(t->own_bits)))
        return 0;
    z = p->stream;
    most = deflateBound(z, length) + 2 * TAIL;
    if (most > p->capacity) {
        p->data = mem_grow(p->data, most, 1);
        p->capacity = most;
    }
    z->next_in = (Bytef *)bytes;
    z->avail_in = (uInt)length;
    z->next_out = p->data;
    z->avail_out = (uInt)p->capacity;
    if (deflate(z, Z_SYNC_FLUSH) != Z_OK || z->avail_in > 0 || z->avail_out == 0)
        return 0;
    return p->capacity - z->avail_out - TAIL;
}

void ws_pack_close(struct ws_pack *p)
{
    if (p->stream)
        deflateEnd(p->stream);
    free(p->stream);
    free(p->data);
    *p = (struct ws_pack){0};
}
