#include "schema/judged.h"

#include <stdlib.h>

const char *const outcome_name[] = {NULL, "same", "better", "worse", "inconclusive"};

const char *const shift_test_name[] = {"pointwise", "parametric", "permutation", "flips"};

void shift_free(struct shift *s)
{
    free(s->scenario);
    free(s->environment);
    free(s->point);
    *s = (struct shift){0};
}

void judged_list_free(struct judged_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->row[i].scenario);
        free(l->row[i].environment);
        free(l->row[i].note);
    }
    for (size_t i = 0; i < l->shifts; i++)
        shift_free(&l->shift[i]);
    free(l->row);
    free(l->shift);
    free(l->summary);
    *l = (struct judged_list){0};
}

void series_free(struct series *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->point[i].commit_sha);
        free(s->point[i].session);
    }
    free(s->point);
    *s = (struct series){0};
}
