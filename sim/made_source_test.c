/* made_source_test.c - the series that a scenario describes: level, wave, noise, samples by hand. */
#include "sim/made_source.h"

#include "sim/test_world.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>

/* Frames of all series from `supply`, frame-major; the caller frees. */
static double *read_frames(struct frame_supply *supply, uint32_t replication, size_t series, heal_time *times,
                           size_t most, size_t *count)
{
    struct frame_source source;
    double *frames = malloc((most * series + 1) * sizeof *frames);
    const double *values;
    heal_time at;

    assert_non_null(frames);
    assert_true(supply->open(supply->context, replication, &source));
    for (*count = 0; (values = source.next(source.context, &at)); ++*count) {
        assert_true(*count < most);
        memcpy(frames + *count * series, values, series * sizeof *values);
        if (times)
            times[*count] = at;
    }
    assert_null(source.next(source.context, &at)); /* stays at its end */
    source.destroy(source.context);
    return frames;
}

static double *made_frames(struct test_world *world, uint32_t replication, size_t most, size_t *count)
{
    struct frame_supply supply = test_supply(world);
    size_t series = inventory_series_count(world->inventory);
    double *frames = read_frames(&supply, replication, series, NULL, most, count);

    made_supply_destroy(&supply);
    assert_null(supply.context);
    return frames;
}

static void test_there_is_one_frame_per_interval_and_none_at_the_end(void **state)
{
    (void)state;
    struct test_world world;
    heal_time times[16];
    size_t count;

    test_world_init(&world);
    world.duration = 5 * TEST_SCAN + 1;
    struct frame_supply supply = test_supply(&world);
    free(read_frames(&supply, 0, 2, times, 16, &count));
    assert_int_equal(count, 6);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(times[i], TEST_START + (heal_time)i * TEST_SCAN);
    made_supply_destroy(&supply);
    world.duration = 5 * TEST_SCAN;
    free(made_frames(&world, 0, 16, &count));
    assert_int_equal(count, 5);
    test_world_clear(&world);
}

static void test_a_level_without_noise_is_that_level(void **state)
{
    (void)state;
    struct test_world world;
    size_t count;

    test_world_init(&world);
    double *frames = made_frames(&world, 0, 400, &count);
    for (size_t i = 0; i < 2 * count; i++)
        assert_near(frames[i], 0.3, 0);
    free(frames);
    test_world_clear(&world);
}

static void test_the_daily_wave_peaks_at_two_in_the_afternoon(void **state)
{
    (void)state;
    struct test_world world;
    size_t count;

    test_world_init(&world);
    world.cpu.generated.daily = 0.2;
    world.policy.scan_interval = HEAL_HOUR;
    world.duration = 2 * HEAL_DAY;
    double *frames = made_frames(&world, 0, 48, &count);
    assert_int_equal(count, 48);
    for (size_t hour = 0; hour < 48; hour++)
        assert_near(frames[2 * hour], 0.3 + 0.2 * cos(2 * acos(-1) * ((double)hour - 14) / 24), 1e-12);
    assert_near(frames[2 * 14], 0.5, 1e-12);
    assert_near(frames[2 * 2], 0.1, 1e-12);
    assert_near(frames[2 * 8], 0.3, 1e-12);
    free(frames);
    test_world_clear(&world);
}

/* AR(1) of unit variance: mean 0, variance 1, lag-k correlation r^k, normal. The
 * sample mean's variance is (1 + r) / (1 - r) / n; bounds are five standard errors. */
static void test_noise_has_the_moments_of_its_process(void **state)
{
    (void)state;
    enum { FRAMES = 40000 };
    static const double CORRELATIONS[] = {0.0, 0.6, 0.9};

    for (size_t c = 0; c < 3; c++) {
        struct test_world world;
        double r = CORRELATIONS[c], mean = 0, variance = 0, lag[4] = {0};
        size_t count;
        test_world_init(&world);
        world.cpu.generated.level = 50;
        world.cpu.generated.noise = 4;
        world.cpu.generated.correlation = r;
        world.duration = FRAMES * TEST_SCAN;
        double *frames = made_frames(&world, 0, FRAMES, &count);
        for (size_t i = 0; i < FRAMES; i++)
            mean += frames[2 * i] / FRAMES;
        for (size_t i = 0; i < FRAMES; i++) {
            variance += (frames[2 * i] - mean) * (frames[2 * i] - mean) / FRAMES;
            for (size_t k = 1; k <= 3 && i + k < FRAMES; k++)
                lag[k] += (frames[2 * i] - mean) * (frames[2 * (i + k)] - mean) / FRAMES;
        }
        double effective = FRAMES * (1 - r) / (1 + r);
        assert_near(mean, 50, 5 * 4 / sqrt(effective));
        assert_near(sqrt(variance), 4, 5 * 4 / sqrt(effective));
        for (int k = 1; k <= 3; k++)
            assert_near(lag[k] / variance, pow(r, k), 5 / sqrt(effective));
        free(frames);
        test_world_clear(&world);
    }
}

