/* Whatever a server answers, and however it is cut, the same comes of it, and no more is kept than
 * a head. */
#include "runner/digest.h"
#include "runner/http.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool head(void *arg)
{
    digest_add(arg, "head", 4);
    return true;
}

static bool body(void *arg, const char *bytes, size_t length)
{
    digest_add(arg, bytes, length);
    return true;
}

static uint64_t answered(const uint8_t *data, size_t size, size_t step)
{
    struct digest digest;
    struct http h;
    size_t taken = 0;
    bool good = true;

    digest_start(&digest, 1);
    http_open(&h, head, body, &digest);
    for (size_t at = 0; good && at < size && h.state != HTTP_WHOLE; at += taken) {
        size_t n = size - at < step ? size - at : step;
        char *piece = mem_get(n, 1); /* so that reading beyond it is seen */

        memcpy(piece, data + at, n);
        good = http_feed(&h, piece, n, &taken);
        free(piece);
        if (taken > n || (good && taken < n && h.state != HTTP_WHOLE) || good != !*h.fault ||
            h.line.capacity > 4 * HTTP_HEAD_MAX)
            abort();
    }
    digest_add(&digest, h.fault, strlen(h.fault));
    digest_add(&digest, h.type, strlen(h.type));
    digest_add(&digest, &h.status, sizeof h.status);
    digest_add(&digest, &h.state, sizeof h.state);
    http_close(&h);
    return digest_end(&digest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t step = size > 0 ? 1 + data[0] % 16 : 1;

    if (answered(data, size, size + 1) != answered(data, size, step))
        abort();
    return 0;
}
