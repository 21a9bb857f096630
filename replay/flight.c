/* flight.c - writing a flight recording; see flight.h.
 *
 * A record is put together in a buffer that only grows, and goes to the file in
 * one write: a kill of the process loses nothing that flight_settle saw. */
#include "replay/flight.h"

#include "engine/input.h"
#include "engine/knowledge.h"
#include "replay/flight_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct flight {
    int file;
    size_t series;
    uint64_t *last; /* bits of each series' value in the frame before */
    unsigned char *buffer;
    size_t used, room, begun;
    uint64_t bytes;
    struct flight_chain chain;
    uint64_t noted;
    bool failed;
};

enum command_result flight_apply(struct engine *engine, const struct flight_input *input)
{
    switch (input->kind) {
    case FLIGHT_LEARN:
        engine_learn_frame(engine, input->at, input->values);
        break;
    case FLIGHT_FRAME:
        engine_frame(engine, input->at, input->values);
        break;
    case FLIGHT_TICK:
        engine_tick(engine, input->at);
        break;
    case FLIGHT_ACTION_ENDED:
        engine_action_answered(engine, input->at, input->id, (enum action_outcome)input->what, input->before);
        break;
    case FLIGHT_COMMAND:
        return engine_command(engine, input->at, &input->command);
    case FLIGHT_RECALL:
        engine_recall(engine, input->at, input->what, input->count, input->other);
        break;
    case FLIGHT_FREEZE:
        engine_freeze(engine, input->what);
        break;
    case FLIGHT_KNOWLEDGE:
        engine_import(engine, input->bytes, input->byte_count);
        break;
    case FLIGHT_EXCUSE:
        engine_excuse(engine, input->at, input->what);
        break;
    case FLIGHT_TAKE_BACK:
        engine_take_back(engine, &input->standing);
        break;
    case FLIGHT_KIND_COUNT:
        break;
    }
    return COMMAND_DONE;
}

struct flight_hasher {
    EVP_MD *method;
    EVP_MD_CTX *context;
};

static void hasher_destroy(struct flight_hasher *hasher)
{
    if (!hasher)
        return;
    EVP_MD_CTX_free(hasher->context);
    EVP_MD_free(hasher->method);
    free(hasher);
}

static struct flight_hasher *hasher_create(void)
{
    struct flight_hasher *hasher = calloc(1, sizeof *hasher);

    if (!hasher)
        return NULL;
    hasher->method = EVP_MD_fetch(NULL, "SHA256", NULL);
    hasher->context = EVP_MD_CTX_new();
    if (hasher->method && hasher->context)
        return hasher;
    hasher_destroy(hasher);
    return NULL;
}

void flight_chain_add(struct flight_chain *chain, const struct decision *decision)
{
    unsigned char text[FLIGHT_DIGEST + DECISION_BYTES];
    unsigned int size = 0;

    memcpy(text, chain->head, FLIGHT_DIGEST);
    decision_encode(decision, text + FLIGHT_DIGEST);
    if (!chain->hasher)
        chain->hasher = hasher_create();
    if (!chain->hasher) /* no memory for it: dearer, the same */
        EVP_Digest(text, sizeof text, chain->head, &size, EVP_sha256(), NULL);
    else if (EVP_DigestInit_ex2(chain->hasher->context, chain->hasher->method, NULL) &&
             EVP_DigestUpdate(chain->hasher->context, text, sizeof text))
        EVP_DigestFinal_ex(chain->hasher->context, chain->head, &size);
    chain->decisions++;
}

void flight_chain_clear(struct flight_chain *chain)
{
    hasher_destroy(chain->hasher);
    chain->hasher = NULL;
}

char *flight_digest_text(const unsigned char digest[FLIGHT_DIGEST], char text[FLIGHT_DIGEST_TEXT])
{
    static const char HEX[] = "0123456789abcdef";

    for (size_t i = 0; i < FLIGHT_DIGEST; i++) {
        text[2 * i] = HEX[digest[i] >> 4];
        text[2 * i + 1] = HEX[digest[i] & 15];
    }
    text[FLIGHT_DIGEST_TEXT - 1] = '\0';
    return text;
}

