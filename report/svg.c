/* gnuplot's drawing made small: what it writes for every chart alike is left out, points and boxes
 * of one look become one path, and tenths of a pixel are enough. What comes out is the inside of an
 * <svg>, whose head canvas_paint() writes.
 *
 * What is read was written by gnuplot from a script of ours: elements, attributes in quotes of
 * either kind, no '<' or '>' within them. What is not known passes as it is.
 */
#include "report/canvas.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 16 };

struct tag {
    const char *name, *end; /* end: behind the '>' */
    size_t length;          /* of the name */
    bool closing, empty;
};

struct attribute {
    const char *name, *value;
    size_t name_length, value_length;
};

/* A group that is open. It is written when there is something in it. */
struct group {
    struct text attributes; /* those that are kept */
    char *at;               /* "12.3,45.6", where it moves its inside to; NULL: it does not */
    bool written;
};

struct svg {
    struct group group[DEPTH_MAX];
    size_t depth;
    struct text *out;
    struct text path; /* the path that is open: its attributes and its d */
    struct text look;
};

static struct tag tag_at(const char *s)
{
    struct tag t = {.name = s + 1};

    t.closing = *t.name == '/';
    t.name += t.closing;
    t.length = strcspn(t.name, " \t\n/>");
    t.end = s + strcspn(s, ">");
    t.empty = t.end > s && t.end[-1] == '/';
    t.end += *t.end == '>';
    return t;
}

static bool tag_is(const struct tag *t, const char *name)
{
    return t->length == strlen(name) && strncmp(t->name, name, t->length) == 0;
}

/* The next attribute from *s on; false at the end of the tag. */
static bool attribute_next(const char **s, const char *end, struct attribute *a)
{
    const char *p = *s + strspn(*s, " \t\n");
    char quote;

    a->name = p;
    a->name_length = strcspn(p, " \t\n=>/");
    p += a->name_length;
    p += strspn(p, " \t\n");
    if (a->name_length == 0 || *p != '=')
        return false;
    p++;
    p += strspn(p, " \t\n");
    quote = *p++;
    if ((quote != '"' && quote != '\'') || p >= end)
        return false;
    a->value = p;
    while (p < end && *p != quote)
        p++;
    a->value_length = (size_t)(p - a->value);
    *s = p + 1;
    return true;
}

static bool attribute_is(const struct attribute *a, const char *name)
{
    return a->name_length == strlen(name) && strncmp(a->name, name, a->name_length) == 0;
}

static bool value_is(const struct attribute *a, const char *value)
{
    return a->value_length == strlen(value) && strncmp(a->value, value, a->value_length) == 0;
}

/* A number with a tenth at most, and where it ends; NULL where there is none. */
static const char *number_put(struct text *out, const char *s)
{
    char *end, number[32];
    double value = strtod(s, &end);
    size_t length;

    if (end == s)
        return NULL;
    snprintf(number, sizeof number, "%.1f", value);
    length = strlen(number);
    if (length > 2 && strcmp(number + length - 2, ".0") == 0)
        number[length - 2] = '\0';
    text_add(out, strcmp(number, "-0") == 0 ? "0" : number);
    return end;
}

/* Coordinates and commands of a path, without what can be left out. */
static void coordinates_put(struct text *out, const char *s, const char *end)
{
    char command = ' ';

    while (s < end) {
        const char *after =
            isdigit((unsigned char)*s) || *s == '-' || *s == '.' ? number_put(out, s) : NULL;

        if (after) {
            s = after;
        } else if (isalpha((unsigned char)*s)) {
            if (*s != command || *s != 'L')
                text_add_bytes(out, s, 1);
            else
                text_add(out, " ");
            command = *s++;
        } else {
            if (*s == ',')
                text_add(out, ",");
            s++;
        }
    }
}

