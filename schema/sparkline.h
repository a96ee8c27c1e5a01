/* sparkline: a series as a line of blocks, for SQL and terminals alike. */
#ifndef SCHEMA_SPARKLINE_H
#define SCHEMA_SPARKLINE_H

#include "schema/text.h"

#include <stddef.h>

/* Adds at most `columns` characters, ▁ to █ from the least value to the greatest, a blank where
 * there is none (NAN). More values than columns are told by the means of as many parts. */
void sparkline_add(struct text *out, const double *value, size_t count, size_t columns);

#endif
