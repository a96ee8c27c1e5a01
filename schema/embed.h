/* embed: files of the source tree that become part of the program.
 *
 * Each is a text ended by '\0', put there by the assembler's .incbin (embed.c). To add one: a line
 * here and a line there.
 */
#ifndef SCHEMA_EMBED_H
#define SCHEMA_EMBED_H

extern const char embed_sql_0001[]; /* schema/sql/0001.sql */
extern const char embed_sql_views[];

#endif
