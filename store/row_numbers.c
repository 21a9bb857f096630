/* row_numbers.c - see row_numbers.h. */
#include "store/row_numbers.h"

#include <stdlib.h>

struct row_numbers *row_numbers_create(const struct inventory *inventory)
{
    struct row_numbers *numbers = calloc(1, sizeof *numbers);

    if (!numbers)
        return NULL;
    numbers->resource_count = inventory_resource_count(inventory);
    numbers->series_count = inventory_series_count(inventory);
    numbers->resources = malloc((numbers->resource_count + 1) * sizeof *numbers->resources);
    numbers->series = malloc((numbers->series_count + 1) * sizeof *numbers->series);
    if (!numbers->resources || !numbers->series) {
        row_numbers_destroy(numbers);
        return NULL;
    }
    for (size_t i = 0; i < numbers->resource_count; i++)
        numbers->resources[i] = (int64_t)i;
    for (size_t i = 0; i < numbers->series_count; i++)
        numbers->series[i] = (int64_t)i;
    return numbers;
}

void row_numbers_destroy(struct row_numbers *numbers)
{
    if (!numbers)
        return;
    free(numbers->resources);
    free(numbers->series);
    free(numbers);
}

struct cell row_numbers_resource(const struct row_numbers *numbers, uint32_t resource)
{
    return resource < numbers->resource_count ? cell_integer(numbers->resources[resource]) : cell_null();
}

struct cell row_numbers_series(const struct row_numbers *numbers, uint32_t series)
{
    return series < numbers->series_count ? cell_integer(numbers->series[series]) : cell_null();
}
