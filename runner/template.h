/* template: fills the placeholders of what is sent (schema/placeholder.h). Everything but ${now}
 * and
 * ${jwt} follows from the run's seed, the client and the number: the same run sends the same bytes.
 *
 * In JSON a value is escaped as the string that it stands in needs it, and a string that is exactly
 * "${seq}", "${client}" or "${now}" becomes a number, as does "${row:NAME}" where the row has a
 * number, true or false there. In the path of a url the values of rows are percent-encoded. What is
 * no placeholder, or has no value, stays as it is.
 */
#ifndef RUNNER_TEMPLATE_H
#define RUNNER_TEMPLATE_H

#include "runner/rows.h"
#include "schema/scenario.h"

#include <stddef.h>
#include <stdint.h>

enum template_form { TEMPLATE_PLAIN, TEMPLATE_JSON, TEMPLATE_URL };

struct template_values {
    const struct header *variables; /* name and value: of ${env:NAME} */
    size_t variables_count;
    const struct rows *rows; /* of ${row:NAME}; NULL: none */
    const char *token;       /* of ${jwt}; NULL: none */
    size_t token_room;       /* no token is longer; 0: there will be none */
    int64_t seed, client;
    uint64_t number;
};

/* At most so many bytes are written, for whichever client; 0 for a text that can become longer than
 * SCENARIO_MESSAGE_MAX bytes. */
size_t template_room(const char *text, size_t length, enum template_form form,
                     const struct template_values *v);

/* Writes the filled text, which has room for template_room() bytes; returns its length. */
size_t template_write(const char *text, size_t length, enum template_form form,
                      const struct template_values *v, unsigned char *out);

#endif
