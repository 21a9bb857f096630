/* bytes.h - numbers as little-endian bytes, within bounds.
 *
 * A cursor that would pass its end stays there and says so: check `good` once,
 * after the last number.
 */
#ifndef SELFHEAL_ENGINE_BYTES_H
#define SELFHEAL_ENGINE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct byte_writer {
    unsigned char *bytes; /* NULL: only counts */
    size_t room, used;    /* `used` counts on past the end */
};
void write_u8(struct byte_writer *writer, uint8_t value);
void write_u32(struct byte_writer *writer, uint32_t value);
void write_u64(struct byte_writer *writer, uint64_t value);
void write_f64(struct byte_writer *writer, double value);

struct byte_reader {
    const unsigned char *bytes;
    size_t length, used;
    bool good; /* start with true */
};
uint8_t read_u8(struct byte_reader *reader);
uint32_t read_u32(struct byte_reader *reader);
uint64_t read_u64(struct byte_reader *reader);
double read_f64(struct byte_reader *reader);

#endif
