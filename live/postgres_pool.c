/* postgres_pool.c - the pool of a pgbouncer, by its admin console.
 *
 * SET holds until pgbouncer is reloaded or restarted, and default_pool_size counts for
 * databases and users without a size of their own: what stays has to be written into
 * pgbouncer's file by whoever owns it. Lowering by the amount that was raised gives the
 * size before. Nothing tells after a kill whether it was done: what follows waits for a
 * person, as the engine has it for every change by an amount. */
#include "live/postgres_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char SIZE[] = "default_pool_size";

/* 0: not to be had. */
static double size_now(struct task *task)
{
    PGresult *answer = postgres_link_ask(&task->link, 0, "SHOW CONFIG", 0, NULL);
    double size = 0.0;

    for (int i = 0; answer && i < PQntuples(answer); i++) {
        if (strcmp(PQgetvalue(answer, i, 0), SIZE) == 0)
            size = postgres_number(answer, i, 1);
    }
    if (answer && size <= 0.0)
        snprintf(task->link.error, sizeof task->link.error, "%s is not shown", SIZE);
    PQclear(answer);
    return size;
}

enum action_outcome postgres_resize_pool(struct task *task)
{
    const struct action *action = task->order->action;
    double most = task->database->target->pool_most, before = size_now(task), wanted;
    char sql[64];

    if (before <= 0.0)
        return task_fails_by_link(task, "pgbouncer");
    if (action->amount <= 0.0)
        return task_fails(task, "an amount is needed");
    wanted = action->kind == ACTION_RAISE_POOL_SIZE ? ceil(before * (1.0 + action->amount) - 1e-9)
                                                    : floor(before / (1.0 + action->amount) + 1e-9);
    if (action->kind == ACTION_RAISE_POOL_SIZE && wanted > most)
        return task_fails(task, "%s is %.0f; %.0f would be over the limit of %.0f", SIZE, before, wanted, most);
    if (wanted < 1.0)
        return task_fails(task, "%s is %.0f and cannot be lowered", SIZE, before);
    snprintf(sql, sizeof sql, "SET %s = %.0f", SIZE, wanted);
    if (!postgres_link_do(&task->link, 0, sql, 0, NULL))
        return task_fails_by_link(task, "pgbouncer");
    if (fabs(size_now(task) - wanted) > 0.5)
        return task_fails(task, "pgbouncer did not take %.0f as its %s", wanted, SIZE);
    snprintf(task->output, POSTGRES_OUTPUT, "%s is %.0f, before %.0f; until pgbouncer is reloaded\nbefore %.0f", SIZE,
             wanted, before, before);
    return ACTION_SUCCEEDED;
}

enum action_outcome postgres_reconnect_pool(struct task *task)
{
    if (!postgres_link_do(&task->link, 0, "RECONNECT", 0, NULL))
        return task_fails_by_link(task, "pgbouncer");
    snprintf(task->output, POSTGRES_OUTPUT, "pgbouncer makes its connections anew as they are released");
    return ACTION_SUCCEEDED;
}
