/* digest: 64 bits that stand for a message.
 *
 * A reply is compared with what was sent by its digest, added up as the bytes are read: so no reply
 * is ever kept, whatever its size, order or fragments. Multiply-and-fold over 8-byte words (as
 * wyhash does, https://github.com/wangyi-fudan/wyhash, public domain), keyed: two messages of a run
 * are alike by chance once in 2^64.
 */
#ifndef RUNNER_DIGEST_H
#define RUNNER_DIGEST_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct digest {
    uint64_t state, part; /* part: the bytes after the last whole word */
    size_t length;
};

static inline uint64_t digest_fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline void digest_word(struct digest *d, uint64_t word)
{
    d->state = digest_fold(d->state ^ word, UINT64_C(0xa0761d6478bd642f));
}

static inline void digest_start(struct digest *d, uint64_t key)
{
    /* Folded, so that a key and its neighbour are not one bit of the first word apart. */
    *d = (struct digest){
        .state = digest_fold(key ^ UINT64_C(0xe7037ed1a0b428db), UINT64_C(0xa0761d6478bd642f))};
}

/* Adds bytes; how they are cut into calls makes no difference. */
static inline void digest_add(struct digest *d, const void *data, size_t length)
{
    const unsigned char *p = data, *end = p + length;
    uint64_t word;

    for (; d->length % 8 != 0 && p < end; p++) {
        d->part |= (uint64_t)*p << (d->length % 8 * 8);
        if (++d->length % 8 == 0) {
            digest_word(d, d->part);
            d->part = 0;
        }
    }
    for (; end - p >= 8; p += 8, d->length += 8) {
        memcpy(&word, p, 8);
        digest_word(d, word);
    }
    for (; p < end; p++)
        d->part |= (uint64_t)*p << (d->length++ % 8 * 8);
}

static inline uint64_t digest_end(const struct digest *d)
{
    uint64_t last = digest_fold(d->state ^ d->part, UINT64_C(0x8ebc6af09c88c6e3));

    return digest_fold(last ^ d->length, UINT64_C(0x589965cc75374cc3));
}

#endif
