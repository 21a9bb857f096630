/* kube_stand_in.h - which pod stands in for one that went; see kube_topology.h. */
#ifndef SELFHEAL_LIVE_KUBE_STAND_IN_H
#define SELFHEAL_LIVE_KUBE_STAND_IN_H

#include "live/kube_table.h"

struct kube_departed {
    char *pod;      /* "shop/web-1" */
    char *group;    /* "workload/shop/web", or the owner's own id when nothing more is known */
    char *stand_in; /* "shop/web-2", or NULL */
};

struct kube_stand_ins {
    struct kube_departed *items;
    size_t count, capacity;
};

/* Notes that `pod` of `group` went; once. Dropped when memory is out. */
void kube_stand_ins_add(struct kube_stand_ins *all, const char *pod, const char *group);
void kube_stand_ins_clear(struct kube_stand_ins *all);

/* A pod that could stand in. */
struct kube_candidate {
    struct kube_entry *entry;
    char *group; /* of whoever made the candidate */
};
/* Drops who came back under its own name, and stand-ins that went themselves; gives
 * those without one the first candidate of their group by age, then name. Candidates
 * are sorted here; their entries are marked when they are taken. */
void kube_stand_ins_match(struct kube_stand_ins *all, const struct kube_table *pods, struct kube_candidate *candidates,
                          size_t count);
/* True when a candidate could be used. */
bool kube_stand_ins_wait(const struct kube_stand_ins *all, const struct kube_table *pods);

#endif