static bool reserve(struct flight *flight, size_t more)
{
    if (flight->room - flight->used >= more)
        return true;
    size_t room = 2 * flight->room + more + 256;
    unsigned char *buffer = realloc(flight->buffer, room);
    if (!buffer) {
        flight->failed = true;
        return false;
    }
    flight->buffer = buffer;
    flight->room = room;
    return true;
}

static void put(struct flight *flight, uint64_t value, size_t bytes)
{
    if (!reserve(flight, bytes))
        return;
    for (size_t i = 0; i < bytes; i++)
        flight->buffer[flight->used++] = (unsigned char)(value >> (8 * i));
}

static void put_varint(struct flight *flight, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        put(flight, (value & 0x7f) | 0x80, 1);
    put(flight, value, 1);
}

static void put_text(struct flight *flight, const char *text, size_t length)
{
    put_varint(flight, length);
    if (reserve(flight, length)) {
        memcpy(flight->buffer + flight->used, text, length);
        flight->used += length;
    }
}

static void begin_record(struct flight *flight, unsigned kind)
{
    flight->begun = flight->used;
    put(flight, 0, 4);
    put(flight, kind, 1);
}

static void end_record(struct flight *flight)
{
    if (flight->failed)
        return;
    size_t payload = flight->used - flight->begun - 4;
    for (size_t i = 0; i < 4; i++)
        flight->buffer[flight->begun + i] = (unsigned char)(payload >> (8 * i));
    put(flight, flight_sum(flight->buffer + flight->begun + 4, payload), 4);
}

static bool hand_over(struct flight *flight)
{
    size_t done = 0;

    while (!flight->failed && done < flight->used) {
        ssize_t part = write(flight->file, flight->buffer + done, flight->used - done);
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            flight->failed = true;
        else
            done += (size_t)part;
    }
    flight->bytes += done;
    flight->used = 0;
    return !flight->failed;
}

static void put_head(struct flight *flight, const struct flight_head *head, const struct inventory *inventory)
{
    size_t edge_count;
    const struct inventory_edge *edges = inventory_edges(inventory, &edge_count);
    size_t resources = inventory_resource_count(inventory);

    begin_record(flight, FLIGHT_RECORD_HEAD);
    put(flight, (uint64_t)head->start, 8);
    put(flight, head->seed, 8);
    put_varint(flight, head->layer_count);
    for (size_t i = 0; i < head->layer_count; i++) {
        put_text(flight, head->layers[i].name, strlen(head->layers[i].name));
        put_text(flight, head->layers[i].text, head->layers[i].length);
    }
    put_varint(flight, resources);
    for (uint32_t i = 0; i < resources; i++)
        put_text(flight, inventory_resource_id(inventory, i), strlen(inventory_resource_id(inventory, i)));
    put_varint(flight, flight->series);
    for (uint32_t i = 0; i < flight->series; i++)
        put_text(flight, inventory_series_id(inventory, i), strlen(inventory_series_id(inventory, i)));
    put_varint(flight, edge_count);
    for (size_t i = 0; i < edge_count; i++) {
        put_varint(flight, edges[i].source);
        put_varint(flight, edges[i].relation);
        put_varint(flight, edges[i].target);
    }
    end_record(flight);
}

struct flight *flight_create(const char *path, const struct flight_head *head, const struct inventory *inventory,
                             struct error_list *errors)
{
    struct flight *flight = calloc(1, sizeof *flight);

    if (flight) {
        flight->series = inventory_series_count(inventory);
        flight->last = calloc(flight->series + 1, sizeof *flight->last);
        flight->file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    }
    if (!flight || !flight->last || flight->file < 0) {
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot create the flight recording: %s",
                  flight && flight->last ? strerror(errno) : "out of memory");
        if (flight) {
            free(flight->last);
            free(flight);
        }
        return NULL;
    }
    if (reserve(flight, FLIGHT_MAGIC_BYTES)) {
        memcpy(flight->buffer, FLIGHT_MAGIC, FLIGHT_MAGIC_BYTES);
        flight->used = FLIGHT_MAGIC_BYTES;
    }
    put_head(flight, head, inventory);
    if (hand_over(flight))
        return flight;
    error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot write the flight recording: %s", strerror(errno));
    flight_close(flight);
    return NULL;
}

