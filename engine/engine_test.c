/* The whole engine: how anomalies become issues, and what must hold over any
 * sequence of inputs. The courses of single remedies are in remediation_test.c. */
#define TEST_ALLOCATIONS
#include "engine/engine.h"

#include "engine/test_engine.h"

enum { CPU, CPU_TOO, MEMORY, WATCHED };
static const double GOOD = 0.5, BAD = 1.0, WORST = 2.0;

static int create(void **state)
{
    struct bed *bed =
        bed_create(4, "pod/shop/web:cpu_a", "pod/shop/web:cpu_b", "pod/shop/web:memory", "pod/shop/web:requests");

    bed_rule(bed, "*:cpu_a", ISSUE_HIGH_CPU)->above = 0.9;
    bed_rule(bed, "*:cpu_b", ISSUE_HIGH_CPU)->above = 0.9;
    bed_rule(bed, "*:memory", ISSUE_HIGH_MEMORY)->above = 0.9;
    bed_rule(bed, "*:requests", ISSUE_NONE)->above = 0.9;
    for (int i = 0; i < 4; i++)
        bed->rules[i].critical_above = 1.5;
    bed->policy.auto_remediation = false; /* issues only, unless a test wants more */
    *state = bed;
    return 0;
}

static int destroy(void **state)
{
    bed_destroy(*state);
    return 0;
}

static void assert_open_issues(const struct bed *bed, size_t count)
{
    assert_int_equal(engine_counts(bed->engine).open_issues, count);
}

static void test_an_anomaly_opens_an_issue_with_its_evidence(void **state)
{
    struct bed *bed = *state;

    bed->rules[0].severity = SEVERITY_HIGH;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, CPU, 0.99);
    const struct decision *opened = bed_last(bed, DECISION_ISSUE_OPENED);
    assert_int_equal(opened->issue, 1);
    assert_int_equal(opened->type, ISSUE_HIGH_CPU);
    assert_int_equal(opened->severity, SEVERITY_HIGH);
    assert_string_equal(inventory_resource_id(bed->inventory, opened->resource), "pod/shop/web");
    assert_int_equal(opened->series, CPU);
    assert_true(opened->value == 0.99 && opened->reference == 0.9);
    assert_true(fabs(opened->score - 1.1) < 1e-12);
    assert_true(opened->at == bed->now);
    assert_false(opened->by_baseline);
    const struct decision *began = bed_last(bed, DECISION_ANOMALY_BEGAN);
    assert_int_equal(began->issue, 0);
    assert_int_equal(began->sequence + 1, opened->sequence);
}

static void test_a_watched_series_gives_anomalies_and_no_issue(void **state)
{
    struct bed *bed = *state;

    bed_start(bed, 1);
    bed_frame_with(bed, 10, WATCHED, BAD);
    bed_frame_with(bed, 10, WATCHED, WORST);
    bed_frame_with(bed, 10, WATCHED, GOOD);
    assert_int_equal(bed_count(bed, DECISION_ANOMALY_BEGAN), 1);
    assert_int_equal(bed_count(bed, DECISION_ANOMALY_ENDED), 1);
    assert_int_equal(engine_counts(bed->engine).issues, 0);
}

static void test_one_issue_per_resource_and_type(void **state)
{
    struct bed *bed = *state;

    bed_start(bed, 1);
    bed->values[CPU] = bed->values[CPU_TOO] = bed->values[MEMORY] = BAD;
    bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_ANOMALY_BEGAN), 3);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 2);
    assert_open_issues(bed, 2);
}

static void test_an_issue_is_over_when_its_last_anomaly_is(void **state)
{
    struct bed *bed = *state;

    bed_start(bed, 1);
    bed_frame_with(bed, 10, CPU, BAD);
    bed_frame_with(bed, 10, CPU_TOO, BAD);
    bed_frame_with(bed, 10, CPU, GOOD);
    assert_open_issues(bed, 1);
    bed_frame_with(bed, 10, CPU_TOO, GOOD);
    assert_open_issues(bed, 0);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_CLOSED), 1);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 1);
}

