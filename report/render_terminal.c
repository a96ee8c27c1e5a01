/* Text for a terminal or a log. */
#include "report/block.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *tone_code(enum tone tone)
{
    switch (tone) {
    case TONE_STRONG:
        return "1";
    case TONE_MUTED:
        return "2";
    case TONE_GOOD:
        return "32";
    case TONE_WARN:
        return "33";
    case TONE_BAD:
        return "1;31";
    case TONE_CODE:
        return "36";
    case TONE_BARS:
    case TONE_PLAIN:
        break;
    }
    return NULL;
}

void terminal_tone(struct text *out, enum tone tone, bool color, const char *s, size_t length)
{
    const char *code = color ? tone_code(tone) : NULL;

    if (length == 0)
        return;
    if (code)
        text_addf(out, "\033[%sm", code);
    text_add_bytes(out, s, length);
    if (code)
        text_add(out, "\033[m");
}

/* Spans side by side: the tone of every byte of the text. */
struct toned {
    char *text;
    unsigned char *tone;
    size_t length;
};

static struct toned toned_get(const struct doc_span *span)
{
    struct toned t = {0};

    for (const struct doc_span *s = span; s; s = s->next)
        t.length += strlen(s->text);
    t.text = mem_get(t.length + 1, 1);
    t.tone = mem_get(t.length + 1, 1);
    for (size_t at = 0; span; span = span->next) {
        size_t length = strlen(span->text);

        memcpy(t.text + at, span->text, length);
        memset(t.tone + at, (int)span->tone, length);
        at += length;
    }
    return t;
}

/* A line may end at this blank, unless it stands between a number and its unit. */
static bool breaks_at(const struct toned *t, size_t i)
{
    return t->text[i] == ' ' && !(i > 0 && isdigit((unsigned char)t->text[i - 1]) &&
                                  !isdigit((unsigned char)t->text[i + 1]));
}

/* The end of the line that begins at `from` and has room for `width` columns. */
static size_t line_end(const struct toned *t, size_t from, size_t width)
{
    size_t end = from, best = from, used = 0;

    while (end < t->length) {
        size_t next = glyph_width(t->text + end);

        if (breaks_at(t, end))
            best = end;
        if (used + next > width && end > from)
            return best > from ? best : end;
        used += next;
        end += glyph_bytes(t->text + end);
    }
    return end;
}

static void line_put(const struct toned *t, size_t from, size_t end, bool color, struct text *out)
{
    while (from < end) {
        size_t to = from;

        while (to < end && t->tone[to] == t->tone[from])
            to++;
        terminal_tone(out, t->tone[from], color, t->text + from, to - from);
        from = to;
    }
    text_add(out, "\n");
}

/* Wrapped; the first line behind `mark`, the others below its text. */
static void put_spans(const struct doc_span *span, const char *mark, int width, bool color,
                      struct text *out)
{
    struct toned t = toned_get(span);
    size_t indent = text_width(mark), room = width > (int)indent + 8 ? (size_t)width - indent : 8;

    for (size_t from = 0, end; from < t.length || from == 0; from = end) {
        end = line_end(&t, from, room);
        if (from > 0)
            text_addf(out, "%*s", (int)indent, "");
        line_put(&t, from, end, color, out);
        while (t.text[end] == ' ')
            end++;
        if (end == t.length)
            break;
    }
    free(t.text);
    free(t.tone);
}

static const char *lead_mark(enum tone news)
{
    switch (news) {
    case TONE_GOOD:
        return "✓ ";
    case TONE_WARN:
        return "! ";
    case TONE_BAD:
        return "✗ ";
    case TONE_BARS:
    case TONE_PLAIN:
    case TONE_STRONG:
    case TONE_MUTED:
    case TONE_CODE:
        break;
    }
    return "";
}

/* One line of text that may wrap. */
static void put_text(enum tone tone, char *s, const char *mark, int width, bool color,
                     struct text *out)
{
    struct doc_span span = {NULL, tone, s};

    text_add(out, mark);
    put_spans(&span, mark, width, color, out);
}

static void put_code(const char *s, bool color, struct text *out)
{
    while (*s) {
        size_t length = strcspn(s, "\n");

        text_add(out, length ? "    " : "");
        terminal_tone(out, TONE_CODE, color, s, length);
        text_add(out, "\n");
        s += length + (s[length] == '\n');
    }
}

static void put_block(const struct doc_block *b, int width, bool color, struct text *out)
{
    const char *mark;

    switch (b->kind) {
    case BLOCK_HEADING:
        put_text(TONE_STRONG, b->text, "", width, color, out);
        break;
    case BLOCK_LEAD:
        mark = lead_mark(b->tone);
        terminal_tone(out, b->tone, color, mark, strlen(mark));
        put_spans(b->span, mark, width, color, out);
        break;
    case BLOCK_PARAGRAPH:
        put_spans(b->span, "", width, color, out);
        break;
    case BLOCK_ITEM:
        text_add(out, "• ");
        put_spans(b->span, "• ", width, color, out);
        break;
    case BLOCK_CODE:
        put_code(b->text, color, out);
        break;
    case BLOCK_CHART:
        put_text(TONE_MUTED, b->alt, "", width, color, out);
        break;
    case BLOCK_TABLE:
        terminal_table(b->table, width, color, out);
        break;
    case BLOCK_DETAILS_BEGIN:
        put_text(TONE_STRONG, b->text, "", width, color, out);
        break;
    case BLOCK_CONTENTS:
    case BLOCK_DETAILS_END:
        break;
    }
}

/* Headings stand close to what they head, items to each other. */
static bool gap_between(const struct doc_block *a, const struct doc_block *b)
{
    return b->kind != BLOCK_DETAILS_END && a->kind != BLOCK_CONTENTS && a->kind != BLOCK_HEADING &&
           a->kind != BLOCK_DETAILS_BEGIN && !(a->kind == BLOCK_ITEM && b->kind == BLOCK_ITEM);
}

/* The summary of what is folded, and how to see the rest. */
static void put_folded(char *summary, int width, bool color, struct text *out)
{
    static char how[] = " (--verbose shows them)";
    struct doc_span more = {NULL, TONE_MUTED, how}, said = {&more, TONE_MUTED, summary};

    put_spans(&said, "", width, color, out);
}

void doc_terminal(const struct doc *d, int width, bool color, struct text *out)
{
    for (const struct doc_block *b = d->first; b; b = b->next) {
        bool folded = b->kind == BLOCK_DETAILS_BEGIN && !d->unfolded;

        if (folded) {
            put_folded(b->text, width, color, out);
            while (b->next && b->kind != BLOCK_DETAILS_END)
                b = b->next;
        } else {
            put_block(b, width, color, out);
        }
        if (b->next && gap_between(b, b->next))
            text_add(out, "\n");
    }
}
