/* escape: plain text into Markdown and HTML.
 *
 * Backslashes and entities are enough for what Markdown itself takes for markup. GitHub and GitLab
 * then look at the text of the finished page for mentions (@name), references (#1, !1, GH-1), math
 * ($x$), bare links and emoji (:name:), where neither helps, as both are gone by then; but they
 * leave code alone. So a word that could be one of these is written as code: between backticks
 * where they can hold it, else as <code>. There an address of mail would still become a link in
 * Markdown (not in HTML), unless a comment takes it apart.
 */
#include "report/block.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool alnum(char c)
{
    return isalnum((unsigned char)c) && (unsigned char)c < 0x80;
}

/* ":name:" at the start of s. */
static bool emoji_at(const char *s, const char *end)
{
    const char *p = s + 1;
    bool letter = false;

    for (; p < end && (alnum(*p) || *p == '_' || *p == '+' || *p == '-'); p++)
        letter |= !isdigit((unsigned char)*p);
    return letter && p < end && *p == ':';
}

/* Whether something would be made of the word after Markdown is done with it. */
static bool word_is_live(const char *word, const char *end)
{
    for (const char *s = word; s < end; s++) {
        size_t left = (size_t)(end - s);

        if (*s == '@' || *s == '$')
            return true;
        if (strchr("#!~%&", *s) && left > 1 && isdigit((unsigned char)s[1]))
            return true;
        if (*s == ':' && ((left > 2 && s[1] == '/' && s[2] == '/') || emoji_at(s, end)))
            return true;
        if (left > 3 && (strncasecmp(s, "www.", 4) == 0 ||
                         (strncasecmp(s, "gh-", 3) == 0 && isdigit((unsigned char)s[3]))))
            return true;
    }
    return false;
}

/* Every ASCII character that is no letter or digit as an entity. */
static void html_code(struct text *out, const char *s, const char *end, const char *after_at)
{
    text_add(out, "<code>");
    for (; s < end; s++) {
        if (alnum(*s) || (unsigned char)*s >= 0x80 || *s == ' ')
            text_add_bytes(out, s, 1);
        else
            text_addf(out, "&#%d;%s", *s, *s == '@' ? after_at : "");
    }
    text_add(out, "</code>");
}

/* Backticks cannot hold a backtick or an outer blank; in a table, a pipe ends the cell even there,
 * and a backslash before it is kept. */
static bool backticks_hold(const struct text *out, const char *s, const char *end)
{
    for (const char *p = s; p < end; p++)
        if (strchr("`|\\", *p))
            return false;
    return *s != ' ' && end[-1] != ' ' && !(out->length && out->data[out->length - 1] == '`');
}

static void code_put(struct text *out, const char *s, const char *end)
{
    if (!backticks_hold(out, s, end)) {
        html_code(out, s, end, "<!-- -->");
        return;
    }
    text_add(out, "`");
    text_add_bytes(out, s, (size_t)(end - s));
    text_add(out, "`");
}

/* One word, none of whose characters may be taken for markup. */
static void markdown_word(struct text *out, const char *word, const char *end, bool start)
{
    for (const char *s = word; s < end; s++) {
        bool inside = s > word && s + 1 < end && alnum(s[-1]) && alnum(s[1]);
        bool list = start && (*s == '.' || *s == ')') && s > word &&
                    strspn(word, "0123456789") == (size_t)(s - word);

        if (*s == '<')
            text_add(out, "&lt;");
        else if (*s == '&')
            text_add(out, "&amp;");
        else if (strchr("\\`*[]>#|~", *s) || (*s == '_' && !inside) ||
                 (start && s == word && strchr("+-=", *s)) || list)
            text_addf(out, "\\%c", *s);
        else
            text_add_bytes(out, s, 1);
    }
}

static void html_word(struct text *out, const char *word, const char *end)
{
    for (const char *s = word; s < end; s++) {
        if (strchr("<>&\"'", *s))
            text_addf(out, "&#%d;", *s);
        else
            text_add_bytes(out, s, 1);
    }
}

/* Blanks fold into one; at the start of a block they are dropped, where four would make code. */
static const char *blanks_skip(struct text *out, const char *s, bool start)
{
    if (*s == ' ' && !start)
        text_add(out, " ");
    return s + strspn(s, " ");
}

void markdown_text(struct text *out, const char *s, bool start)
{
    for (s = blanks_skip(out, s, start); *s; s = blanks_skip(out, s, false)) {
        const char *end = s + strcspn(s, " ");

        if (word_is_live(s, end))
            code_put(out, s, end);
        else
            markdown_word(out, s, end, start);
        start = false;
        s = end;
    }
}

void html_text(struct text *out, const char *s)
{
    for (s = blanks_skip(out, s, true); *s; s = blanks_skip(out, s, false)) {
        const char *end = s + strcspn(s, " ");

        if (word_is_live(s, end))
            html_code(out, s, end, "");
        else
            html_word(out, s, end);
        s = end;
    }
}

void markdown_code(struct text *out, const char *s)
{
    if (*s)
        code_put(out, s, s + strlen(s));
}

void html_attribute(struct text *out, const char *s)
{
    html_word(out, s, s + strlen(s));
}
