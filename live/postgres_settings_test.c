/* postgres_settings_test.c - the section `postgres:`, and what is wrong with it. */
#include "live/config.h"

#include "cli/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *nothing(const char *name)
{
    (void)name;
    return NULL;
}

static struct live_config *read(const char *text, struct error_list *errors)
{
    struct document *document = yaml_parse("live.yaml", text, strlen(text), errors);
    struct live_config *config = document ? live_config_from_document(document, nothing, errors) : NULL;
    document_destroy(document);
    return config;
}

static void test_databases_are_enough_to_watch(void **state)
{
    struct error_list errors = {0};
    struct live_config *config = read("postgres:\n  databases:\n"
                                      "    - {resource: database/prod/shop, conninfo: 'service=shop'}\n",
                                      &errors);
    (void)state;

    assert_non_null(config);
    assert_int_equal(config->postgres.count, 1);
    assert_int_equal(config->postgres.timeout, 5 * HEAL_SECOND);
    assert_string_equal(config->postgres.targets[0].resource, "database/prod/shop");
    assert_null(config->postgres.targets[0].address.password_file);
    assert_null(config->postgres.targets[0].pool.conninfo);
    assert_int_equal(config->postgres.targets[0].setting_count, 0);
    live_config_destroy(config);
}

static void test_all_fields_are_read(void **state)
{
    struct error_list errors = {0};
    struct live_config *config =
        read("postgres:\n  timeout: 2s\n  validate: 1m\n  selective: 0.2\n  least_rows: 50\n  databases:\n"
             "    - resource: database/prod/shop\n      conninfo: postgresql://selfheal@db:5433/shop\n"
             "      password_file: /etc/selfheal/shop\n"
             "      settings: [{name: work_mem, value: 64MB}, {name: random_page_cost, value: '1.1'}]\n"
             "      pool: {conninfo: 'port=6432 dbname=pgbouncer', password_file: p, most: 40}\n"
             "    - {resource: database/prod/bank, conninfo: 'host=b dbname=bank'}\n",
             &errors);
    (void)state;

    assert_non_null(config);
    assert_int_equal(config->postgres.count, 2);
    assert_int_equal(config->postgres.validate, HEAL_MINUTE);
    const struct postgres_target *target = &config->postgres.targets[0];
    assert_string_equal(target->address.password_file, "/etc/selfheal/shop");
    assert_int_equal(target->setting_count, 2);
    assert_string_equal(target->settings[1].name, "random_page_cost");
    assert_string_equal(target->settings[1].value, "1.1");
    assert_string_equal(target->pool.conninfo, "port=6432 dbname=pgbouncer");
    assert_int_equal(target->pool_most, 40);
    live_config_destroy(config);
}

static void says(const struct error_list *errors, size_t index, const char *expected)
{
    char text[512];

    assert_true(index < errors->kept);
    assert_string_equal(error_format(errors, index, text, sizeof text), expected);
}

static void test_each_fault_is_told_with_its_line(void **state)
{
    struct error_list errors = {0};
    (void)state;

    assert_null(
        read("postgres:\n"
             "  timeout: soon\n"
             "  databases:\n"
             "    - {resource: pod/prod/shop, conninfo: 'host=a'}\n"
             "    - {resource: database/prod/a, conninfo: 'host=a password=hunter2'}\n"
             "    - {resource: database/prod/a, conninfo: 'hosts=a'}\n"
             "    - resource: database/prod/b\n"
             "      conninfo: host=b\n"
             "      settings: [{name: fsync, value: 'off'}, {name: jit, value: 'off'}, {name: jit, value: 'on'}]\n"
             "      pool: {most: 0}\n",
             &errors));
    says(&errors, 1,
         "live.yaml:4: postgres.databases[0].resource: expected database/NAMESPACE/NAME, found "
         "\"pod/prod/shop\"");
    says(&errors, 2,
         "live.yaml:5: postgres.databases[1].conninfo: expected no password: it belongs into "
         "password_file or .pgpass");
    says(&errors, 3, "live.yaml:6: postgres.databases[2].resource: database/prod/a is there twice");
    assert_int_equal(errors.items[4].line, 6); /* libpq's words */
    says(&errors, 5,
         "live.yaml:9: postgres.databases[3].settings[0].name: expected a setting of the planner or of "
         "query memory, such as work_mem, found \"fsync\"");
    says(&errors, 6, "live.yaml:9: postgres.databases[3].settings[2].name: jit is there twice");
    assert_int_equal(errors.items[7].line, 10);
    assert_int_equal(errors.count, 9);
    for (size_t i = 0; i < errors.kept; i++)
        assert_null(strstr(errors.items[i].message, "hunter2"));
    error_list_clear(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_databases_are_enough_to_watch),
        cmocka_unit_test(test_all_fields_are_read),
        cmocka_unit_test(test_each_fault_is_told_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