static void test_a_series_that_gets_worse_raises_the_severity_once(void **state)
{
    struct bed *bed = *state;

    bed_start(bed, 1);
    bed_frame_with(bed, 10, CPU, BAD);
    bed_frame_with(bed, 10, CPU, WORST);
    const struct decision *changed = bed_last(bed, DECISION_ISSUE_CHANGED);
    assert_int_equal(changed->severity, SEVERITY_CRITICAL);
    assert_true(changed->value == WORST);
    bed_frame_with(bed, 10, CPU, BAD);
    bed_frame_with(bed, 10, CPU, WORST);
    bed_frame_with(bed, 10, CPU_TOO, BAD);
    bed_frame_with(bed, 10, CPU_TOO, WORST); /* no worse than it is */
    assert_int_equal(bed_count(bed, DECISION_ISSUE_CHANGED), 1);
}

static void test_a_second_series_that_is_worse_raises_the_severity_too(void **state)
{
    struct bed *bed = *state;

    bed->rules[0].severity = SEVERITY_LOW;
    bed->rules[1].severity = SEVERITY_HIGH;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, CPU, BAD);
    bed_frame_with(bed, 10, CPU_TOO, BAD);
    assert_int_equal(bed_last(bed, DECISION_ISSUE_CHANGED)->severity, SEVERITY_HIGH);
    assert_int_equal(bed_last(bed, DECISION_ISSUE_CHANGED)->series, CPU_TOO);
    assert_open_issues(bed, 1);
}

static void test_a_second_series_that_is_milder_changes_nothing(void **state)
{
    struct bed *bed = *state;

    bed->rules[0].severity = SEVERITY_HIGH;
    bed->rules[1].severity = SEVERITY_LOW;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, CPU, BAD);
    bed_frame_with(bed, 10, CPU_TOO, BAD);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_CHANGED), 0);
}

static void test_trouble_back_within_the_cool_down_is_the_same_issue(void **state)
{
    struct bed *bed = *state;

    bed_start(bed, 1);
    bed_frame_with(bed, 10, CPU, WORST);
    bed_frame_with(bed, 10, CPU, GOOD);
    bed_frame_with(bed, 300, CPU, BAD); /* the very end of it */
    const struct decision *reopened = bed_last(bed, DECISION_ISSUE_REOPENED);
    assert_int_equal(reopened->issue, 1);
    assert_int_equal(reopened->severity, SEVERITY_MEDIUM); /* judged anew */
    assert_int_equal(engine_counts(bed->engine).issues, 1);
    assert_open_issues(bed, 1);
}

static void test_trouble_back_after_the_cool_down_is_a_new_issue(void **state)
{
    struct bed *bed = *state;

    bed_start(bed, 1);
    bed_frame_with(bed, 10, CPU, BAD);
    bed_frame_with(bed, 10, CPU, GOOD);
    bed_frame_with(bed, 300.001, CPU, BAD);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_REOPENED), 0);
    assert_int_equal(bed_last(bed, DECISION_ISSUE_OPENED)->issue, 2);
}

static void test_without_a_cool_down_every_return_is_a_new_issue(void **state)
{
    struct bed *bed = *state;

    bed->policy.issue_cool_down = 0;
    bed_start(bed, 1);
    for (int i = 0; i < 5; i++) {
        bed_frame_with(bed, 10, CPU, BAD);
        bed_frame_with(bed, 10, CPU, GOOD);
    }
    assert_int_equal(engine_counts(bed->engine).issues, 5);
}

static void test_health_is_told_at_the_first_frame_and_then_once_per_interval(void **state)
{
    struct bed *bed = *state;

    bed->policy.health_interval = 60 * HEAL_SECOND;
    bed_start(bed, 1);
    bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_HEALTH), 1);
    assert_true(bed_last(bed, DECISION_HEALTH)->score == 100.0);
    bed_frame_with(bed, 59, CPU, BAD);
    assert_int_equal(bed_count(bed, DECISION_HEALTH), 1);
    bed_frame(bed, 1);
    const struct decision *health = bed_last(bed, DECISION_HEALTH);
    assert_int_equal(bed_count(bed, DECISION_HEALTH), 2);
    assert_true(health->health[COMPONENT_COMPUTE] == 90.0 && health->health[COMPONENT_STORAGE] == 100.0);
    assert_true(health->score == (90.0 + 98.0) / 2.0);
    assert_true(health->value == 1.0 && health->reference == 0.0);
}

