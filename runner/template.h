/* template: fills the placeholders of what is sent (schema/placeholder.h). Everything but ${now}
 * follows from the run's seed, the client and the number: the same run sends the same bytes.
 *
 * In JSON a value is escaped as the string that it stands in needs it, and a string that is exactly
 * "${seq}", "${client}" or "${now}" becomes a number. What is no placeholder stays as it is.
 */
#ifndef RUNNER_TEMPLATE_H
#define RUNNER_TEMPLATE_H

#include "schema/scenario.h"

#include <stddef.h>
#include <stdint.h>

struct template_values {
    const struct header *variables; /* name and value: of ${env:NAME} */
    size_t variables_count;
    int64_t seed, client;
    uint64_t number;
};

/* At most so many bytes are written; 0 for a text that can become longer than SCENARIO_MESSAGE_MAX
 * bytes. */
size_t template_room(const char *text, size_t length, const struct template_values *v);

/* Writes the filled text, which has room for template_room() bytes; returns its length. */
size_t template_write(const char *text, size_t length, bool json, const struct template_values *v,
                      unsigned char *out);

#endif
