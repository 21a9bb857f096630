/* flight_test.c - what is recorded can be run again. */
#include "replay/flight.h"

#include "engine/knowledge.h"
#include "engine/random.h"
#include "engine/test_engine.h"

#include <unistd.h>

enum { SERIES = 5 };

struct taping {
    struct flight *flight; /* or NULL */
    struct flight_chain chain;
    uint64_t actions;
};

static void tape_action(void *context, heal_time now, const struct action *action)
{
    (void)now;
    ((struct taping *)context)->actions = action->id;
}

static void tape_decision(void *context, const struct decision *decision)
{
    struct taping *taping = context;
    flight_chain_add(&taping->chain, decision);
    if (taping->flight)
        flight_decision(taping->flight, decision);
}

static struct bed *five_series(void)
{
    struct bed *bed = bed_create(SERIES, "pod/a/1:m_ratio", "pod/a/2:m_ratio", "pod/a/3:m_ratio", "node/-/n:m_ratio",
                                 "pod/a/5:m_ratio");
    bed_relate(bed, "pod/a/1", RELATION_RUNS_ON, "node/-/n");
    bed_rule(bed, "*:m_ratio", ISSUE_HIGH_MEMORY)->above = 0.9;
    bed_strategy(bed, "more", ISSUE_HIGH_MEMORY, ACTION_RAISE_MEMORY_LIMIT);
    bed_strategy(bed, "restart", ISSUE_HIGH_MEMORY, ACTION_RESTART_POD);
    assert_true(inventory_freeze(bed->inventory));
    return bed;
}

static void step(struct engine *engine, struct flight *flight, struct flight_input input)
{
    assert_true(flight_write(flight, &input));
    flight_apply(engine, &input);
    assert_true(flight_settle(flight));
}

static struct command random_command(struct random_stream *stream)
{
    return (struct command){.kind = (enum command_kind)(random_bits(stream) % COMMAND_KIND_COUNT),
                            .on = random_bits(stream) % 4 != 0,
                            .issue = 1 + random_bits(stream) % 9,
                            .remediation = 1 + random_bits(stream) % 9,
                            .actor = "person Zo\xc3\xab",
                            .why = "to see",
                            .resource = (uint32_t)(random_bits(stream) % 4),
                            .strategy = UINT32_MAX,
                            .until = HEAL_TIME_NEVER};
}

static struct standing_step random_standing(struct random_stream *stream, heal_time now)
{
    static const enum action_kind KINDS[] = {ACTION_CORDON_NODE, ACTION_SCALE_OUT, ACTION_RESTART_POD};

    return (struct standing_step){.kind = KINDS[random_bits(stream) % 3],
                                  .target = (uint32_t)(random_bits(stream) % 4), /* and one that is none */
                                  .amount = 1,
                                  .before = random_bits(stream) % 2 ? NAN : 3,
                                  .due = random_bits(stream) % 2 ? INT64_MIN : now + HEAL_MINUTE,
                                  .type = ISSUE_POD_CRASH,
                                  .severity = SEVERITY_HIGH};
}

/* Random frames, answers, commands; every kind of input. */
static void record(struct bed *bed, const char *path, uint64_t seed, struct taping *taping)
{
    struct flight_head head = {.start = bed->now, .seed = seed, .layers = {{"p", "name: x\n", 8}}, .layer_count = 1};
    struct error_list errors = {0};
    struct random_stream stream = random_stream_named(seed, "test", "flight", 0);
    double values[SERIES] = {0.5, 0.5, NAN, 0.5, 0.5};

    taping->flight = flight_create(path, &head, bed->inventory, &errors);
    assert_non_null(taping->flight);
    struct engine *engine = engine_create(&bed->policy, bed->inventory, seed, (struct world_port){taping, tape_action},
                                          (struct journal_port){taping, tape_decision});
    heal_time now = bed->now;
    step(engine, taping->flight, (struct flight_input){.kind = FLIGHT_RECALL, .what = 1, .count = 3, .other = 2});
    unsigned char learned[4096];
    size_t length = engine_export(engine, learned, sizeof learned);
    assert_true(length <= sizeof learned);
    step(engine, taping->flight,
         (struct flight_input){.kind = FLIGHT_KNOWLEDGE, .bytes = learned, .byte_count = length});
    for (int i = 0; i < 20; i++)
        step(engine, taping->flight,
             (struct flight_input){.kind = FLIGHT_LEARN, .at = now += HEAL_SECOND, .values = values});
    for (int i = 0; i < 300; i++) {
        now += 5 * HEAL_SECOND;
        size_t which = (size_t)(random_bits(&stream) % SERIES);
        values[which] = random_bits(&stream) % 5 == 0 ? NAN : random_bits(&stream) % 2 ? 0.95 : 0.5;
        step(engine, taping->flight, (struct flight_input){.kind = FLIGHT_FRAME, .at = now, .values = values});
        enum flight_kind kind = FLIGHT_TICK + (enum flight_kind)(random_bits(&stream) % 8);
        if (kind == FLIGHT_RECALL || kind == FLIGHT_KNOWLEDGE || kind >= FLIGHT_KIND_COUNT)
            continue;
        step(engine, taping->flight,
             (struct flight_input){.kind = kind,
                                   .at = now + HEAL_SECOND,
                                   .id = kind == FLIGHT_ACTION_ENDED ? taping->actions : 1 + random_bits(&stream) % 9,
                                   .what = (uint32_t)(random_bits(&stream) % 2),
                                   .before = random_bits(&stream) % 2 ? NAN : (double)(random_bits(&stream) % 100),
                                   .command = random_command(&stream),
                                   .standing = random_standing(&stream, now),
                                   .count = (uint32_t)(random_bits(&stream) % 2)});
    }
    assert_true(taping->chain.decisions > 50);
    assert_true(flight_close(taping->flight));
    taping->flight = NULL;
    flight_chain_clear(&taping->chain);
    engine_destroy(engine);
}