static void test_counts_count(void **state)
{
    struct bed *bed = *state;

    bed->policy.auto_remediation = true;
    bed_start(bed, 1);
    bed->values[MEMORY] = NAN;
    bed_frame_with(bed, 10, CPU, BAD);
    bed_frame(bed, 10);
    struct engine_counts counts = engine_counts(bed->engine);
    assert_int_equal(counts.frames, 2);
    assert_int_equal(counts.samples, 6);
    assert_int_equal(counts.issues, 1);
    assert_int_equal(counts.open_issues, 1);
    assert_int_equal(counts.remediations, 1);
}

static void test_nothing_to_wait_for_is_never(void **state)
{
    struct bed *bed = *state;

    bed_start(bed, 1);
    assert_true(engine_next_deadline(bed->engine) == HEAL_TIME_NEVER);
    bed_frame_with(bed, 10, CPU, BAD); /* held: no timer brings that on */
    assert_true(engine_next_deadline(bed->engine) == HEAL_TIME_NEVER);
}

static void test_no_engine_can_be_destroyed(void **state)
{
    (void)state;
    engine_destroy(NULL);
}

/* ---- properties over random inputs ---------------------------------------- */

enum { PODS = 6, STORM_SERIES = 2 * PODS + 2 };

/* Pods on two nodes, two series each, a volume; ladders with all that there is:
 * several attempts, several steps, approval, undoing and what cannot be undone. */
static struct bed *storm_bed(void)
{
    struct bed *bed = bed_create(STORM_SERIES, "pod/shop/p0:cpu", "pod/shop/p1:cpu", "pod/shop/p2:cpu",
                                 "pod/shop/p3:cpu", "pod/shop/p4:cpu", "pod/shop/p5:cpu", "pod/shop/p0:memory",
                                 "pod/shop/p1:memory", "pod/shop/p2:memory", "pod/shop/p3:memory", "pod/shop/p4:memory",
                                 "pod/shop/p5:memory", "node/-/n0:cpu", "volume/shop/data:disk");

    for (char pod = '0'; pod < '0' + PODS; pod++) {
        char id[] = "pod/shop/p?";
        id[10] = pod;
        bed_relate(bed, id, RELATION_RUNS_ON, pod % 2 ? "node/-/n0" : "node/-/n1");
        bed_relate(bed, id, RELATION_OWNED_BY, "workload/shop/web");
    }
    bed_relate(bed, "pod/shop/p0", RELATION_MOUNTS, "volume/shop/data");
    static const char *const patterns[] = {"*:cpu", "*:memory", "*:disk"};
    static const enum issue_type types[] = {ISSUE_HIGH_CPU, ISSUE_HIGH_MEMORY, ISSUE_DISK_FULL};
    for (size_t i = 0; i < 3; i++) {
        struct policy_rule *rule = bed_rule(bed, patterns[i], types[i]);
        rule->above = 0.9;
        rule->critical_above = 1.5;
        rule->hold = rule->clear_hold = 10 * HEAL_SECOND;
        rule->clear_ratio = 0.95;
    }
    struct strategy *limits = bed_strategy(bed, "limits", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT);
    bed_add_step(limits, ACTION_SCALE_OUT);
    limits->steps[1].delay = 15 * HEAL_SECOND;
    limits->steps[1].target = STEP_TARGET_OWNER;
    limits->attempts = 2;
    limits->backoff = 20 * HEAL_SECOND;
    bed_strategy(bed, "shift", ISSUE_HIGH_CPU, ACTION_SHIFT_TRAFFIC)->settle = 20 * HEAL_SECOND;
    bed_strategy(bed, "gated", ISSUE_HIGH_CPU, ACTION_DRAIN)->needs_approval = true;
    bed_strategy(bed, "memory", ISSUE_HIGH_MEMORY, ACTION_RAISE_MEMORY_LIMIT)->verify_hold = 20 * HEAL_SECOND;
    bed_strategy(bed, "restart", ISSUE_HIGH_MEMORY, ACTION_RESTART_POD)->attempts = 3;
    bed_strategy(bed, "clean", ISSUE_DISK_FULL, ACTION_CLEAN_TEMP_FILES);
    bed->policy.limits = (struct policy_limits){.per_resource_per_hour = 6, .total_per_hour = 25, .concurrent = 3};
    bed->policy.health_interval = HEAL_MINUTE;
    return bed;
}

