/* alert_book_test.c - alerts that are told from outside become samples. */
#include "live/alert_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct alert_mapping MAPPINGS[] = {
    {"Pod*", "pod/{namespace}/{pod}:alert_firing"},
    {"Pod*", "node/default/{instance}:alert_firing"}, /* where it names no pod */
    {"DiskFull", "volume/default/{device}:alert_{alertname}"},
};
static const struct alert_settings SETTINGS = {MAPPINGS, 3, HEAL_HOUR};

struct seen {
    char text[512];
};

static void see(void *context, const char *series, double value)
{
    struct seen *seen = context;
    size_t used = strlen(seen->text);
    snprintf(seen->text + used, sizeof seen->text - used, "%s=%g ", series, value);
}

static const char *read(struct alert_book *book, heal_time now, struct seen *seen)
{
    seen->text[0] = '\0';
    alert_book_read(book, now, (struct alert_sink){seen, see});
    return seen->text;
}

/* One alert of a webhook; `mark` is its fingerprint, NULL: without. */
static enum alert_answer tell(struct alert_book *book, const char *status, const char *labels, const char *mark,
                              heal_time now, struct alert_count *count)
{
    char body[1024], fingerprint[128] = "";

    if (mark)
        snprintf(fingerprint, sizeof fingerprint, ",\"fingerprint\":\"%s\"", mark);
    snprintf(body, sizeof body,
             "{\"version\":\"4\",\"status\":\"%s\",\"receiver\":\"selfheal\",\"alerts\":[{\"status\":\"%s\","
             "\"labels\":%s,\"annotations\":{},\"startsAt\":\"2026-01-01T00:00:00Z\"%s}]}",
             status, status, labels, fingerprint);
    return alert_book_take(book, body, now, count);
}

#define WEB "{\"alertname\":\"PodDown\",\"namespace\":\"shop\",\"pod\":\"web\"}"
#define WEB_TURNED "{\"pod\":\"web\",\"namespace\":\"shop\",\"alertname\":\"PodDown\"}"

static void test_firing_is_one_and_resolved_is_zero(void **state)
{
    struct alert_book *book = alert_book_create(&SETTINGS);
    struct alert_count count;
    struct seen seen;
    (void)state;

    assert_string_equal(read(book, 0, &seen), "");
    assert_int_equal(tell(book, "firing", WEB, "aa", 1, &count), ALERTS_TAKEN);
    assert_int_equal(count.taken, 1);
    assert_string_equal(read(book, 1, &seen), "pod/shop/web:alert_firing=1 ");
    assert_int_equal(tell(book, "resolved", WEB, "aa", 2, &count), ALERTS_TAKEN);
    assert_string_equal(read(book, 2, &seen), "pod/shop/web:alert_firing=0 ");
    alert_book_destroy(book);
}

static void test_a_series_fires_until_its_last_alert_is_resolved(void **state)
{
    struct alert_book *book = alert_book_create(&SETTINGS);
    struct alert_count count;
    struct seen seen;
    (void)state;

    tell(book, "firing", WEB, "aa", 1, &count);
    tell(book, "firing", WEB, "bb", 1, &count);
    tell(book, "resolved", WEB, "aa", 2, &count);
    assert_string_equal(read(book, 2, &seen), "pod/shop/web:alert_firing=1 ");
    tell(book, "resolved", WEB, "bb", 3, &count);
    assert_string_equal(read(book, 3, &seen), "pod/shop/web:alert_firing=0 ");
    alert_book_destroy(book);
}

static void test_without_a_fingerprint_the_labels_tell_alerts_apart(void **state)
{
    struct alert_book *book = alert_book_create(&SETTINGS);
    struct alert_count count;
    struct seen seen;
    (void)state;

    tell(book, "firing", WEB, NULL, 1, &count);
    tell(book, "resolved", WEB_TURNED, NULL, 2, &count);
    assert_string_equal(read(book, 2, &seen), "pod/shop/web:alert_firing=0 ");
    alert_book_destroy(book);
}

static void test_the_first_mapping_with_all_labels_counts(void **state)
{
    struct alert_book *book = alert_book_create(&SETTINGS);
    struct alert_count count;
    struct seen seen;
    (void)state;

    tell(book, "firing", "{\"alertname\":\"PodsOfNode\",\"instance\":\"n1:9100\"}", "aa", 1, &count);
    tell(book, "firing", "{\"alertname\":\"DiskFull\",\"device\":\"sda\"}", "bb", 1, &count);
    assert_string_equal(read(book, 1, &seen),
                        "node/default/n1_9100:alert_firing=1 volume/default/sda:alert_DiskFull=1 ");
    tell(book, "firing", "{\"alertname\":\"Watchdog\"}", "cc", 1, &count);
    assert_int_equal(count.unmapped, 1);
    tell(book, "firing", "{\"alertname\":\"PodDown\",\"pod\":\"web\"}", "dd", 1, &count);
    assert_int_equal(count.unmapped, 1);
    tell(book, "firing", "{\"alertname\":\"PodDown\",\"namespace\":\"shop\",\"pod\":\"own\",\"source\":\"selfheal\"}",
         "ee", 1, &count);
    assert_int_equal(count.unmapped, 1);
    assert_int_equal(count.taken, 0);
    alert_book_destroy(book);
}

