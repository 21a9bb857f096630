/* postgres_plan_test.c - plans as PostgreSQL 15 wrote them, and the index that they lack.
 * What a generic plan does not need for that (output, widths) is left out. */
#include "live/postgres_plan.h"

#include "live/postgres_condition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* select * from orders where customer_id = $1 */
static const char FILTERED[] =
    "[{\"Plan\": {\"Node Type\": \"Gather\", \"Parallel Aware\": false, \"Async Capable\": false,"
    " \"Startup Cost\": 1000.00, \"Total Cost\": 5656.10, \"Plan Rows\": 6, \"Plan Width\": 46,"
    " \"Workers Planned\": 2, \"Single Copy\": false, \"Plans\": [{\"Node Type\": \"Seq Scan\","
    " \"Parent Relationship\": \"Outer\", \"Parallel Aware\": true, \"Async Capable\": false,"
    " \"Relation Name\": \"orders\", \"Schema\": \"public\", \"Alias\": \"orders\", \"Startup Cost\": 0.00,"
    " \"Total Cost\": 4655.50, \"Plan Rows\": 2, \"Plan Width\": 46,"
    " \"Filter\": \"(orders.customer_id = $1)\"}]}, \"Query Identifier\": 8248518208783588473}]";

/* update orders set status=$1 where sku = $2 */
static const char UPDATE[] =
    "[{\"Plan\": {\"Node Type\": \"ModifyTable\", \"Operation\": \"Update\", \"Parallel Aware\": false,"
    " \"Async Capable\": false, \"Relation Name\": \"orders\", \"Schema\": \"public\", \"Alias\": \"orders\","
    " \"Startup Cost\": 0.00, \"Total Cost\": 6843.00, \"Plan Rows\": 0, \"Plan Width\": 0, \"Plans\": ["
    "{\"Node Type\": \"Seq Scan\", \"Parent Relationship\": \"Outer\", \"Parallel Aware\": false,"
    " \"Async Capable\": false, \"Relation Name\": \"orders\", \"Schema\": \"public\", \"Alias\": \"orders\","
    " \"Startup Cost\": 0.00, \"Total Cost\": 6843.00, \"Plan Rows\": 300, \"Plan Width\": 10,"
    " \"Filter\": \"(orders.sku = $2)\"}]}, \"Query Identifier\": 4338249294730052344}]";

/* select c.name, o.id from customers c join orders o on o.customer_id = c.id where c.name = $1 */
static const char JOINED[] =
    "[{\"Plan\": {\"Node Type\": \"Gather\", \"Parallel Aware\": false, \"Startup Cost\": 1896.01,"
    " \"Total Cost\": 6708.38, \"Plan Rows\": 6, \"Workers Planned\": 2, \"Single Copy\": false, \"Plans\": ["
    "{\"Node Type\": \"Hash Join\", \"Parent Relationship\": \"Outer\", \"Parallel Aware\": false,"
    " \"Join Type\": \"Inner\", \"Startup Cost\": 896.01, \"Total Cost\": 5707.78, \"Plan Rows\": 2,"
    " \"Inner Unique\": false, \"Hash Cond\": \"(o.customer_id = c.id)\", \"Plans\": ["
    "{\"Node Type\": \"Seq Scan\", \"Parent Relationship\": \"Outer\", \"Parallel Aware\": true,"
    " \"Relation Name\": \"orders\", \"Schema\": \"public\", \"Alias\": \"o\", \"Startup Cost\": 0.00,"
    " \"Total Cost\": 4343.00, \"Plan Rows\": 125000},"
    "{\"Node Type\": \"Hash\", \"Parent Relationship\": \"Inner\", \"Parallel Aware\": false,"
    " \"Startup Cost\": 896.00, \"Total Cost\": 896.00, \"Plan Rows\": 1, \"Plans\": ["
    "{\"Node Type\": \"Seq Scan\", \"Parent Relationship\": \"Outer\", \"Parallel Aware\": false,"
    " \"Relation Name\": \"customers\", \"Schema\": \"public\", \"Alias\": \"c\", \"Startup Cost\": 0.00,"
    " \"Total Cost\": 896.00, \"Plan Rows\": 1, \"Filter\": \"(c.name = $1)\"}]}]}]},"
    " \"Query Identifier\": 4476825886748758511}]";