static double storm_value(struct random_stream *stream)
{
    static const double values[] = {0.5, 0.5, 0.5, 0.87, 1.0, 2.0};
    return random_below(stream, 20) == 0 ? NAN : values[random_below(stream, 6)];
}

/* One random input: a frame, an answer (right, late, twice, to nobody), a tick, a yes. */
static void storm_step(struct bed *bed, struct random_stream *stream)
{
    static const enum action_outcome outcomes[30] = {
        [27] = ACTION_FAILED, [28] = ACTION_TIMED_OUT, [29] = ACTION_UNSUPPORTED}; /* else ACTION_SUCCEEDED */

    bed->now += (heal_duration)random_below(stream, 10) * HEAL_SECOND;
    switch (random_below(stream, 8)) {
    case 0:
    case 1:
    case 2:
        for (size_t i = 0; i < STORM_SERIES; i++) {
            if (random_below(stream, 6) == 0)
                bed->values[i] = storm_value(stream);
        }
        engine_frame(bed->engine, bed->now, bed->values);
        break;
    case 3:
        engine_tick(bed->engine, bed->now);
        break;
    case 4:
        engine_approve(bed->engine, bed->now, random_below(stream, engine_counts(bed->engine).issues + 2));
        break;
    default: /* mostly one of the last few */
        if (bed->action_count > 0) {
            uint64_t back = random_below(stream, bed->action_count < 4 ? bed->action_count : 4);
            engine_action_ended(bed->engine, bed->now, bed->action_count - back, outcomes[random_below(stream, 30)]);
        }
    }
}

static void storm(struct bed *bed, uint64_t input_seed, int steps)
{
    struct random_stream stream = random_stream_named(input_seed, "engine_test", "storm", 0);

    for (size_t i = 0; i < STORM_SERIES; i++)
        bed->values[i] = GOOD;
    for (int i = 0; i < steps; i++)
        storm_step(bed, &stream);
}

/* What one remediation is doing, as the journal alone tells it. */
struct course {
    bool started, ended;
    bool waits;   /* for a yes, or for others: it is not at work */
    uint64_t out; /* the action it waits for */
};

static void check_numbers(const struct bed *bed, uint64_t seed)
{
    heal_time last = INT64_MIN;

    for (size_t i = 0; i < bed->decision_count; i++) {
        assert_for_seed(bed->decisions[i].sequence == i + 1, seed);
        assert_for_seed(bed->decisions[i].at >= last, seed);
        last = bed->decisions[i].at;
    }
    for (size_t i = 0; i < bed->action_count; i++) {
        assert_for_seed(bed->actions[i].id == i + 1, seed);
        assert_for_seed(bed->actions[i].timeout > 0 && bed->actions[i].issue > 0, seed);
        assert_for_seed(bed->actions[i].target < inventory_resource_count(bed->inventory), seed);
    }
}

/* One action at a time within a remediation; each ends once, and only then does
 * the next one start; nothing happens outside of start and end. */
