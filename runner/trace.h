/* trace: recorded messages and when they were sent, to be sent again at the same intervals.
 *
 * The file has an object a line, {"at": T, "message": M, "client": K}; empty lines are none. T is
 * in seconds from the start or a duration ("1.5s"), or else a time: since 1970 in s, ms, us or ns,
 * told apart by size (from 1e8 on), or as RFC 3339 has it; all lines alike. Times count from the
 * earliest one where they are of the latter kind, else from 0. Lines may stand in any order; those
 * of one time keep theirs. M is what is sent, a string as plain text, anything else as the JSON
 * that stands there, with its placeholders (template.h; ${env:NAME} is not filled); without one it
 * is the scenario's message. Client K of those recorded is K modulo the scenario's clients; lines
 * without one go round all clients, in order of time.
 *
 * The measured part begins `skip` into the trace, and goes through it `speed` times as fast as it
 * was recorded; what lies before that within ramp and warm-up is sent there.
 */
#ifndef RUNNER_TRACE_H
#define RUNNER_TRACE_H

#include "runner/template.h"
#include "schema/err.h"
#include "schema/scenario.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TRACE_FILE_MAX = 32 << 20 /* bytes */, TRACE_LINES_MAX = 1000000 };

struct trace_line {
    int64_t at_ns; /* of the trace; once it is scheduled: due, from the measured part's start */
    int64_t client;
    uint32_t offset, length; /* of its own message in the text; length 0: none */
    bool json;
};

struct trace {
    struct trace_line *line; /* by time; once it is scheduled by client, then by time */
    size_t lines;
    size_t *first;     /* line of each client, and one behind the last */
    int64_t length_ns; /* time of the last line */
    char *text;
    size_t text_length, room;  /* no message of its own is longer than room */
    bool plain, by_id, by_seq; /* they have no placeholders; an ${id}; a ${seq} */
    bool own;                  /* some line has a message of its own */
    char sha256[SHA256_SIZE];           /* of the file, in hex */
};

/* Reads the file. ERR_USAGE with file and line for what is none, is too large, or holds a message
 * that is, filled from `values`, and where its content is not `sha256`, unless that is empty.
 * trace_close() also after a failure; a zeroed one is empty. */
bool trace_open(struct trace *t, const char *path, const char *sha256,
                const struct template_values *values, struct err *e);
void trace_close(struct trace *t);

/* Until the trace is over: the scenario's duration where it names none, in whole seconds, so that
 * the last line lies within. 0: nothing is left behind `skip`. */
int64_t trace_duration_ns(const struct trace *t, const struct rate *r);

/* Gives each line its client and its due time, and drops those that no part of the run has. */
void trace_schedule(struct trace *t, const struct scenario *s);

/* Messages due in the measured part; *busiest in its busiest second. For a scheduled one. */
size_t trace_count(const struct trace *t, const struct scenario *s, size_t *busiest);

/* Writes the line's own message, which it must have, to `out` with its room; returns its length. */
size_t trace_write(const struct trace *t, size_t line, const struct template_values *values,
                   unsigned char *out);

#endif
