/* embed: files of schema/ that are part of the program, and the page of report/, as texts that end
 * in '\0'.
 *
 * EMBEDDED lists them once: EMBED(name, file) makes `embed_name`. A new file needs its line here
 * and nothing else.
 */
#ifndef SCHEMA_EMBED_H
#define SCHEMA_EMBED_H

/* The built-in scenarios, in the order of the lists that users see. */
#define EMBEDDED_SCENARIOS(EMBED)                     \
    EMBED(single, "schema/scenarios/single.json")     \
    EMBED(ten, "schema/scenarios/ten.json")           \
    EMBED(fifty, "schema/scenarios/fifty.json")       \
    EMBED(hundred, "schema/scenarios/hundred.json")   \
    EMBED(typical, "schema/scenarios/typical.json")   \
    EMBED(frequent, "schema/scenarios/frequent.json") \
    EMBED(burst, "schema/scenarios/burst.json")

#define EMBEDDED(EMBED)                      \
    EMBEDDED_SCENARIOS(EMBED)                \
    EMBED(sql_0001, "schema/sql/0001.sql")   \
    EMBED(sql_0002, "schema/sql/0002.sql")   \
    EMBED(sql_0003, "schema/sql/0003.sql")   \
    EMBED(sql_views, "schema/sql/views.sql") \
    EMBED(page_style, "report/page.css")     \
    EMBED(page_script, "report/page.js")

#define EMBED_DECLARE(name, file) extern const char embed_##name[];
EMBEDDED(EMBED_DECLARE)
#undef EMBED_DECLARE

#endif
