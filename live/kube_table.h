/* kube_table.h - objects of one kind by key; what is taken out leaves no room behind. */
#ifndef SELFHEAL_LIVE_KUBE_TABLE_H
#define SELFHEAL_LIVE_KUBE_TABLE_H

#include "engine/name_table.h"
#include "live/kube_facts.h"

enum { KUBE_RESTARTS_KEPT = 16 };

/* When a pod's containers were seen to restart. */
struct kube_restarts {
    heal_time at[KUBE_RESTARTS_KEPT];
    uint32_t next;
};

struct kube_entry {
    struct kube_facts *facts; /* NULL: was taken out */
    uint32_t source, generation;
    struct kube_restarts *restarts; /* NULL: none were seen */
    bool stands_in;                 /* for a pod that went */
};

/* Zero-initialise to start. */
struct kube_table {
    struct kube_entry *entries;
    char **keys; /* keys[i] of entries[i], for the index */
    size_t count, capacity, live;
    struct name_table index;
};

struct kube_entry *kube_table_find(const struct kube_table *table, const char *key); /* a live one, or NULL */
/* Finds or adds; NULL when out of memory. Entries move when one is added or taken out. */
struct kube_entry *kube_table_place(struct kube_table *table, const char *key);
void kube_table_remove(struct kube_table *table, struct kube_entry *entry);
void kube_table_clear(struct kube_table *table);
/* The live entries by key, `table->live` of them; the caller frees. NULL when out of memory. */
struct kube_entry **kube_table_sorted(const struct kube_table *table);

#endif