/* The first frame is drawn from the process at rest: over many replications it is
 * as spread as any other (Kolmogorov-Smirnov against the normal, p > 0.001). */
static void test_noise_is_at_rest_from_the_first_frame_on(void **state)
{
    (void)state;
    enum { REPLICATIONS = 4000 };
    struct test_world world;
    double *first = malloc(REPLICATIONS * sizeof *first);
    double distance = 0;

    test_world_init(&world);
    world.cpu.generated =
        (struct generated_series){.noise = 1, .correlation = 0.95, .low = -INFINITY, .high = INFINITY};
    world.duration = TEST_SCAN;
    struct frame_supply supply = test_supply(&world);
    for (uint32_t i = 0; i < REPLICATIONS; i++) {
        size_t count;
        double *frames = read_frames(&supply, i, 2, NULL, 1, &count);
        first[i] = frames[0];
        free(frames);
    }
    gsl_sort(first, 1, REPLICATIONS);
    for (size_t i = 0; i < REPLICATIONS; i++) {
        double p = gsl_cdf_ugaussian_P(first[i]);
        distance = fmax(distance, fmax(p - (double)i / REPLICATIONS, (double)(i + 1) / REPLICATIONS - p));
    }
    assert_true(distance < 1.95 / sqrt(REPLICATIONS));
    free(first);
    made_supply_destroy(&supply);
    test_world_clear(&world);
}

static void test_values_stay_within_their_bounds_and_reach_them(void **state)
{
    (void)state;
    struct test_world world;
    size_t count, at_low = 0, at_high = 0;

    test_world_init(&world);
    world.cpu.generated =
        (struct generated_series){.level = 0.5, .noise = 0.4, .correlation = 0.5, .low = 0.1, .high = 0.9};
    double *frames = made_frames(&world, 0, 400, &count);
    for (size_t i = 0; i < 2 * count; i++) {
        assert_true(frames[i] >= 0.1 && frames[i] <= 0.9);
        at_low += frames[i] <= 0.1;
        at_high += frames[i] >= 0.9;
    }
    assert_true(at_low > 0 && at_high > 0);
    free(frames);
    test_world_clear(&world);
}

static void noisy(struct test_world *world)
{
    test_world_init(world);
    world->cpu.generated.noise = 0.1;
    world->cpu.generated.correlation = 0.7;
}

static void test_series_and_replications_have_noise_of_their_own(void **state)
{
    (void)state;
    struct test_world world;
    size_t count;
    double product = 0, across = 0;

    noisy(&world);
    world.cpu.generated.correlation = 0;
    double *first = made_frames(&world, 0, 400, &count), *again = made_frames(&world, 0, 400, &count);
    double *second = made_frames(&world, 1, 400, &count);
    assert_memory_equal(first, again, 2 * count * sizeof *first);
    for (size_t i = 0; i < count; i++) {
        product += (first[2 * i] - 0.3) * (first[2 * i + 1] - 0.3) / 0.01 / (double)count;
        across += (first[2 * i] - 0.3) * (second[2 * i] - 0.3) / 0.01 / (double)count;
    }
    assert_near(product, 0, 5 / sqrt((double)count)); /* correlation of independent normals */
    assert_near(across, 0, 5 / sqrt((double)count));
    world.scenario.seed++;
    double *other_seed = made_frames(&world, 0, 400, &count);
    assert_memory_not_equal(first, other_seed, 2 * count * sizeof *first);
    free(first);
    free(again);
    free(second);
    free(other_seed);
    test_world_clear(&world);
}

static void test_a_further_resource_changes_no_other_series_draws(void **state)
{
    (void)state;
    struct test_world world, wider;
    size_t count, wide;

    noisy(&world);
    noisy(&wider);
    wider.resources[3] = wider.resources[1]; /* web-2 moves to the end, two others stand before it */
    wider.resources[1].id = "pod/shop/cart";
    wider.resources[2] = wider.resources[1];
    wider.resources[2].id = "pod/shop/api";
    wider.resources[2].count = 3;
    wider.scenario.resource_count = 4;
    double *few = made_frames(&world, 2, 400, &count), *many = made_frames(&wider, 2, 400, &wide);
    size_t series = inventory_series_count(wider.inventory);
    assert_int_equal(series, 6);
    assert_int_equal(count, wide);
    for (size_t i = 0; i < count; i++) {
        assert_near(few[2 * i], many[series * i], 0);
        assert_near(few[2 * i + 1], many[series * i + 5], 0);
    }
    free(few);
    free(many);
    test_world_clear(&world);
    test_world_clear(&wider);
}

