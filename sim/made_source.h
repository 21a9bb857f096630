/* made_source.h - frames of series that a scenario describes.
 *
 * Hand-written series are read off sample by sample; generated ones are
 *   x(t) = level + daily * cos(2 pi (t - 14:00) / 24 h) + noise * z(t),
 * z an AR(1) process of unit variance, z' = r z + sqrt(1 - r^2) e, e standard
 * normal, each series from a stream of its own name, kept in [low, high].
 */
#ifndef SELFHEAL_SIM_MADE_SOURCE_H
#define SELFHEAL_SIM_MADE_SOURCE_H

#include "sim/frame_source.h"
#include "engine/error.h"
#include "sim/scenario.h"

/* Adds the scenario's resources, series and topology to `inventory` (not
 * frozen); faults that name what cannot be are noted. False with messages. */
bool made_describe(const struct scenario *scenario, struct inventory *inventory, struct error_list *errors);

/* How long the scenario's world lasts when it does not say: its longest
 * hand-written series at one sample per `interval`; 0 without one. */
heal_duration made_duration(const struct scenario *scenario, heal_duration interval);

/* A supply of the scenario's series, one frame per `interval` from the start for
 * `duration`. When `base` is given, frames and instants are its own, its series
 * come first, and the made ones behind them. The scenario, inventory and base are
 * borrowed; NULL context when out of memory. Free with made_supply_destroy. */
struct frame_supply made_supply(const struct scenario *scenario, const struct inventory *inventory,
                                heal_duration interval, heal_duration duration, const struct frame_supply *base);
void made_supply_destroy(struct frame_supply *supply);

#endif
