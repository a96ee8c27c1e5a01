/* Whatever hist_decode() takes can be asked, written and read again. */
#include "schema/hist.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hist h, again;
    struct err e = {0};
    size_t length;
    void *blob;

    hist_open(&h);
    hist_open(&again);
    if (hist_decode(&h, data, size, &e)) {
        blob = hist_encode(&h, &length);
        if (!hist_decode(&again, blob, length, &e) || again.total != h.total ||
            hist_percentile(&h, 50) > h.max)
            abort();
        hist_merge(&h, &again);
        free(blob);
    }
    hist_close(&h);
    hist_close(&again);
    return 0;
}
