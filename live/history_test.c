/* history_test.c - the past on one grid; and how labels become series. */
#include "live/history.h"

#include "live/prometheus.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_samples_lie_at_the_nearest_instant(void **state)
{
    struct inventory *inventory = inventory_create();
    struct history *history = history_create(inventory, 100 * HEAL_SECOND, 130 * HEAL_SECOND, 10 * HEAL_SECOND);
    double values[2];
    (void)state;

    assert_int_equal(history_frames(history), 4);
    assert_true(history_put(history, "a/b/c:d", 109 * HEAL_SECOND, 1.5));
    assert_true(history_put(history, "a/b/c:e", 131 * HEAL_SECOND, 2.5));
    assert_true(history_put(history, "a/b/c:e", 90 * HEAL_SECOND, 9.0));  /* outside */
    assert_true(history_put(history, "a/b/c:e", 999 * HEAL_SECOND, 9.0)); /* outside */
    assert_false(history_put(history, "no id", 100 * HEAL_SECOND, 1.0));
    history_frame(history, 1, values, 2);
    assert_float_equal(values[0], 1.5, 0);
    assert_true(isnan(values[1]));
    history_frame(history, 3, values, 2);
    assert_true(isnan(values[0]));
    assert_float_equal(values[1], 2.5, 0);
    assert_null(history_create(inventory, 10, 5, 1));
    assert_null(history_create(inventory, 0, HEAL_DAY, 1));
    history_destroy(history);
    inventory_destroy(inventory);
}

static const char *label(void *context, const char *name)
{
    (void)context;
    return strcmp(name, "instance") == 0 ? "10.0.0.1:9100" : strcmp(name, "mount") == 0 ? "/var/lib" : NULL;
}

static void test_labels_are_filled_in_and_made_fit(void **state)
{
    char out[SERIES_ID_MAX + 1], longest[SERIES_ID_MAX + 2];
    (void)state;

    assert_true(prometheus_expand("volume/{instance}/x{mount}:used_ratio", label, NULL, out));
    assert_string_equal(out, "volume/10.0.0.1_9100/x_var_lib:used_ratio");
    assert_false(prometheus_expand("volume/{nothing}/a:b", label, NULL, out));
    assert_true(prometheus_expand("open{brace", label, NULL, out));
    assert_string_equal(out, "open{brace");
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_false(prometheus_expand(longest, label, NULL, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_lie_at_the_nearest_instant),
        cmocka_unit_test(test_labels_are_filled_in_and_made_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
