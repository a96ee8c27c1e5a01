#include "runner/jwt.h"

#include <cJSON.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

static const char head[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

enum { TIMES_ROOM = 64 /* "iat" and "exp" */, MAC_BYTES = 32 };

/* Base 64 of RFC 4648 section 5, without padding. */
static void base64url_add(struct text *out, const void *bytes, size_t length)
{
    unsigned char *encoded = mem_get(length / 3 * 4 + 5, 1);
    size_t n = (size_t)EVP_EncodeBlock(encoded, bytes, (int)length);

    while (n > 0 && encoded[n - 1] == '=')
        n--;
    for (size_t i = 0; i < n; i++)
        encoded[i] = encoded[i] == '+' ? '-' : encoded[i] == '/' ? '_' : encoded[i];
    text_add_bytes(out, (char *)encoded, n);
    free(encoded);
}

/* The claims, with the times where they are missing; the rest stays as it is written. */
static void claims_add(struct text *out, const char *claims, size_t length, int64_t issued_s,
                       int64_t lifetime_s)
{
    cJSON *o = cJSON_ParseWithLength(claims, length);
    const char *comma = cJSON_GetArraySize(o) > 0 ? "," : "";

    text_add_bytes(out, claims, length - strlen("}"));
    if (!cJSON_GetObjectItemCaseSensitive(o, "iat")) {
        text_addf(out, "%s\"iat\":%lld", comma, (long long)issued_s);
        comma = ",";
    }
    if (!cJSON_GetObjectItemCaseSensitive(o, "exp"))
        text_addf(out, "%s\"exp\":%lld", comma, (long long)(issued_s + lifetime_s));
    text_add(out, "}");
    cJSON_Delete(o);
}

void jwt_add(struct text *out, const char *claims, size_t length, const char *secret,
             int64_t issued_s, int64_t lifetime_s)
{
    struct text all = {0};
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_length = 0;
    size_t start;

    claims_add(&all, claims, length, issued_s, lifetime_s);
    text_add(out, "");
    start = out->length;
    base64url_add(out, head, strlen(head));
    text_add(out, ".");
    base64url_add(out, all.data, all.length);
    if (!HMAC(EVP_sha256(), secret, (int)strlen(secret), (unsigned char *)out->data + start,
              out->length - start, mac, &mac_length) ||
        mac_length != MAC_BYTES)
        abort();
    text_add(out, ".");
    base64url_add(out, mac, mac_length);
    text_free(&all);
}

const char *jwt_find(const char *words, size_t *length)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    struct text start = {0};
    const char *at;

    base64url_add(&start, head, strlen(head));
    text_add(&start, ".");
    at = strstr(words, start.data);
    *length = at ? strspn(at, letters) : 0;
    text_free(&start);
    return at;
}

static size_t base64_room(size_t length)
{
    return (length + 2) / 3 * 4;
}

size_t jwt_room(size_t length)
{
    return base64_room(strlen(head)) + base64_room(length + TIMES_ROOM) + base64_room(MAC_BYTES) +
           2;
}
