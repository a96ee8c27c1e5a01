#include "report/canvas.h"

#include "report/block.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns of text that fit into the picture at 17 and at 11 pixels. */
enum { TITLE_COLUMNS = 84, SUBTITLE_COLUMNS = 140, END_COLUMNS = 17, LINE_HEIGHT = 15 };

const char *canvas_ink(enum ink ink, char out[8])
{
    snprintf(out, 8, "#0102%02x", (unsigned)ink & 0xff);
    return out;
}

/* A text that is too long loses what is in the middle of its name, as long ones differ in their
 * ends: what is shown of it stands behind the last dot and is kept. Where even that is too long, or
 * it is no name but a sentence, the end is cut. The caller frees it. */
static char *text_cut(const char *s, size_t columns, bool is_name)
{
    enum { NAME_LEAST = 12, NAME_END = 14 };
    const char *dot = is_name ? s + strlen(s) : NULL;
    size_t room, end;

    if (!s[glyphs_fit(s, columns)])
        return mem_copy(s);
    for (const char *at = strstr(s, " · "); at; at = strstr(at + 1, " · "))
        dot = at;
    if (!dot || text_width(dot) + NAME_LEAST > columns)
        return mem_printf("%.*s…", (int)glyphs_fit(s, columns - 1), s);
    room = columns - text_width(dot) - 1;
    end = room / 2 < NAME_END ? room / 2 : NAME_END;
    return mem_printf("%.*s…%s", (int)glyphs_fit(s, room - end), s,
                      s + glyphs_last(s, (size_t)(dot - s), end));
}

/* Keeps the text and gives its mark: "T0007T". */
static const char *mark_for(struct canvas *c, const char *text, size_t columns, bool is_name,
                            char mark[32])
{
    char *clean = mem_copy(text);

    text_clean(clean);
    c->text = mem_grow(c->text, c->texts + 1, sizeof *c->text);
    c->text[c->texts] = text_cut(clean, columns, is_name);
    snprintf(mark, 32, "T%04zuT", c->texts++);
    free(clean);
    return mark;
}

/* gnuplot's plane is the picture: its unit is a pixel, its origin the lower left corner. */
static double plane_y(const struct canvas *c, double pixels)
{
    return c->height - pixels;
}

static void label_put(struct canvas *c, double x, double y, struct style style, const char *mark)
{
    static const char *const anchors[] = {"left", "center", "right"};
    char ink[8];

    text_addf(&c->script,
              "set label \"%s\" at %.2f,%.2f %s front noenhanced tc rgb \"%s\" font \"F%c,%d\"\n",
              mark, x, plane_y(c, y), anchors[style.anchor], canvas_ink(style.ink, ink),
              style.bold ? 'B' : 'R', style.size);
}

void canvas_label_cut(struct canvas *c, double x, double y, struct style style, size_t columns,
                      const char *text)
{
    char mark[32];

    if (columns > 1)
        label_put(c, x, y, style, mark_for(c, text, columns, true, mark));
}

void canvas_label(struct canvas *c, double x, double y, struct style style, const char *text)
{
    canvas_label_cut(c, x, y, style, SUBTITLE_COLUMNS, text);
}

void canvas_open(struct canvas *c, int height, const char *title, const char *subtitle)
{
    char paper[8];

    *c = (struct canvas){.height = height ? height : CANVAS_HEIGHT};
    text_addf(&c->script,
              "set encoding utf8\n"
              "set terminal svg size %d,%d noenhanced font \"FR,13\" background \"%s\"\n"
              "unset key\nunset tics\nunset border\n"
              "set lmargin at screen 0\nset rmargin at screen 1\n"
              "set tmargin at screen 1\nset bmargin at screen 0\n"
              "set xrange [0:%d]\nset yrange [0:%d]\n",
              CANVAS_WIDTH, c->height, canvas_ink(INK_PAPER, paper), CANVAS_WIDTH, c->height);
    c->text = mem_get(2, sizeof *c->text); /* what the file is called; never shown by itself */
    c->text[c->texts++] = mem_copy(title);
    c->text[c->texts++] = mem_copy(subtitle);
    text_clean(c->text[0]);
    text_clean(c->text[1]);
}

