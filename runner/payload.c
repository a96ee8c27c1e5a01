#include "runner/payload.h"

#include "runner/rng.h"
#include "schema/text.h"

#include <stdlib.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

enum { NUMBER_DIGITS = 6, CLIENT_DIGITS = 3, HEAD = NUMBER_DIGITS + CLIENT_DIGITS };

void payload_open(struct payload *p, const struct message *m, int64_t seed)
{
    struct rng rng;

    *p = (struct payload){.fixed = m->form == MESSAGE_TEXT};
    if (p->fixed) {
        p->text = mem_copy(m->text);
        p->length = strlen(p->text);
        return;
    }
    p->length = (size_t)m->size_bytes;
    p->text = mem_get(p->length, 1);
    rng_open(&rng, seed, -1); /* a stream that is no client's */
    for (size_t i = 0; i < p->length; i++)
        p->text[i] = alphabet[rng_next(&rng) >> 58];
}

void payload_close(struct payload *p)
{
    free(p->text);
    *p = (struct payload){0};
}

void payload_write(const struct payload *p, int64_t client, uint64_t number, unsigned char *out)
{
    uint64_t digits = number & ((UINT64_C(1) << 6 * NUMBER_DIGITS) - 1);
    size_t head = p->fixed ? 0 : p->length < HEAD ? p->length : HEAD;

    digits |= (uint64_t)client << 6 * NUMBER_DIGITS;
    for (size_t i = 0; i < head; i++, digits >>= 6)
        out[i] = (unsigned char)alphabet[digits & 63];
    memcpy(out + head, p->text + head, p->length - head);
}
