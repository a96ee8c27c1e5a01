#include "schema/sha256.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

void sha256_hex(const char *text, size_t length, char out[SHA256_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    unsigned size = 0;

    if (!EVP_Digest(text ? text : "", length, digest, &size, EVP_sha256(), NULL) || size != 32)
        abort(); /* a machine without memory, or an OpenSSL without SHA-256 */
    for (size_t i = 0; i < size; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}
