/* clock.c - see clock.h. */
#include "tests/driven/clock.h"

#include <pthread.h>
#include <time.h>

int __real_clock_gettime(clockid_t id, struct timespec *out);
int __real_nanosleep(const struct timespec *span, struct timespec *left);
int __real_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until);
int __wrap_clock_gettime(clockid_t id, struct timespec *out);
int __wrap_nanosleep(const struct timespec *span, struct timespec *left);
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until);

static struct {
    pthread_mutex_t mutex;
    heal_time real, driven; /* monotonic, when the speed was last changed; real 0: not begun */
    double speed;
    heal_duration wall; /* wall clock less driven monotonic time */
} clock_state = {.mutex = PTHREAD_MUTEX_INITIALIZER, .speed = 1};

static heal_time real_now(clockid_t id)
{
    struct timespec now;
    __real_clock_gettime(id, &now);
    return (heal_time)now.tv_sec * HEAL_SECOND + now.tv_nsec;
}

static struct timespec timespec_of(heal_time at)
{
    return (struct timespec){.tv_sec = at / HEAL_SECOND, .tv_nsec = (long)(at % HEAL_SECOND)};
}

/* With the mutex held. */
static heal_time driven_now(void)
{
    heal_time real = real_now(CLOCK_MONOTONIC);

    if (clock_state.real == 0) {
        clock_state.real = clock_state.driven = real;
        clock_state.wall = real_now(CLOCK_REALTIME) - real;
    }
    return clock_state.driven + (heal_duration)((double)(real - clock_state.real) * clock_state.speed);
}

/* How long `span` of driven time lasts. */
static heal_duration really(heal_duration span)
{
    pthread_mutex_lock(&clock_state.mutex);
    heal_duration real = (heal_duration)((double)span / clock_state.speed);
    pthread_mutex_unlock(&clock_state.mutex);
    return real > 0 ? real : 0;
}

heal_time driven_monotonic(void)
{
    pthread_mutex_lock(&clock_state.mutex);
    heal_time now = driven_now();
    pthread_mutex_unlock(&clock_state.mutex);
    return now;
}

heal_time driven_wall(void)
{
    pthread_mutex_lock(&clock_state.mutex);
    heal_time now = driven_now() + clock_state.wall;
    pthread_mutex_unlock(&clock_state.mutex);
    return now;
}

void driven_speed(double speed)
{
    pthread_mutex_lock(&clock_state.mutex);
    clock_state.driven = driven_now();
    clock_state.real = real_now(CLOCK_MONOTONIC);
    clock_state.speed = speed;
    pthread_mutex_unlock(&clock_state.mutex);
}

void driven_set_wall(heal_duration by)
{
    pthread_mutex_lock(&clock_state.mutex);
    driven_now();
    clock_state.wall += by;
    pthread_mutex_unlock(&clock_state.mutex);
}

void driven_pass(heal_duration span)
{
    for (heal_time until = driven_monotonic() + span; driven_monotonic() < until;)
        __real_nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

int __wrap_clock_gettime(clockid_t id, struct timespec *out)
{
    if (id != CLOCK_MONOTONIC && id != CLOCK_REALTIME)
        return __real_clock_gettime(id, out);
    *out = timespec_of(id == CLOCK_MONOTONIC ? driven_monotonic() : driven_wall());
    return 0;
}

int __wrap_nanosleep(const struct timespec *span, struct timespec *left)
{
    struct timespec real = timespec_of(really((heal_duration)span->tv_sec * HEAL_SECOND + span->tv_nsec));
    return __real_nanosleep(&real, left);
}

/* All of the project's conditions wait by the monotonic clock. */
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until)
{
    heal_time at = (heal_time)until->tv_sec * HEAL_SECOND + until->tv_nsec;
    struct timespec real = timespec_of(real_now(CLOCK_MONOTONIC) + really(at - driven_monotonic()));
    return __real_pthread_cond_timedwait(condition, mutex, &real);
}
