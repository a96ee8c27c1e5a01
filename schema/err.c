#include "schema/err.h"

#include "schema/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *e, enum err_kind kind, const char *format, ...)
{
    va_list args;

    e->kind = kind;
    va_start(args, format);
    vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    text_clean(e->text);
    return false;
}

bool err_wrap(struct err *e, const char *format, ...)
{
    char sentence[ERR_TEXT_SIZE];
    va_list args;
    size_t used;

    memcpy(sentence, e->text, sizeof sentence);
    va_start(args, format);
    vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    used = strlen(e->text);
    snprintf(e->text + used, sizeof e->text - used, ": %s", sentence);
    text_clean(e->text);
    return false;
}
