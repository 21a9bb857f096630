#include "engine/chosen.h"

#include "engine/test_engine.h"

static void test_places_and_series_are_inverse(void **state)
{
    enum { COUNT = 200 };
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct random_stream stream = random_stream_named(seed, "chosen", "wanted", 0);
        struct chosen chosen;
        bool wanted[COUNT];
        size_t next = 0;
        for (size_t i = 0; i < COUNT; i++)
            wanted[i] = random_uniform(&stream) * 19 < (double)seed; /* from none to all */
        assert_true(chosen_make(&chosen, wanted, COUNT));
        for (size_t i = 0; i < COUNT; i++) {
            size_t place = chosen_place(&chosen, i);
            assert_for_seed(place == (wanted[i] ? next++ : CHOSEN_NONE), seed);
            assert_for_seed(!wanted[i] || chosen_series(&chosen, place) == i, seed);
        }
        assert_for_seed(chosen.count == next, seed);
        chosen_clear(&chosen);
    }
}

static void test_all_and_none_need_no_list(void **state)
{
    const bool all[2] = {true, true}, none[2] = {false, false}, last[2] = {false, true};
    struct chosen chosen;
    (void)state;
    assert_true(chosen_make(&chosen, all, 2) && chosen_bytes(&chosen) == 0 && chosen.count == 2);
    chosen_clear(&chosen);
    assert_true(chosen_make(&chosen, none, 2) && chosen_bytes(&chosen) == 0 && chosen_place(&chosen, 0) == CHOSEN_NONE);
    chosen_clear(&chosen);
    assert_true(chosen_make(&chosen, last, 2) && chosen_bytes(&chosen) == 4 && chosen_place(&chosen, 1) == 0);
    chosen_clear(&chosen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places_and_series_are_inverse),
        cmocka_unit_test(test_all_and_none_need_no_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
