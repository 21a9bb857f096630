/* bytes.c - one loop each way; everything else is a width. */
#include "engine/bytes.h"

#include <string.h>

static void put(struct byte_writer *writer, uint64_t value, size_t width)
{
    if (writer->bytes && writer->used + width <= writer->room) {
        for (size_t i = 0; i < width; i++)
            writer->bytes[writer->used + i] = (unsigned char)(value >> (8 * i));
    }
    writer->used += width;
}

void write_u8(struct byte_writer *writer, uint8_t value)
{
    put(writer, value, 1);
}

void write_u32(struct byte_writer *writer, uint32_t value)
{
    put(writer, value, 4);
}

void write_u64(struct byte_writer *writer, uint64_t value)
{
    put(writer, value, 8);
}

void write_f64(struct byte_writer *writer, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    put(writer, bits, 8);
}

static uint64_t get(struct byte_reader *reader, size_t width)
{
    uint64_t value = 0;

    if (!reader->good || reader->length - reader->used < width) {
        reader->good = false;
        return 0;
    }
    for (size_t i = 0; i < width; i++)
        value |= (uint64_t)reader->bytes[reader->used + i] << (8 * i);
    reader->used += width;
    return value;
}

uint8_t read_u8(struct byte_reader *reader)
{
    return (uint8_t)get(reader, 1);
}

uint32_t read_u32(struct byte_reader *reader)
{
    return (uint32_t)get(reader, 4);
}

uint64_t read_u64(struct byte_reader *reader)
{
    return get(reader, 8);
}

double read_f64(struct byte_reader *reader)
{
    uint64_t bits = get(reader, 8);
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}
