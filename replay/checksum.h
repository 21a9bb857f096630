/* checksum.h - XXH64 (Yann Collet, xxHash specification 0.1.1, section 3) with
 * seed 0, for data that comes in whole stripes of 32 bytes. It finds damage, not
 * malice; it was chosen because it keeps up with memory. */
#ifndef SELFHEAL_REPLAY_CHECKSUM_H
#define SELFHEAL_REPLAY_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

enum { CHECKSUM_STRIPE = 32 };

struct checksum {
    uint64_t lanes[4];
    uint64_t bytes;
};

void checksum_start(struct checksum *checksum);
/* `length` is a multiple of CHECKSUM_STRIPE. */
void checksum_add(struct checksum *checksum, const void *data, size_t length);
/* After at least one stripe. */
uint64_t checksum_value(const struct checksum *checksum);

#endif
