#include "runner/roster.h"

#include "runner/jwt.h"
#include "schema/placeholder.h"
#include "schema/units.h"
#include "schema/url.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* Replaces *out. */
static void fill(const char *text, enum template_form form, const struct template_values *v,
                 struct text *out)
{
    size_t length = strlen(text), room = template_room(text, length, form, v);

    out->length = 0;
    text_reserve(out, room);
    out->length = template_write(text, length, form, v, (unsigned char *)out->data);
    out->data[out->length] = '\0';
}

/* What is no client's. */
static struct template_values values_of(const struct roster *r, int64_t client)
{
    return (struct template_values){.variables = r->spec->variables,
                                    .variables_count = r->spec->variables_count,
                                    .rows = &r->rows,
                                    .client = client};
}

bool roster_open(struct roster *r, const struct spec *spec, struct err *e)
{
    const struct scenario *s = &spec->scenario;
    struct template_values v;
    struct text secret = {0};
    size_t claims;

    *r = (struct roster){.spec = spec};
    if (s->clients_from.path &&
        !rows_open(&r->rows, s->clients_from.path, s->clients_from.sha256, s->clients, e))
        return err_wrap(e, "clients_from");
    if (!s->jwt.secret)
        return true;
    v = values_of(r, 0);
    fill(s->jwt.secret, TEMPLATE_PLAIN, &v, &secret);
    r->secret = secret.data;
    claims = template_room(s->jwt.claims, strlen(s->jwt.claims), TEMPLATE_JSON, &v);
    r->token_room = jwt_room(claims);
    return claims > 0 || err_set(e, ERR_USAGE, "jwt.claims: can be longer than 1 MiB");
}

void roster_close(struct roster *r)
{
    rows_close(&r->rows);
    if (r->secret)
        explicit_bzero(r->secret, strlen(r->secret));
    free(r->secret);
    *r = (struct roster){0};
}

const char *roster_token(const struct roster *r, int64_t client, struct token *t)
{
    const struct jwt_terms *terms = &r->spec->scenario.jwt;
    int64_t lifetime_s = terms->lifetime_ns / NS_PER_S, now_s;
    struct template_values v;
    struct text claims = {0};

    if (!r->secret)
        return NULL;
    now_s = (int64_t)time(NULL);
    if (t->issued_s && now_s < t->issued_s + lifetime_s / 2)
        return t->text.data;
    v = values_of(r, client);
    fill(terms->claims, TEMPLATE_JSON, &v, &claims);
    t->text.length = 0;
    t->issued_s = now_s;
    jwt_add(&t->text, claims.data, claims.length, r->secret, now_s, lifetime_s);
    text_free(&claims);
    return t->text.data;
}

struct template_values roster_values(const struct roster *r, int64_t client, struct token *token)
{
    struct template_values v = values_of(r, client);

    v.token_room = r->token_room;
    v.token = token ? roster_token(r, client, token) : NULL;
    return v;
}

void roster_header(const struct roster *r, int64_t client, struct token *token, const char *value,
                   struct text *out)
{
    struct template_values v = roster_values(r, client, token);

    fill(value, TEMPLATE_PLAIN, &v, out);
}

void roster_path(const struct roster *r, int64_t client, struct token *token, const char *path,
                 struct text *out)
{
    struct template_values v = roster_values(r, client, token);

    fill(path, TEMPLATE_URL, &v, out);
}

/* So many bytes in a row give a secret away, of a shorter one all of them; fewer are anybody's. */
enum { TELLING = 8, TELLING_LEAST = 4, SECRET_SEARCHED = 4096 };

static void secret_mark(const char *words, const char *secret, bool *quoted)
{
    size_t length = strnlen(secret, SECRET_SEARCHED), size = strlen(words),
           run = length < TELLING ? length : TELLING;

    if (length < TELLING_LEAST)
        return;
    for (size_t i = 0; i + run <= size; i++)
        for (size_t j = 0; j + run <= length; j++)
            if (strncasecmp(words + i, secret + j, run) == 0)
                memset(quoted + i, true, run);
}