static size_t check_courses(const struct bed *bed, uint64_t seed)
{
    static struct course courses[4096];
    size_t at_work = 0, most = 0;

    memset(courses, 0, sizeof courses);
    for (size_t i = 0; i < bed->decision_count; i++) {
        const struct decision *decision = &bed->decisions[i];
        assert_for_seed(decision->remediation < 4096, seed);
        struct course *course = &courses[decision->remediation];
        bool page = decision->kind == DECISION_ACTION_STARTED && decision->action_kind == ACTION_PAGE_OPERATOR;
        switch (decision->kind) {
        case DECISION_REMEDIATION_STARTED:
            assert_for_seed(!course->started, seed);
            course->started = true;
            at_work++;
            break;
        case DECISION_REMEDIATION_HELD:
            if (!course->started || course->ended) /* it has not begun */
                break;
            at_work -= !course->waits;
            course->waits = true;
            break;
        case DECISION_ATTEMPT_STARTED:
            at_work += course->waits;
            course->waits = false;
            break;
        case DECISION_ACTION_STARTED:
            if (page)
                break;
            assert_for_seed(course->started && !course->ended && course->out == 0, seed);
            course->out = decision->action;
            break;
        case DECISION_ACTION_ENDED:
            assert_for_seed(course->out == decision->action, seed);
            course->out = 0;
            break;
        case DECISION_ATTEMPT_VERIFIED:
        case DECISION_ATTEMPT_FAILED:
        case DECISION_REMEDIATION_ENDED:
            assert_for_seed(course->started && !course->ended && course->out == 0, seed);
            course->ended = decision->kind == DECISION_REMEDIATION_ENDED;
            at_work -= course->ended && !course->waits;
            break;
        default:
            break;
        }
        most = at_work > most ? at_work : most;
    }
    return most;
}

static void check_hours(const struct bed *bed, uint64_t seed)
{
    for (size_t i = 0; i < bed->decision_count; i++) {
        const struct decision *now = &bed->decisions[i];
        size_t here = 0, total = 0;
        if (now->kind != DECISION_REMEDIATION_STARTED)
            continue;
        for (size_t k = 0; k <= i; k++) {
            const struct decision *start = &bed->decisions[k];
            if (start->kind != DECISION_REMEDIATION_STARTED || now->at - start->at >= HEAL_HOUR)
                continue;
            total++;
            here += start->resource == now->resource;
        }
        assert_for_seed(total <= bed->policy.limits.total_per_hour, seed);
        assert_for_seed(here <= bed->policy.limits.per_resource_per_hour, seed);
    }
}

/* An issue opens once, closes only while open, comes back only while closed; and
 * of (resource, type) no two are open. */
static void check_issues(const struct bed *bed, uint64_t seed)
{
    static bool open[4096];
    static uint64_t of[32][ISSUE_TYPE_COUNT];
    uint64_t last = 0, open_now = 0;

    memset(open, 0, sizeof open);
    memset(of, 0, sizeof of);
    for (size_t i = 0; i < bed->decision_count; i++) {
        const struct decision *decision = &bed->decisions[i];
        if (decision->kind == DECISION_ISSUE_OPENED || decision->kind == DECISION_ISSUE_REOPENED) {
            bool new = decision->kind == DECISION_ISSUE_OPENED;
            assert_for_seed(new ? decision->issue == ++last : decision->issue <= last, seed);
            assert_for_seed(of[decision->resource][decision->type] == 0, seed);
            assert_for_seed(decision->issue < 4096 && !open[decision->issue], seed);
            of[decision->resource][decision->type] = decision->issue;
            open[decision->issue] = true;
            open_now++;
        } else if (decision->kind == DECISION_ISSUE_CLOSED) {
            assert_for_seed(open[decision->issue], seed);
            open[decision->issue] = false;
            of[decision->resource][decision->type] = 0;
            open_now--;
        } else if (decision->issue > 0 && decision->kind != DECISION_COMMAND) {
            assert_for_seed(open[decision->issue], seed); /* nothing is done about a closed one, whatever is said */
        }
    }
    assert_for_seed(engine_counts(bed->engine).open_issues == open_now, seed);
    assert_for_seed(engine_counts(bed->engine).issues == last, seed);
}

/* A failed rollback is the last thing that is done to a resource's issues. */
static void check_freezes(const struct bed *bed, uint64_t seed)
{
    bool frozen[32] = {false};

    for (size_t i = 0; i < bed->decision_count; i++) {
        const struct decision *decision = &bed->decisions[i];
        if (decision->kind == DECISION_ROLLBACK_ENDED && decision->outcome == ACTION_FAILED)
            frozen[decision->resource] = true;
        assert_for_seed(decision->kind != DECISION_REMEDIATION_STARTED || !frozen[decision->resource], seed);
    }
}

