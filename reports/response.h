/* response.h - who first did something about an issue, and when.
 *
 * The engine's own actions come first; an issue that it left alone is looked up
 * among the operators' repairs: the first one of the resource, or of the
 * resource of the fault that it matched, after it opened and before the signal
 * was last seen to be good again.
 */
#ifndef SELFHEAL_REPORTS_RESPONSE_H
#define SELFHEAL_REPORTS_RESPONSE_H

#include "reports/run_data.h"

struct response {
    heal_time at;       /* HEAL_TIME_NEVER: nobody did anything */
    heal_time ended_at; /* HEAL_TIME_NEVER: not over, or nobody */
    bool by_operator;
};

/* One per issue of `data`, in its order; the caller frees. NULL when out of memory. */
struct response *responses_create(const struct run_data *data);

#endif
