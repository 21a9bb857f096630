/* detector_memory_test.c - what one series costs with the rules of the built-in policy, by
 * what the detector has really taken from the heap. */
#define TEST_ALLOCATIONS
#include "cli/load.h"
#include "engine/detector.h"

#include "engine/test_engine.h"

enum { SERIES = 12800, STATE_MOST = 512 };

/* Metrics that take each of the policy's ways: with surprise and counted, with surprise,
 * with a profile, with neither. */
static const char *const METRICS[] = {"requests_total", "request_per_second", "cpu_utilization_ratio", "up"};

/* One stranger among them, so that no part is for all series. */
static struct inventory *make_inventory(const char *metric)
{
    struct inventory *inventory = inventory_create();
    char id[96];

    assert_non_null(inventory);
    for (size_t i = 0; i < SERIES; i++) {
        int length = snprintf(id, sizeof id, "pod/shop/p%zu:%s", i, i == 7 ? "nobody_knows_days" : metric);
        assert_int_equal(inventory_add_series(inventory, id, (size_t)length), i);
    }
    assert_true(inventory_freeze(inventory));
    return inventory;
}

static void test_a_series_keeps_no_more_than_512_bytes_apart_from_its_season(void **state)
{
    struct error_list errors = {0};
    struct policy *policy = load_policy(NULL, &errors);
    (void)state;
    assert_non_null(policy);
    test_heap_watch();
    for (size_t k = 0; k < sizeof METRICS / sizeof *METRICS; k++) {
        struct inventory *inventory = make_inventory(METRICS[k]);
        int64_t before = test_heap.bytes;
        struct detector *detector = detector_create(policy, inventory);
        assert_non_null(detector);
        double taken = (double)(test_heap.bytes - before) / SERIES;
        struct memory memory = detector_memory(detector);
        double kept = (double)memory.state / SERIES, profile = (double)memory.profile / SERIES;
        double search = (double)memory.search / SERIES, frame = (double)memory.frame / SERIES;
        print_message("%-22s %5.1f kept, %5.1f profile, %5.1f search, %4.1f for one frame: %6.1f of %6.1f taken\n",
                      METRICS[k], kept, profile, search, frame, kept + profile + search + frame, taken);
        assert_true(kept <= STATE_MOST);
        /* Nothing is left out: the sum is what was taken, but for the heads of the parts and the
         * rounding up of the heap. */
        assert_true(taken >= kept + profile + search + frame - 1);
        assert_true(taken <= kept + profile + search + frame + 8);
        detector_destroy(detector);
        inventory_destroy(inventory);
    }
    policy_destroy(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_series_keeps_no_more_than_512_bytes_apart_from_its_season),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