static void test_hand_written_samples_come_one_per_frame_and_then_none(void **state)
{
    (void)state;
    static const double SAMPLES[] = {0.2, NAN, 0.4};
    struct test_world world;
    size_t count;

    test_world_init(&world);
    world.cpu.samples = SAMPLES;
    world.cpu.sample_count = 3;
    world.more[0] = (struct series_spec){.metric = "up", .generated = {.level = 1, .low = 0, .high = 1}};
    world.resources[1].series = &world.more[0];
    world.duration = 5 * TEST_SCAN;
    assert_int_equal(made_duration(&world.scenario, TEST_SCAN), 3 * TEST_SCAN);
    double *frames = made_frames(&world, 0, 5, &count);
    assert_int_equal(count, 5);
    assert_near(frames[0], 0.2, 0);
    assert_true(isnan(frames[2]));
    assert_near(frames[4], 0.4, 0);
    assert_true(isnan(frames[6]) && isnan(frames[8]));
    for (size_t i = 0; i < 5; i++)
        assert_near(frames[2 * i + 1], 1, 0);
    free(frames);
    world.cpu.samples = NULL;
    assert_int_equal(made_duration(&world.scenario, TEST_SCAN), 0);
    test_world_clear(&world);
}

/* --- on top of a base ----------------------------------------------------- */

struct base {
    uint32_t replication; /* as opened last */
    size_t opened, closed;
    bool broken;
};

struct base_source {
    struct base *base;
    size_t frame;
    double values[2];
};

static const double *base_next(void *context, heal_time *at)
{
    struct base_source *source = context;

    if (source->frame == 4)
        return NULL;
    *at = TEST_START + HEAL_HOUR + (heal_time)(source->frame * source->frame) * HEAL_SECOND;
    source->values[0] = (double)source->frame++;
    source->values[1] = NAN;
    return source->values;
}

static void base_destroy(void *context)
{
    struct base_source *source = context;

    source->base->closed++;
    free(source);
}

static bool base_open(void *context, uint32_t replication, struct frame_source *out)
{
    struct base *base = context;
    struct base_source *source = base->broken ? NULL : calloc(1, sizeof *source);

    if (!source)
        return false;
    source->base = base;
    base->replication = replication;
    base->opened++;
    *out = (struct frame_source){source, base_next, base_destroy};
    return true;
}

static void based_world(struct test_world *world)
{
    static const double SAMPLES[] = {7, 8};

    test_world_init(world);
    world->cpu.samples = SAMPLES;
    world->cpu.sample_count = 2;
    world->inventory = inventory_create();
    assert_int_equal(inventory_add_series(world->inventory, "node/a/n1:load1", 15), 0);
    assert_int_equal(inventory_add_series(world->inventory, "node/a/n1:load5", 15), 1);
    struct error_list errors = {0};
    assert_true(made_describe(&world->scenario, world->inventory, &errors));
    assert_true(inventory_freeze(world->inventory));
}

static void test_a_base_gives_the_instants_and_the_first_series(void **state)
{
    (void)state;
    struct test_world world;
    struct base base = {0};
    struct frame_supply below = {&base, base_open, 2};
    heal_time times[8];
    size_t count;

    based_world(&world);
    struct frame_supply supply = made_supply(&world.scenario, world.inventory, TEST_SCAN, TEST_SCAN, &below);
    double *frames = read_frames(&supply, 5, 4, times, 8, &count);
    assert_int_equal(count, 4); /* the base's, whatever the duration says */
    assert_int_equal(base.replication, 5);
    assert_int_equal(base.opened, 1);
    assert_int_equal(base.closed, 1);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(times[i], TEST_START + HEAL_HOUR + (heal_time)(i * i) * HEAL_SECOND);
        assert_near(frames[4 * i], (double)i, 0);
        assert_true(isnan(frames[4 * i + 1]));
        assert_true(i < 2 ? frames[4 * i + 2] >= 7 : isnan(frames[4 * i + 2]));
    }
    free(frames);
    made_supply_destroy(&supply);
    test_world_clear(&world);
}

