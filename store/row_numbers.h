/* row_numbers.h - which rows of a database an inventory's resources and series are.
 *
 * Rows keep their ids for ever, by name. An inventory holds what is watched now: pods
 * come and go, and who carried all that ever were would grow without end. So the two
 * number apart; in a new database they number alike.
 */
#ifndef SELFHEAL_STORE_ROW_NUMBERS_H
#define SELFHEAL_STORE_ROW_NUMBERS_H

#include "engine/inventory.h"
#include "store/database.h"

struct row_numbers {
    int64_t *resources, *series; /* by their number in the inventory */
    size_t resource_count, series_count;
};

/* Room for all of `inventory`, numbered alike. NULL when out of memory. */
struct row_numbers *row_numbers_create(const struct inventory *inventory);
void row_numbers_destroy(struct row_numbers *numbers); /* NULL is fine */

/* NULL's cell for what is none. */
struct cell row_numbers_resource(const struct row_numbers *numbers, uint32_t resource);
struct cell row_numbers_series(const struct row_numbers *numbers, uint32_t series);

#endif
