#include "schema/diagnosis.h"

#include <stdlib.h>

const char *const diagnosis_state_name[] = {"ok", "unknown", "warning", "bad"};

void diagnoses_add(struct diagnoses *f, const char *what, enum diagnosis_state state, char *found,
                   char *advice)
{
    f->item = mem_grow(f->item, f->count + 1, sizeof *f->item);
    text_clean(found);
    if (advice)
        text_clean(advice);
    f->item[f->count++] = (struct diagnosis){mem_copy(what), found, advice, state};
}

void diagnoses_join(struct diagnoses *into, struct diagnoses *from)
{
    into->item = mem_grow(into->item, into->count + from->count + 1, sizeof *into->item);
    for (size_t i = 0; i < from->count; i++)
        into->item[into->count++] = from->item[i];
    free(from->item);
    *from = (struct diagnoses){0};
}

enum diagnosis_state diagnoses_worst(const struct diagnoses *f)
{
    enum diagnosis_state worst = DIAGNOSIS_OK;

    for (size_t i = 0; i < f->count; i++)
        if (f->item[i].state > worst)
            worst = f->item[i].state;
    return worst;
}

void diagnoses_free(struct diagnoses *f)
{
    for (size_t i = 0; i < f->count; i++) {
        free(f->item[i].what);
        free(f->item[i].found);
        free(f->item[i].advice);
    }
    free(f->item);
    *f = (struct diagnoses){0};
}
