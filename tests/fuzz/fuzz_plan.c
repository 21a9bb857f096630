/* fuzz_plan.c - any bytes are a plan or none; what comes of one keeps its bounds. */
#include "live/postgres_plan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct plan plan;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (!plan_read(text, &plan) && (plan.count != 0 || plan_uses(text, "any")))
        abort();
    for (size_t i = 0; i < plan.count; i++) {
        const struct plan_candidate *candidate = &plan.candidates[i];
        struct plan_statistics statistics = {.tuples = (double)size};
        size_t chosen[PLAN_INDEX_COLUMNS];
        if (i > 0 && candidate->cost > plan.candidates[i - 1].cost)
            abort();
        if (candidate->count == 0 || candidate->count > PLAN_COLUMNS || !candidate->table[0])
            abort();
        size_t count = plan_choose(candidate, &statistics, chosen);
        if (count == 0 || count > PLAN_INDEX_COLUMNS)
            abort();
        for (size_t k = 0; k < count; k++) {
            if (chosen[k] >= candidate->count || !candidate->columns[chosen[k]].name[0])
                abort();
        }
    }
    free(text);
    return 0;
}
