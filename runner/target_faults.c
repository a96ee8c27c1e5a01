/* What each message costs the built-in target, and whether it is answered, as the knobs say. */
#include "runner/target_parts.h"

#include <stdlib.h>
#include <string.h>

/* Kept memory, one piece behind the other, so that a message costs exactly what was asked for. */
struct leak {
    struct leak *next;
    size_t used, size;
    unsigned char data[];
};

static void leak_keep(struct target *t, size_t bytes)
{
    enum { BLOCK_SIZE = 1 << 20 };

    while (bytes > 0) {
        struct leak *block = t->leak;
        size_t piece;

        if (!block || block->used == block->size) {
            block = mem_grow(NULL, 1, BLOCK_SIZE);
            *block = (struct leak){t->leak, 0, BLOCK_SIZE - sizeof *block};
            t->leak = block;
        }
        piece = block->size - block->used < bytes ? block->size - block->used : bytes;
        memset(block->data + block->used, 0xa5, piece);
        block->used += piece;
        bytes -= piece;
    }
}

/* The worker is a clock, not a loop: it takes no CPU from what measures, and its pace is exact. */
static void work_add(struct target *t)
{
    int64_t now_ns = target_clock_ns();

    if (t->busy_ns < now_ns)
        t->busy_ns = now_ns;
    t->busy_ns += t->knobs.work_ns;
}

bool target_takes(struct target *t)
{
    if (t->knobs.work_ns > 0)
        work_add(t);
    if (t->knobs.leak_bytes > 0)
        leak_keep(t, (size_t)t->knobs.leak_bytes);
    return t->knobs.drop == 0 || rng_share(&t->random) > t->knobs.drop;
}

void target_faults_free(struct target *t)
{
    while (t->leak) {
        struct leak *block = t->leak;

        t->leak = block->next;
        free(block);
    }
}
