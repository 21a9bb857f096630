/* input_test.c - inputs as bytes, and an engine that comes back from them. */
#include "engine/input.h"

#include "engine/test_engine.h"

static void round_trip(const struct input *input)
{
    unsigned char bytes[512], again[512];
    double values[8];
    struct input back;
    size_t size = input_size(input);

    assert_true(size <= sizeof bytes);
    assert_int_equal(input_encode(input, bytes, sizeof bytes), size);
    assert_int_equal(input_encode(input, again, size - 1), 0);
    assert_int_equal(input_decode(bytes, size, values, 8, &back), size);
    assert_int_equal(input_encode(&back, again, sizeof again), size);
    assert_memory_equal(bytes, again, size);
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(input_decode(bytes, cut, values, 8, &back), 0);
}

static void test_every_kind_of_input_reads_back(void **state)
{
    const double values[3] = {1.5, NAN, -0.0};

    (void)state;
    round_trip(&(struct input){.kind = INPUT_FRAME, .at = 7, .values = values, .value_count = 3});
    round_trip(&(struct input){.kind = INPUT_TICK, .at = -7});
    round_trip(
        &(struct input){.kind = INPUT_ACTION_ENDED, .at = 9, .action = 42, .outcome = ACTION_TIMED_OUT, .before = NAN});
    round_trip(&(struct input){
        .kind = INPUT_ACTION_ENDED, .at = 9, .action = 42, .outcome = ACTION_SUCCEEDED, .before = 536870912});
    for (unsigned kind = 0; kind < COMMAND_KIND_COUNT; kind++)
        round_trip(&(struct input){.kind = INPUT_COMMAND,
                                   .at = 11,
                                   .command = {.kind = (enum command_kind)kind,
                                               .on = true,
                                               .reason = PAUSE_UPGRADE,
                                               .actor = "Zoë",
                                               .why = "it burns",
                                               .resource = RESOURCE_NONE,
                                               .strategy = 4,
                                               .issue = 5,
                                               .remediation = 6,
                                               .until = HEAL_TIME_NEVER}});
}

static void test_a_name_that_is_no_line_of_text_is_refused(void **state)
{
    struct input command = {.kind = INPUT_COMMAND, .command = {.kind = COMMAND_PAUSE, .actor = "ann", .why = "x"}};
    unsigned char bytes[512];
    double room[1];
    struct input back;
    size_t size = input_encode(&command, bytes, sizeof bytes);

    (void)state;
    assert_int_equal(input_decode(bytes, size, room, 1, &back), size);
    assert_string_equal(back.command.actor, "ann");
    assert_string_equal(back.command.why, "x");
    bytes[size - 3] = '\n';
    assert_int_equal(input_decode(bytes, size, room, 1, &back), 0);
    bytes[size - 3] = 0xff;
    assert_int_equal(input_decode(bytes, size, room, 1, &back), 0);
    bytes[size - 3] = 'n';
    bytes[size - 2] = 200; /* longer than there is room for */
    assert_int_equal(input_decode(bytes, size, room, 1, &back), 0);
}

static void test_what_no_engine_takes_is_refused(void **state)
{
    const double values[3] = {1, 2, 3};
    unsigned char bytes[128];
    double room[3];
    struct input back;

    (void)state;
    size_t size = input_encode(&(struct input){.kind = INPUT_FRAME, .values = values, .value_count = 3}, bytes, 128);
    assert_int_equal(input_decode(bytes, size, room, 2, &back), 0); /* more series than there are */
    bytes[0] = INPUT_KIND_COUNT;
    assert_int_equal(input_decode(bytes, size, room, 3, &back), 0);
    size = input_encode(&(struct input){.kind = INPUT_ACTION_ENDED, .outcome = ACTION_OUTCOME_COUNT}, bytes, 128);
    assert_int_equal(input_decode(bytes, size, room, 3, &back), 0);
    size = input_encode(&(struct input){.kind = INPUT_COMMAND, .command = {.kind = COMMAND_KIND_COUNT}}, bytes, 128);
    assert_int_equal(input_decode(bytes, size, room, 3, &back), 0);
}

static struct bed *sick_bed(void)
{
    struct bed *bed = bed_create(1, "pod/shop/web:cpu_ratio");

    bed_rule(bed, "*:cpu_ratio", ISSUE_HIGH_CPU)->above = 0.9;
    bed_add_step(bed_strategy(bed, "limits", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT), ACTION_RESTART_POD);
    return bed;
}

static void frame(struct bed *bed, heal_time at, double value)
{
    bed->now = at;
    engine_take(bed->engine, &(struct input){.kind = INPUT_FRAME, .at = at, .values = &value, .value_count = 1});
}

static void answer(struct bed *bed, heal_time at, uint64_t action)
{
    bed->now = at;
    engine_take(bed->engine,
                &(struct input){.kind = INPUT_ACTION_ENDED, .at = at, .action = action, .outcome = ACTION_SUCCEEDED});
}

/* Stopped while the first action was out; the journal holds its start. */
static void test_a_restart_in_mid_remediation_goes_on_and_does_nothing_twice(void **state)
{
    struct bed *whole = sick_bed(), *broken = sick_bed();

    (void)state;
    bed_start(whole, 1);
    frame(whole, 10, 0.95);
    answer(whole, 20, 1);
    answer(whole, 30, 2);
    frame(whole, HEAL_MINUTE, 0.5);

    bed_start(broken, 1);
    frame(broken, 10, 0.95); /* and here it stops */
    assert_int_equal(broken->action_count, 1);
    size_t told = broken->decision_count;
    engine_destroy(broken->engine);
    broken->engine = engine_create(&broken->policy, broken->inventory, 1,
                                   (struct world_port){.context = broken, .start = bed_take_action},
                                   (struct journal_port){.context = broken, .record = bed_take_decision});
    engine_resume(broken->engine, 1, told);
    frame(broken, 10, 0.95); /* the journalled input again */
    assert_int_equal(broken->action_count, 1);
    assert_int_equal(broken->decision_count, told);
    answer(broken, 20, 1);
    answer(broken, 30, 2);
    frame(broken, HEAL_MINUTE, 0.5);

    assert_int_equal(broken->action_count, whole->action_count);
    assert_int_equal(broken->decision_count, whole->decision_count);
    for (size_t i = 0; i < whole->decision_count; i++) {
        unsigned char a[DECISION_BYTES], b[DECISION_BYTES];
        decision_encode(&whole->decisions[i], a);
        decision_encode(&broken->decisions[i], b);
        assert_memory_equal(a, b, DECISION_BYTES);
    }
    bed_destroy(whole);
    bed_destroy(broken);
}

static void test_a_clock_that_goes_back_stands_still(void **state)
{
    struct bed *bed = sick_bed();

    (void)state;
    bed_start(bed, 1);
    frame(bed, HEAL_HOUR, 0.95);
    bed->now = HEAL_HOUR;
    engine_tick(bed->engine, HEAL_HOUR - HEAL_MINUTE);
    engine_action_ended(bed->engine, 0, 1, ACTION_SUCCEEDED);
    for (size_t i = 0; i < bed->decision_count; i++)
        assert_true(bed->decisions[i].at == HEAL_HOUR);
    bed_destroy(bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_of_input_reads_back),
        cmocka_unit_test(test_a_name_that_is_no_line_of_text_is_refused),
        cmocka_unit_test(test_what_no_engine_takes_is_refused),
        cmocka_unit_test(test_a_restart_in_mid_remediation_goes_on_and_does_nothing_twice),
        cmocka_unit_test(test_a_clock_that_goes_back_stands_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
