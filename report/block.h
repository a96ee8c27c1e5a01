/* block: the inside of a document, for the model (doc.c) and its renderers. All text was made one
 * harmless line by text_clean() as it came in; that of BLOCK_CODE keeps its newlines.
 */
#ifndef REPORT_BLOCK_H
#define REPORT_BLOCK_H

#include "report/doc.h"

enum block_kind {
    BLOCK_HEADING,
    BLOCK_PARAGRAPH,
    BLOCK_LEAD,
    BLOCK_ITEM,
    BLOCK_CODE,
    BLOCK_CHART,
    BLOCK_TABLE,
    BLOCK_CONTENTS,
    BLOCK_DETAILS_BEGIN,
    BLOCK_DETAILS_END
};

struct doc_span {
    struct doc_span *next;
    enum tone tone;
    char *text;
};

struct doc_column {
    enum align align;
    bool spare; /* left out where a terminal is too narrow */
    char *title;
};

struct doc_cell {
    enum tone tone;
    char *text;
};

struct doc_table {
    struct doc_column *column;
    size_t columns;
    struct doc_cell *cell; /* row after row; the last row may be short */
    size_t cells, rows;
};

struct doc_block {
    struct doc_block *next;
    enum block_kind kind;
    int level;                        /* of a heading */
    enum tone tone;                   /* of a lead */
    struct doc_span *span, *span_end; /* of a paragraph, lead or item */
    char *text;                       /* heading, code, stem of a chart, summary of details */
    char *alt;                        /* of a chart */
    char *svg;                        /* of a chart: markup of ours, not text */
    struct doc_table *table;
};

/* A contents is worth its place from this many headings of the second level on. */
enum { CONTENTS_LEAST = 4 };
/* The headings of the second level, or 0 where they are too few. */
size_t doc_parts(const struct doc *d);

/* Row r, column c; an empty cell where the row ended before. */
const struct doc_cell *doc_table_cell(const struct doc_table *t, size_t r, size_t c);

/* Bytes and columns of the character that s, which is valid UTF-8 and not empty, begins with. */
size_t glyph_bytes(const char *s);
size_t glyph_width(const char *s);
/* The bytes of s that fit into so many columns. */
size_t glyphs_fit(const char *s, size_t columns);
/* Where the last columns of its first `length` bytes begin. */
size_t glyphs_last(const char *s, size_t length, size_t columns);
/* Adds s in at most so many columns: where it is wider it loses its middle, as names differ in
 * their ends. */
void glyphs_ends(struct text *out, const char *s, size_t columns);

/* A table laid out for a terminal; render_terminal.c has the rest. */
void terminal_table(const struct doc_table *t, int width, bool color, struct text *out);
/* Adds `length` bytes of s in the tone's colour. */
void terminal_tone(struct text *out, enum tone tone, bool color, const char *s, size_t length);

/* Adds s as plain text that Markdown or HTML, and GitHub after them, take for nothing else.
 * `start` says that a block begins here, where a digit or a dash may open a list. */
void markdown_text(struct text *out, const char *s, bool start);
void html_text(struct text *out, const char *s);
/* Adds s as code. */
void markdown_code(struct text *out, const char *s);
/* Adds s for an attribute's value in double quotes. */
void html_attribute(struct text *out, const char *s);

#endif
