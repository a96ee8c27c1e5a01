/* A page by itself: its style, its script and its pictures are inside, and a policy of the page
 * forbids all else. Text that came from anywhere is only ever the content of an element or the
 * value of an attribute in double quotes. */
#include "report/block.h"
#include "report/chart.h"
#include "schema/embed.h"

#include <openssl/evp.h>
#include <string.h>

static const char *tone_class(enum tone tone)
{
    static const char *const names[] = {
        [TONE_PLAIN] = "",    [TONE_STRONG] = "strong", [TONE_MUTED] = "muted",
        [TONE_GOOD] = "good", [TONE_WARN] = "warn",     [TONE_BAD] = "bad",
        [TONE_CODE] = "",     [TONE_BARS] = "bars"};

    return names[tone];
}

static void put_tone(struct text *out, enum tone tone, const char *s)
{
    const char *name = tone_class(tone);

    if (tone == TONE_CODE)
        text_add(out, "<code>");
    else if (*name)
        text_addf(out, "<span class=\"%s\">", name);
    html_attribute(out, s);
    if (tone == TONE_CODE)
        text_add(out, "</code>");
    else if (*name)
        text_add(out, "</span>");
}

static void put_spans(struct text *out, const struct doc_span *span)
{
    for (; span; span = span->next)
        put_tone(out, span->tone, span->text);
}

static const char *align_class(enum align align)
{
    return align == ALIGN_RIGHT ? "r" : align == ALIGN_WRAP ? "w" : "";
}

/* The first cell of a row is what the others are about. */
static void put_cell(struct text *out, const struct doc_cell *cell, enum align align, bool first)
{
    const char *tone = tone_class(cell->tone), *side = align_class(align);

    text_add(out, first ? "<th scope=\"row\"" : "<td");
    if (*tone || *side)
        text_addf(out, " class=\"%s%s%s\"", side, *side && *tone ? " " : "", tone);
    text_add(out, ">");
    if (cell->tone == TONE_CODE)
        put_tone(out, TONE_CODE, cell->text);
    else
        html_attribute(out, cell->text);
    text_add(out, first ? "</th>" : "</td>");
}

/* It can be scrolled where the page is narrow, by keys too. */
static void put_table(struct text *out, const struct doc_table *t)
{
    if (t->columns == 0)
        return;
    text_add(out, "<div class=\"table\" tabindex=\"0\">\n<table>\n<thead><tr>");
    for (size_t c = 0; c < t->columns; c++) {
        const char *side = align_class(t->column[c].align), *title = t->column[c].title;

        if (!*title) { /* a head without words would be a riddle to who hears it */
            text_add(out, "<td></td>");
            continue;
        }
        text_addf(out, "<th scope=\"col\"%s%s%s>", *side ? " class=\"" : "", side,
                  *side ? "\"" : "");
        html_attribute(out, title);
        text_add(out, "</th>");
    }
    text_add(out, "</tr></thead>\n<tbody>\n");
    for (size_t r = 0; r < t->rows; r++) {
        text_add(out, "<tr>");
        for (size_t c = 0; c < t->columns; c++) {
            const struct doc_cell *cell = doc_table_cell(t, r, c);

            put_cell(out, cell, t->column[c].align, c == 0 && *cell->text);
        }
        text_add(out, "</tr>\n");
    }
    text_add(out, "</tbody>\n</table>\n</div>\n");
}

static bool is_trend(const char *stem)
{
    const char *kind = strrchr(stem, '-');

    return kind && strcmp(kind, "-trend") == 0;
}

static void put_chart(struct text *out, const struct doc_block *b)
{
    /* Of a trend a narrow screen is to show the right end, where the newest run stands. */
    text_addf(out, "<figure%s tabindex=\"0\" role=\"img\" aria-label=\"",
              is_trend(b->text) ? " class=\"trend\"" : "");
    html_attribute(out, b->alt);
    text_addf(out, "\">\n%s</figure>\n", b->svg ? b->svg : "");
}

/* Headings of the second level are numbered for the contents. */
struct page {
    struct text *out;
    size_t parts;
    bool in_list;
};

