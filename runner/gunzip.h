/* gunzip: a gzip stream (RFC 1952) inflated as it comes.
 *
 * Compressed bytes go in cut anywhere, what they hold comes out by a callback in blocks, so that
 * nothing is kept but zlib's window. A stream that inflates to more than GUNZIP_RATIO_MAX times its
 * size, once that is more than GUNZIP_FREE bytes, is a bomb and ends. No input or output.
 */
#ifndef RUNNER_GUNZIP_H
#define RUNNER_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

enum { GUNZIP_RATIO_MAX = 200, GUNZIP_FREE = 4 << 20 };

struct gunzip {
    z_stream *stream;  /* NULL: none is open */
    const char *fault; /* why it cannot go on; NULL: nothing is wrong */

    /* Its own. */
    uint64_t taken, made; /* bytes */
    bool between;         /* behind the end of a member */
};

/* Begins with the next stream. False: no memory is left for it. */
bool gunzip_start(struct gunzip *g);
void gunzip_close(struct gunzip *g); /* one that was never started is done */

/* False: the stream cannot go on (g->fault), or the callback has stopped it. */
bool gunzip_feed(struct gunzip *g, const char *bytes, size_t length,
                 bool (*out)(void *arg, const char *bytes, size_t length), void *arg);

#endif
