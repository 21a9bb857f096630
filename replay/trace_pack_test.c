#include "replay/checksum.h"
#include "replay/trace.h"
#include "replay/trace_csv.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SEED UINT64_C(20220822)

static const char TEXT[] = "timestamp,pod/shop/a:cpu_utilization_ratio,value,c\n"
                           "2022-08-22T03:51:00Z,0.1,-0,\n"
                           "2022-08-22T03:52:00.000000001Z,,1e-320,3\n"
                           "2022-08-22T03:53:00Z,0.3,1.7976931348623157e308,4\n";

struct fixture {
    char folder[32];
    char path[64];
    unsigned char *bytes; /* of the packed file */
    size_t length;
    struct trace *trace; /* as read from the text */
};

static void write_bytes(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static int create(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct error_list errors = {0};
    struct stat status;
    if (fixture == NULL)
        return 1;
    *state = fixture;
    strcpy(fixture->folder, "/tmp/trace_pack_test.XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/a.trace", fixture->folder);
    fixture->trace = trace_csv_parse("a.csv", TEXT, sizeof TEXT - 1, NULL, &errors);
    assert_non_null(fixture->trace);
    assert_true(trace_pack(fixture->trace, fixture->path, &errors));
    assert_int_equal(stat(fixture->path, &status), 0);
    fixture->length = (size_t)status.st_size;
    fixture->bytes = malloc(fixture->length);
    FILE *file = fopen(fixture->path, "rb");
    assert_int_equal(fread(fixture->bytes, 1, fixture->length, file), fixture->length);
    fclose(file);
    return 0;
}

static int destroy(void **state)
{
    struct fixture *fixture = *state;
    trace_destroy(fixture->trace);
    unlink(fixture->path);
    assert_int_equal(rmdir(fixture->folder), 0); /* so nothing else was left there */
    free(fixture->bytes);
    free(fixture);
    return 0;
}

static void test_what_was_packed_is_mapped_to_the_bit(void **state)
{
    struct fixture *fixture = *state;
    struct error_list errors = {0};
    struct trace *mapped = trace_open(fixture->path, NULL, &errors);
    assert_non_null(mapped);
    assert_int_equal(trace_series_count(mapped), 3);
    assert_int_equal(trace_frame_count(mapped), 3);
    assert_memory_equal(trace_times(mapped), trace_times(fixture->trace), 3 * sizeof(heal_time));
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(trace_series_id(mapped, i), trace_series_id(fixture->trace, i));
        assert_memory_equal(trace_column(mapped, i), trace_column(fixture->trace, i), 3 * sizeof(double));
        assert_int_equal((uintptr_t)trace_column(mapped, i) % 64, 0);
    }
    trace_destroy(mapped);
}

static void test_a_mapped_trace_packs_onto_its_own_file(void **state)
{
    struct fixture *fixture = *state;
    struct error_list errors = {0};
    unsigned char *again = malloc(fixture->length);
    struct trace *mapped = trace_open(fixture->path, NULL, &errors);
    assert_true(trace_pack(mapped, fixture->path, &errors));
    trace_destroy(mapped);
    FILE *file = fopen(fixture->path, "rb");
    assert_int_equal(fread(again, 1, fixture->length, file), fixture->length);
    assert_memory_equal(again, fixture->bytes, fixture->length);
    fclose(file);
    free(again);
}

static void test_a_failed_pack_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct error_list errors = {0};
    char path[128];
    snprintf(path, sizeof path, "%s/none/a.trace", fixture->folder);
    assert_false(trace_pack(fixture->trace, path, &errors));
    assert_false(trace_pack(fixture->trace, fixture->folder, &errors));
    assert_int_equal(errors.count, 2);
    assert_false(errors.environment);
    error_list_clear(&errors);
    assert_false(trace_pack(fixture->trace, "/dev/full/x", &errors));
    error_list_clear(&errors);
    char left[64];
    snprintf(left, sizeof left, "%s.%ld.0.tmp", fixture->folder, (long)getpid());
    assert_int_not_equal(access(left, F_OK), 0);
}

static void test_a_disk_that_fills_up_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct error_list errors = {0};
    struct rlimit before, tight;
    getrlimit(RLIMIT_FSIZE, &before);
    tight = before;
    tight.rlim_cur = 300;
    signal(SIGXFSZ, SIG_IGN);
    unlink(fixture->path);
    setrlimit(RLIMIT_FSIZE, &tight);
    bool packed = trace_pack(fixture->trace, fixture->path, &errors);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_false(packed);
    assert_true(errors.environment);
    assert_int_not_equal(access(fixture->path, F_OK), 0); /* and destroy finds the folder empty */
    error_list_clear(&errors);
}

/* Opens `bytes` as a file; whether it is a trace or refused with one message. */
static bool opens(struct fixture *fixture, const void *bytes, size_t length, char message[256])
{
    struct error_list errors = {0};
    write_bytes(fixture->path, bytes, length);
    struct trace *trace = trace_open(fixture->path, NULL, &errors);
    bool opened = trace != NULL;
    assert_int_equal(errors.count > 0, !opened);
    if (!opened)
        snprintf(message, 256, "%s", errors.items[0].message);
    trace_destroy(trace);
    error_list_clear(&errors);
    return opened;
}

