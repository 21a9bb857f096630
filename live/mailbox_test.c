/* mailbox_test.c - many threads reach one, and nobody waits for ever. */
#include "live/mailbox.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { SENDERS = 8, EACH = 500 };

static void *send(void *context)
{
    for (uint64_t i = 0; i < EACH; i++)
        mailbox_put(context, &(struct message){.kind = MESSAGE_SOURCE_READ, .id = i}, true);
    return NULL;
}

static void test_every_message_arrives_once_though_room_is_small(void **state)
{
    struct mailbox *mailbox = mailbox_create(4);
    struct message message;
    pthread_t senders[SENDERS];
    uint64_t sum = 0, count = 0;
    (void)state;

    for (int i = 0; i < SENDERS; i++)
        assert_int_equal(pthread_create(&senders[i], NULL, send, mailbox), 0);
    while (count < SENDERS * EACH && mailbox_take(mailbox, monotonic_now() + 10 * HEAL_SECOND, &message)) {
        sum += message.id;
        count++;
    }
    for (int i = 0; i < SENDERS; i++)
        pthread_join(senders[i], NULL);
    assert_int_equal(count, SENDERS * EACH);
    assert_int_equal(sum, SENDERS * (uint64_t)EACH * (EACH - 1) / 2);
    mailbox_destroy(mailbox);
}

static void test_a_full_box_refuses_and_an_empty_one_gives_up(void **state)
{
    struct mailbox *mailbox = mailbox_create(1);
    struct message message = {.kind = MESSAGE_STOP};
    (void)state;

    assert_false(mailbox_take(mailbox, monotonic_now() + 20 * HEAL_MILLISECOND, &message));
    assert_true(mailbox_put(mailbox, &message, false));
    assert_false(mailbox_put(mailbox, &message, false));
    mailbox_destroy(mailbox);
}

static void *serve(void *context)
{
    struct message message;
    for (int i = 0; i < 3 && mailbox_take(context, monotonic_now() + 10 * HEAL_SECOND, &message); i++) {
        message.call->result = COMMAND_NOT_NOW;
        mailbox_answer(context, message.call);
    }
    mailbox_close(context);
    return NULL;
}

static void test_a_call_waits_for_its_answer_or_is_refused(void **state)
{
    struct mailbox *mailbox = mailbox_create(4);
    pthread_t server;
    (void)state;

    assert_int_equal(pthread_create(&server, NULL, serve, mailbox), 0);
    for (int i = 0; i < 3; i++) {
        struct command_call call = {.command = {.kind = COMMAND_APPROVE}, .row = i};
        assert_true(mailbox_call(mailbox, &call));
        assert_int_equal(call.result, COMMAND_NOT_NOW);
    }
    pthread_join(server, NULL);
    assert_false(mailbox_call(mailbox, &(struct command_call){.command = {.kind = COMMAND_APPROVE}}));
    mailbox_destroy(mailbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_message_arrives_once_though_room_is_small),
        cmocka_unit_test(test_a_full_box_refuses_and_an_empty_one_gives_up),
        cmocka_unit_test(test_a_call_waits_for_its_answer_or_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
