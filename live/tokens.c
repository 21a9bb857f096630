/* tokens.c - see tokens.h. */
#include "live/tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HASH = 32, TOKENS_MAX = 1024, LINE_MAX_BYTES = 512 };

struct entry {
    enum role role;
    char name[TOKEN_NAME];
    unsigned char hash[HASH];
};

struct tokens {
    pthread_mutex_t mutex;
    char *path;
    struct timespec changed;
    struct entry *entries;
    size_t count;
};

const char *role_name(enum role role)
{
    static const char *const NAMES[ROLE_COUNT] = {"none", "viewer", "operator", "approver", "sender"};
    return NAMES[role];
}

bool role_may(enum role role, enum role needed)
{
    if (role == ROLE_SENDER || needed == ROLE_SENDER)
        return role == needed || needed == ROLE_NONE;
    return role >= needed;
}

static bool hash_of(const char *token, unsigned char hash[HASH])
{
    unsigned int size = 0;
    return EVP_Digest(token, strlen(token), hash, &size, EVP_sha256(), NULL) == 1 && size == HASH;
}

static bool parse_hex(const char *text, unsigned char hash[HASH])
{
    for (size_t i = 0; i < HASH; i++) {
        unsigned value;
        if (strspn(text + 2 * i, "0123456789abcdef") < 2 || sscanf(text + 2 * i, "%2x", &value) != 1)
            return false;
        hash[i] = (unsigned char)value;
    }
    return text[2 * HASH] == '\0';
}

static bool parse_line(char *line, struct entry *out)
{
    char role[16], hash[2 * HASH + 1];
    int used = 0;

    if (sscanf(line, "%15s %63s sha256:%64[0-9a-f] %n", role, out->name, hash, &used) != 3 || line[used] != '\0')
        return false;
    out->role = ROLE_NONE;
    for (enum role i = ROLE_VIEWER; i < ROLE_COUNT; i++) {
        if (strcmp(role, role_name(i)) == 0)
            out->role = i;
    }
    return out->role != ROLE_NONE && parse_hex(hash, out->hash);
}

/* Reads the file anew. False with messages; what was known then stays. */
static bool load(struct tokens *tokens, struct error_list *errors)
{
    struct entry *entries = calloc(TOKENS_MAX, sizeof *entries);
    FILE *file = fopen(tokens->path, "r");
    struct stat there;
    char line[LINE_MAX_BYTES];
    size_t count = 0, before = errors->count;
    uint64_t number = 0;

    if (!entries || !file || fstat(fileno(file), &there) != 0) {
        error_add(errors, ERROR_INPUT, tokens->path, 0, NULL, "cannot be read: %s", strerror(errno));
    } else {
        if (there.st_mode & (S_IRWXG | S_IRWXO) & ~(mode_t)S_IRGRP)
            error_add(errors, ERROR_INPUT, tokens->path, 0, NULL,
                      "others may read or change it; expected mode 0600 or 0640");
        while (fgets(line, sizeof line, file)) {
            number++;
            line[strcspn(line, "\n")] = '\0';
            if (line[0] == '\0' || line[0] == '#')
                continue;
            if (count == TOKENS_MAX || !parse_line(line, &entries[count]))
                error_add(errors, ERROR_INPUT, tokens->path, number, NULL,
                          "expected: viewer|operator|approver|sender NAME sha256:HEX, at most %d lines", TOKENS_MAX);
            else
                count++;
        }
        tokens->changed = there.st_mtim;
    }
    if (file)
        fclose(file);
    if (errors->count > before) {
        free(entries);
        return false;
    }
    free(tokens->entries);
    tokens->entries = entries;
    tokens->count = count;
    return true;
}

struct tokens *tokens_create(const char *path, struct error_list *errors)
{
    struct tokens *tokens = calloc(1, sizeof *tokens);

    if (!tokens || !(tokens->path = strdup(path))) {
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "out of memory");
        free(tokens);
        return NULL;
    }
    pthread_mutex_init(&tokens->mutex, NULL);
    if (load(tokens, errors))
        return tokens;
    tokens_destroy(tokens);
    return NULL;
}

void tokens_destroy(struct tokens *tokens)
{
    if (!tokens)
        return;
    pthread_mutex_destroy(&tokens->mutex);
    free(tokens->entries);
    free(tokens->path);
    free(tokens);
}

static void renew(struct tokens *tokens)
{
    struct stat there;
    struct error_list unheard = {0}; /* a file that is being written is read at the next request */

    if (stat(tokens->path, &there) != 0 ||
        (there.st_mtim.tv_sec == tokens->changed.tv_sec && there.st_mtim.tv_nsec == tokens->changed.tv_nsec))
        return;
    load(tokens, &unheard);
    error_list_clear(&unheard);
}

enum role tokens_check(struct tokens *tokens, const char *token, char name[TOKEN_NAME])
{
    unsigned char hash[HASH];
    enum role role = ROLE_NONE;

    name[0] = '\0';
    if (!hash_of(token, hash))
        return ROLE_NONE;
    pthread_mutex_lock(&tokens->mutex);
    renew(tokens);
    for (size_t i = 0; i < tokens->count; i++) {
        if (CRYPTO_memcmp(hash, tokens->entries[i].hash, HASH) == 0) {
            role = tokens->entries[i].role;
            memcpy(name, tokens->entries[i].name, TOKEN_NAME);
        }
    }
    pthread_mutex_unlock(&tokens->mutex);
    return role;
}

static void to_hex(const unsigned char *bytes, char text[2 * HASH + 1])
{
    for (size_t i = 0; i < HASH; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

bool tokens_add(const char *path, enum role role, const char *name, char token[TOKEN_TEXT], struct error_list *errors)
{
    unsigned char random[HASH], hash[HASH];
    char text[TOKEN_TEXT];

    if (strlen(name) >= TOKEN_NAME || !*name || strpbrk(name, " \t\n#")) {
        error_add(errors, ERROR_INPUT, NULL, 0, NULL, "a token's name is one word of at most %d bytes", TOKEN_NAME - 1);
        return false;
    }
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    bool good = file >= 0 && RAND_bytes(random, sizeof random) == 1;
    if (good) {
        to_hex(random, token);
        good = hash_of(token, hash);
        to_hex(hash, text);
        good = good && dprintf(file, "%s %s sha256:%s\n", role_name(role), name, text) > 0;
    }
    if (file >= 0)
        good = close(file) == 0 && good;
    if (!good)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot be written: %s", strerror(errno));
    return good;
}