void canvas_panel(struct canvas *c, const struct frame *f, const char *title, const char *subtitle)
{
    const struct style large = {INK_TITLE, 17, true, ANCHOR_LEFT},
                       small = {INK_MUTED, 11, false, ANCHOR_LEFT};
    /* Beside another panel a title ends with its own. */
    double right = f->right < 0.6 * CANVAS_WIDTH ? f->right : CANVAS_WIDTH;
    double room = (right - f->left) / CANVAS_WIDTH;
    char mark[32];

    c->frame = *f;
    canvas_line_at(c, (double[]){f->left, f->bottom}, (double[]){f->right, f->bottom},
                   (struct stroke){INK_AXIS, 1, "solid", false});
    if (title)
        label_put(c, f->left, f->head ? f->head : 40, large,
                  mark_for(c, title, (size_t)(TITLE_COLUMNS * room), true, mark));
    if (subtitle)
        label_put(c, f->left, (f->head ? f->head : 40) + 26, small,
                  mark_for(c, subtitle, (size_t)(SUBTITLE_COLUMNS * room), false, mark));
}

void canvas_close(struct canvas *c)
{
    for (size_t i = 0; i < c->texts; i++)
        free(c->text[i]);
    free(c->text);
    text_free(&c->script);
    text_free(&c->plots);
    *c = (struct canvas){0};
}

static double share_of(double value, double from, double to, bool logarithmic)
{
    return logarithmic ? log(value / from) / log(to / from) : (value - from) / (to - from);
}

double canvas_x(const struct canvas *c, double x)
{
    const struct frame *f = &c->frame;

    return f->left + share_of(x, f->x0, f->x1, f->log_x) * (f->right - f->left);
}

double canvas_y(const struct canvas *c, double y)
{
    const struct frame *f = &c->frame;

    return f->bottom - share_of(y, f->y0, f->y1, f->log_y) * (f->bottom - f->top);
}

void canvas_line_at(struct canvas *c, const double from[2], const double to[2],
                    struct stroke stroke)
{
    char color[8];

    text_addf(
        &c->script, "set arrow from %.2f,%.2f to %.2f,%.2f nohead %s lw %.2g dt %s lc rgb \"%s\"\n",
        from[0], plane_y(c, from[1]), to[0], plane_y(c, to[1]), stroke.front ? "front" : "back",
        stroke.width, stroke.dashes, canvas_ink(stroke.ink, color));
}

void canvas_line(struct canvas *c, const double from[2], const double to[2], enum ink ink,
                 const char *dashes)
{
    canvas_line_at(c, (double[]){canvas_x(c, from[0]), canvas_y(c, from[1])},
                   (double[]){canvas_x(c, to[0]), canvas_y(c, to[1])},
                   (struct stroke){ink, 1.2, dashes, true});
}

void canvas_tick_x(struct canvas *c, double x, bool grid, const char *text)
{
    const struct style style = {INK_TEXT, 13, false, ANCHOR_CENTER};
    double at = canvas_x(c, x), bottom = c->frame.bottom;

    if (grid)
        canvas_line_at(c, (double[]){at, bottom}, (double[]){at, c->frame.top},
                       (struct stroke){INK_GRID, 1, "solid", false});
    canvas_line_at(c, (double[]){at, bottom}, (double[]){at, bottom - 5},
                   (struct stroke){INK_AXIS, 1, "solid", false});
    canvas_label(c, at, bottom + 19, style, text);
}

