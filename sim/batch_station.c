/* batch_station.c - settled waits inside and outside the slots, then the fluid.
 *
 * Let P be the probability that no core is free and x = u^(slots - cores) how much
 * rarer full slots are than busy cores. Of the M/M/c's queue the part x waits
 * outside of the slots, first come first served, and 1 - x shares the cores inside;
 * both together are M/M/c again, at any number of slots. */
#include "sim/batch_station.h"

#include "sim/queueing.h"

#include <math.h>

static const double SETTLED = 1.0 - 1e-6; /* utilisation from which nothing settles; limits are taken there */

struct shape {
    double servers;     /* requests that get a whole core, or the only one's share */
    double service;     /* seconds of work for a request alone */
    double rate;        /* of arrivals */
    double utilisation; /* of the cores, 0 .. 1 */
    double waits;       /* probability that no core is free */
    double outside;     /* x */
};

static double lower(double a, double b)
{
    return a < b ? a : b;
}

static double higher(double a, double b)
{
    return a > b ? a : b;
}

static struct shape shape_of(const struct batch_station *station, double rate)
{
    double cores = higher(station->cores, BATCH_CORES_MIN);
    struct shape shape = {.rate = rate};

    shape.servers = lower(higher(cores, 1.0), station->slots);
    shape.service = station->work / lower(cores, 1.0);
    shape.utilisation = lower(rate * shape.service / shape.servers, SETTLED);
    shape.waits = wait_probability(shape.servers, shape.utilisation);
    double more = station->slots - shape.servers;
    if (more <= 0.0)
        shape.outside = 1.0;
    else if (more * (1.0 - shape.utilisation) > 20.0) /* u^more <= e^-20 */
        shape.outside = 0.0;
    else
        shape.outside = pow(shape.utilisation, more);
    return shape;
}

static double capacity_of(const struct batch_station *station, const struct shape *shape)
{
    double capacity = lower(shape->servers / shape->service, station->slots / (shape->service + station->hold));

    return lower(capacity, station->limit);
}

/* Seconds that sharing adds to the work of a request in its slot. What is in the
 * slots and not on hold is at work: a bound where the formula has none. */
static double sharing(const struct batch_station *station, const struct shape *shape, double capacity)
{
    double at_work = higher(station->slots - capacity * station->hold, shape->servers);
    double most = shape->service * (at_work / shape->servers - 1.0);

    if (shape->utilisation >= SETTLED)
        return most;
    double settled =
        shape->service * shape->waits * (1.0 - shape->outside) / (shape->servers * (1.0 - shape->utilisation));
    return lower(settled, most);
}

/* Probability that all slots are taken, by whatever is scarcest. */
static double full_slots(const struct batch_station *station, const struct shape *shape)
{
    double full = shape->waits * shape->outside;

    if (station->hold > 0.0) {
        double used = shape->rate * (shape->service + station->hold) / station->slots;
        full = higher(full, wait_probability(station->slots, lower(used, SETTLED)));
    }
    if (isfinite(station->limit))
        full = higher(full, wait_probability(station->slots, lower(shape->rate / station->limit, SETTLED)));
    return full;
}

/* The queue's course: a straight line from `backlog` to `left` that takes `until`, then
 * level: an old backlog may be gone before the end. */
static double course_until(const struct batch_step *step, double left, double drain)
{
    double fall = step->backlog - left;

    return fall > 0.0 && fall < drain * step->span ? fall / drain : step->span;
}

/* Of the wait. Settled, a share `full` of all waits an exponential time. A queue that does
 * not settle varies with what came and went, and, at the brim of the room, by 1 / (u - 1)
 * requests; and both along the queue's course. */
static double wait_variance(const struct batch_result *result, const struct batch_step *step, double until, double full,
                            double rate, double cv2)
{
    double capacity = result->capacity, out = result->served / step->span;
    double from = step->backlog / out, to = result->left / out, share = until / step->span;
    double squares = (from * from + from * to + to * to) / 3.0 * share + to * to * (1.0 - share);
    double course = higher(squares - result->wait * result->wait, 0.0);
    double settled = full > 0.0 ? to * to * (2.0 / full - 1.0) : 0.0;
    double fluid = (rate + capacity * cv2) * step->span / (capacity * capacity);

    if (rate > capacity)
        fluid = lower(fluid, 1.0 / ((rate - capacity) * (rate - capacity)));
    return course + lower(settled, fluid);
}

static struct batch_station crowded(const struct batch_station *station)
{
    struct batch_station fewer = *station;

    fewer.slots = lower(station->slots, station->crowd);
    return fewer;
}

struct batch_result batch_station_step(const struct batch_station *given, const struct batch_step *step)
{
    struct batch_station fewer = crowded(given);
    const struct batch_station *station = &fewer;
    double rate = step->arrivals / step->span;
    struct shape shape = shape_of(station, rate);
    struct batch_result result = {.capacity = capacity_of(station, &shape)};
    double shared = sharing(station, &shape, result.capacity);
    double inside = shape.service + shared + station->hold;
    double cv2 = station->work_cv * station->work_cv;
    double alone = shape.service + station->hold;
    double slot_cv2 = (shape.service * shape.service * cv2 + station->hold_variance) / (alone * alone);
    double full = full_slots(station, &shape), used = lower(rate / result.capacity, SETTLED);

    double blocked = step->arrivals * blocking(full, used, station->room);
    double entered = step->arrivals - blocked, most = result.capacity * step->span;
    double left = backlog_after(step->backlog, entered, most, 0.5 * full * (1.0 + slot_cv2));
    double crowd = given->crowd - station->slots; /* of it, what may wait */
    result.held = lower(higher(left - crowd, 0.0), entered);
    left -= result.held;
    double over = higher(left - station->room, 0.0);
    result.left = lower(left, station->room);
    result.refused = blocked + over;
    result.served = higher(step->arrivals + step->backlog - result.refused - result.held - result.left, 0.0);

    double drain = result.capacity - (entered - over - result.held) / step->span;
    double out = result.served > 0.0 ? result.served : most;
    double until = course_until(step, result.left, drain);
    double area = 0.5 * (step->backlog + result.left) * until + result.left * (step->span - until);
    result.wait = area / out;
    result.stay = result.wait + inside;
    double busy = shape.waits * (1.0 - shape.outside); /* share that finds its core shared */
    double at_work = shape.service + shared;
    result.stay_variance = at_work * at_work * ps_stay_cv2(busy, station->work_cv) + station->hold_variance +
                           (result.served > 0.0 ? wait_variance(&result, step, until, full, rate, slot_cv2) : 0.0);
    result.inside = lower(result.served / step->span * inside, station->slots);
    return result;
}
