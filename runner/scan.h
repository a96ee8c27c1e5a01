/* scan: walks over JSON text by RFC 8259, strictly: grammar, UTF-8, at most SCAN_DEPTH levels.
 *
 * What is walked over is not kept: a scanner has no memory of its own. Each function begins at s->p
 * and leaves it behind what it has walked over; where one returns false, wherever the fault was.
 */
#ifndef RUNNER_SCAN_H
#define RUNNER_SCAN_H

#include <stdbool.h>
#include <stdint.h>

enum { SCAN_DEPTH = 64 };

/* What has to be read, and how deep it is nested. */
struct scan {
    const char *p, *end;
    int depth;
};

void scan_space(struct scan *s);
bool scan_value(struct scan *s);  /* and the white space around it */
bool scan_string(struct scan *s); /* from its first quote on */
bool scan_number(struct scan *s);

/* The UTF-16 unit of the escape \uXXXX at p; -1 where it is none. */
int32_t scan_unit(const char *p, const char *end);

#endif
