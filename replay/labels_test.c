#include "replay/labels.h"

#include "engine/inventory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char WINDOWS[] =
    "{\n \"realX/a.csv\": [[\"2014-04-10 16:15:00.000000\", \"2014-04-12 01:45:00.000000\"]],\n"
    " \"realX/ba.csv\": [],\n"
    " \"realY/c.csv\": [[\"2014-04-10 16:15:00\", \"2014-04-10 16:15:00\"], [1, 2], 7,\n"
    "  [\"x\", \"2014-04-10 16:15:00\"]],\n \"realY/d.csv\": 5\n}\n";

/* All messages, one a line. */
static void check_messages(struct error_list *errors, const char *expected)
{
    char all[4096] = "";
    char message[512];
    for (size_t i = 0; i < errors->kept; i++) {
        strcat(all, error_format(errors, i, message, sizeof message));
        strcat(all, "\n");
    }
    assert_string_equal(all, expected);
    error_list_clear(errors);
}

static void refused(const char *text, const char *trace_name, const char *expected)
{
    struct error_list errors = {0};
    struct labels labels;
    assert_false(labels_parse("l", text, strlen(text), trace_name, &labels, &errors));
    assert_int_equal(labels.count, 0);
    assert_null(labels.items);
    check_messages(&errors, expected);
}

static void parsed(const char *text, const char *trace_name, struct labels *labels)
{
    struct error_list errors = {0};
    bool done = labels_parse("l", text, strlen(text), trace_name, labels, &errors);
    check_messages(&errors, "");
    assert_true(done);
}

static void test_csv_columns_are_found_by_name(void **state)
{
    struct labels labels;
    (void)state;
    parsed("note,fault_type,end,start,resource\n"
           "x,cpu_contention,2022-08-22T03:56:54Z,2022-08-22T03:53:54Z,pod/shop/a\n"
           "\"y,\",,2022-08-22T04:00:00Z,2022-08-22T03:59:00Z,\n",
           "t.csv", &labels);
    assert_int_equal(labels.count, 2);
    assert_int_equal(labels.items[0].end - labels.items[0].start, 3 * HEAL_MINUTE);
    assert_string_equal(labels.items[0].resource, "pod/shop/a");
    assert_string_equal(labels.items[0].fault_type, "cpu_contention");
    assert_string_equal(labels.items[1].resource, "");
    assert_string_equal(labels.items[1].fault_type, "");
    labels_clear(&labels);
    parsed("start,end,resource\n", "t.csv", &labels);
    assert_int_equal(labels.count, 0);
    labels_clear(&labels);
}

static void test_csv_faults_have_their_place(void **state)
{
    (void)state;
    refused("", "t", "l: is empty, expected a header\n");
    refused("start,resource,start\n1,2,3\n", "t",
            "l:1: start: the header names this column twice\n"
            "l:1: end: the header lacks this column\n");
    refused("start,end,resource\n"
            "a,b,c\n"
            "2022-08-22T03:59:00Z,2022-08-22T03:59:00Z,c\n"
            "2022-08-22T03:59:00Z\n"
            "2022-08-22T03:59:00Z,2022-08-22T04:59:00Z,a\x01\n"
            "2022-08-22T03:59:00Z,2022-08-22T04:59:00Z,\xff\n",
            "t",
            "l:2: start: expected an instant such as 2022-08-22T03:51:00Z, found \"a\"\n"
            "l:2: end: expected an instant such as 2022-08-22T03:51:00Z, found \"b\"\n"
            "l:3: end: expected an instant after `start`\n"
            "l:4: 1 cells, expected 3 as in the header\n"
            "l:5: resource: expected at most 512 bytes of printable text\n"
            "l:6: byte 43 (0xff) is not UTF-8\n");
}

static void test_the_windows_of_the_trace_are_taken(void **state)
{
    static const char *const names[] = {"a.csv", "realX/a.csv", "data/realX/a.csv"};
    struct labels labels;
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        parsed(WINDOWS, names[i], &labels);
        assert_int_equal(labels.count, 1);
        assert_int_equal(labels.items[0].end - labels.items[0].start, 33 * HEAL_HOUR + 30 * HEAL_MINUTE);
        assert_string_equal(labels.items[0].resource, "");
        labels_clear(&labels);
    }
    parsed(WINDOWS, "ba.csv", &labels);
    assert_int_equal(labels.count, 0);
    labels_clear(&labels);
}