/* Runs the file; the number of notes that agreed. */
static uint64_t run_again(struct bed *bed, const char *path, enum flight_next *end, bool *agreed)
{
    struct flight_head head;
    struct flight_input input;
    struct flight_note note;
    const struct inventory *inventory;
    struct error_list errors = {0};
    struct taping taping = {0};
    struct flight_reader *reader = flight_open(path, &head, &inventory, &errors);
    uint64_t notes = 0;

    assert_non_null(reader);
    assert_string_equal(head.layers[0].text, "name: x\n");
    assert_true(inventory_related(inventory, 0, 3));
    struct engine *engine = engine_create(&bed->policy, inventory, head.seed, (struct world_port){&taping, tape_action},
                                          (struct journal_port){&taping, tape_decision});
    *agreed = true;
    while ((*end = flight_read(reader, &input, &note)) == FLIGHT_INPUT || *end == FLIGHT_NOTE) {
        if (*end == FLIGHT_INPUT)
            flight_apply(engine, &input);
        else if (note.decisions == taping.chain.decisions && memcmp(note.digest, taping.chain.head, FLIGHT_DIGEST) == 0)
            notes++;
        else
            *agreed = false;
    }
    flight_chain_clear(&taping.chain);
    engine_destroy(engine);
    flight_reader_destroy(reader);
    return notes;
}

static void test_a_recording_gives_every_decision_again(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        char path[] = "/tmp/selfheal-flight-XXXXXX";
        struct bed *bed = five_series();
        struct taping taping = {0};
        enum flight_next end;
        bool agreed;

        bed->policy.choice = CHOICE_THOMPSON;
        close(mkstemp(path));
        unlink(path);
        record(bed, path, seed, &taping);
        assert_true(flight_is(path));
        uint64_t notes = run_again(bed, path, &end, &agreed);
        assert_for_seed(agreed && end == FLIGHT_END && notes > 20, seed);
        bed->rules[0].above = 0.96; /* another policy does not agree */
        run_again(bed, path, &end, &agreed);
        assert_for_seed(!agreed, seed);
        unlink(path);
        bed_destroy(bed);
    }
}

static void test_a_torn_or_damaged_end_is_seen_and_the_rest_is_read(void **state)
{
    char path[] = "/tmp/selfheal-flight-XXXXXX";
    struct bed *bed = five_series();
    struct taping taping = {0};
    enum flight_next end;
    bool agreed;
    (void)state;

    close(mkstemp(path));
    unlink(path);
    record(bed, path, 7, &taping);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    assert_int_equal(truncate(path, size - 3), 0);
    uint64_t notes = run_again(bed, path, &end, &agreed);
    assert_int_equal(end, FLIGHT_TORN);
    assert_true(agreed && notes > 20);
    fseek(file, size / 2, SEEK_SET);
    fputc(0xa5, file);
    fclose(file);
    run_again(bed, path, &end, &agreed);
    assert_int_equal(end, FLIGHT_TORN);
    unlink(path);
    bed_destroy(bed);
}

static void test_what_is_no_recording_is_refused(void **state)
{
    char path[] = "/tmp/selfheal-flight-XXXXXX";
    struct flight_head head;
    const struct inventory *inventory;
    struct error_list errors = {0};
    int file = mkstemp(path);
    (void)state;

    assert_false(flight_is(path));
    assert_int_equal(write(file, "SHFLIGHT\1\0\0\0\xff\xff\xff\xff", 16), 16);
    close(file);
    assert_null(flight_open(path, &head, &inventory, &errors));
    assert_null(flight_open("/nonexistent", &head, &inventory, &errors));
    assert_int_equal(errors.count, 2);
    error_list_clear(&errors);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_recording_gives_every_decision_again),
        cmocka_unit_test(test_a_torn_or_damaged_end_is_seen_and_the_rest_is_read),
        cmocka_unit_test(test_what_is_no_recording_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
