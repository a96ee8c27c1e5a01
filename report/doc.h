/* doc: one document, told by many renderers.
 *
 * A document is blocks in order: headings, a lead (the sentence that says it all), paragraphs of
 * spans, tables, charts, code, folded details. It holds plain text only, whatever its origin: each
 * renderer escapes for its own format. Tones carry meaning, not colour; a renderer without colour
 * must not lose it, so the words say it too. A zeroed struct doc is empty; free by doc_free().
 */
#ifndef REPORT_DOC_H
#define REPORT_DOC_H

#include "schema/text.h"

#include <stdbool.h>
#include <stddef.h>

/* TONE_BARS: a line of bars made of letters. */
enum tone {
    TONE_PLAIN,
    TONE_STRONG,
    TONE_MUTED,
    TONE_GOOD,
    TONE_WARN,
    TONE_BAD,
    TONE_CODE,
    TONE_BARS
};
enum align {
    ALIGN_LEFT,  /* cut with an ellipsis where a terminal is too narrow */
    ALIGN_RIGHT, /* never cut: a number that lost its end would be another number */
    ALIGN_WRAP   /* left, over several lines where a terminal is too narrow */
};

struct doc {
    struct doc_block *first, *last;
    bool unfolded; /* a terminal shows what is folded, too */
};
struct doc_table;

void doc_heading(struct doc *d, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Starts a paragraph, or a lead in the tone of its news. */
void doc_paragraph(struct doc *d);
void doc_lead(struct doc *d, enum tone news);
/* Adds a span to the paragraph or lead that was started last. */
void doc_say(struct doc *d, enum tone tone, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void doc_item(struct doc *d);                   /* a bullet; doc_say() fills it */
void doc_code(struct doc *d, const char *text); /* lines to copy */
/* A picture: charts/STEM-light.svg and -dark.svg beside the document, and the <svg> for a page. */
void doc_chart(struct doc *d, const char *stem, const char *alt, const struct text *svg);

/* Links to the headings of the second level, where they are many and the format has links. */
void doc_contents(struct doc *d);

/* Columns first, then rows, each filled from the left; what a row leaves out is empty. */
struct doc_table *doc_table(struct doc *d);
void doc_column(struct doc_table *t, enum align align, const char *title);
/* The column added last is left out where a terminal is too narrow for all. */
void doc_column_spare(struct doc_table *t);
void doc_row(struct doc_table *t);
void doc_cell(struct doc_table *t, enum tone tone, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What stands between these two is folded; a terminal shows the summary alone, unless unfolded. */
void doc_details_begin(struct doc *d, const char *summary);
void doc_details_end(struct doc *d);
/* Leaves out what is folded, for where there is little room. */
void doc_drop_details(struct doc *d);

void doc_free(struct doc *d);

/* The words of all leads, as one line. */
void doc_summary(const struct doc *d, struct text *out);

/* Renderers. The terminal's keeps within `width` columns as long as the numbers do; colour never
 * says what words do not. Markdown is GitHub's. */
void doc_terminal(const struct doc *d, int width, bool color, struct text *out);
void doc_markdown(const struct doc *d, struct text *out);
/* One page that asks for nothing outside of itself. */
void doc_html(const struct doc *d, struct text *out);

#endif
