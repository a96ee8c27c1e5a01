/* A table on a terminal: columns as wide as what stands in them, within the width there is. Where
 * that is too narrow the gaps shrink first, then columns of text, the widest first. */
#include "report/block.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMN_LEAST = 6 }; /* text is not cut below that */

struct layout {
    const struct doc_table *table;
    size_t columns; /* of it, that are shown */
    size_t *width;  /* of every column */
    size_t gap;
    bool color;
};

static size_t layout_total(const struct layout *l)
{
    size_t total = l->gap * (l->columns - 1);

    for (size_t c = 0; c < l->columns; c++)
        total += l->width[c];
    return total;
}

/* The widest column that may give way, or `columns` where none may. */
static size_t layout_widest(const struct layout *l)
{
    size_t widest = l->columns;

    for (size_t c = 0; c < l->columns; c++)
        if (l->table->column[c].align != ALIGN_RIGHT && l->width[c] > COLUMN_LEAST &&
            (widest == l->columns || l->width[c] > l->width[widest]))
            widest = c;
    return widest;
}

static void layout_fit(struct layout *l, size_t width)
{
    const struct doc_table *t = l->table;

    for (size_t c = 0; c < t->columns; c++) {
        l->width[c] = text_width(t->column[c].title);
        for (size_t r = 0; r < t->rows; r++) {
            size_t wide = text_width(doc_table_cell(t, r, c)->text);

            l->width[c] = wide > l->width[c] ? wide : l->width[c];
        }
    }
    if (layout_total(l) > width)
        l->gap = 1;
    while (layout_total(l) > width && l->columns && t->column[l->columns - 1].spare)
        l->columns--;
    for (size_t total = layout_total(l), c; total > width; total--) {
        if ((c = layout_widest(l)) == l->columns)
            return;
        l->width[c]--;
    }
}

/* The bytes of s that make its first line in `room` columns: to the last blank that fits. */
static size_t bytes_line(const char *s, size_t room)
{
    size_t bytes = glyphs_fit(s, room);

    if (!s[bytes] || s[bytes] == ' ')
        return bytes;
    for (size_t i = bytes; i > 0; i--)
        if (s[i] == ' ')
            return i;
    return bytes ? bytes : glyph_bytes(s);
}

/* A text that is cut loses its end; one of the first column, by which rows are told apart, its
 * middle: latency.p50 and latency.p95 differ in their ends. */
static void text_cut(struct text *out, const char *s, size_t room, bool first)
{
    if (first) {
        glyphs_ends(out, s, room);
        return;
    }
    text_add_bytes(out, s, glyphs_fit(s, room - 1));
    text_add(out, "…");
}

/* Adds what of s belongs on this line, and returns the rest of it. */
static const char *cell_line(const struct layout *l, size_t c, enum tone tone, const char *s,
                             size_t *blanks, struct text *out)
{
    size_t room = l->width[c], wide = text_width(s), bytes = strlen(s);
    enum align align = l->table->column[c].align;
    bool cut = align == ALIGN_LEFT && wide > room;
    const char *rest = s + bytes;

    if (align == ALIGN_WRAP && wide > room) {
        bytes = bytes_line(s, room);
        rest = s + bytes + strspn(s + bytes, " ");
    }
    if (bytes) {
        struct text shown = {0};

        if (cut)
            text_cut(&shown, s, room, c == 0);
        else
            text_add_bytes(&shown, s, bytes);
        wide = text_width(shown.data);
        if (align == ALIGN_RIGHT && wide < room)
            *blanks += room - wide;
        text_addf(out, "%*s", (int)*blanks, "");
        terminal_tone(out, tone, l->color, shown.data, shown.length);
        *blanks = align != ALIGN_RIGHT && wide < room ? room - wide : 0;
        text_free(&shown);
    } else {
        *blanks += room;
    }
    *blanks += l->gap;
    return rest;
}

/* One row over as many lines as its longest cell takes. `cell` holds the texts and is used up. */
static void row_put(const struct layout *l, const char **cell, const enum tone *tone,
                    struct text *out)
{
    bool more = true;

    while (more) {
        size_t blanks = 0; /* kept back, so that no line ends in any */

        more = false;
        for (size_t c = 0; c < l->columns; c++) {
            cell[c] = cell_line(l, c, tone[c], cell[c], &blanks, out);
            more |= *cell[c] != '\0';
        }
        text_add(out, "\n");
    }
}

static void head_put(const struct layout *l, const char **cell, enum tone *tone, struct text *out)
{
    struct text rule = {0};

    for (size_t c = 0; c < l->table->columns; c++) {
        cell[c] = l->table->column[c].title;
        tone[c] = TONE_STRONG;
    }
    row_put(l, cell, tone, out);
    for (size_t i = layout_total(l); i > 0; i--)
        text_add(&rule, "─");
    terminal_tone(out, TONE_MUTED, l->color, rule.data, rule.length);
    text_add(out, "\n");
    text_free(&rule);
}

void terminal_table(const struct doc_table *t, int width, bool color, struct text *out)
{
    struct layout l = {t, t->columns, mem_get(t->columns, sizeof(size_t)), 2, color};
    const char **cell = mem_get(t->columns, sizeof *cell);
    enum tone *tone = mem_get(t->columns, sizeof *tone);

    if (t->columns) {
        layout_fit(&l, width > 0 ? (size_t)width : 1);
        head_put(&l, cell, tone, out);
    }
    for (size_t r = 0; r < t->rows; r++) {
        for (size_t c = 0; c < t->columns; c++) {
            cell[c] = doc_table_cell(t, r, c)->text;
            tone[c] = doc_table_cell(t, r, c)->tone;
        }
        row_put(&l, cell, tone, out);
    }
    free(l.width);
    free(cell);
    free(tone);
}
