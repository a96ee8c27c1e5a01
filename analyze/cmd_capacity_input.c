/* The scalability law fitted to a file, without a database: lines "load,throughput", behind a
 * heading or not; blank lines are skipped. */
#include "analyze/cmd_capacity_input.h"

#include "analyze/analyze.h"
#include "analyze/cmd_input.h"
#include "report/report.h"
#include "schema/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct points {
    double *load, *throughput;
    size_t count;
};

/* Without blanks and quotes around it. */
static char *field_trim(char *s)
{
    size_t n = strlen(s);

    while (n && strchr(" \t\r", s[n - 1]))
        s[--n] = '\0';
    s += strspn(s, " \t");
    n = strlen(s);
    if (n >= 2 && s[0] == '"' && s[n - 1] == '"') {
        s[n - 1] = '\0';
        s++;
    }
    return s;
}

static bool number_read(const char *text, const char *name, bool may_be_zero, double *out,
                        struct err *e)
{
    if (!units_number(text, out, e))
        return err_wrap(e, "%s", name);
    if (!isfinite(*out) || *out < 0 || (*out == 0 && !may_be_zero))
        return err_set(e, ERR_USAGE, "%s: %s is not %s 0", name, text,
                       may_be_zero ? "at least" : "above");
    return true;
}

/* A first line of words: two columns, in the order that it says. */
static bool heading_is(char *const *field, bool *swapped)
{
    struct err ignored;
    double number;

    if (units_number(field[0], &number, &ignored) || units_number(field[1], &number, &ignored))
        return false;
    *swapped = strcasecmp(field[0], "throughput") == 0;
    return true;
}

static bool line_read(struct input *in, struct points *p, bool *swapped, struct err *e)
{
    char *comma, *field[2], *line = in->text.data;

    if (!in->too_long && in->text.length == 0)
        return true;
    if (in->too_long || strlen(line) != in->text.length)
        return err_set(e, ERR_USAGE, "this is no line of text");
    if (line[strspn(line, " \t\r")] == '\0')
        return true;
    if (in->line == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0)
        line += 3;
    comma = strchr(line, ',');
    if (!comma || strchr(comma + 1, ','))
        return err_set(e, ERR_USAGE, "expected two numbers with a comma between: load,throughput");
    *comma = '\0';
    field[0] = field_trim(line);
    field[1] = field_trim(comma + 1);
    if (p->count == 0 && heading_is(field, swapped))
        return true;
    p->load = mem_grow(p->load, p->count + 1, sizeof *p->load);
    p->throughput = mem_grow(p->throughput, p->count + 1, sizeof *p->throughput);
    if (!number_read(field[*swapped], "load", false, &p->load[p->count], e) ||
        !number_read(field[!*swapped], "throughput", true, &p->throughput[p->count], e))
        return false;
    p->count++;
    return true;
}

static bool points_read(struct input *in, struct points *p, struct err *e)
{
    bool swapped = false;

    while (input_next(in, e))
        if (!line_read(in, p, &swapped, e))
            return err_wrap(e, "line %" PRId64, in->line);
    return e->kind == ERR_NONE;
}

static void member_add(struct text *out, const char *before, double value)
{
    char number[UNITS_TEXT_SIZE];

    text_add(out, before);
    text_add(out, units_format_exact(number, value));
}

static void answer_print(const struct usl *u)
{
    struct text out = {0};

    member_add(&out, "{\"gamma\":", u->gamma);
    member_add(&out, ",\"alpha\":", u->alpha);
    member_add(&out, ",\"beta\":", u->beta);
    member_add(&out, ",\"peak_load\":", u->peak_load);
    member_add(&out, ",\"peak_throughput\":", u->peak_throughput);
    member_add(&out, ",\"limit\":", u->limit);
    text_addf(&out, ",\"bounded\":%s", u->bounded ? "true" : "false");
    member_add(&out, ",\"r2\":", u->r2);
    text_add(&out, "}\n");
    fputs(out.data, stdout);
    text_free(&out);
}

static void refusal_print(const char *sentence)
{
    struct text out = {0};

    text_add(&out, "{\"error\":");
    json_quote(&out, sentence);
    text_add(&out, "}\n");
    fputs(out.data, stdout);
    text_free(&out);
}

static bool chart_write(const char *path, const struct points *p, const struct usl *u,
                        struct err *e)
{
    const struct capacity_told told = {p->load,  p->throughput, p->count,    u->gamma,
                                       u->alpha, u->beta,       u->peak_load};

    return report_capacity(path, &told, e);
}

int capacity_input(const char *path, const char *chart, struct err *e)
{
    struct input in;
    struct points p = {0};
    struct usl u;

    if (!input_open(&in, path, e)) {
        refusal_print(e->text);
        return (int)e->kind;
    }
    if (points_read(&in, &p, e) && usl_fit(p.load, p.throughput, p.count, &u, e)) {
        answer_print(&u);
        if (chart)
            chart_write(chart, &p, &u, e);
    } else {
        refusal_print(e->text);
        err_wrap(e, "%s", in.name);
    }
    input_close(&in);
    free(p.load);
    free(p.throughput);
    return (int)e->kind;
}
