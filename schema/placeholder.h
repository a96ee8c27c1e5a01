/* placeholder: `${env:NAME}` in a scenario's url, headers and message text.
 *
 * The text keeps its placeholders in the scenario, in the database and in everything printed; the
 * runner fills them when a run starts, so that the values, which are often secrets, go nowhere
 * else. `${` always begins a placeholder. NAME is what a shell takes: letters, digits and `_`, no
 * digit first.
 */
#ifndef SCHEMA_PLACEHOLDER_H
#define SCHEMA_PLACEHOLDER_H

#include "schema/err.h"
#include "schema/text.h"

#include <stddef.h>

/* The length of the placeholder that text begins with; 0 where there is none or it is malformed. */
size_t placeholder_length(const char *text);

/* Fails with ERR_USAGE for a malformed, unknown or not yet built placeholder. */
bool placeholder_check(const char *text, struct err *e);

/* Adds text to *out with each placeholder replaced by what lookup(NAME) says, getenv for one.
 * Fails with ERR_USAGE, naming the variable, where lookup gives NULL. text was checked before. */
bool placeholder_fill(const char *text, char *(*lookup)(const char *name), struct text *out,
                      struct err *e);

#endif
