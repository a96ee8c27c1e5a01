/* cmd_told: what check and compare do alike: fetch, judge, tell, keep. Belongs to the doors. */
#ifndef ANALYZE_CMD_TOLD_H
#define ANALYZE_CMD_TOLD_H

#include "analyze/cmd_margins.h"
#include "analyze/cmd_subject.h"

/* One judgement as it goes on. Free by told_free(). */
struct told {
    struct store *store;
    struct run_list judged;
    struct judged_list list;
    struct compare_options options;
    struct across across;
    const struct budget_list *budgets; /* beside the scenarios' own; NULL: none */
    const char *command, *session;     /* session: of all judged runs; NULL: of several */
    size_t compared, alone;            /* scenarios with and without something to compare with */
    struct err refused;                /* the first comparison that was refused */
};

/* Opens the database for reading and selects what is to be judged. */
bool told_open(struct told *t, const struct globals *g, char *const *selectors, size_t count,
               struct err *e);
void told_free(struct told *t);

/* Adds the rows of the judged runs against `before`. `baseline` is its name, NULL: none; `drift`
 * marks its rows as those of another comparison. */
bool told_add(struct told *t, const struct run_list *before, const char *baseline, bool drift,
              struct err *e);

/* Adds to the sentence of an undecided list what would decide: the ab command to copy. */
void told_advise(const struct told *t, const struct globals *g, struct text *summary);

/* Shows the list on stdout. */
void told_show(const struct told *t, const struct globals *g);

/* Tells the list to the CI that runs this, and to a file that becomes a comment (NULL: none). What
 * could not be written is added to *e. */
void told_ci(const struct told *t, const char *comment, struct err *e);

/* Keeps rows first..end of the list, where the database can be written. */
bool told_keep(const struct told *t, const struct globals *g, const char *baseline, size_t first,
               size_t end, struct err *e);

/* The exit status with what *e says; --bisect makes of it what `git bisect run` skips. */
int told_status(int status, bool bisect, const struct err *e);

/* Adds another failure to *e: both sentences, the graver kind. */
void told_fail(struct err *e, enum err_kind kind, const char *sentence);

#endif
