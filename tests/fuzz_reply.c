/* What a target may send: whatever is taken as JSON here is so for cJSON, too, and looking things
 * up in it stays within it. The first line is the pointer. */
#include "runner/reply.h"

#include <cJSON.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    char path[256] = "";
    struct pointer p;
    struct reply r;
    struct found f;
    int64_t whole;
    double value;

    if (end && *data == '/' && end - data < (ptrdiff_t)sizeof path &&
        !memchr(data, '~', end - data) && !memchr(data, '\0', end - data)) {
        memcpy(path, data, (size_t)(end - data));
        size -= (size_t)(end + 1 - data);
        data = end + 1;
    }
    reply_read(&r, data, size, false);
    pointer_open(&p, path);
    f = reply_find(&r, &p);
    if (f.kind != FOUND_NOTHING) {
        cJSON *tree = cJSON_ParseWithLength((const char *)data, size);

        /* cJSON refuses half surrogate pairs and the longest numbers. */
        if (!tree && !memchr(data, '\\', size) && size < 60)
            abort();
        if (f.text < r.text || f.text + f.length > r.text + r.length)
            abort();
        cJSON_Delete(tree);
        found_digest(&f, 1);
        found_number(&f, &value);
        found_integer(&f, &whole);
        if (f.kind == FOUND_STRING && !found_same(&f, &f))
            abort();
    }
    pointer_close(&p);
    return 0;
}
