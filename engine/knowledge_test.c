#include "engine/knowledge.h"

#include "engine/state.h"
#include "engine/test_engine.h"

enum { ROOM = 1 << 16 };

static struct bed *learned_bed(const char *strategy)
{
    struct bed *bed = bed_create(1, "pod/shop/web:cpu_ratio");

    bed_rule(bed, "*:cpu_ratio", ISSUE_HIGH_CPU)->above = 0.9;
    bed_strategy(bed, strategy, ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT);
    bed->policy.odds.pooling = 2;
    bed_start(bed, 1);
    return bed;
}

static size_t teach_and_export(struct bed *bed, unsigned char *bytes)
{
    for (int i = 0; i < 5; i++)
        learning_note(bed->engine->learning, 0, 3, i != 2, i * HEAL_HOUR);
    gates_note_attempt(bed->engine->gates, 0, 7);
    gates_freeze(bed->engine->gates, 0);
    size_t size = engine_export(bed->engine, bytes, ROOM);
    assert_true(size > 0 && size <= ROOM);
    assert_int_equal(engine_export(bed->engine, NULL, 0), size);
    return size;
}

static void test_a_new_engine_knows_what_the_old_one_learned(void **state)
{
    static unsigned char bytes[ROOM], again[ROOM];
    struct bed *old = learned_bed("limits"), *young = learned_bed("limits");
    size_t size = teach_and_export(old, bytes);

    (void)state;
    assert_true(engine_import(young->engine, bytes, size));
    assert_true(learning_mean(young->engine->learning, 0, 3) == learning_mean(old->engine->learning, 0, 3));
    assert_true(gates_is_frozen(young->engine->gates, 0));
    assert_int_equal(gates_memory(young->engine->gates).attempts[0], 1);
    assert_int_equal(engine_export(young->engine, again, ROOM), size);
    assert_memory_equal(bytes, again, size);
    bed_destroy(old);
    bed_destroy(young);
}

static void test_odds_travel_without_the_resources_they_were_learned_on(void **state)
{
    static unsigned char bytes[ROOM], again[ROOM];
    struct bed *old = learned_bed("limits"), *young = learned_bed("limits");
    size_t size = teach_and_export(old, bytes);
    struct learning *odds = learning_create(&young->policy, 1);

    (void)state;
    assert_true(engine_import_odds(young->engine, bytes, size));
    assert_true(learning_mean(engine_odds(young->engine), 0, 3) == learning_mean(engine_odds(old->engine), 0, 3));
    assert_false(gates_is_frozen(young->engine->gates, 0));
    assert_int_equal(gates_memory(young->engine->gates).attempts[0], 0);
    assert_true(odds_import(&young->policy, odds, bytes, size));
    size_t less = odds_export(&young->policy, odds, again, ROOM);
    assert_true(less < size && odds_export(&young->policy, odds, NULL, 0) == less);
    assert_true(engine_import(young->engine, again, less)); /* the one form */
    again[less / 2] ^= 1;
    assert_false(odds_import(&young->policy, odds, again, less));
    learning_destroy(odds);
    bed_destroy(old);
    bed_destroy(young);
}

static void test_what_another_policy_does_not_know_is_left_out(void **state)
{
    static unsigned char bytes[ROOM];
    struct bed *old = learned_bed("limits"), *other = learned_bed("something else");
    size_t size = teach_and_export(old, bytes);

    (void)state;
    assert_true(engine_import(other->engine, bytes, size));
    assert_true(learning_mean(other->engine->learning, 0, 3) == 0.5);
    bed_destroy(old);
    bed_destroy(other);
}

static void test_damaged_knowledge_changes_nothing(void **state)
{
    static unsigned char bytes[ROOM];
    struct bed *old = learned_bed("limits"), *young = learned_bed("limits");
    size_t size = teach_and_export(old, bytes);

    (void)state;
    for (size_t cut = 0; cut < size; cut += 7)
        assert_false(engine_import(young->engine, bytes, cut));
    for (size_t at = 0; at < size; at += 11) {
        bytes[at] ^= 0x40;
        assert_false(engine_import(young->engine, bytes, size));
        bytes[at] ^= 0x40;
    }
    assert_true(learning_mean(young->engine->learning, 0, 3) == 0.5);
    assert_false(gates_is_frozen(young->engine->gates, 0));
    bed_destroy(old);
    bed_destroy(young);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_engine_knows_what_the_old_one_learned),
        cmocka_unit_test(test_odds_travel_without_the_resources_they_were_learned_on),
        cmocka_unit_test(test_what_another_policy_does_not_know_is_left_out),
        cmocka_unit_test(test_damaged_knowledge_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
