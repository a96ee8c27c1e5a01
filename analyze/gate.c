/* One gate over many metrics: README.md, "One gate, many metrics". */
#include "analyze/analyze.h"

#include "schema/text.h"

#include <math.h>
#include <stdlib.h>

/* The items of one family, by their p. */
struct family {
    struct gate_item **item;
    size_t count;
    double p;
};

static int item_order(const void *a, const void *b)
{
    const struct gate_item *x = *(struct gate_item *const *)a, *y = *(struct gate_item *const *)b;

    if (x->family != y->family)
        return x->family < y->family ? -1 : 1;
    return (x->p > y->p) - (x->p < y->p);
}

static int family_order(const void *a, const void *b)
{
    const struct family *x = a, *y = b;

    return (x->p > y->p) - (x->p < y->p);
}

/* R. J. Simes, An improved Bonferroni procedure for multiple tests of significance, 1986. */
static double simes(const struct family *f)
{
    double p = 1;

    for (size_t i = 0; i < f->count; i++)
        p = fmin(p, f->item[i]->p * (double)f->count / (double)(i + 1));
    return p;
}

/* Y. Hochberg, A sharper Bonferroni procedure for multiple tests of significance, 1988: what Holm
 * finds, and all where none is above the level; it asks no more of the dependence than Simes. */
static void family_find(const struct family *f, double level)
{
    size_t found = f->count;

    while (found > 0 && f->item[found - 1]->p > level / (double)(f->count - found + 1))
        found--;
    if (found == 0) /* the family is found, none of it alone: the likeliest stands for it */
        found = 1;
    for (size_t i = 0; i < found; i++)
        f->item[i]->found = true;
}

/* Y. Benjamini & Y. Hochberg, Controlling the false discovery rate, 1995. */
static void families_find(struct family *family, size_t count, double q, double inside)
{
    size_t found = count;

    qsort(family, count, sizeof *family, family_order);
    while (found > 0 && family[found - 1].p > q * (double)found / (double)count)
        found--;
    for (size_t i = 0; i < found; i++)
        family_find(&family[i], inside);
}

void gate_find(struct gate_item *item, size_t count, double q, double inside)
{
    struct gate_item **sorted = mem_get(count + 1, sizeof *sorted);
    struct family *family = mem_get(count + 1, sizeof *family);
    size_t kept = 0, families = 0;

    for (size_t i = 0; i < count; i++) {
        item[i].found = false;
        if (!isnan(item[i].p))
            sorted[kept++] = &item[i];
    }
    qsort(sorted, kept, sizeof(struct gate_item *), item_order);
    for (size_t i = 0; i < kept; i++) {
        if (i == 0 || sorted[i]->family != sorted[i - 1]->family)
            family[families++] = (struct family){.item = &sorted[i]};
        family[families - 1].count++;
    }
    for (size_t i = 0; i < families; i++)
        family[i].p = simes(&family[i]);
    families_find(family, families, q, inside);
    free(family);
    free(sorted);
}
