/* scenario.c - the end of a scenario: its arena holds all of it. */
#include "sim/scenario.h"

void scenario_destroy(struct scenario *scenario)
{
    if (scenario)
        arena_destroy(scenario->arena);
}
