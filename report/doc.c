#include "report/block.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 1, 0))) static char *clean_vprintf(const char *format, va_list args)
{
    va_list again;
    int length;
    char *s;

    va_copy(again, args);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(length >= 0);
    s = mem_get((size_t)length + 1, 1);
    vsnprintf(s, (size_t)length + 1, format, args);
    text_clean(s);
    return s;
}

static char *clean_copy(const char *s)
{
    char *copy = mem_copy(s ? s : "");

    text_clean(copy);
    return copy;
}

static struct doc_block *block_add(struct doc *d, enum block_kind kind)
{
    struct doc_block *b = mem_get(1, sizeof *b);

    b->kind = kind;
    if (d->last)
        d->last->next = b;
    else
        d->first = b;
    d->last = b;
    return b;
}

void doc_heading(struct doc *d, int level, const char *format, ...)
{
    struct doc_block *b = block_add(d, BLOCK_HEADING);
    va_list args;

    b->level = level;
    va_start(args, format);
    b->text = clean_vprintf(format, args);
    va_end(args);
}

void doc_paragraph(struct doc *d)
{
    block_add(d, BLOCK_PARAGRAPH);
}

void doc_lead(struct doc *d, enum tone news)
{
    block_add(d, BLOCK_LEAD)->tone = news;
}

void doc_item(struct doc *d)
{
    block_add(d, BLOCK_ITEM);
}

void doc_say(struct doc *d, enum tone tone, const char *format, ...)
{
    struct doc_span *span = mem_get(1, sizeof *span);
    struct doc_block *b = d->last;
    va_list args;

    assert(b && (b->kind == BLOCK_PARAGRAPH || b->kind == BLOCK_LEAD || b->kind == BLOCK_ITEM));
    span->tone = tone;
    va_start(args, format);
    span->text = clean_vprintf(format, args);
    va_end(args);
    if (b->span_end)
        b->span_end->next = span;
    else
        b->span = span;
    b->span_end = span;
}

void doc_code(struct doc *d, const char *text)
{
    struct doc_block *b = block_add(d, BLOCK_CODE);

    b->text = mem_copy(text);
    for (char *line = b->text; line;) {
        char *end = strchr(line, '\n');

        if (end)
            *end = '\0';
        text_clean(line);
        if (end) { /* cleaning may have made the line shorter */
            size_t length = strlen(line);

            line[length] = '\n';
            memmove(line + length + 1, end + 1, strlen(end + 1) + 1);
            line += length + 1;
        } else {
            line = NULL;
        }
    }
}

void doc_chart(struct doc *d, const char *stem, const char *alt, const struct text *svg)
{
    struct doc_block *b = block_add(d, BLOCK_CHART);

    b->text = clean_copy(stem);
    b->alt = clean_copy(alt);
    b->svg = mem_copy(svg->data);
}

void doc_contents(struct doc *d)
{
    block_add(d, BLOCK_CONTENTS);
}

size_t doc_parts(const struct doc *d)
{
    size_t parts = 0;

    for (const struct doc_block *b = d->first; b; b = b->next)
        parts += b->kind == BLOCK_HEADING && b->level == 2;
    return parts < CONTENTS_LEAST ? 0 : parts;
}

struct doc_table *doc_table(struct doc *d)
{
    struct doc_block *b = block_add(d, BLOCK_TABLE);

    b->table = mem_get(1, sizeof *b->table);
    return b->table;
}

void doc_column(struct doc_table *t, enum align align, const char *title)
{
    assert(t->rows == 0);
    t->column = mem_grow(t->column, t->columns + 1, sizeof *t->column);
    t->column[t->columns++] = (struct doc_column){align, false, clean_copy(title)};
}

void doc_column_spare(struct doc_table *t)
{
    t->column[t->columns - 1].spare = true;
}

static void cell_add(struct doc_table *t, enum tone tone, char *text)
{
    assert(t->rows && t->cells < t->rows * t->columns);
    t->cell = mem_grow(t->cell, t->cells + 1, sizeof *t->cell);
    t->cell[t->cells++] = (struct doc_cell){tone, text};
}

