/* cmd_input: what the `--input FILE` modes of the doors share: NDJSON in, one answer out for each
 * line in, in order; "-" is stdin. It reads and writes, so it belongs to the doors, not to the
 * pure functions.
 *
 * Each line is an object with an "id" of any kind (null where there is none), which the answer
 * repeats. A line that cannot be used, a blank one too, is answered by
 * {"id":..,"error":"line N: .."} and the work goes on.
 */
#ifndef ANALYZE_CMD_INPUT_H
#define ANALYZE_CMD_INPUT_H

#include "schema/err.h"
#include "schema/json.h"
#include "schema/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { INPUT_LINE_MAX = 32 << 20 }; /* bytes; longer lines are refused, not held */

/* Lines of a text file, one at a time. */
struct input {
    FILE *file;
    const char *name; /* for messages */
    int64_t line;     /* the number of the present line, from 1 */
    struct text text; /* it, without its newline; may hold '\0' */
    bool too_long;    /* it was, and text is empty */
};

/* ERR_USAGE where the file cannot be opened. */
bool input_open(struct input *in, const char *path, struct err *e);
/* False at the end, and with *e filled where reading fails. */
bool input_next(struct input *in, struct err *e);
void input_close(struct input *in);

/* Writes {"id":ID,"error":"line N: MESSAGE"} for the present line; id may be NULL. */
void input_refuse(const struct input *in, const cJSON *id, const char *message);

/* Adds the answer's members to *out, each behind a comma: `,"verdict":"same"`. A failure's sentence
 * becomes the line's "error". */
struct input_judge {
    bool (*judge)(const struct json_at *line, const void *options, struct text *out, struct err *e);
    const void *options;
};

/* Answers every line of a file on stdout. Returns the exit status; *e says how many lines were
 * refused. Stops early where stdout takes no more, which main reports. */
int input_each(const char *path, const struct input_judge *j, struct err *e);

/* Adds `before` and the number, null for NAN. */
void input_number_add(struct text *out, const char *before, double value);

/* The array of numbers at `at`; null becomes NAN. The caller frees *out, also after a failure. */
bool input_numbers(const struct json_at *at, double **out, size_t *count, struct err *e);

#endif
