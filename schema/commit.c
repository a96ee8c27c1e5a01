#include "schema/commit.h"

#include <stdlib.h>

void commit_list_free(struct commit_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->commit[i].sha);
        free(l->commit[i].parent);
        free(l->commit[i].author);
        free(l->commit[i].subject);
    }
    free(l->commit);
    *l = (struct commit_list){0};
}

void tag_list_free(struct tag_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->tag[i].name);
        free(l->tag[i].sha);
    }
    free(l->tag);
    *l = (struct tag_list){0};
}