void canvas_tick_y(struct canvas *c, double y, const char *text)
{
    const struct style style = {INK_TEXT, 13, false, ANCHOR_RIGHT};
    double at = canvas_y(c, y);

    if (fabs(at - c->frame.bottom) > 0.5)
        canvas_line_at(c, (double[]){c->frame.left, at}, (double[]){c->frame.right, at},
                       (struct stroke){INK_GRID, 1, "solid", false});
    canvas_label(c, c->frame.left - 9, at, style, text);
}

void canvas_data(struct canvas *c, const char *name)
{
    text_addf(&c->script, "$%s << END\n", name);
    c->rows = 0;
}

void canvas_gap(struct canvas *c)
{
    text_add(&c->script, "\n");
}

void canvas_row(struct canvas *c, const double *value, size_t count)
{
    static const char *const order[] = {"xyy", "xyxxyy"};

    for (size_t i = 0; i < count; i++) {
        if (!isfinite(value[i])) {
            canvas_gap(c);
            return;
        }
    }
    for (size_t i = 0; i < count; i++)
        text_addf(&c->script, "%s%.2f", i ? " " : "",
                  order[count < 4 ? 0 : 1][i] == 'x' ? canvas_x(c, value[i])
                                                     : plane_y(c, canvas_y(c, value[i])));
    text_add(&c->script, "\n");
    c->rows++;
}

void canvas_plot(struct canvas *c, const char *name, struct look look)
{
    text_add(&c->script, "END\n");
    if (c->rows)
        text_addf(&c->plots, "%s$%s %s lc rgb \"#%02x0102%02x\"",
                  c->plots.length ? ", \\\n  " : "plot ", name, look.how, look.clear & 0xff,
                  (unsigned)look.ink & 0xff);
}

void ends_add(struct ends *l, double y, struct style style, const char *format, ...)
{
    struct end *end = &l->item[l->count];
    va_list args;

    if (l->count == ENDS_MAX)
        return;
    end->y = y;
    end->style = style;
    va_start(args, format);
    vsnprintf(end->text, sizeof end->text, format, args);
    va_end(args);
    l->count++;
}

/* From the top, each at least a line below the one before; then up again from the bottom. */
void ends_put(struct canvas *c, struct ends *l)
{
    double bottom = c->frame.bottom + 6;
    struct end *order[ENDS_MAX];
    char mark[32];

    for (size_t i = 0; i < l->count; i++) {
        size_t k = i;

        for (; k > 0 && order[k - 1]->y > l->item[i].y; k--)
            order[k] = order[k - 1];
        order[k] = &l->item[i];
    }
    for (size_t i = 1; i < l->count; i++)
        order[i]->y = fmax(order[i]->y, order[i - 1]->y + LINE_HEIGHT);
    for (size_t i = l->count; i-- > 0; bottom = order[i]->y - LINE_HEIGHT)
        order[i]->y = fmin(order[i]->y, bottom);
    for (size_t i = 0; i < l->count; i++)
        label_put(c, c->frame.right + 9, l->item[i].y, l->item[i].style,
                  mark_for(c, l->item[i].text, END_COLUMNS, false, mark));
}

bool canvas_draw(const struct canvas *c, struct chart *out, struct err *e)
{
    struct text script = {0}, drawing = {0}, small = {0};
    bool done;

    text_addf(&script, "%s%s\n", c->script.data,
              c->plots.data ? c->plots.data : "plot NaN notitle");
    done = gnuplot_run(&script, &drawing, e);
    if (done) {
        svg_compact(&drawing, &small);
        canvas_paint(c, &small, THEME_LIGHT, &out->light);
        canvas_paint(c, &small, THEME_DARK, &out->dark);
        canvas_paint(c, &small, THEME_PAGE, &out->page);
    }
    text_free(&script);
    text_free(&drawing);
    text_free(&small);
    return done;
}

void chart_free(struct chart *c)
{
    text_free(&c->light);
    text_free(&c->dark);
    text_free(&c->page);
}
