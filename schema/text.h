/* text: user text made harmless, and a growing string.
 *
 * Names, branches, notes, server replies and the contents of an opened database are hostile. Here
 * lives only what every room needs of that: text_clean() for whatever is one line of plain text.
 * Escaping for a format (Markdown, SVG, ...) belongs to the renderer of that format in report/.
 */
#ifndef SCHEMA_TEXT_H
#define SCHEMA_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes the code point at s, which ends in '\0'. Returns its length in bytes, 1 to 4, or 0 where
 * s is not valid UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). */
size_t text_decode(const char *s, uint32_t *point);

/* Makes s one line of valid, printable UTF-8 in place, never longer than before: control bytes
 * (C0, DEL, C1), bidirectional and other invisible format marks, and bytes that are not UTF-8
 * become '?'. Tab and newline become a space. */
void text_clean(char *s);

/* Columns that s takes on a terminal: one per code point, two for wide (East Asian) ones, none for
 * combining marks. s must be valid UTF-8. */
size_t text_width(const char *s);

/* The member of names (ended by NULL) nearest to word by edit distance, or NULL when none is near
 * enough to be what was meant. */
const char *text_nearest(const char *word, const char *const *names);

/* A growing string. A zeroed one is empty and may be freed; data is NULL or ends in '\0'. Running
 * out of memory ends the program, as in the whole of it: no caller could do better. */
struct text {
    char *data;
    size_t length, capacity;
};

void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const char *s, size_t length);
void text_add_word(struct text *t, const char *word); /* as a shell takes it */
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Makes room for so many bytes more, and the '\0'. */
void text_reserve(struct text *t, size_t more);
void text_free(struct text *t);

/* malloc and friends that end the program with a sentence instead of returning NULL. */
void *mem_get(size_t count, size_t size); /* zeroed */
void *mem_grow(void *p, size_t count, size_t size);
char *mem_copy(const char *s); /* NULL stays NULL */
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
