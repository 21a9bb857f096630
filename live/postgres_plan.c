/* postgres_plan.c - see postgres_plan.h. */
#include "live/postgres_plan.h"

#include "live/postgres_condition.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { DEPTH_MAX = 64 };
static const double FEW_ROWS = 10.0;

static const char *text_of(const cJSON *node, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(node, key));
    return text ? text : "";
}

static double number_of(const cJSON *node, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(node, key);
    return cJSON_IsNumber(item) ? item->valuedouble : 0.0;
}

/* What lies above a node. */
struct above {
    const struct above *next;
    const cJSON *node;
    size_t depth;
};

/* Rows are told per process: the planner's divisor (PostgreSQL, costsize.c,
 * get_parallel_divisor), where a leader helps less the more workers it has. */
static double processes(const struct above *above)
{
    for (; above; above = above->next) {
        double workers = number_of(above->node, "Workers Planned");
        if (workers > 0.0)
            return workers + (workers < 4.0 ? 1.0 - 0.3 * workers > 0.0 ? 1.0 - 0.3 * workers : 0.0 : 0.0);
    }
    return 1.0;
}

static bool fits(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length < PLAN_NAME;
}

static void keep(struct plan *plan, const struct plan_candidate *candidate)
{
    size_t at = plan->count < PLAN_CANDIDATES ? plan->count : PLAN_CANDIDATES - 1;

    if (plan->count == PLAN_CANDIDATES && plan->candidates[at].cost >= candidate->cost)
        return;
    plan->count = at + 1;
    while (at > 0 && plan->candidates[at - 1].cost < candidate->cost) {
        plan->candidates[at] = plan->candidates[at - 1];
        at--;
    }
    plan->candidates[at] = *candidate;
}

/* What the joins above ask of the scan, and how many rows come out of the nearest. */
static void from_joins(const struct above *above, const char *alias, struct plan_candidate *candidate)
{
    static const char *const CONDITIONS[] = {"Hash Cond", "Merge Cond", "Join Filter"};

    for (; above && candidate->count == 0; above = above->next) {
        for (size_t i = 0; i < sizeof CONDITIONS / sizeof CONDITIONS[0]; i++)
            condition_columns(text_of(above->node, CONDITIONS[i]), alias, true, candidate);
        if (candidate->count > 0)
            candidate->rows = number_of(above->node, "Plan Rows");
    }
}

static void take_scan(const cJSON *node, const struct above *above, struct plan *plan)
{
    struct plan_candidate candidate = {.cost = number_of(node, "Total Cost"), .rows = number_of(node, "Plan Rows")};
    const char *schema = text_of(node, "Schema"), *table = text_of(node, "Relation Name"),
               *alias = text_of(node, "Alias");
    bool parallel = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(node, "Parallel Aware"));

    if (!fits(schema) || !fits(table) || !fits(alias))
        return;
    memcpy(candidate.schema, schema, strlen(schema));
    memcpy(candidate.table, table, strlen(table));
    condition_columns(text_of(node, "Filter"), alias, false, &candidate);
    if (candidate.count == 0)
        from_joins(above, alias, &candidate);
    if (parallel)
        candidate.rows *= processes(above);
    if (candidate.count > 0)
        keep(plan, &candidate);
}

static void walk(const cJSON *node, const struct above *above, struct plan *plan)
{
    struct above here = {above, node, above ? above->depth + 1 : 0};
    const cJSON *child;

    if (!cJSON_IsObject(node) || here.depth > DEPTH_MAX)
        return;
    if (strcmp(text_of(node, "Node Type"), "Seq Scan") == 0)
        take_scan(node, above, plan);
    cJSON_ArrayForEach(child, cJSON_GetObjectItemCaseSensitive(node, "Plans"))
    {
        walk(child, &here, plan);
    }
}

static const cJSON *top_of(const cJSON *root)
{
    const cJSON *top = cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(root, 0), "Plan");
    return cJSON_IsObject(top) && text_of(top, "Node Type")[0] ? top : NULL;
}

bool plan_read(const char *json, struct plan *out)
{
    cJSON *root = cJSON_Parse(json);
    const cJSON *top = cJSON_IsArray(root) ? top_of(root) : NULL;

    *out = (struct plan){0};
    if (top) {
        out->cost = number_of(top, "Total Cost");
        walk(top, NULL, out);
    }
    cJSON_Delete(root);
    return top != NULL;
}

static bool any_uses(const cJSON *node, const char *index, size_t depth)
{
    const cJSON *child;

    if (strcmp(text_of(node, "Index Name"), index) == 0)
        return true;
    cJSON_ArrayForEach(child, cJSON_GetObjectItemCaseSensitive(node, "Plans"))
    {
        if (depth < DEPTH_MAX && any_uses(child, index, depth + 1))
            return true;
    }
    return false;
}

bool plan_uses(const char *json, const char *index)
{
    cJSON *root = cJSON_Parse(json);
    const cJSON *top = cJSON_IsArray(root) ? top_of(root) : NULL;
    bool uses = top && index[0] && any_uses(top, index, 0);

    cJSON_Delete(root);
    return uses;
}

static bool is_chosen(const size_t *chosen, size_t count, size_t column)
{
    for (size_t i = 0; i < count; i++) {
        if (chosen[i] == column)
            return true;
    }
    return false;
}

size_t plan_choose(const struct plan_candidate *candidate, const struct plan_statistics *statistics,
                   size_t chosen[PLAN_INDEX_COLUMNS])
{
    size_t count = 0;
    double left = statistics->tuples;

    while (count < PLAN_INDEX_COLUMNS - 1 && (count == 0 || left > FEW_ROWS)) {
        size_t best = PLAN_COLUMNS;
        for (size_t i = 0; i < candidate->count; i++) {
            if (candidate->columns[i].range || is_chosen(chosen, count, i))
                continue;
            if (best == PLAN_COLUMNS || statistics->distinct[i] > statistics->distinct[best])
                best = i;
        }
        if (best == PLAN_COLUMNS)
            break;
        chosen[count++] = best;
        if (statistics->distinct[best] > 1.0)
            left /= statistics->distinct[best];
    }
    for (size_t i = 0; i < candidate->count && (count == 0 || left > FEW_ROWS); i++) {
        if (candidate->columns[i].range) {
            chosen[count++] = i;
            break;
        }
    }
    return count;
}