static void test_json_faults_have_their_place(void **state)
{
    (void)state;
    refused(WINDOWS, "e.csv", "l: e.csv: no entry for this trace\n");
    refused(WINDOWS, "c.csv",
            "l: realY/c.csv[0]: expected an end after the start\n"
            "l: realY/c.csv[1]: expected [start, end], two instants\n"
            "l: realY/c.csv[2]: expected [start, end], two instants\n"
            "l: realY/c.csv[3]: expected an instant such as 2022-08-22T03:51:00Z, found \"x\"\n");
    refused(WINDOWS, "d.csv", "l: realY/d.csv: expected a list of [start, end]\n");
    refused("{\"a.csv\":[],\n\"a.csv\":[]}", "a.csv", "l: a.csv: a second entry for this trace\n");
    refused("{\"a.csv\":[],\n", "a.csv", "l:1: is not well-formed JSON here\n");
    refused("{\"a.csv\":[]}\n\nx", "a.csv", "l:3: expected nothing behind the JSON object\n");
    refused("[]", "a.csv", "l: expected an object of file names to lists of [start, end]\n");
    refused("\n{\"\xff\":1}", "a.csv", "l:2: bytes that are not UTF-8\n");
}

static void test_deep_nesting_is_refused(void **state)
{
    enum { DEPTH = 1000000 };
    struct error_list errors = {0};
    struct labels labels;
    char *text = malloc(DEPTH);
    (void)state;
    memset(text, '[', DEPTH);
    assert_false(labels_parse("l", text, DEPTH, "a.csv", &labels, &errors));
    check_messages(&errors, "l:1: is not well-formed JSON here\n");
    free(text);
}

static void test_files_are_read_or_named(void **state)
{
    struct error_list errors = {0};
    struct labels labels;
    struct topology topology;
    char path[] = "/tmp/labels_test.XXXXXX";
    (void)state;
    int file = mkstemp(path);
    assert_int_equal(write(file, "start,end,resource,source,target\n", 33), 33);
    close(file);
    assert_true(labels_read(path, "t", &labels, &errors));
    assert_true(topology_read(path, &topology, &errors));
    unlink(path);
    assert_false(labels_read("/nowhere/l", "t", &labels, &errors));
    assert_false(topology_read("/nowhere/t", &topology, &errors));
    check_messages(&errors, "/nowhere/l: cannot open: No such file or directory\n"
                            "/nowhere/t: cannot open: No such file or directory\n");
}

static void test_edges_relate_by_id_or_name(void **state)
{
    static const char text[] = "source,target\nfrontend,cart\npod/shop/frontend-1,database/shop/orders\n"
                               "cart,nobody\ncart-2,orders\ncar,orders\n";
    struct error_list errors = {0};
    struct topology topology;
    struct inventory *inventory = inventory_create();
    (void)state;
    uint32_t frontend = inventory_add_resource(inventory, "pod/shop/frontend-1", 19);
    uint32_t cart = inventory_add_resource(inventory, "pod/shop/cart-2", 15);
    uint32_t orders = inventory_add_resource(inventory, "database/shop/orders", 20);
    assert_true(topology_parse("t", text, sizeof text - 1, &topology, &errors));
    assert_int_equal(topology.count, 5);
    assert_int_equal(topology_relate(&topology, inventory), 3);
    topology_clear(&topology);
    assert_true(inventory_freeze(inventory));
    assert_int_equal(inventory_target(inventory, frontend, RELATION_CALLS), cart);
    assert_int_equal(inventory_target(inventory, cart, RELATION_CALLS), orders);
    assert_true(inventory_related(inventory, frontend, orders));
    inventory_destroy(inventory);
}

static void test_topology_faults_have_their_place(void **state)
{
    static const char text[] = "target,source\n,a\nb,c\nd\n";
    struct error_list errors = {0};
    struct topology topology;
    (void)state;
    assert_false(topology_parse("t", text, sizeof text - 1, &topology, &errors));
    assert_int_equal(topology.count, 0);
    check_messages(&errors, "t:2: target: expected the name of a resource, 1 to 512 bytes of printable text\n"
                            "t:4: 1 cells, expected 2 as in the header\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv_columns_are_found_by_name),
        cmocka_unit_test(test_csv_faults_have_their_place),
        cmocka_unit_test(test_the_windows_of_the_trace_are_taken),
        cmocka_unit_test(test_json_faults_have_their_place),
        cmocka_unit_test(test_deep_nesting_is_refused),
        cmocka_unit_test(test_files_are_read_or_named),
        cmocka_unit_test(test_edges_relate_by_id_or_name),
        cmocka_unit_test(test_topology_faults_have_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