/* What gnuplot says of every group, and what the head says for all. */
static bool attribute_is_idle(const struct attribute *a)
{
    static const char *const names[] = {"id", "font-family", "shape-rendering"};
    static const char *const pairs[][2] = {
        {"fill", "none"},           {"color", "black"},           {"color", "#ffffff"},
        {"stroke", "currentColor"}, {"stroke", "none"},           {"stroke-width", "1.00"},
        {"stroke-linecap", "butt"}, {"stroke-linejoin", "miter"}, {"text-anchor", "start"}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (attribute_is(a, names[i]))
            return true;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (attribute_is(a, pairs[i][0]) && value_is(a, pairs[i][1]))
            return true;
    return false;
}

static void attribute_put(struct text *out, const struct attribute *a)
{
    text_addf(out, " %.*s=\"", (int)a->name_length, a->name);
    if (attribute_is(a, "font-size") || attribute_is(a, "stroke-width"))
        number_put(out, a->value);
    else if (attribute_is(a, "d") || attribute_is(a, "points"))
        coordinates_put(out, a->value, a->value + a->value_length);
    else
        text_add_bytes(out, a->value, a->value_length);
    text_add(out, "\"");
}

static void path_end(struct svg *v)
{
    if (v->path.length)
        text_addf(v->out, "<path%s d=\"%s\"/>\n", v->look.data ? v->look.data : "", v->path.data);
    text_free(&v->path);
    text_free(&v->look);
}

/* Writes the groups that are open and not written yet. */
static void groups_write(struct svg *v)
{
    for (size_t i = 0; i < v->depth; i++) {
        struct group *g = &v->group[i];

        if (g->written || !g->attributes.length)
            continue;
        text_addf(v->out, "<g%s>\n", g->attributes.data);
        g->written = true;
    }
}

static void group_open(struct svg *v, const struct tag *t)
{
    const char *s = t->name + t->length;
    struct attribute a;
    struct group *g;

    path_end(v);
    if (v->depth == DEPTH_MAX)
        return;
    g = &v->group[v->depth++];
    *g = (struct group){0};
    while (attribute_next(&s, t->end, &a)) {
        if (attribute_is(&a, "transform") && strncmp(a.value, "translate(", 10) == 0) {
            const char *comma = strchr(a.value, ',');
            struct text at = {0};

            text_add(&at, " x=\"");
            number_put(&at, a.value + 10);
            text_add(&at, "\" y=\"");
            number_put(&at, comma ? comma + 1 : "0");
            text_add(&at, "\"");
            g->at = at.data;
        } else if (attribute_is(&a, "font-family") && value_is(&a, "FB")) {
            text_add(&g->attributes, " font-weight=\"600\"");
        } else if (!attribute_is_idle(&a)) {
            attribute_put(&g->attributes, &a);
        }
    }
}

static void group_close(struct svg *v)
{
    struct group *g;

    path_end(v);
    if (v->depth == 0)
        return;
    g = &v->group[--v->depth];
    if (g->written)
        text_add(v->out, "</g>\n");
    text_free(&g->attributes);
    free(g->at);
}

/* Starts a path of this look, unless that is what is open. */
static void path_start(struct svg *v, const struct text *look)
{
    if (v->path.length && strcmp(v->look.data ? v->look.data : "", look->data) == 0)
        return;
    path_end(v);
    groups_write(v);
    text_add(&v->look, look->data);
}

/* A point: a line without length whose ends are round. */
static void point_put(struct svg *v, const struct tag *t)
{
    const char *s = t->name + t->length, *move = NULL, *scale = NULL;
    struct text look = {0};
    struct attribute a;

    while (attribute_next(&s, t->end, &a)) {
        if (attribute_is(&a, "transform")) {
            move = strstr(a.value, "translate(");
            scale = strstr(a.value, "scale(");
        } else if (attribute_is(&a, "color")) {
            text_addf(&look, " stroke=\"%.*s\"", (int)a.value_length, a.value);
        } else if (attribute_is(&a, "opacity")) {
            text_addf(&look, " stroke-opacity=\"%.*s\"", (int)a.value_length, a.value);
        }
    }
    text_add(&look, " stroke-linecap=\"round\" stroke-width=\"");
    if (move && scale && strchr(move, ',')) {
        text_addf(&look, "%.1f\"", 2 * strtod(scale + 6, NULL));
        path_start(v, &look);
        text_add(&v->path, "M");
        number_put(&v->path, move + 10);
        text_add(&v->path, ",");
        number_put(&v->path, strchr(move, ',') + 1);
        text_add(&v->path, "h0");
    }
    text_free(&look);
}

/* The corners of a box, in tenths of a pixel; false where the points are no box. */
static bool box_read(const char *s, size_t length, double p[8])
{
    const char *end = s + length;
    size_t n = 0;
    char *after;

    for (; n <= 8; n++, s = after) {
        double value;

        s += strspn(s, " ,\t\n");
        value = s < end ? strtod(s, &after) : 0;
        if (s >= end || after == s)
            break;
        if (n < 8)
            p[n] = round(value * 10) / 10;
    }
    return n == 8 && p[1] == p[3] && p[2] == p[4] && p[5] == p[7] && p[6] == p[0];
}

/* "1,2 3,4 5,6", a tenth at most. */
static void points_put(struct text *out, const char *s, size_t length)
{
    const char *end = s + length, *after;

    for (; s < end && (after = number_put(out, s)); s += *s == ',') {
        s = after + strspn(after, " \t\n");
        if (s < end)
            text_add(out, *after == ',' ? "," : " ");
    }
}

static void polygon_put(struct svg *v, const struct tag *t)
{
    const char *s = t->name + t->length;
    struct attribute a, points = {0};
    struct text look = {0};
    double p[8];
    bool box;

    while (attribute_next(&s, t->end, &a)) {
        if (attribute_is(&a, "points"))
            points = a;
        else if (!attribute_is_idle(&a))
            attribute_put(&look, &a);
    }
    box = points.value && box_read(points.value, points.value_length, p);
    text_add(&look, box ? " shape-rendering=\"crispEdges\"" : ""); /* no seams between boxes */
    path_start(v, &look);
    if (box) {
        text_addf(&v->path, "M%g,%gH%gV%gH%gz", p[0], p[1], p[2], p[5], p[0]);
    } else if (points.value) {
        text_add(&v->path, "M");
        points_put(&v->path, points.value, points.value_length);
        text_add(&v->path, "z");
    }
    text_free(&look);
}

static void element_put(struct svg *v, const struct tag *t)
{
    const char *s = t->name + t->length;
    struct attribute a;

    path_end(v);
    groups_write(v);
    text_addf(v->out, "<%.*s", (int)t->length, t->name);
    while (attribute_next(&s, t->end, &a))
        attribute_put(v->out, &a);
    text_add(v->out, "/>\n");
}

/* The text of a group that only places it: one element. Returns its end. */
static const char *text_put(struct svg *v, const struct tag *t)
{
    const char *end = strstr(t->end, "</text>");
    struct group *g = v->depth ? &v->group[v->depth - 1] : NULL;

    path_end(v);
    if (g && g->at) {
        v->depth--;
        groups_write(v);
        v->depth++;
    }
    text_addf(v->out, "<text%s%s>", g && g->at ? g->at : "",
              g && g->at && g->attributes.data ? g->attributes.data : "");
    text_add_bytes(v->out, t->end, end ? (size_t)(end - t->end) : 0);
    text_add(v->out, "</text>\n");
    return end ? end + strlen("</text>") : t->end;
}

/* Behind the end of an element that is left out. */
static const char *skip(const struct tag *t, const char *closing)
{
    const char *end = strstr(t->end, closing);

    return end ? end + strlen(closing) : t->end;
}

void svg_compact(const struct text *drawing, struct text *out)
{
    struct svg v = {.out = out};

    for (const char *s = strchr(drawing->data, '<'); s; s = strchr(s, '<')) {
        struct tag t = tag_at(s);

        s = t.end;
        if (tag_is(&t, "defs"))
            s = skip(&t, "</defs>");
        else if (tag_is(&t, "title") || tag_is(&t, "desc"))
            s = skip(&t, t.name[0] == 't' ? "</title>" : "</desc>");
        else if (*t.name == '?' || tag_is(&t, "svg") || tag_is(&t, "rect"))
            continue; /* the head and the paper */
        else if (tag_is(&t, "g") && t.closing)
            group_close(&v);
        else if (tag_is(&t, "g"))
            group_open(&v, &t);
        else if (tag_is(&t, "use"))
            point_put(&v, &t);
        else if (tag_is(&t, "polygon"))
            polygon_put(&v, &t);
        else if (tag_is(&t, "text") && !t.closing)
            s = text_put(&v, &t);
        else if (!t.closing)
            element_put(&v, &t);
    }
    while (v.depth)
        group_close(&v);
    path_end(&v);
}
