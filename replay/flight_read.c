/* flight_read.c - reading a flight recording; see flight.h. A file may come from a
 * process that was killed, or from elsewhere: every length is checked. */
#include "replay/flight.h"

#include "engine/input.h"
#include "replay/flight_parts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct flight_reader {
    FILE *file;
    struct arena *arena;
    struct inventory *inventory;
    double *values;
    size_t series;
    unsigned char *record; /* kind and payload */
    size_t length, room;
    size_t at; /* in record */
    bool bad;
};

bool flight_is(const char *path)
{
    char magic[FLIGHT_MAGIC_BYTES] = "";
    FILE *file = fopen(path, "rb");
    bool is = file && fread(magic, 1, sizeof magic, file) == sizeof magic && memcmp(magic, FLIGHT_MAGIC, 8) == 0;

    if (file)
        fclose(file);
    return is;
}

static uint64_t take(struct flight_reader *reader, size_t bytes)
{
    uint64_t value = 0;

    if (reader->bad || reader->length - reader->at < bytes) {
        reader->bad = true;
        return 0;
    }
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)reader->record[reader->at++] << (8 * i);
    return value;
}

static uint64_t take_varint(struct flight_reader *reader)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint64_t part = take(reader, 1);
        value |= (part & 0x7f) << shift;
        if (!(part & 0x80))
            return value;
    }
    reader->bad = true;
    return 0;
}

static const char *take_text(struct flight_reader *reader, size_t *length)
{
    uint64_t size = take_varint(reader);

    if (reader->bad || size > reader->length - reader->at) {
        reader->bad = true;
        return NULL;
    }
    const char *text = arena_text(reader->arena, (const char *)reader->record + reader->at, (size_t)size);
    reader->at += (size_t)size;
    reader->bad = !text || memchr(text, '\0', (size_t)size);
    *length = (size_t)size;
    return reader->bad ? NULL : text;
}

/* The next whole record. */
static enum flight_next next_record(struct flight_reader *reader)
{
    unsigned char size[4], sum[4];
    size_t got = fread(size, 1, sizeof size, reader->file);

    if (got == 0)
        return FLIGHT_END;
    size_t length = size[0] | (size_t)size[1] << 8 | (size_t)size[2] << 16 | (size_t)size[3] << 24;
    if (got < sizeof size || length == 0 || length > FLIGHT_RECORD_MAX)
        return FLIGHT_TORN;
    if (length > reader->room) {
        unsigned char *record = realloc(reader->record, length);
        if (!record)
            return FLIGHT_TORN;
        reader->record = record;
        reader->room = length;
    }
    if (fread(reader->record, 1, length, reader->file) != length || fread(sum, 1, 4, reader->file) != 4)
        return FLIGHT_TORN;
    uint32_t wanted = sum[0] | (uint32_t)sum[1] << 8 | (uint32_t)sum[2] << 16 | (uint32_t)sum[3] << 24;
    if (flight_sum(reader->record, length) != wanted)
        return FLIGHT_TORN;
    reader->length = length;
    reader->at = 1;
    reader->bad = false;
    return FLIGHT_INPUT;
}

static void read_inventory(struct flight_reader *reader)
{
    size_t length = 0;

    for (uint64_t i = take_varint(reader); i > 0 && !reader->bad; i--) {
        const char *id = take_text(reader, &length);
        reader->bad |= !id || inventory_add_resource(reader->inventory, id, length) == RESOURCE_NONE;
    }
    for (uint64_t i = take_varint(reader); i > 0 && !reader->bad; i--) {
        const char *id = take_text(reader, &length);
        reader->bad |= !id || inventory_add_series(reader->inventory, id, length) == SERIES_NONE;
    }
    for (uint64_t i = take_varint(reader); i > 0 && !reader->bad; i--) {
        uint32_t source = (uint32_t)take_varint(reader), relation = (uint32_t)take_varint(reader);
        uint32_t target = (uint32_t)take_varint(reader);
        size_t count = inventory_resource_count(reader->inventory);
        reader->bad |= source >= count || target >= count || relation >= RELATION_COUNT ||
                       !inventory_relate(reader->inventory, source, (enum relation)relation, target);
    }
    reader->bad |= !inventory_freeze(reader->inventory);
}

static bool read_head(struct flight_reader *reader, struct flight_head *head)
{
    char magic[FLIGHT_MAGIC_BYTES];
    size_t unused;

    if (fread(magic, 1, sizeof magic, reader->file) != sizeof magic || memcmp(magic, FLIGHT_MAGIC, sizeof magic) != 0 ||
        next_record(reader) != FLIGHT_INPUT || reader->record[0] != FLIGHT_RECORD_HEAD)
        return false;
    head->start = (heal_time)take(reader, 8);
    head->seed = take(reader, 8);
    head->layer_count = (size_t)take_varint(reader);
    if (head->layer_count > FLIGHT_LAYERS_MAX)
        return false;
    for (size_t i = 0; i < head->layer_count && !reader->bad; i++) {
        head->layers[i].name = take_text(reader, &unused);
        head->layers[i].text = take_text(reader, &head->layers[i].length);
    }
    read_inventory(reader);
    return !reader->bad && reader->at == reader->length;
}

