#include "runner/gunzip.h"

#include <stdlib.h>

/* With a header of gzip's, and of no other format. */
enum { WINDOW_BITS = 15 + 16, BLOCK = 16 << 10 };

bool gunzip_start(struct gunzip *g)
{
    z_stream *kept = g->stream;

    *g = (struct gunzip){.stream = kept};
    if (kept)
        return inflateReset(kept) == Z_OK;
    g->stream = calloc(1, sizeof *g->stream);
    if (g->stream && inflateInit2(g->stream, WINDOW_BITS) == Z_OK)
        return true;
    free(g->stream);
    g->stream = NULL;
    return false;
}

void gunzip_close(struct gunzip *g)
{
    if (g->stream)
        inflateEnd(g->stream);
    free(g->stream);
    *g = (struct gunzip){0};
}

static bool fault(struct gunzip *g, const char *what)
{
    g->fault = what;
    return false;
}

/* One block of what is left; *made is what it holds. */
static bool block_make(struct gunzip *g, char *block, size_t *made)
{
    z_stream *z = g->stream;
    const uInt left = z->avail_in;
    int result;

    if (g->between && inflateReset(z) != Z_OK) /* a stream may have several members */
        return fault(g, "gzip: out of memory");
    g->between = false;
    z->next_out = (Bytef *)block;
    z->avail_out = BLOCK;
    result = inflate(z, Z_SYNC_FLUSH);
    *made = BLOCK - z->avail_out;
    g->taken += left - z->avail_in;
    g->made += *made;
    g->between = result == Z_STREAM_END;
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return fault(g, result == Z_MEM_ERROR ? "gzip: out of memory" : "gzip: broken");
    if (g->made > GUNZIP_FREE && g->made / GUNZIP_RATIO_MAX > g->taken)
        return fault(g, "gzip: inflates beyond all measure");
    return true;
}

bool gunzip_feed(struct gunzip *g, const char *bytes, size_t length,
                 bool (*out)(void *arg, const char *bytes, size_t length), void *arg)
{
    z_stream *z = g->stream;
    char block[BLOCK];
    size_t made;

    z->next_in = (Bytef *)bytes;
    z->avail_in = (uInt)length;
    do {
        if (!block_make(g, block, &made))
            return false;
        if (made > 0 && !out(arg, block, made))
            return false;
    } while (z->avail_in > 0 || made == sizeof block);
    return true;
}
