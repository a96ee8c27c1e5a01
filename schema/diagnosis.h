/* diagnosis: one thing that was looked at, how it is, and what to do about it. Made by the
 * machine's and the database's examinations, told by doctor. */
#ifndef SCHEMA_DIAGNOSIS_H
#define SCHEMA_DIAGNOSIS_H

#include "schema/text.h"

enum diagnosis_state {
    DIAGNOSIS_OK,
    DIAGNOSIS_UNKNOWN, /* the system does not tell */
    DIAGNOSIS_WARNING, /* it can be worked with, figures are less sure */
    DIAGNOSIS_BAD      /* not fit */
};
extern const char *const diagnosis_state_name[]; /* "ok", "unknown", "warning", "bad" */

struct diagnosis { /* strings belong to it */
    char *what;    /* "clock source" */
    char *found;   /* "hpet" */
    char *advice;  /* what to do, a sentence without a full stop; NULL: nothing */
    enum diagnosis_state state;
};

struct diagnoses {
    struct diagnosis *item;
    size_t count;
};

/* Takes `found` and `advice` (NULL: none) over; both are made one clean line. */
void diagnoses_add(struct diagnoses *f, const char *what, enum diagnosis_state state, char *found,
                   char *advice);
/* Moves all of `from` to the end of `into`. */
void diagnoses_join(struct diagnoses *into, struct diagnoses *from);
enum diagnosis_state diagnoses_worst(const struct diagnoses *f);
void diagnoses_free(struct diagnoses *f);

#endif