void doc_row(struct doc_table *t)
{
    while (t->cells < t->rows * t->columns)
        cell_add(t, TONE_PLAIN, mem_copy(""));
    t->rows++;
}

void doc_cell(struct doc_table *t, enum tone tone, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    cell_add(t, tone, clean_vprintf(format, args));
    va_end(args);
}

const struct doc_cell *doc_table_cell(const struct doc_table *t, size_t r, size_t c)
{
    static char nothing[1];
    static const struct doc_cell empty = {TONE_PLAIN, nothing};
    size_t i = r * t->columns + c;

    return i < t->cells ? &t->cell[i] : &empty;
}

void doc_details_begin(struct doc *d, const char *summary)
{
    block_add(d, BLOCK_DETAILS_BEGIN)->text = clean_copy(summary);
}

void doc_details_end(struct doc *d)
{
    block_add(d, BLOCK_DETAILS_END);
}

void doc_summary(const struct doc *d, struct text *out)
{
    text_add(out, "");
    for (const struct doc_block *b = d->first; b; b = b->next) {
        if (b->kind != BLOCK_LEAD)
            continue;
        if (out->length)
            text_add(out, " ");
        for (const struct doc_span *span = b->span; span; span = span->next)
            text_add(out, span->text);
    }
}

static void table_free(struct doc_table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->columns; i++)
        free(t->column[i].title);
    for (size_t i = 0; i < t->cells; i++)
        free(t->cell[i].text);
    free(t->column);
    free(t->cell);
    free(t);
}

static void block_free(struct doc_block *b)
{
    struct doc_span *after;

    for (struct doc_span *span = b->span; span; span = after) {
        after = span->next;
        free(span->text);
        free(span);
    }
    table_free(b->table);
    free(b->text);
    free(b->alt);
    free(b->svg);
    free(b);
}

void doc_drop_details(struct doc *d)
{
    struct doc_block *next, *last = NULL;
    size_t inside = 0;

    for (struct doc_block *b = d->first; b; b = next) {
        bool begins = b->kind == BLOCK_DETAILS_BEGIN, ends = b->kind == BLOCK_DETAILS_END;

        next = b->next;
        inside += begins;
        if (inside == 0) {
            last = b;
            continue;
        }
        if (last)
            last->next = next;
        else
            d->first = next;
        inside -= ends;
        block_free(b);
    }
    d->last = last;
}

void doc_free(struct doc *d)
{
    struct doc_block *next;

    for (struct doc_block *b = d->first; b; b = next) {
        next = b->next;
        block_free(b);
    }
    *d = (struct doc){0};
}

size_t glyph_bytes(const char *s)
{
    uint32_t point;
    size_t length = text_decode(s, &point);

    return length ? length : 1;
}

size_t glyph_width(const char *s)
{
    char glyph[5] = {0};

    memcpy(glyph, s, glyph_bytes(s));
    return text_width(glyph);
}

size_t glyphs_fit(const char *s, size_t columns)
{
    size_t used = 0, bytes = 0;

    while (s[bytes] && (used += glyph_width(s + bytes)) <= columns)
        bytes += glyph_bytes(s + bytes);
    return bytes;
}

void glyphs_ends(struct text *out, const char *s, size_t columns)
{
    size_t end = columns / 2;

    if (!s[glyphs_fit(s, columns)]) {
        text_add(out, s);
        return;
    }
    text_add_bytes(out, s, glyphs_fit(s, columns - 1 - end));
    text_add(out, "…");
    text_add(out, s + glyphs_last(s, strlen(s), end));
}

size_t glyphs_last(const char *s, size_t length, size_t columns)
{
    size_t at = 0, wide = 0;

    for (size_t i = 0; i < length; i += glyph_bytes(s + i))
        wide += glyph_width(s + i);
    for (; at < length && wide > columns; at += glyph_bytes(s + at))
        wide -= glyph_width(s + at);
    return at;
}
