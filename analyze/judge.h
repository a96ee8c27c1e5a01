/* judge: what the parts of a judgement share. Not for other rooms. */
#ifndef ANALYZE_JUDGE_H
#define ANALYZE_JUDGE_H

#include "analyze/analyze.h"

/* The margins of one row, by its metric and its budget. */
struct compare_options judge_options(enum metric_id metric, const struct budget *budget,
                                     const struct compare_options *options);

/* The false discovery rate of the gate. */
double judge_rate(const struct compare_options *options);

/* Sessions by number: those of the same name are the same, whatever their side. Names are borrowed;
 * free `name`. */
struct names {
    const char **name;
    size_t count;
};
int name_number(struct names *n, const char *name);

/* The one sentence; `since` is the place in history since which its news is seen, NULL: not known.
 */
char *judge_summary(const struct judged_list *list, const struct compare_options *options,
                    const char *since);

#endif