/* The first again after create index selfheal_1 on orders (customer_id). */
static const char INDEXED[] =
    "[{\"Plan\": {\"Node Type\": \"Index Scan\", \"Parallel Aware\": false, \"Async Capable\": false,"
    " \"Scan Direction\": \"Forward\", \"Index Name\": \"selfheal_1\", \"Relation Name\": \"orders\","
    " \"Schema\": \"public\", \"Alias\": \"orders\", \"Startup Cost\": 0.42, \"Total Cost\": 28.00, \"Plan Rows\": 6,"
    " \"Plan Width\": 46, \"Index Cond\": \"(orders.customer_id = $1)\"},"
    " \"Query Identifier\": 8248518208783588473}]";

static void test_a_filtered_scan_lacks_an_index_on_its_column(void **state)
{
    struct plan plan;
    (void)state;

    assert_true(plan_read(FILTERED, &plan));
    assert_int_equal(plan.count, 1);
    assert_string_equal(plan.candidates[0].schema, "public");
    assert_string_equal(plan.candidates[0].table, "orders");
    assert_int_equal(plan.candidates[0].count, 1);
    assert_string_equal(plan.candidates[0].columns[0].name, "customer_id");
    assert_false(plan.candidates[0].columns[0].range);
    assert_true(plan.candidates[0].rows > 4.7 && plan.candidates[0].rows < 4.9); /* 2 rows of 2.4 processes each */
    assert_true(plan.cost > 5656.0 && plan.cost < 5656.2);
}

static void test_an_update_is_read_like_a_select(void **state)
{
    struct plan plan;
    (void)state;

    assert_true(plan_read(UPDATE, &plan));
    assert_int_equal(plan.count, 1);
    assert_string_equal(plan.candidates[0].columns[0].name, "sku");
    assert_true(plan.candidates[0].rows > 299.0 && plan.candidates[0].rows < 301.0);
}

static void test_a_join_that_wants_little_lacks_one_on_its_key(void **state)
{
    struct plan plan;
    (void)state;

    assert_true(plan_read(JOINED, &plan));
    assert_int_equal(plan.count, 2);
    assert_string_equal(plan.candidates[0].table, "orders"); /* the dearer scan */
    assert_string_equal(plan.candidates[0].columns[0].name, "customer_id");
    assert_true(plan.candidates[0].rows < 5.0);
    assert_string_equal(plan.candidates[1].table, "customers");
    assert_string_equal(plan.candidates[1].columns[0].name, "name");
}

static void test_a_plan_with_an_index_lacks_none(void **state)
{
    struct plan plan;
    (void)state;

    assert_true(plan_read(INDEXED, &plan));
    assert_int_equal(plan.count, 0);
    assert_true(plan_uses(INDEXED, "selfheal_1"));
    assert_false(plan_uses(INDEXED, "selfheal_2"));
    assert_false(plan_uses(INDEXED, ""));
    assert_false(plan_uses(FILTERED, "selfheal_1"));
    assert_false(plan_uses("nothing", "selfheal_1"));
}

static void test_what_is_no_plan_is_refused(void **state)
{
    static const char *const NONE[] = {"", "{", "[]", "[{}]", "{\"Plan\": {}}", "[{\"Plan\": {\"Node Type\": 3}}]"};
    struct plan plan;
    (void)state;

    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++)
        assert_false(plan_read(NONE[i], &plan));
}

static void test_the_dearest_scans_are_kept_in_order(void **state)
{
    char json[8192] = "[{\"Plan\": {\"Node Type\": \"Append\", \"Total Cost\": 1, \"Plans\": [";
    struct plan plan;
    (void)state;

    for (int i = 0; i < 20; i++) {
        char one[256];
        snprintf(one, sizeof one,
                 "%s{\"Node Type\": \"Seq Scan\", \"Schema\": \"s\", \"Relation Name\": \"t%d\", \"Alias\": \"t\","
                 " \"Total Cost\": %d, \"Filter\": \"(t.a = 1)\"}",
                 i ? "," : "", i, (i * 7) % 20);
        strcat(json, one);
    }
    strcat(json, "]}}]");
    assert_true(plan_read(json, &plan));
    assert_int_equal(plan.count, PLAN_CANDIDATES);
    for (int i = 0; i < PLAN_CANDIDATES; i++)
        assert_true(plan.candidates[i].cost > 18.5 - i && plan.candidates[i].cost < 19.5 - i);
}

/* The columns that come out of a condition on o: "a<" is one compared by order, "a:" one cast to text. */
static void check(const char *condition, bool join, const char *expected)
{
    struct plan_candidate candidate = {0};
    char text[256] = "";

    condition_columns(condition, "o", join, &candidate);
    for (size_t i = 0; i < candidate.count; i++) {
        strcat(text, i ? " " : "");
        strcat(text, candidate.columns[i].name);
        strcat(text, candidate.columns[i].range ? "<" : "");
        strcat(text, candidate.columns[i].as_text ? ":" : "");
    }
    assert_string_equal(text, expected);
}