static void put_heading(struct page *p, const struct doc_block *b)
{
    int level = b->level < 1 ? 1 : b->level > 6 ? 6 : b->level;

    if (level == 2)
        text_addf(p->out, "<h2 id=\"part-%zu\">", ++p->parts);
    else
        text_addf(p->out, "<h%d>", level);
    html_attribute(p->out, b->text);
    text_addf(p->out, "</h%d>\n", level);
}

static void put_contents(struct text *out, const struct doc *d)
{
    size_t part = 0;

    if (doc_parts(d) == 0)
        return;
    text_add(out, "<nav aria-label=\"Contents\">\n<ul>\n");
    for (const struct doc_block *b = d->first; b; b = b->next) {
        if (b->kind != BLOCK_HEADING || b->level != 2)
            continue;
        text_addf(out, "<li><a href=\"#part-%zu\">", ++part);
        html_attribute(out, b->text);
        text_add(out, "</a></li>\n");
    }
    text_add(out, "</ul>\n</nav>\n");
}

static void put_block(struct page *p, const struct doc_block *b, const struct doc *d)
{
    struct text *out = p->out;

    if (p->in_list && b->kind != BLOCK_ITEM)
        text_add(out, "</ul>\n");
    if (!p->in_list && b->kind == BLOCK_ITEM)
        text_add(out, "<ul>\n");
    p->in_list = b->kind == BLOCK_ITEM;
    switch (b->kind) {
    case BLOCK_HEADING:
        put_heading(p, b);
        break;
    case BLOCK_LEAD:
    case BLOCK_PARAGRAPH:
        text_addf(out, b->kind == BLOCK_LEAD ? "<p class=\"lead %s\">" : "<p>",
                  tone_class(b->tone));
        put_spans(out, b->span);
        text_add(out, "</p>\n");
        break;
    case BLOCK_ITEM:
        text_add(out, "<li>");
        put_spans(out, b->span);
        text_add(out, "</li>\n");
        break;
    case BLOCK_CODE:
        text_add(out, "<pre tabindex=\"0\"><code>");
        html_attribute(out, b->text);
        text_add(out, "</code></pre>\n");
        break;
    case BLOCK_CHART:
        put_chart(out, b);
        break;
    case BLOCK_TABLE:
        put_table(out, b->table);
        break;
    case BLOCK_CONTENTS:
        put_contents(out, d);
        break;
    case BLOCK_DETAILS_BEGIN:
        text_add(out, "<details>\n<summary>");
        html_attribute(out, b->text);
        text_add(out, "</summary>\n");
        break;
    case BLOCK_DETAILS_END:
        text_add(out, "</details>\n");
        break;
    }
}

/* The source expression by which a policy allows exactly this text. */
static void put_hash(struct text *out, const char *text, size_t length)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0}, base64[2 * EVP_MAX_MD_SIZE];
    unsigned size = 0;

    EVP_Digest(text, length, digest, &size, EVP_sha256(), NULL);
    EVP_EncodeBlock(base64, digest, (int)size);
    text_addf(out, "'sha256-%s'", (char *)base64);
}

static void put_style(struct text *style)
{
    text_addf(style, "%s:root{", embed_page_style);
    chart_palette(style, false);
    text_add(style, "}\n@media screen and (prefers-color-scheme: dark){:root{");
    chart_palette(style, true);
    text_add(style, "}}\n");
}

static void put_head(struct text *out, const struct doc *d)
{
    const struct doc_block *title = d->first;
    struct text style = {0};

    while (title && title->kind != BLOCK_HEADING)
        title = title->next;
    put_style(&style);
    text_add(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "style-src ");
    put_hash(out, style.data, style.length);
    text_add(out, "; script-src ");
    put_hash(out, embed_page_script, strlen(embed_page_script));
    text_add(out, "; base-uri 'none'; form-action 'none'\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    html_attribute(out, title ? title->text : "streamgauge");
    text_addf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n<main>\n", style.data);
    text_free(&style);
}

void doc_html(const struct doc *d, struct text *out)
{
    struct page p = {.out = out};

    put_head(out, d);
    for (const struct doc_block *b = d->first; b; b = b->next)
        put_block(&p, b, d);
    if (p.in_list)
        text_add(out, "</ul>\n");
    text_addf(out, "</main>\n<script>%s</script>\n</body>\n</html>\n", embed_page_script);
}
