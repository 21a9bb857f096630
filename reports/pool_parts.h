/* pool_parts.h - what the files of pool.h share. */
#ifndef SELFHEAL_REPORTS_POOL_PARTS_H
#define SELFHEAL_REPORTS_POOL_PARTS_H

#include "reports/pool.h"

/* A cluster is a replication of a scenario. */
struct pool {
    struct pool_part *parts;
    size_t part_count;
    size_t *first; /* cluster of each part's replication 0 */
    size_t clusters;
    uint16_t *times; /* [resample * clusters + cluster]: how often it was drawn */
};

struct pool_member {
    const struct pool_sample *sample;
    size_t part, cluster;
};
struct pool_pick {
    struct pool_member *members;
    size_t count;
};

/* The samples that answer a question; of a quantile in order of value. */
struct pool_picks {
    const struct metric *metric;
    bool cut;
    struct pool_pick own, others;
};

/* Which of them, and how often. Zero: each once. */
struct pool_view {
    const uint16_t *times;            /* by cluster */
    const struct pool_group *without; /* NULL: all */
    const struct pool_group *only;    /* NULL: all */
};

bool pool_pick(const struct pool *pool, const struct metric *metric, enum pool_arm arm, struct pool_pick *out);
/* False when out of memory; clear in any case. */
bool pool_ask(const struct pool *pool, const struct pool_question *question, struct pool_picks *out);
void pool_picks_clear(struct pool_picks *picks);
double pool_value(const struct pool *pool, const struct pool_picks *picks, const struct pool_view *view);
bool pool_in_group(const struct pool *pool, const struct pool_member *member, const struct pool_group *group);
bool pool_has_arm(const struct pool *pool, enum pool_arm arm);

#endif
