/* The delay queue: entries one behind the other in blocks, so that a message costs no malloc of its
 * own and the memory of a burst is given back. */
#include "runner/target_parts.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 256 * 1024, ALIGN = 8 };

struct delay_block {
    struct delay_block *next;
    size_t start, end, size;
    _Alignas(ALIGN) unsigned char data[];
};

static size_t entry_size(size_t length)
{
    return (sizeof(struct delayed) + length + ALIGN - 1) / ALIGN * ALIGN;
}

static struct delay_block *block_get(struct delay_queue *q, size_t need)
{
    struct delay_block *b = q->spare;
    size_t size = need > BLOCK_SIZE ? need : BLOCK_SIZE;

    if (b && b->size >= need) {
        q->spare = NULL;
    } else {
        b = mem_grow(NULL, 1, sizeof *b + size);
        b->size = size;
    }
    b->next = NULL;
    b->start = b->end = 0;
    return b;
}

void delay_push(struct delay_queue *q, const struct delayed *head, const void *body)
{
    size_t need = entry_size(head->length);
    struct delay_block *b = q->last;
    unsigned char *at;

    if (!b || b->size - b->end < need) {
        b = block_get(q, need);
        if (q->last)
            q->last->next = b;
        else
            q->first = b;
        q->last = b;
    }
    at = b->data + b->end;
    memcpy(at, head, sizeof *head);
    if (head->length > 0)
        memcpy(at + sizeof *head, body, head->length);
    b->end += need;
}

const struct delayed *delay_first(const struct delay_queue *q)
{
    const struct delay_block *b = q->first;

    return b ? (const struct delayed *)(const void *)(b->data + b->start) : NULL;
}

void delay_pop(struct delay_queue *q)
{
    struct delay_block *b = q->first;

    b->start += entry_size(delay_first(q)->length);
    if (b->start < b->end)
        return;
    q->first = b->next;
    if (!q->first)
        q->last = NULL;
    free(q->spare);
    q->spare = b;
}

void delay_free(struct delay_queue *q)
{
    while (q->first)
        delay_pop(q);
    free(q->spare);
    *q = (struct delay_queue){0};
}