static void test_conditions_give_the_columns_that_an_index_serves(void **state)
{
    (void)state;
    check("(o.a = $1)", false, "a");
    check("($1 = o.a)", false, "a");
    check("((o.a = $1) AND (o.b = $2) AND (o.c > (now() - '1 day'::interval)))", false, "a b c<");
    check("((o.a >= $1) AND (o.a <= $2))", false, "a<");
    check("((o.a >= $1) AND (o.a = $2))", false, "a");
    check("(o.a = ANY ('{1,2,3}'::integer[]))", false, "a");
    check("((o.v)::text = $2)", false, "v:");
    check("((o.\"Odd \"\"Name\" = 'it''s (a) = b AND c'::text) AND (o.x = E'\\\\'' AND (o.y = 1)'))", false,
          "Odd \"Name x");
    check("(((o.a = 1) AND (o.b = 2)) AND (o.c = 3))", false, "a b c");
}

static void test_conditions_that_serve_nothing_give_nothing(void **state)
{
    (void)state;
    check("((lower(o.a) = $1) OR (o.b = 3))", false, "");
    check("(lower(o.a) = $1)", false, "");
    check("((o.a)::date = CURRENT_DATE)", false, "");
    check("(o.a ~~ 'x%'::text)", false, "");
    check("(o.a <> $1)", false, "");
    check("(o.a IS NULL)", false, "");
    check("(NOT (o.a = 1))", false, "");
    check("(o.a = o.b)", false, "");
    check("(o.a = (o.b + 1))", false, "");
    check("(c.a = $1)", false, "");
    check("(a = $1)", false, "");
    check("((o.a = 3) OR (o.a = 4))", false, "");
    check("o.b", false, "");
    check("", false, "");
    check("((((((", false, "");
    check("(o.\"open = 1)", false, "");
}

static void test_joins_give_the_columns_compared_by_equality(void **state)
{
    (void)state;
    check("(o.customer_id = c.id)", true, "customer_id");
    check("((c.id = o.customer_id) AND (c.x = o.y))", true, "customer_id y");
    check("(o.a > c.b)", true, "");
}

static void choose(size_t columns, const char *ranges, const double *distinct, double tuples, const char *expected)
{
    struct plan_candidate candidate = {.count = columns};
    struct plan_statistics statistics = {.tuples = tuples};
    size_t chosen[PLAN_INDEX_COLUMNS];
    char text[8] = "";

    for (size_t i = 0; i < columns; i++) {
        candidate.columns[i].range = ranges[i] == '<';
        statistics.distinct[i] = distinct[i];
    }
    size_t count = plan_choose(&candidate, &statistics, chosen);
    for (size_t i = 0; i < count; i++)
        text[i] = (char)('0' + chosen[i]);
    assert_string_equal(text, expected);
}

static void test_columns_are_chosen_by_what_they_leave(void **state)
{
    (void)state;
    choose(1, "=", (double[]){0}, 1e6, "0");
    choose(1, "<", (double[]){0}, 1e6, "0");
    choose(2, "==", (double[]){7, 50000}, 3e5, "1"); /* six rows are left */
    choose(2, "==", (double[]){7, 1000}, 3e5, "10"); /* 300, so the other as well */
    choose(3, "==<", (double[]){7, 1000, 1e5}, 3e5, "102");
    choose(3, "===", (double[]){5, 5, 5}, 3e5, "01"); /* two at most */
    choose(3, "<=<", (double[]){9, 7, 9}, 3e5, "10"); /* one by order, behind the equal */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_filtered_scan_lacks_an_index_on_its_column),
        cmocka_unit_test(test_an_update_is_read_like_a_select),
        cmocka_unit_test(test_a_join_that_wants_little_lacks_one_on_its_key),
        cmocka_unit_test(test_a_plan_with_an_index_lacks_none),
        cmocka_unit_test(test_what_is_no_plan_is_refused),
        cmocka_unit_test(test_the_dearest_scans_are_kept_in_order),
        cmocka_unit_test(test_conditions_give_the_columns_that_an_index_serves),
        cmocka_unit_test(test_conditions_that_serve_nothing_give_nothing),
        cmocka_unit_test(test_joins_give_the_columns_compared_by_equality),
        cmocka_unit_test(test_columns_are_chosen_by_what_they_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