static void test_safety_holds_over_any_sequence_of_inputs(void **state)
{
    size_t deeds = 0, most = 0, frozen = 0, held = 0, verified = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct bed *bed = storm_bed();
        bed->policy.choice = (enum choice)(seed % 3);
        bed_start(bed, seed);
        storm(bed, seed, 4000);
        check_numbers(bed, seed);
        size_t at_once = check_courses(bed, seed);
        assert_for_seed(at_once <= bed->policy.limits.concurrent, seed);
        check_hours(bed, seed);
        check_issues(bed, seed);
        check_freezes(bed, seed);
        most = at_once > most ? at_once : most;
        deeds += bed_deeds(bed);
        held += bed_count(bed, DECISION_REMEDIATION_HELD);
        verified += bed_count(bed, DECISION_ATTEMPT_VERIFIED);
        for (size_t i = 0; i < bed->decision_count; i++)
            frozen += bed->decisions[i].gate == GATE_FROZEN;
        bed_destroy(bed);
    }
    /* the storm was one: each of these was put to the test */
    assert_true(deeds > 500 && most == 3 && held > 100 && verified > 50 && frozen > 5);
}

static void test_a_dry_run_never_acts_whatever_comes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct bed *bed = storm_bed();
        bed->policy.dry_run = true;
        bed_start(bed, seed);
        storm(bed, seed, 2000);
        assert_for_seed(bed->action_count == 0, seed);
        assert_for_seed(bed_count(bed, DECISION_ATTEMPT_STARTED) > 10, seed);
        bed_destroy(bed);
    }
}

static void test_with_auto_remediation_off_only_pages_go_out(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct bed *bed = storm_bed();
        bed->policy.auto_remediation = false;
        bed_start(bed, seed);
        storm(bed, seed, 2000);
        assert_for_seed(bed_deeds(bed) == 0 && bed->action_count > 0, seed);
        assert_for_seed(bed_count(bed, DECISION_REMEDIATION_STARTED) == 0, seed);
        bed_destroy(bed);
    }
}

/* A driver that lets timers go off sees the next one in the future. */
static void test_after_a_tick_no_timer_is_overdue(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct bed *bed = storm_bed();
        struct random_stream stream = random_stream_named(seed, "engine_test", "timers", 0);
        bed_start(bed, seed);
        for (int i = 0; i < 2000; i++) {
            storm_step(bed, &stream);
            heal_time next = engine_next_deadline(bed->engine);
            for (int k = 0; next <= bed->now; k++, next = engine_next_deadline(bed->engine)) {
                assert_for_seed(k < STORM_SERIES, seed); /* each timer moves on when it goes off */
                engine_tick(bed->engine, bed->now);
            }
        }
        bed_destroy(bed);
    }
}

static bool same_decisions(const struct bed *a, const struct bed *b)
{
    unsigned char bytes[2][DECISION_BYTES];

    if (a->decision_count != b->decision_count)
        return false;
    for (size_t i = 0; i < a->decision_count; i++) {
        decision_encode(&a->decisions[i], bytes[0]);
        decision_encode(&b->decisions[i], bytes[1]);
        if (memcmp(bytes[0], bytes[1], DECISION_BYTES) != 0)
            return false;
    }
    return true;
}

static bool same_run(enum choice choice, uint64_t inputs, uint64_t seed_a, uint64_t seed_b)
{
    struct bed *beds[2] = {storm_bed(), storm_bed()};

    for (int i = 0; i < 2; i++) {
        beds[i]->policy.choice = choice;
        bed_start(beds[i], i ? seed_b : seed_a);
        storm(beds[i], inputs, 2000);
    }
    bool same = same_decisions(beds[0], beds[1]);
    bed_destroy(beds[0]);
    bed_destroy(beds[1]);
    return same;
}

static void test_the_same_inputs_give_the_same_bytes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++)
        assert_for_seed(same_run((enum choice)(seed % 3), seed, 7, 7), seed);
}