struct flight_reader *flight_open(const char *path, struct flight_head *head, const struct inventory **inventory,
                                  struct error_list *errors)
{
    struct flight_reader *reader = calloc(1, sizeof *reader);

    *head = (struct flight_head){0};
    if (reader) {
        reader->arena = arena_create();
        reader->inventory = inventory_create();
    }
    if (!reader || !reader->arena || !reader->inventory) {
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "out of memory");
        flight_reader_destroy(reader);
        return NULL;
    }
    reader->file = fopen(path, "rb");
    if (!reader->file || !read_head(reader, head)) {
        error_add(errors, ERROR_INPUT, path, 0, NULL,
                  reader->file ? "not a flight recording of this version, or damaged at its head"
                               : "cannot be opened: %s",
                  strerror(errno));
        flight_reader_destroy(reader);
        return NULL;
    }
    reader->series = inventory_series_count(reader->inventory);
    reader->values = calloc(reader->series + 1, sizeof *reader->values);
    if (!reader->values) {
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "out of memory");
        flight_reader_destroy(reader);
        return NULL;
    }
    *inventory = reader->inventory;
    return reader;
}

void flight_reader_destroy(struct flight_reader *reader)
{
    if (!reader)
        return;
    if (reader->file)
        fclose(reader->file);
    inventory_destroy(reader->inventory);
    arena_destroy(reader->arena);
    free(reader->values);
    free(reader->record);
    free(reader);
}

static void read_values(struct flight_reader *reader)
{
    uint64_t at = 0, step;

    while (!reader->bad && (step = take_varint(reader)) != 0) {
        if (step > reader->series - at) {
            reader->bad = true;
            return;
        }
        at += step;
        uint64_t bits = take(reader, 8);
        memcpy(&reader->values[at - 1], &bits, sizeof bits);
    }
}

/* In the record itself, good until the next one. */
static void read_bytes(struct flight_reader *reader, struct flight_input *input)
{
    uint64_t size = take_varint(reader);

    if (reader->bad || size > reader->length - reader->at) {
        reader->bad = true;
        return;
    }
    input->bytes = reader->record + reader->at;
    input->byte_count = (size_t)size;
    reader->at += (size_t)size;
}

static void read_command(struct flight_reader *reader, struct flight_input *input)
{
    struct input own;
    double none[1];

    if (input_decode(input->bytes, input->byte_count, none, 0, &own) != input->byte_count || own.kind != INPUT_COMMAND)
        reader->bad = true;
    else
        input->command = own.command;
}

static double take_number(struct flight_reader *reader)
{
    uint64_t bits = take(reader, 8);
    double number;

    memcpy(&number, &bits, sizeof number);
    return number;
}

/* What is no step engine_take_back leaves alone. */
static void read_standing(struct flight_reader *reader, struct standing_step *standing)
{
    standing->kind = (enum action_kind)take_varint(reader);
    standing->target = (uint32_t)take_varint(reader);
    standing->unit = (enum amount_unit)take_varint(reader);
    standing->type = (enum issue_type)take_varint(reader);
    standing->severity = (enum severity)take_varint(reader);
    standing->due = (heal_time)take(reader, 8);
    standing->amount = take_number(reader);
    standing->before = take_number(reader);
}

enum flight_next flight_read(struct flight_reader *reader, struct flight_input *input, struct flight_note *note)
{
    enum flight_next next = next_record(reader);

    if (next != FLIGHT_INPUT)
        return next;
    if (reader->record[0] == FLIGHT_RECORD_NOTE) {
        note->decisions = take(reader, 8);
        for (size_t i = 0; i < FLIGHT_DIGEST; i++)
            note->digest[i] = (unsigned char)take(reader, 1);
        return reader->bad ? FLIGHT_TORN : FLIGHT_NOTE;
    }
    if (reader->record[0] >= FLIGHT_KIND_COUNT)
        return FLIGHT_TORN;
    *input = (struct flight_input){.kind = (enum flight_kind)reader->record[0], .values = reader->values};
    input->at = (heal_time)take(reader, 8);
    input->id = take_varint(reader);
    input->what = (uint32_t)take_varint(reader);
    input->count = (uint32_t)take_varint(reader);
    input->other = (uint32_t)take_varint(reader);
    if (input->kind == FLIGHT_LEARN || input->kind == FLIGHT_FRAME)
        read_values(reader);
    if (input->kind == FLIGHT_KNOWLEDGE || input->kind == FLIGHT_COMMAND)
        read_bytes(reader, input);
    if (input->kind == FLIGHT_COMMAND && !reader->bad)
        read_command(reader, input);
    input->before = NAN;
    if (input->kind == FLIGHT_ACTION_ENDED && reader->at < reader->length)
        input->before = take_number(reader); /* left out where it is not known */
    if (input->kind == FLIGHT_TAKE_BACK)
        read_standing(reader, &input->standing);
    return reader->bad || reader->at != reader->length ? FLIGHT_TORN : FLIGHT_INPUT;
}
