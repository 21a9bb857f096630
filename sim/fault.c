/* fault.c - how a fault bends a metric, and finding a fault by its name. */
#include "sim/fault.h"

#include "engine/names.h"

#include <math.h>
#include <string.h>

static const char *const SHAPES[BEND_SHAPE_COUNT] = {
    [BEND_STEP] = "step",   [BEND_RAMP] = "ramp",         [BEND_SPIKE] = "spike",
    [BEND_LEAK] = "leak",   [BEND_DROP_OUT] = "drop_out", [BEND_LEVEL_SHIFT] = "level_shift",
    [BEND_SCALE] = "scale",
};

const char *bend_shape_name(enum bend_shape shape)
{
    return name_of(SHAPES, BEND_SHAPE_COUNT, (size_t)shape);
}

static const char *const PLACES[STRAIN_PLACE_COUNT] = {
    [STRAIN_AT_TARGET] = "target",
    [STRAIN_AT_OWNER] = "owner",
    [STRAIN_AT_NODE] = "node",
    [STRAIN_AT_ZONE] = "zone",
};

const char *strain_place_name(enum strain_place place)
{
    return name_of(PLACES, STRAIN_PLACE_COUNT, (size_t)place);
}

static const char *const ORACLES[ORACLE_COUNT] = {
    [ORACLE_USERS] = "users", [ORACLE_SPACE] = "space",
    [ORACLE_DAYS] = "days",   [ORACLE_VULNERABILITIES] = "vulnerabilities",
    [ORACLE_DRIFT] = "drift",
};

const char *oracle_name(enum oracle oracle)
{
    return name_of(ORACLES, ORACLE_COUNT, (size_t)oracle);
}

/* The share of `over` that has gone by, in [0, 1]. */
static double share(heal_duration age, heal_duration over)
{
    return over <= 0 || age >= over ? 1 : (double)age / (double)over;
}

double bend_apply(const struct bend *bend, double magnitude, double x, heal_duration age)
{
    if (isnan(x) || age < 0)
        return x;
    double bent = x;
    switch (bend->shape) {
    case BEND_STEP:
        bent = magnitude;
        break;
    case BEND_RAMP:
        bent = x + (magnitude - x) * share(age, bend->over);
        break;
    case BEND_SPIKE:
        bent = x + magnitude * (1 - share(age, bend->over));
        break;
    case BEND_LEAK:
        bent = x + magnitude * ((double)age / (double)HEAL_HOUR);
        break;
    case BEND_LEVEL_SHIFT:
        bent = x + magnitude;
        break;
    case BEND_SCALE:
        bent = x * magnitude;
        break;
    case BEND_DROP_OUT:
    case BEND_SHAPE_COUNT:
        return NAN;
    }
    return fmin(fmax(bent, bend->low), bend->high);
}

void fault_catalogue_destroy(struct fault_catalogue *catalogue)
{
    if (catalogue)
        arena_destroy(catalogue->arena);
}

const struct fault_kind *fault_kind_find(const struct fault_catalogue *catalogue, const char *name)
{
    for (size_t i = 0; i < catalogue->kind_count; i++) {
        const struct fault_kind *kind = &catalogue->kinds[i];
        size_t alias;
        if (strcmp(kind->name, name) == 0 || name_find(kind->aliases, kind->alias_count, name, &alias))
            return kind;
    }
    return NULL;
}
