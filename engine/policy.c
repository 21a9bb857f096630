/* policy.c - which rule watches a series.
 *
 * Globs are matched with one remembered star, so a match costs at most
 * length(pattern) * length(id) and never recurses. */
#include "engine/policy.h"

void policy_destroy(struct policy *policy)
{
    if (policy)
        arena_destroy(policy->arena);
}

bool series_glob_match(const char *pattern, const char *series_id)
{
    const char *star = NULL;   /* behind the last star seen */
    const char *resume = NULL; /* where that star's match ends so far */

    while (*series_id) {
        if (*pattern == '*') {
            star = ++pattern;
            resume = series_id;
        } else if (*pattern == '?' || *pattern == *series_id) {
            pattern++;
            series_id++;
        } else if (star) {
            pattern = star;
            series_id = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

bool resource_glob_match(const char *pattern, const char *resource_id)
{
    if (!pattern)
        return true;
    return pattern[0] == '!' ? !series_glob_match(pattern + 1, resource_id) : series_glob_match(pattern, resource_id);
}

size_t policy_rule_for(const struct policy *policy, const char *series_id)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        if (series_glob_match(policy->rules[i].series, series_id))
            return i;
    }
    return SIZE_MAX;
}
