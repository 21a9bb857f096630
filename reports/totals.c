/* totals.c - see totals.h. */
#include "reports/totals.h"

#define OF(name) "max(CASE name WHEN '" name "' THEN value END)"

static const struct {
    const char *name, *expression;
} TOTALS[TOTAL_COUNT] = {
    [TOTAL_COST] = {"cost", OF("cost_capacity") " + " OF("cost_people") " + " OF("cost_users")},
    [TOTAL_COST_CAPACITY] = {"cost_capacity", OF("cost_capacity")},
    [TOTAL_COST_PEOPLE] = {"cost_people", OF("cost_people")},
    [TOTAL_COST_USERS] = {"cost_users", OF("cost_users")},
    [TOTAL_PEOPLE_HOURS] = {"people_hours", OF("people_hours")},
    [TOTAL_REQUEST_AVAILABILITY] = {"request_availability",
                                    "(" OF("requests_served") " - " OF("requests_slow") ") / " OF("requests_offered")},
    [TOTAL_POD_HOURS] = {"pod_hours", OF("pod_hours")},
};

const char *total_name(enum total total)
{
    return TOTALS[total].name;
}

const char *total_expression(enum total total)
{
    return TOTALS[total].expression;
}
