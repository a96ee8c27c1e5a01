/* What gnuplot drew, made into a finished picture: marks become text, inks become colours. */
#include "report/canvas.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Single quotes: it stands in an attribute. */
static const char fonts[] = "Inter, 'Inter Variable', system-ui, -apple-system, 'Segoe UI', "
                            "'Helvetica Neue', 'Noto Sans', Arial, sans-serif";

static const char *const themes[2][INK_COUNT] = {
    [THEME_LIGHT] =
        {
            [INK_PAPER] = "#ffffff",    [INK_TITLE] = "#424a53",
            [INK_TEXT] = "#57606a",     [INK_MUTED] = "#6e7781",
            [INK_GRID] = "#eceef0",     [INK_AXIS] = "#8c959f",
            [INK_POINT] = "#57606a",    [INK_LINE] = "#2f81e6",
            [INK_BAND] = "#98c3f4",     [INK_BAND_WIDE] = "#e1eefc",
            [INK_OTHER] = "#848d97",    [INK_WORSE] = "#d9433b",
            [INK_BUDGET] = "#d9433b",   [INK_WORSE_AREA] = "#fae0de",
            [INK_BETTER] = "#1f883d",   [INK_BETTER_AREA] = "#d9eedf",
            [INK_WARN] = "#a8790f",     [INK_HEAT_LINE] = "#ffffff",
            [INK_HEAT + 0] = "#d6e8fd", [INK_HEAT + 1] = "#b6d4f9",
            [INK_HEAT + 2] = "#97bff4", [INK_HEAT + 3] = "#8aacef",
            [INK_HEAT + 4] = "#8399ea", [INK_HEAT + 5] = "#7e82e4",
            [INK_HEAT + 6] = "#7c68dd", [INK_HEAT + 7] = "#7853d7",
            [INK_HEAT + 8] = "#7149d1", [INK_HEAT + 9] = "#6a3fcb",
        },
    [THEME_DARK] =
        {
            [INK_PAPER] = "#0d1117",    [INK_TITLE] = "#adb5be",
            [INK_TEXT] = "#9198a1",     [INK_MUTED] = "#848d97",
            [INK_GRID] = "#1f252c",     [INK_AXIS] = "#59636e",
            [INK_POINT] = "#9198a1",    [INK_LINE] = "#4c9bf5",
            [INK_BAND] = "#255286",     [INK_BAND_WIDE] = "#132337",
            [INK_OTHER] = "#848d97",    [INK_WORSE] = "#ee6c64",
            [INK_BUDGET] = "#ee6c64",   [INK_WORSE_AREA] = "#3a1d20",
            [INK_BETTER] = "#4fb263",   [INK_BETTER_AREA] = "#15301f",
            [INK_WARN] = "#d0a233",     [INK_HEAT_LINE] = "#ffffff",
            [INK_HEAT + 0] = "#14243b", [INK_HEAT + 1] = "#183256",
            [INK_HEAT + 2] = "#1c4071", [INK_HEAT + 3] = "#274c8c",
            [INK_HEAT + 4] = "#3456a7", [INK_HEAT + 5] = "#455cbc",
            [INK_HEAT + 6] = "#5a5ecb", [INK_HEAT + 7] = "#6f62d9",
            [INK_HEAT + 8] = "#856fe7", [INK_HEAT + 9] = "#9a7bf5",
        },
};

/* Text for XML; what is no character there is replaced. */
static void put_xml(struct text *out, const char *s)
{
    for (; *s; s++) {
        if (strchr("<>&\"'", *s)) {
            text_addf(out, "&#%d;", *s);
        } else if (strncmp(s, "\xef\xbf\xbe", 3) == 0 || strncmp(s, "\xef\xbf\xbf", 3) == 0) {
            text_add(out, "?");
            s += 2;
        } else {
            text_add_bytes(out, s, 1);
        }
    }
}

/* Each of these writes what the drawing's text at s stands for and returns its end, or NULL where
 * it stands for itself. */
static const char *paint_mark(const struct canvas *c, const char *s, struct text *out)
{
    int end = 0;
    size_t i;

    if (*s != 'T' || sscanf(s, "T%4zuT%n", &i, &end) != 1 || end != 6 || i >= c->texts)
        return NULL;
    put_xml(out, c->text[i]);
    return s + end;
}

static const char *paint_ink(enum theme theme, const char *s, struct text *out)
{
    int red = 0, green = 0, end = 0;
    unsigned ink = INK_COUNT;

    if (*s == '#')
        sscanf(s, "#0102%2x%n", &ink, &end);
    else if (strncmp(s, "rgb(", 4) == 0)
        sscanf(s, "rgb( %d , %d , %u )%n", &red, &green, &ink, &end);
    if (end == 0 || ink >= INK_COUNT || (*s == 'r' && (red != 1 || green != 2)))
        return NULL;
    if (theme == THEME_PAGE)
        text_addf(out, "var(--i%u)", ink);
    else
        text_add(out, themes[theme][ink]);
    return s + end;
}

void chart_palette(struct text *css, bool dark)
{
    for (unsigned ink = 0; ink < INK_COUNT; ink++)
        text_addf(css, "--i%u:%s;", ink, themes[dark ? THEME_DARK : THEME_LIGHT][ink]);
}

/* The head of a picture: a file has a name and its own paper. */
static void paint_head(const struct canvas *c, enum theme theme, struct text *out)
{
    if (theme == THEME_PAGE) {
        text_addf(out, "<svg viewBox=\"0 0 %d %d\" fill=\"none\" aria-hidden=\"true\">\n",
                  CANVAS_WIDTH, c->height);
        return;
    }
    text_addf(out,
              "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
              "viewBox=\"0 0 %d %d\" fill=\"none\" font-family=\"%s\">\n<title>",
              CANVAS_WIDTH, c->height, CANVAS_WIDTH, c->height, fonts);
    put_xml(out, c->text[0]);
    text_add(out, "</title>\n<desc>");
    put_xml(out, c->text[1]);
    text_addf(out, "</desc>\n<rect width=\"%d\" height=\"%d\" fill=\"%s\"/>\n", CANVAS_WIDTH,
              c->height, themes[theme][INK_PAPER]);
}

void canvas_paint(const struct canvas *c, const struct text *inside, enum theme theme,
                  struct text *out)
{
    paint_head(c, theme, out);
    for (const char *s = inside->data ? inside->data : "", *next; *s; s = next) {
        next = NULL;
        if (*s == 'T')
            next = paint_mark(c, s, out);
        else if (*s == '#' || *s == 'r')
            next = paint_ink(theme, s, out);
        if (!next) {
            text_add_bytes(out, s, 1);
            next = s + 1;
        }
    }
    text_add(out, "</svg>\n");
}
