/* Whatever a stream holds, and however it is cut, the same events come out, none is larger than
 * allowed, and all memory is given back. */
#include "runner/digest.h"
#include "runner/sse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(void *arg, const struct sse_event *event)
{
    struct digest *digest = arg;

    if (event->length > SSE_EVENT_MAX || strlen(event->name) > SSE_NAME_MAX)
        abort();
    digest_add(digest, event->data, event->length);
    digest_add(digest, event->name, strlen(event->name) + 1);
    return true;
}

static uint64_t parsed(const uint8_t *data, size_t size, size_t step)
{
    struct sse_room room = {.limit = 1 << 20};
    struct digest digest;
    struct sse s;

    digest_start(&digest, 1);
    sse_open(&s, take, &digest, &room);
    for (size_t at = 0; at < size; at += step) {
        size_t n = size - at < step ? size - at : step;
        char *piece = mem_get(n, 1); /* so that reading beyond it is seen */

        memcpy(piece, data + at, n);
        sse_feed(&s, piece, n);
        free(piece);
    }
    digest_add(&digest, s.id, strlen(s.id));
    digest_add(&digest, &s.retry_ms, sizeof s.retry_ms);
    sse_close(&s);
    if (room.used != 0)
        abort();
    return digest_end(&digest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t step = size > 0 ? 1 + data[0] % 16 : 1;

    if (parsed(data, size, size + 1) != parsed(data, size, step))
        abort();
    return 0;
}
