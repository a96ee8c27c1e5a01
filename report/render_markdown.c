/* Markdown as GitHub reads it. */
#include "report/block.h"

#include <ctype.h>
#include <string.h>

/* Colour for a format that has none; the words beside it say the same. */
static const char *tone_mark(enum tone tone)
{
    switch (tone) {
    case TONE_GOOD:
        return "🟢 ";
    case TONE_WARN:
        return "🟡 ";
    case TONE_BAD:
        return "🔴 ";
    case TONE_BARS:
    case TONE_PLAIN:
    case TONE_STRONG:
    case TONE_MUTED:
    case TONE_CODE:
        break;
    }
    return "";
}

/* Asterisks open and close emphasis only beside the right neighbours; letters always are. */
static bool emphasis_fits(const char *s)
{
    size_t length = strlen(s);

    return length && isalnum((unsigned char)s[0]) && isalnum((unsigned char)s[length - 1]);
}

static void put_tone(struct text *out, enum tone tone, const char *s, bool start)
{
    bool strong = tone == TONE_STRONG || tone == TONE_GOOD || tone == TONE_WARN || tone == TONE_BAD;
    struct text inner = {0};

    if (tone == TONE_CODE) {
        markdown_code(out, s);
        return;
    }
    markdown_text(&inner, s, start && !strong);
    if (!inner.data) {
        return;
    } else if (!strong) {
        text_add(out, inner.data);
    } else if (emphasis_fits(inner.data)) {
        text_addf(out, "**%s**", inner.data);
    } else {
        text_addf(out, "<strong>%s</strong>", inner.data);
    }
    text_free(&inner);
}

static void put_spans(struct text *out, const struct doc_span *span, bool start)
{
    for (; span; span = span->next, start = false)
        put_tone(out, span->tone, span->text, start);
    text_add(out, "\n");
}

static void put_cell(struct text *out, const struct doc_cell *cell)
{
    text_addf(out, " %s", tone_mark(cell->tone));
    if (cell->tone == TONE_GOOD || cell->tone == TONE_WARN || cell->tone == TONE_BAD)
        markdown_text(out, cell->text, false);
    else
        put_tone(out, cell->tone, cell->text, false);
    text_add(out, " |");
}

static void put_table(struct text *out, const struct doc_table *t)
{
    if (t->columns == 0)
        return;
    text_add(out, "|");
    for (size_t c = 0; c < t->columns; c++) {
        text_add(out, " ");
        markdown_text(out, t->column[c].title, false);
        text_add(out, " |");
    }
    text_add(out, "\n|");
    for (size_t c = 0; c < t->columns; c++)
        text_add(out, t->column[c].align == ALIGN_RIGHT ? " ---: |" : " --- |");
    text_add(out, "\n");
    for (size_t r = 0; r < t->rows; r++) {
        text_add(out, "|");
        for (size_t c = 0; c < t->columns; c++)
            put_cell(out, doc_table_cell(t, r, c));
        text_add(out, "\n");
    }
}

/* A fence longer than any run of backticks in the text. */
static void put_code(struct text *out, const char *s)
{
    size_t fence = 3, run = 0, length = strlen(s);

    for (const char *p = s; *p; p++) {
        run = *p == '`' ? run + 1 : 0;
        fence = run >= fence ? run + 1 : fence;
    }
    for (size_t i = 0; i < fence; i++)
        text_add(out, "`");
    text_addf(out, "\n%s%s", s, length && s[length - 1] == '\n' ? "" : "\n");
    for (size_t i = 0; i < fence; i++)
        text_add(out, "`");
    text_add(out, "\n");
}

static void put_chart(struct text *out, const struct doc_block *b)
{
    text_add(out, "<picture>\n  <source media=\"(prefers-color-scheme: dark)\" srcset=\"charts/");
    html_attribute(out, b->text);
    text_add(out, "-dark.svg\">\n  <img alt=\"");
    html_attribute(out, b->alt);
    text_add(out, "\" src=\"charts/");
    html_attribute(out, b->text);
    text_add(out, "-light.svg\">\n</picture>\n");
}

/* Anchors of our own: what a host makes of a heading's text is not to be known. */
static void put_heading(struct text *out, const struct doc_block *b, size_t *parts)
{
    text_addf(out, "%.*s ", b->level, "######");
    if (b->level == 2 && *parts)
        text_addf(out, "<a id=\"part-%zu\"></a>", (*parts)++);
    markdown_text(out, b->text, true);
    text_add(out, "\n");
}

static void put_contents(struct text *out, const struct doc *d)
{
    size_t part = 0;

    for (const struct doc_block *b = d->first; b && doc_parts(d); b = b->next) {
        if (b->kind != BLOCK_HEADING || b->level != 2)
            continue;
        text_add(out, "- [");
        markdown_text(out, b->text, false);
        text_addf(out, "](#part-%zu)\n", ++part);
    }
}

/* *parts counts the headings that are pointed to, from 1; 0: none is. */
static void put_block(struct text *out, const struct doc_block *b, const struct doc *d,
                      size_t *parts)
{
    switch (b->kind) {
    case BLOCK_HEADING:
        put_heading(out, b, parts);
        break;
    case BLOCK_CONTENTS:
        put_contents(out, d);
        *parts = doc_parts(d) ? 1 : 0;
        break;
    case BLOCK_LEAD:
        text_addf(out, "> %s", tone_mark(b->tone));
        put_spans(out, b->span, true);
        break;
    case BLOCK_ITEM:
        text_add(out, "- ");
        put_spans(out, b->span, true);
        break;
    case BLOCK_PARAGRAPH:
        put_spans(out, b->span, true);
        break;
    case BLOCK_CODE:
        put_code(out, b->text);
        break;
    case BLOCK_CHART:
        put_chart(out, b);
        break;
    case BLOCK_TABLE:
        put_table(out, b->table);
        break;
    case BLOCK_DETAILS_BEGIN:
        text_add(out, "<details>\n<summary>");
        html_text(out, b->text);
        text_add(out, "</summary>\n");
        break;
    case BLOCK_DETAILS_END:
        text_add(out, "</details>\n");
        break;
    }
}

void doc_markdown(const struct doc *d, struct text *out)
{
    size_t parts = 0;

    for (const struct doc_block *b = d->first; b; b = b->next) {
        put_block(out, b, d, &parts);
        if (b->next && !(b->kind == BLOCK_ITEM && b->next->kind == BLOCK_ITEM))
            text_add(out, "\n");
    }
}
