/* streams_test.c - each (entity, purpose) draws on where it stopped, and nobody else's numbers. */
#include "sim/streams.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ENTITIES = 200, PURPOSES = 3 };
static const char *const PURPOSE[PURPOSES] = {"restart_pod", "scale_out", "operator repair"};

static void name_entity(uint32_t entity, char name[32])
{
    snprintf(name, 32, "pod/shop/web-%u", entity);
}

static uint64_t draw(struct stream_book *book, uint32_t entity, uint32_t what)
{
    char name[32];

    name_entity(entity, name);
    struct random_stream *stream = stream_book_find(book, entity, what, name, PURPOSE[what]);
    assert_non_null(stream);
    return random_bits(stream);
}

static void test_draws_are_those_of_the_named_stream(void **state)
{
    (void)state;
    struct stream_book book = {.seed = 11, .index = 4};
    struct random_stream own = random_stream_named(11, "pod/shop/web-9", "scale_out", 4);

    for (int i = 0; i < 20; i++) {
        assert_true(draw(&book, 9, 1) == random_bits(&own));
        draw(&book, 9, 0); /* others draw in between */
        draw(&book, 8, 1);
        draw(&book, 10, 1);
    }
    stream_book_clear(&book);
}

/* Whoever asks first: 600 streams opened in a scrambled order, two draws each,
 * give what each would give alone. */
static void test_the_order_of_asking_changes_no_draw(void **state)
{
    (void)state;
    struct stream_book book = {.seed = 3, .index = 0};
    char name[32];

    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < ENTITIES * PURPOSES; i++) {
            uint32_t slot = i * (round ? 7 : 11) % (ENTITIES * PURPOSES); /* both prime to 600 */
            uint32_t entity = slot / PURPOSES, what = slot % PURPOSES;
            name_entity(entity, name);
            struct random_stream alone = random_stream_named(3, name, PURPOSE[what], 0);
            if (round)
                random_bits(&alone);
            assert_true(draw(&book, entity, what) == random_bits(&alone));
        }
    }
    assert_int_equal(book.count, ENTITIES * PURPOSES);
    stream_book_clear(&book);
}

static void test_replication_and_seed_give_other_numbers(void **state)
{
    (void)state;
    struct stream_book first = {.seed = 3, .index = 0}, second = {.seed = 3, .index = 1},
                       third = {.seed = 4, .index = 0};
    uint64_t a = draw(&first, 1, 0), b = draw(&second, 1, 0), c = draw(&third, 1, 0);

    assert_true(a != b && a != c && b != c);
    stream_book_clear(&first);
    stream_book_clear(&second);
    stream_book_clear(&third);
}

static void test_the_largest_numbers_are_entities_like_others(void **state)
{
    (void)state;
    struct stream_book book = {.seed = 3};

    struct random_stream *high = stream_book_find(&book, UINT32_MAX, UINT32_MAX, "high", "x");
    uint64_t bits = random_bits(high);
    struct random_stream *low = stream_book_find(&book, 0, 0, "low", "x");
    struct random_stream own = random_stream_named(3, "high", "x", 0);
    assert_true(random_bits(low) != bits);
    assert_true(bits == random_bits(&own));
    assert_true(random_bits(stream_book_find(&book, UINT32_MAX, UINT32_MAX, "high", "x")) == random_bits(&own));
    stream_book_clear(&book);
    assert_null(book.items);
    stream_book_clear(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draws_are_those_of_the_named_stream),
        cmocka_unit_test(test_the_order_of_asking_changes_no_draw),
        cmocka_unit_test(test_replication_and_seed_give_other_numbers),
        cmocka_unit_test(test_the_largest_numbers_are_entities_like_others),
    };
    return cmocka_run_group_tests_name("streams", tests, NULL, NULL);
}
