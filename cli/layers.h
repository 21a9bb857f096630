/* layers.h - a policy as the texts that it is laid together from.
 *
 * What a flight recording keeps of a policy: the built-in or a file at the bottom,
 * then each file that names the one below as its base, then what a live process
 * adds. A policy made of the texts is the policy, on any machine.
 */
#ifndef SELFHEAL_CLI_LAYERS_H
#define SELFHEAL_CLI_LAYERS_H

#include "engine/policy.h"
#include "replay/flight.h"

struct layers {
    struct arena *arena; /* of the texts; NULL until the first is read */
    struct flight_layer items[FLIGHT_LAYERS_MAX];
    size_t count;
};

/* The texts behind the policy file `path` (NULL: the built-in). False with messages. */
bool layers_read(struct layers *layers, const char *path, struct error_list *errors);
/* One more on top. */
bool layers_add(struct layers *layers, const char *name, const char *text, size_t length, struct error_list *errors);
void layers_clear(struct layers *layers);

/* The policy; NULL with messages. Free with policy_destroy. */
struct policy *layers_policy(const struct flight_layer *items, size_t count, struct error_list *errors);

#endif
