/* canvas: the gnuplot script of one chart in the making, and its way to SVG. Not for other rooms.
 *
 * The picture is CANVAS_WIDTH pixels wide and, unless said, CANVAS_HEIGHT high, y downwards. It
 * holds one panel or several; values are in the units of the panel that was started last, and
 * become pixels here: gnuplot's own plane is the picture.
 */
#ifndef REPORT_CANVAS_H
#define REPORT_CANVAS_H

#include "report/chart.h"

enum { CANVAS_WIDTH = 960, CANVAS_HEIGHT = 420 };

/* What a colour means; the theme decides what it is. Fewer than 256. */
enum ink {
    INK_PAPER,
    INK_TITLE,
    INK_TEXT,
    INK_MUTED,
    INK_GRID,
    INK_AXIS,
    INK_POINT,
    INK_LINE, /* the side that is judged, the level */
    INK_BAND,
    INK_BAND_WIDE,
    INK_OTHER, /* the side that is compared with */
    INK_WORSE,
    INK_WORSE_AREA,
    INK_BETTER,
    INK_BETTER_AREA,
    INK_BUDGET, /* looks like INK_WORSE; gnuplot joins lines that differ in their dashes alone */
    INK_WARN,
    INK_HEAT_LINE,
    INK_HEAT, /* from few to many */
    INK_HEAT_LAST = INK_HEAT + 9,
    INK_COUNT
};

enum anchor { ANCHOR_LEFT, ANCHOR_CENTER, ANCHOR_RIGHT };

struct frame {
    double left, right, top, bottom; /* of the plot, in pixels */
    double x0, x1, y0, y1;           /* what lies there, in the data's units */
    bool log_x, log_y;
    double head; /* where its title stands, in pixels; 0: at 40 */
};

struct canvas {
    struct text script, plots;
    int height;
    size_t rows; /* of the data in the making */
    char **text; /* what stands for the marks */
    size_t texts;
    struct frame frame;
};

/* Starts a picture of this height (0: the usual one), whose file is called so; canvas_close() also
 * after a failure. */
void canvas_open(struct canvas *c, int height, const char *title, const char *subtitle);
/* Starts a panel: its axis, and above it its title and what it shows (each NULL: none). */
void canvas_panel(struct canvas *c, const struct frame *f, const char *title, const char *subtitle);
bool canvas_draw(const struct canvas *c, struct chart *out, struct err *e);
void canvas_close(struct canvas *c);

double canvas_x(const struct canvas *c, double x); /* pixels of a value */
double canvas_y(const struct canvas *c, double y);

/* Text at pixels, vertically centred on y. */
struct style {
    enum ink ink;
    int size;
    bool bold;
    enum anchor anchor;
};
void canvas_label(struct canvas *c, double x, double y, struct style style, const char *text);
/* The same, cut where it would take more columns. */
void canvas_label_cut(struct canvas *c, double x, double y, struct style style, size_t columns,
                      const char *text);

/* A line of the grid with its label. */
void canvas_tick_x(struct canvas *c, double x, bool grid, const char *text);
void canvas_tick_y(struct canvas *c, double y, const char *text);

/* What is drawn, in this order: data of a name of its own, its rows of numbers (x and y; x and two
 * y; x, y and a box: two x, two y; one that is not a number makes a gap), and how gnuplot shows it.
 * Data without rows is not drawn. */
void canvas_data(struct canvas *c, const char *name);
void canvas_row(struct canvas *c, const double *value, size_t count);
void canvas_gap(struct canvas *c);
struct look {
    const char *how; /* "using 1:2 with lines lw 2" */
    enum ink ink;
    unsigned clear; /* 0 solid ... 255 invisible */
};
void canvas_plot(struct canvas *c, const char *name, struct look look);
/* Straight lines: between pixels; in front of everything, between values. */
struct stroke {
    enum ink ink;
    double width;
    const char *dashes; /* "solid", or as gnuplot takes them */
    bool front;
};
void canvas_line_at(struct canvas *c, const double from[2], const double to[2],
                    struct stroke stroke);
void canvas_line(struct canvas *c, const double from[2], const double to[2], enum ink ink,
                 const char *dashes);
/* "#010207", as gnuplot takes it. */
const char *canvas_ink(enum ink ink, char out[8]);

/* What is written at the right end of lines, pushed apart where it would overlap. */
enum { ENDS_MAX = 8 };
struct ends {
    struct end {
        double y; /* pixels */
        struct style style;
        char text[48];
    } item[ENDS_MAX];
    size_t count;
};
void ends_add(struct ends *l, double y, struct style style, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void ends_put(struct canvas *c, struct ends *l);

/* A step of 1, 2 or 5 times a power of ten that makes three to six ticks of the span. */
double tick_step(double span);
/* A value with as many decimals as the step needs, and its unit. */
char *tick_text(char out[48], double value, double step, const char *unit);
/* The left margin, in pixels, that the ticks of a linear axis need. */
double tick_room(double lo, double hi, const char *unit);
void canvas_ticks_y(struct canvas *c, const char *unit);   /* all of a linear axis */
void canvas_ticks_log(struct canvas *c, const char *unit); /* all of a logarithmic one */
void canvas_ticks_log_x(struct canvas *c, const char *unit);
void canvas_ticks_seconds(struct canvas *c); /* all of one of seconds, from 0 */

/* Runs gnuplot: the script in, what it writes out. */
bool gnuplot_run(const struct text *script, struct text *out, struct err *e);

/* The inside of gnuplot's drawing, made small. */
void svg_compact(const struct text *drawing, struct text *out);

/* A finished picture: the inside in its head, with marks and inks replaced, for one theme. */
enum theme { THEME_LIGHT, THEME_DARK, THEME_PAGE };
void canvas_paint(const struct canvas *c, const struct text *inside, enum theme theme,
                  struct text *out);

#endif
