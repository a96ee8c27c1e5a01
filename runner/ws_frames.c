/* Frames of RFC 6455 section 5.2, from a client: masked. */
#include "runner/ws.h"

#include "schema/text.h"

#include <string.h>

enum { FRAME_FINAL = 0x80, FRAME_MASKED = 0x80 };

static size_t head_put(unsigned char *at, enum ws_opcode opcode, bool final, size_t length)
{
    size_t bytes = length < 126 ? 0 : length <= UINT16_MAX ? 2 : 8;

    at[0] = (unsigned char)((final ? FRAME_FINAL : 0) | opcode);
    at[1] = (unsigned char)(FRAME_MASKED | (bytes == 0 ? length : bytes == 2 ? 126 : 127));
    for (size_t i = 0; i < bytes; i++)
        at[2 + i] = (unsigned char)((uint64_t)length >> 8 * (bytes - 1 - i));
    return 2 + bytes;
}

static void mask_copy(unsigned char *to, const unsigned char *from, size_t length, uint32_t mask)
{
    uint64_t wide = mask | (uint64_t)mask << 32, word;
    const unsigned char *key = (const unsigned char *)&mask;
    size_t i = 0;

    for (; i + 8 <= length; i += 8) {
        memcpy(&word, from + i, 8);
        word ^= wide;
        memcpy(to + i, &word, 8);
    }
    for (; i < length; i++)
        to[i] = from[i] ^ key[i & 3];
}

void ws_frame_add(struct ws_burst *b, enum ws_opcode opcode, bool final, const unsigned char *data,
                  size_t length)
{
    size_t most = LWS_PRE + b->length + WS_FRAME_HEAD_MAX + length;
    uint32_t mask = (uint32_t)(rng_next(&b->masks) >> 32);
    unsigned char *at;

    if (most > b->capacity) {
        b->capacity = most + WS_BURST_LIMIT;
        b->data = mem_grow(b->data, b->capacity, 1);
    }
    at = b->data + LWS_PRE + b->length;
    at += head_put(at, opcode, final, length);
    memcpy(at, &mask, sizeof mask);
    mask_copy(at + sizeof mask, data, length, mask);
    b->length = (size_t)(at + sizeof mask + length - b->data) - LWS_PRE;
}