static void test_a_base_that_does_not_open_is_an_error(void **state)
{
    (void)state;
    struct test_world world;
    struct base base = {.broken = true};
    struct frame_supply below = {&base, base_open, 2};
    struct frame_source source;

    based_world(&world);
    struct frame_supply supply = made_supply(&world.scenario, world.inventory, TEST_SCAN, TEST_SCAN, &below);
    assert_false(supply.open(supply.context, 0, &source));
    made_supply_destroy(&supply);
    test_world_clear(&world);
}

/* --- description ---------------------------------------------------------- */

static void test_a_count_stands_for_numbered_resources_with_their_topology(void **state)
{
    (void)state;
    struct test_world world;
    struct edge_spec edge = {.source = "pod/shop/web-1-1", .relation = RELATION_CALLS, .target = "database/shop/db"};

    test_world_init(&world);
    world.resources[0].count = 3;
    world.resources[0].node = "node/x/n1";
    world.scenario.resource_count = 1;
    world.scenario.edges = &edge;
    world.scenario.edge_count = 1;
    test_describe(&world);
    assert_int_equal(inventory_series_count(world.inventory), 3);
    assert_int_equal(inventory_resource_count(world.inventory), 6);
    for (size_t i = 0; i < 3; i++) {
        char id[64];
        snprintf(id, sizeof id, "pod/shop/web-1-%zu:cpu_utilization_ratio", i + 1);
        uint32_t series = inventory_find_series(world.inventory, id, strlen(id));
        assert_int_equal(series, i);
        uint32_t pod = inventory_series_resource(world.inventory, series);
        uint32_t node = inventory_target(world.inventory, pod, RELATION_RUNS_ON);
        uint32_t owner = inventory_target(world.inventory, pod, RELATION_OWNED_BY);
        assert_string_equal(inventory_resource_id(world.inventory, node), "node/x/n1");
        assert_string_equal(inventory_resource_id(world.inventory, owner), "workload/shop/web");
    }
    uint32_t database = inventory_target(world.inventory, 0, RELATION_CALLS);
    assert_string_equal(inventory_resource_id(world.inventory, database), "database/shop/db");
    test_world_clear(&world);
}

static void test_what_cannot_be_is_noted_all_of_it_with_its_line(void **state)
{
    (void)state;
    struct test_world world;
    struct error_list errors = {0};
    struct edge_spec edge = {.source = "no id", .relation = RELATION_CALLS, .target = "pod/shop/web-1", .line = 40};
    struct inventory *inventory = inventory_create();

    test_world_init(&world);
    world.cpu.line = 12;
    world.resources[1].id = "pod/shop/web-1"; /* its series is there already */
    world.resources[2] = (struct resource_spec){.id = "nonsense", .count = 1, .line = 20};
    world.resources[3] = (struct resource_spec){.id = "pod/shop/x", .count = 1, .owner = "a/b", .node = "", .line = 30};
    world.scenario.resource_count = 4;
    world.scenario.edges = &edge;
    world.scenario.edge_count = 1;
    assert_false(made_describe(&world.scenario, inventory, &errors));
    const uint64_t lines[] = {12, 20, 30, 30, 40};
    assert_int_equal(errors.count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(errors.items[i].line, lines[i]);
        assert_string_equal(errors.items[i].file, "test.yaml");
        assert_int_equal(errors.items[i].class, ERROR_INPUT);
    }
    error_list_clear(&errors);
    inventory_destroy(inventory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_is_one_frame_per_interval_and_none_at_the_end),
        cmocka_unit_test(test_a_level_without_noise_is_that_level),
        cmocka_unit_test(test_the_daily_wave_peaks_at_two_in_the_afternoon),
        cmocka_unit_test(test_noise_has_the_moments_of_its_process),
        cmocka_unit_test(test_noise_is_at_rest_from_the_first_frame_on),
        cmocka_unit_test(test_values_stay_within_their_bounds_and_reach_them),
        cmocka_unit_test(test_series_and_replications_have_noise_of_their_own),
        cmocka_unit_test(test_a_further_resource_changes_no_other_series_draws),
        cmocka_unit_test(test_hand_written_samples_come_one_per_frame_and_then_none),
        cmocka_unit_test(test_a_base_gives_the_instants_and_the_first_series),
        cmocka_unit_test(test_a_base_that_does_not_open_is_an_error),
        cmocka_unit_test(test_a_count_stands_for_numbered_resources_with_their_topology),
        cmocka_unit_test(test_what_cannot_be_is_noted_all_of_it_with_its_line),
    };
    return cmocka_run_group_tests_name("made_source", tests, NULL, NULL);
}
