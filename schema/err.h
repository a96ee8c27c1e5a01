/* err: how a function says that it failed.
 *
 * A struct err holds a kind, which is the exit status the program ends with, and one sentence that
 * names what failed, where, and what to do. It has a fixed buffer, so that failing allocates
 * nothing. A function that can fail returns bool (true is done) and takes `struct err *e` last; it
 * returns straight through err_set() or err_wrap(). Judgement under uncertainty is a value
 * (see judged.h), never an error. Text from outside is made harmless as it enters (text.h).
 * Only main.c prints a struct err.
 */
#ifndef SCHEMA_ERR_H
#define SCHEMA_ERR_H

#include <stdbool.h>

enum { ERR_TEXT_SIZE = 640 };

/* The values are the exit statuses of CONTRACT; exit.h explains them to users. */
enum err_kind {
    ERR_NONE = 0,
    ERR_USAGE = 2,   /* bad command line or input file; a named baseline that does not exist */
    ERR_MEASURE = 3, /* could not measure: nothing connected, generator overloaded, run invalid */
    ERR_STORE = 4,   /* the database could not be read or written */
    ERR_REFUSED = 5, /* a comparison that would mislead */
};

struct err {
    enum err_kind kind;
    char text[ERR_TEXT_SIZE];
};

/* Fills *e; a longer sentence is cut. Always returns false. */
bool err_set(struct err *e, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts context in front of the sentence: "context: sentence". Always returns false. */
bool err_wrap(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