static void stars_put(char *words, const bool *quoted)
{
    char *to = words;

    for (size_t i = 0; words[i]; i++) { /* a quote is longer than its stars */
        if (!quoted[i])
            *to++ = words[i];
        else if (i == 0 || !quoted[i - 1])
            to = mempcpy(to, "***", 3);
    }
    *to = '\0';
}

/* Decodes %XX in place; url_parse() lets no other '%' through. */
static void percent_decode(char *s)
{
    char *to = s;

    while (*s) {
        char digits[] = {s[0] == '%' ? s[1] : '\0', s[0] == '%' ? s[2] : '\0', '\0'};

        *to++ = *digits ? (char)strtol(digits, NULL, 16) : *s;
        s += *digits ? 3 : 1;
    }
    *to = '\0';
}

/* The url's user info, decoded; false: it has none. */
static bool user_get(const struct scenario *s, char user[URL_MAX + 1])
{
    struct url url;
    struct err ignored;

    if (!s->url || !url_parse(&url, s->url, &ignored) || !*url.user)
        return false;
    memcpy(user, url.user, sizeof url.user);
    percent_decode(user);
    return true;
}

char *roster_basic(const struct scenario *s)
{
    char user[URL_MAX + 1], encoded[URL_MAX / 3 * 4 + 8];

    for (size_t i = 0; i < s->headers_count; i++)
        if (strcasecmp(s->headers[i].name, "Authorization") == 0)
            return NULL;
    if (!user_get(s, user))
        return NULL;
    EVP_EncodeBlock((unsigned char *)encoded, (unsigned char *)user, (int)strlen(user));
    return mem_printf("Basic %s", encoded);
}

static void user_mark(const struct scenario *s, const char *words, bool *quoted)
{
    char user[URL_MAX + 1], *basic = roster_basic(s);

    if (basic)
        secret_mark(words, basic + strlen("Basic "), quoted);
    if (user_get(s, user))
        secret_mark(words, user + strcspn(user, ":"), quoted);
    free(basic);
}

static void client_mark(const struct roster *r, int64_t client, struct token *token,
                        const char *words, bool *quoted)
{
    const struct scenario *s = &r->spec->scenario;
    struct text value = {0};
    const char *text;

    for (size_t i = 0; i < r->spec->variables_count; i++)
        secret_mark(words, r->spec->variables[i].value, quoted);
    for (size_t i = 0; (text = rows_text(&r->rows, client, i)); i++)
        secret_mark(words, text, quoted);
    if ((text = roster_token(r, client, token)))
        secret_mark(words, text, quoted);
    for (size_t i = 0; i < s->headers_count; i++)
        if (url_name_secret(s->headers[i].name, strlen(s->headers[i].name))) {
            roster_header(r, client, token, s->headers[i].value, &value);
            secret_mark(words, value.data, quoted);
        }
    user_mark(s, words, quoted);
    if (value.data)
        explicit_bzero(value.data, value.length);
    text_free(&value);
}

void roster_hide(const struct roster *r, int64_t client, struct token *token, char *words)
{
    bool *quoted = mem_get(strlen(words), sizeof *quoted);

    client_mark(r, client, token, words, quoted);
    stars_put(words, quoted);
    free(quoted);
}

void roster_hide_all(const struct roster *r, char *words)
{
    bool *quoted = mem_get(strlen(words), sizeof *quoted);
    struct token token = {0};
    size_t length;

    client_mark(r, 0, &token, words, quoted);
    token_free(&token);
    for (size_t i = 0; i < r->rows.cells; i++) {
        const char *value = r->rows.texts.data + r->rows.cell[i].text, *at = words;

        length = strlen(value);
        while (length >= TELLING_LEAST && (at = strstr(at, value))) {
            memset(quoted + (at - words), true, length);
            at += length;
        }
    }
    for (const char *at = words; r->secret && (at = jwt_find(at, &length)); at += length)
        memset(quoted + (at - words), true, length);
    stars_put(words, quoted);
    free(quoted);
}

void token_free(struct token *t)
{
    text_free(&t->text);
    *t = (struct token){0};
}
