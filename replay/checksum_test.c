#include "replay/checksum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* The reference: xxhsum -H64 over the bytes 0, 1, 2, ... (xxHash 0.8). */
static void test_known_sums(void **state)
{
    static const struct {
        size_t length;
        uint64_t sum;
    } known[] = {
        {32, UINT64_C(0xcbf59c5116ff32b4)}, {64, UINT64_C(0xf7c67301db6713f0)}, {256, UINT64_C(0x1facbe8406cd904b)}};
    unsigned char bytes[256];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct checksum checksum;
        checksum_start(&checksum);
        checksum_add(&checksum, bytes, known[i].length);
        assert_int_equal(checksum_value(&checksum), known[i].sum);
    }
}

static void test_pieces_sum_like_the_whole(void **state)
{
    unsigned char bytes[512];
    struct checksum whole, pieces;
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7);
    checksum_start(&whole);
    checksum_add(&whole, bytes, sizeof bytes);
    checksum_start(&pieces);
    checksum_add(&pieces, bytes, 96);
    checksum_add(&pieces, bytes + 96, 0);
    checksum_add(&pieces, bytes + 96, sizeof bytes - 96);
    assert_int_equal(checksum_value(&whole), checksum_value(&pieces));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_sums),
        cmocka_unit_test(test_pieces_sum_like_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