static void test_what_is_not_repeated_is_forgotten(void **state)
{
    struct alert_book *book = alert_book_create(&SETTINGS);
    struct alert_count count;
    struct seen seen;
    (void)state;

    tell(book, "firing", WEB, "aa", 0, &count);
    assert_string_equal(read(book, HEAL_HOUR - 1, &seen), "pod/shop/web:alert_firing=1 ");
    tell(book, "firing", WEB, "aa", HEAL_HOUR - 1, &count);
    assert_string_equal(read(book, HEAL_HOUR, &seen), "pod/shop/web:alert_firing=1 ");
    assert_string_equal(read(book, 2 * HEAL_HOUR, &seen), "");
    alert_book_destroy(book);
}

static void test_a_new_series_is_fresh_until_it_is_named(void **state)
{
    struct alert_book *book = alert_book_create(&SETTINGS);
    struct alert_count count;
    struct seen seen = {""};
    (void)state;

    assert_false(alert_book_is_fresh(book));
    tell(book, "firing", WEB, "aa", 0, &count);
    assert_true(alert_book_is_fresh(book));
    alert_book_name(book, 0, (struct alert_sink){&seen, see});
    assert_string_equal(seen.text, "pod/shop/web:alert_firing=1 ");
    tell(book, "firing", WEB, "zz", 0, &count);
    assert_false(alert_book_is_fresh(book)); /* of the same series */
    alert_book_destroy(book);
}

static void test_what_is_no_webhook_changes_nothing(void **state)
{
    static const char *const WRONG[] = {
        "",
        "[]",
        "{}",
        "{\"version\":\"3\",\"alerts\":[]}",
        "{\"version\":\"4\"}",
        "{\"version\":\"4\",\"alerts\":[{\"status\":\"firing\",\"labels\":" WEB
        "},{\"status\":\"perhaps\",\"labels\":" WEB "}]}",
        "{\"version\":\"4\",\"alerts\":[{\"status\":\"firing\",\"labels\":" WEB
        "},{\"status\":\"firing\",\"labels\":{}}]}",
        "{\"version\":\"4\",\"alerts\":[{\"status\":\"firing\",\"labels\":{\"alertname\":\"PodDown\",\"pod\":7}}]}",
        "{\"version\":\"4\",\"alerts\":[7]}",
        "{\"version\":\"4\",\"alerts\":[{\"status\":\"firing\",\"labels\":" WEB "}",
    };
    struct alert_book *book = alert_book_create(&SETTINGS);
    struct alert_count count;
    struct seen seen;
    (void)state;

    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++)
        assert_int_equal(alert_book_take(book, WRONG[i], 0, &count), ALERTS_WRONG);
    assert_string_equal(read(book, 0, &seen), "");
    assert_false(alert_book_is_fresh(book));
    alert_book_destroy(book);
}

static void test_a_full_book_says_so_and_knows_what_it_has(void **state)
{
    struct alert_book *book = alert_book_create(&SETTINGS);
    struct alert_count count;
    char labels[128];
    (void)state;

    for (int i = 0; i < ALERT_BOOK_ROOM; i++) {
        snprintf(labels, sizeof labels, "{\"alertname\":\"DiskFull\",\"device\":\"d%d\"}",
                 (i * 7919) % ALERT_BOOK_ROOM);
        assert_int_equal(tell(book, "firing", labels, NULL, 0, &count), ALERTS_TAKEN);
    }
    assert_int_equal(tell(book, "firing", WEB, "aa", 0, &count), ALERTS_FULL);
    assert_int_equal(tell(book, "resolved", labels, NULL, 0, &count), ALERTS_TAKEN);
    assert_int_equal(tell(book, "firing", WEB, "aa", HEAL_HOUR, &count), ALERTS_TAKEN); /* all are forgotten */
    alert_book_destroy(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_firing_is_one_and_resolved_is_zero),
        cmocka_unit_test(test_a_series_fires_until_its_last_alert_is_resolved),
        cmocka_unit_test(test_without_a_fingerprint_the_labels_tell_alerts_apart),
        cmocka_unit_test(test_the_first_mapping_with_all_labels_counts),
        cmocka_unit_test(test_what_is_not_repeated_is_forgotten),
        cmocka_unit_test(test_a_new_series_is_fresh_until_it_is_named),
        cmocka_unit_test(test_what_is_no_webhook_changes_nothing),
        cmocka_unit_test(test_a_full_book_says_so_and_knows_what_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