bool flight_close(struct flight *flight)
{
    if (!flight)
        return true;
    bool good = hand_over(flight) && fdatasync(flight->file) == 0;
    good = close(flight->file) == 0 && good;
    flight_chain_clear(&flight->chain);
    free(flight->last);
    free(flight->buffer);
    free(flight);
    return good;
}

static void put_values(struct flight *flight, const double *values)
{
    size_t at = 0;

    for (size_t i = 0; i < flight->series; i++) {
        uint64_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        if (values[i] != values[i])
            bits = UINT64_C(0x7ff8000000000000); /* one NaN is like the other */
        if (bits == flight->last[i])
            continue;
        put_varint(flight, i - at + 1); /* how far to go; 0 ends */
        put(flight, bits, 8);
        flight->last[i] = bits;
        at = i + 1;
    }
    put_varint(flight, 0);
}

/* In the engine's own bytes (engine/input.h). */
static void put_command(struct flight *flight, const struct flight_input *input)
{
    const struct input own = {.kind = INPUT_COMMAND, .at = input->at, .command = input->command};
    size_t size = input_size(&own);

    put_varint(flight, size);
    if (reserve(flight, size))
        flight->used += input_encode(&own, flight->buffer + flight->used, size);
}

static void put_number(struct flight *flight, double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof bits);
    put(flight, bits, 8);
}

static void put_standing(struct flight *flight, const struct standing_step *standing)
{
    put_varint(flight, (uint64_t)standing->kind);
    put_varint(flight, standing->target);
    put_varint(flight, (uint64_t)standing->unit);
    put_varint(flight, (uint64_t)standing->type);
    put_varint(flight, (uint64_t)standing->severity);
    put(flight, (uint64_t)standing->due, 8);
    put_number(flight, standing->amount);
    put_number(flight, standing->before);
}

bool flight_write(struct flight *flight, const struct flight_input *input)
{
    if (flight->failed)
        return false;
    begin_record(flight, (unsigned)input->kind);
    put(flight, (uint64_t)input->at, 8);
    put_varint(flight, input->id);
    put_varint(flight, input->what);
    put_varint(flight, input->count);
    put_varint(flight, input->other);
    if (input->kind == FLIGHT_LEARN || input->kind == FLIGHT_FRAME)
        put_values(flight, input->values);
    if (input->kind == FLIGHT_KNOWLEDGE)
        put_text(flight, (const char *)input->bytes, input->byte_count);
    if (input->kind == FLIGHT_COMMAND)
        put_command(flight, input);
    if (input->kind == FLIGHT_ACTION_ENDED && input->before == input->before)
        put_number(flight, input->before);
    if (input->kind == FLIGHT_TAKE_BACK)
        put_standing(flight, &input->standing);
    end_record(flight);
    return !flight->failed;
}

void flight_decision(struct flight *flight, const struct decision *decision)
{
    flight_chain_add(&flight->chain, decision);
}

bool flight_settle(struct flight *flight)
{
    if (flight->chain.decisions != flight->noted) {
        flight->noted = flight->chain.decisions;
        begin_record(flight, FLIGHT_RECORD_NOTE);
        put(flight, flight->chain.decisions, 8);
        for (size_t i = 0; i < FLIGHT_DIGEST; i++)
            put(flight, flight->chain.head[i], 1);
        end_record(flight);
    }
    return hand_over(flight);
}

bool flight_sync(struct flight *flight)
{
    if (!hand_over(flight))
        return false;
    flight->failed = fdatasync(flight->file) != 0;
    return !flight->failed;
}

uint64_t flight_bytes(const struct flight *flight)
{
    return flight->bytes;
}

char *flight_digest(const struct flight *flight, char text[FLIGHT_DIGEST_TEXT])
{
    return flight_digest_text(flight->chain.head, text);
}
