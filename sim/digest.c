/* digest.c - decisions by their canonical bytes into one hash. */
#include "sim/digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

struct digest {
    EVP_MD_CTX *hash;
};

struct digest *digest_create(void)
{
    struct digest *digest = calloc(1, sizeof *digest);

    if (!digest)
        return NULL;
    digest->hash = EVP_MD_CTX_new();
    if (!digest->hash || EVP_DigestInit_ex(digest->hash, EVP_sha256(), NULL) != 1) {
        digest_destroy(digest);
        return NULL;
    }
    return digest;
}

void digest_destroy(struct digest *digest)
{
    if (!digest)
        return;
    EVP_MD_CTX_free(digest->hash);
    free(digest);
}

bool digest_add(struct digest *digest, const struct decision *decision)
{
    unsigned char bytes[DECISION_BYTES];

    decision_encode(decision, bytes);
    return EVP_DigestUpdate(digest->hash, bytes, sizeof bytes) == 1;
}

bool digest_finish(struct digest *digest, char text[DIGEST_TEXT])
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    if (EVP_DigestFinal_ex(digest->hash, bytes, &length) != 1 || length != 32)
        return false;
    for (unsigned i = 0; i < length; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return true;
}
