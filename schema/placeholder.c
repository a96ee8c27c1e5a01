#include "schema/placeholder.h"

#include <string.h>

static const char env_prefix[] = "${env:";

/* The length of NAME at the start of text; 0 where that is none. */
static size_t name_length(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

    return *text >= '0' && *text <= '9' ? 0 : strspn(text, letters);
}

size_t placeholder_length(const char *text)
{
    size_t prefix = strlen(env_prefix), name;

    if (strncmp(text, env_prefix, prefix) != 0)
        return 0;
    name = name_length(text + prefix);
    return name && text[prefix + name] == '}' ? prefix + name + 1 : 0;
}

bool placeholder_check(const char *text, struct err *e)
{
    static const char *const later[] = {"id", "seq", "client", "now", "random"};

    for (text = strstr(text, "${"); text; text = strstr(text, "${")) {
        size_t length = placeholder_length(text);

        for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
            size_t word = strlen(later[i]);

            if (strncmp(text + 2, later[i], word) == 0 && strchr("}:", text[2 + word]))
                return err_set(e, ERR_USAGE, "${%s} is not built yet", later[i]);
        }
        if (length == 0)
            return err_set(e, ERR_USAGE, "\"%.20s\" is no placeholder; expected ${env:NAME}", text);
        text += length;
    }
    return true;
}

bool placeholder_fill(const char *text, char *(*lookup)(const char *name), struct text *out,
                      struct err *e)
{
    size_t prefix = strlen(env_prefix);

    for (const char *at = strstr(text, "${"); at; at = strstr(text, "${")) {
        size_t length = placeholder_length(at), name_size = length - prefix - 1;
        char name[256];
        const char *value;

        if (length == 0 || name_size >= sizeof name)
            return err_set(e, ERR_USAGE, "\"%.20s\" is no placeholder; expected ${env:NAME}", at);
        memcpy(name, at + prefix, name_size);
        name[name_size] = '\0';
        value = lookup(name);
        if (!value)
            return err_set(e, ERR_USAGE, "${env:%s}: there is no such environment variable", name);
        text_add_bytes(out, text, (size_t)(at - text));
        text_add(out, value);
        text = at + length;
    }
    text_add(out, text);
    return true;
}
