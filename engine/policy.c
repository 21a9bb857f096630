/* policy.c - which rule watches a series.
 *
 * Globs are matched with one remembered star, so a match costs at most
 * length(pattern) * length(id) and never recurses. */
#include "engine/policy.h"

#include "engine/inventory.h"

#include <string.h>

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

/* One of the patterns of `list`, which stand one after another with blanks between them. */
static bool matches_one(const char *list, const char *id)
{
    char pattern[SERIES_ID_MAX + 1];

    while (*list) {
        size_t length = strcspn(list, " ");
        if (length > 0 && length < sizeof pattern) {
            memcpy(pattern, list, length);
            pattern[length] = '\0';
            if (series_glob_match(pattern, id))
                return true;
        }
        list += length;
        list += strspn(list, " ");
    }
    return false;
}

bool resource_glob_match(const char *patterns, const char *id)
{
    if (!patterns)
        return true;
    return patterns[0] == '!' ? !matches_one(patterns + 1, id) : matches_one(patterns, id);
}

size_t policy_rule_for(const struct policy *policy, const char *series_id)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        if (series_glob_match(policy->rules[i].series, series_id))
            return i;
    }
    return SIZE_MAX;
}
