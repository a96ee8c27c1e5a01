#include "schema/judged.h"

#include <stdlib.h>

const char *const outcome_name[] = {NULL, "same", "better", "worse", "inconclusive"};

void judged_list_free(struct judged_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->row[i].scenario);
        free(l->row[i].environment);
        free(l->row[i].note);
    }
    free(l->row);
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
