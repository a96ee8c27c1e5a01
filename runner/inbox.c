#include "runner/inbox.h"

#include "schema/text.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_MIN = 8 << 10 };

static bool inbox_grow(struct inbox *in, size_t need, size_t *bytes, size_t max)
{
    size_t capacity = in->capacity ? in->capacity : CAPACITY_MIN;

    while (capacity < need)
        capacity *= 2;
    if (*bytes - in->capacity + capacity > max)
        return false;
    *bytes += capacity - in->capacity;
    in->capacity = capacity;
    in->data = mem_grow(in->data, capacity, 1);
    return true;
}

enum inbox_state inbox_add(struct inbox *in, const struct chunk *chunk, size_t *bytes, size_t max,
                           const char **data, size_t *length)
{
    if (chunk->first)
        in->length = 0;
    if (chunk->first && chunk->last) {
        *data = chunk->data;
        *length = chunk->length;
        return INBOX_WHOLE;
    }
    if (in->length + chunk->length > in->capacity &&
        !inbox_grow(in, in->length + chunk->length, bytes, max))
        return INBOX_FULL;
    if (chunk->length)
        memcpy(in->data + in->length, chunk->data, chunk->length);
    in->length += chunk->length;
    if (!chunk->last)
        return INBOX_MORE;
    *data = in->data ? in->data : "";
    *length = in->length;
    return INBOX_WHOLE;
}

void inbox_free(struct inbox *in, size_t *bytes)
{
    *bytes -= in->capacity;
    free(in->data);
    *in = (struct inbox){0};
}