static void test_the_seed_matters_only_where_a_draw_decides(void **state)
{
    int differ = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        assert_for_seed(same_run(CHOICE_LADDER, seed, 1, 2), seed);
        assert_for_seed(same_run(CHOICE_LOWER_BOUND, seed, 1, 2), seed);
        differ += !same_run(CHOICE_THOMPSON, seed, 1, 2);
    }
    assert_true(differ > 0);
}

/* Looking at the clock more often must not decide anything. */
static void test_ticks_before_the_next_deadline_change_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct bed *beds[2] = {storm_bed(), storm_bed()};
        struct random_stream streams[2];
        for (int i = 0; i < 2; i++) {
            streams[i] = random_stream_named(seed, "engine_test", "ticks", 0);
            bed_start(beds[i], 1);
        }
        for (int step = 0; step < 1500; step++) {
            for (int i = 0; i < 2; i++)
                storm_step(beds[i], &streams[i]);
            size_t before = beds[1]->decision_count;
            engine_tick(beds[1]->engine, beds[1]->now);
            if (beds[1]->decision_count != before) /* a second look at one instant may go on: then both do */
                engine_tick(beds[0]->engine, beds[0]->now);
        }
        assert_for_seed(same_decisions(beds[0], beds[1]), seed);
        bed_destroy(beds[0]);
        bed_destroy(beds[1]);
    }
}

static void test_nothing_is_allocated_after_the_start(void **state)
{
    struct bed *bed = storm_bed();

    (void)state;
    bed_start(bed, 1);
    test_heap_watch();
    uint64_t before = test_heap.taken;
    storm(bed, 1, 4000);
    assert_true(test_heap.taken == before);
    assert_true(bed_deeds(bed) > 20);
    bed_destroy(bed);
}

static void test_create_gives_up_cleanly_at_every_failed_allocation(void **state)
{
    struct bed *bed = *state;
    uint64_t at = 1;

    if (!test_heap_can_fail)
        skip();
    assert_true(inventory_freeze(bed->inventory));
    for (bool done = false; !done; at++) {
        int64_t live = test_heap.live;
        test_heap.fail_at = at;
        struct engine *engine =
            engine_create(&bed->policy, bed->inventory, 1, (struct world_port){0}, (struct journal_port){0});
        done = engine != NULL;
        engine_destroy(engine);
        test_heap.fail_at = 0;
        assert_for_seed(test_heap.live == live, at);
    }
    assert_true(at > 20);
}

#define with_bed(test) cmocka_unit_test_setup_teardown(test, create, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_bed(test_an_anomaly_opens_an_issue_with_its_evidence),
        with_bed(test_a_watched_series_gives_anomalies_and_no_issue),
        with_bed(test_one_issue_per_resource_and_type),
        with_bed(test_an_issue_is_over_when_its_last_anomaly_is),
        with_bed(test_a_series_that_gets_worse_raises_the_severity_once),
        with_bed(test_a_second_series_that_is_worse_raises_the_severity_too),
        with_bed(test_a_second_series_that_is_milder_changes_nothing),
        with_bed(test_trouble_back_within_the_cool_down_is_the_same_issue),
        with_bed(test_trouble_back_after_the_cool_down_is_a_new_issue),
        with_bed(test_without_a_cool_down_every_return_is_a_new_issue),
        with_bed(test_health_is_told_at_the_first_frame_and_then_once_per_interval),
        with_bed(test_counts_count),
        with_bed(test_nothing_to_wait_for_is_never),
        cmocka_unit_test(test_no_engine_can_be_destroyed),
        cmocka_unit_test(test_safety_holds_over_any_sequence_of_inputs),
        cmocka_unit_test(test_a_dry_run_never_acts_whatever_comes),
        cmocka_unit_test(test_with_auto_remediation_off_only_pages_go_out),
        cmocka_unit_test(test_after_a_tick_no_timer_is_overdue),
        cmocka_unit_test(test_the_same_inputs_give_the_same_bytes),
        cmocka_unit_test(test_the_seed_matters_only_where_a_draw_decides),
        cmocka_unit_test(test_ticks_before_the_next_deadline_change_nothing),
        cmocka_unit_test(test_nothing_is_allocated_after_the_start),
        with_bed(test_create_gives_up_cleanly_at_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