static void test_every_truncation_is_refused(void **state)
{
    struct fixture *fixture = *state;
    char message[256];
    for (size_t length = 0; length < fixture->length; length++)
        assert_false(opens(fixture, fixture->bytes, length, message));
    assert_true(opens(fixture, fixture->bytes, fixture->length, message));
    unsigned char *longer = calloc(1, fixture->length + 1);
    memcpy(longer, fixture->bytes, fixture->length);
    assert_false(opens(fixture, longer, fixture->length + 1, message));
    free(longer);
}

static void test_every_flipped_bit_is_refused(void **state)
{
    struct fixture *fixture = *state;
    char message[256];
    for (size_t bit = 0; bit < fixture->length * 8; bit++) {
        fixture->bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        if (opens(fixture, fixture->bytes, fixture->length, message))
            fail_msg("bit %zu", bit);
        fixture->bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}

/* Gives the bytes a checksum that fits them. */
static void sign(unsigned char *bytes, size_t length)
{
    struct checksum checksum;
    memset(bytes + 72, 0, 8);
    checksum_start(&checksum);
    checksum_add(&checksum, bytes, length);
    uint64_t value = checksum_value(&checksum);
    memcpy(bytes + 72, &value, sizeof value);
}

static void test_a_fitting_checksum_does_not_excuse_the_content(void **state)
{
    static const struct {
        size_t offset;
        unsigned char bytes[8];
        const char *message;
    } changes[] = {
        {128 + 5, {0}, "damaged packed trace: its series names are malformed"},
        {128, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "damaged packed trace: its series names are malformed"},
        {256,
         {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
         "damaged packed trace: its instants are out of order or range"},
        {256, {0, 0, 0, 0, 0, 0, 0, 0x80}, "damaged packed trace: its instants are out of order or range"},
        {272,
         {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
         "damaged packed trace: its instants are out of order or range"},
        {320, {0, 0, 0, 0, 0, 0, 0xf0, 0xff}, "damaged packed trace: it holds an infinite value"},
    };
    struct fixture *fixture = *state;
    char message[256];
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        unsigned char *copy = malloc(fixture->length);
        memcpy(copy, fixture->bytes, fixture->length);
        memcpy(copy + changes[i].offset, changes[i].bytes, 8);
        sign(copy, fixture->length);
        assert_false(opens(fixture, copy, fixture->length, message));
        assert_string_equal(message, changes[i].message);
        free(copy);
    }
}

static void test_duplicate_names_are_refused(void **state)
{
    static const char *const ids[] = {"pod/s/p:m", "pod/s/p:m"};
    struct fixture *fixture = *state;
    struct error_list errors = {0};
    struct trace *twins = trace_create(2, 1, ids);
    assert_true(trace_pack(twins, fixture->path, &errors));
    assert_null(trace_open(fixture->path, NULL, &errors));
    error_list_clear(&errors);
    trace_destroy(twins);
}

static void test_another_version_is_named(void **state)
{
    struct fixture *fixture = *state;
    char message[256];
    fixture->bytes[8] = 2;
    assert_false(opens(fixture, fixture->bytes, fixture->length, message));
    assert_string_equal(message, "packed trace of version 2, this program reads 1");
}

/* A hostile header with a checksum that fits: random fields, no crash. */
static void test_hostile_headers_never_crash(void **state)
{
    struct fixture *fixture = *state;
    uint64_t seed = SEED;
    char message[256];
    print_message("seed %" PRIu64 "\n", seed);
    for (int i = 0; i < 3000; i++) {
        unsigned char *copy = malloc(fixture->length);
        memcpy(copy, fixture->bytes, fixture->length);
        for (int j = 0; j < 2; j++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            uint64_t value = seed >> (seed >> 58);
            memcpy(copy + 12 + (seed >> 33) % 9 * 8 - ((seed >> 33) % 9 == 0 ? 0 : 4), &value, sizeof value);
        }
        sign(copy, fixture->length);
        opens(fixture, copy, fixture->length, message);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_was_packed_is_mapped_to_the_bit, create, destroy),
        cmocka_unit_test_setup_teardown(test_a_mapped_trace_packs_onto_its_own_file, create, destroy),
        cmocka_unit_test_setup_teardown(test_a_failed_pack_leaves_nothing, create, destroy),
        cmocka_unit_test_setup_teardown(test_a_disk_that_fills_up_leaves_nothing, create, destroy),
        cmocka_unit_test_setup_teardown(test_every_truncation_is_refused, create, destroy),
        cmocka_unit_test_setup_teardown(test_every_flipped_bit_is_refused, create, destroy),
        cmocka_unit_test_setup_teardown(test_a_fitting_checksum_does_not_excuse_the_content, create, destroy),
        cmocka_unit_test_setup_teardown(test_duplicate_names_are_refused, create, destroy),
        cmocka_unit_test_setup_teardown(test_another_version_is_named, create, destroy),
        cmocka_unit_test_setup_teardown(test_hostile_headers_never_crash, create, destroy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
