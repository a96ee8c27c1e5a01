/* ci: a judgement as continuous integration wants it. Not for other rooms.
 *
 * Texts only; where they go is the door's business (report_ci() in report.h).
 */
#ifndef REPORT_CI_H
#define REPORT_CI_H

#include "schema/judged.h"
#include "schema/text.h"

/* Markdown of at most `most` bytes: everything, or without what is folded, or the sentence alone,
 * or nothing where that does not fit; `mark`, an HTML comment by which a bot finds it again, comes
 * first (NULL: none). */
void ci_markdown(const struct judged_list *list, const char *mark, size_t most, struct text *out);

/* GitHub's workflow commands, one line for each row that needs attention, the weightiest first, at
 * most CI_ANNOTATIONS_MOST. */
enum { CI_ANNOTATIONS_MOST = 10 };
void ci_annotations(const struct judged_list *list, struct text *out);

/* Lines of GitHub's output file: verdict, summary, regressions, budgets_broken. */
void ci_outputs(const struct judged_list *list, struct text *out);

#endif
