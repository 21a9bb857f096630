/* suite_merge.c - shards back into the suite that one machine would have made. */
#include "reports/suite.h"

#include <string.h>

static const char *copy(struct suite *suite, const char *text)
{
    const char *made = arena_text(suite->arena, text, strlen(text));
    return made ? made : "";
}

static struct suite_case copy_case(struct suite *suite, const struct suite_case *from)
{
    struct suite_case item = *from;

    item.name = copy(suite, from->name);
    item.file = copy(suite, from->file);
    item.rerun = copy(suite, from->rerun);
    item.digest = copy(suite, from->digest);
    item.summary = copy(suite, from->summary);
    item.checks = arena_array(suite->arena, from->check_count, sizeof *item.checks);
    for (size_t i = 0; item.checks && i < from->check_count; i++) {
        item.checks[i] = from->checks[i];
        item.checks[i].text = copy(suite, from->checks[i].text);
        item.checks[i].saw = copy(suite, from->checks[i].saw);
        item.checks[i].story = copy(suite, from->checks[i].story);
    }
    item.uses = arena_array(suite->arena, from->use_count, sizeof *item.uses);
    for (size_t i = 0; item.uses && i < from->use_count; i++)
        item.uses[i] = (struct suite_use){from->uses[i].kind, copy(suite, from->uses[i].name), from->uses[i].count};
    item.samples = arena_array(suite->arena, from->sample_count, sizeof *item.samples);
    for (size_t i = 0; item.samples && i < from->sample_count; i++) {
        item.samples[i] = from->samples[i];
        item.samples[i].kind = copy(suite, from->samples[i].kind);
        item.samples[i].cause = copy(suite, from->samples[i].cause);
    }
    if (!item.samples)
        item.sample_count = 0;
    if (!item.uses)
        item.use_count = 0;
    if (!item.checks)
        item.check_count = 0;
    return item;
}

static bool copy_targets(struct suite *suite, const struct suite *from)
{
    suite->targets = arena_array(suite->arena, from->target_count, sizeof *suite->targets);
    for (size_t i = 0; suite->targets && i < from->target_count; i++) {
        suite->targets[i] = from->targets[i];
        suite->targets[i].name = copy(suite, from->targets[i].name);
        suite->targets[i].goal = copy(suite, from->targets[i].goal);
    }
    suite->target_count = from->target_count;
    return suite->targets != NULL;
}

static bool of_one_suite(struct suite *const *shards, const char *const *paths, size_t count, struct error_list *errors)
{
    bool good = true;

    for (size_t i = 1; i < count; i++) {
        if (strcmp(shards[i]->fingerprint, shards[0]->fingerprint) == 0 && shards[i]->total == shards[0]->total)
            continue;
        error_add(errors, ERROR_INPUT, paths[i], 0, NULL, "is of another suite, or of other options, than %s",
                  paths[0]);
        good = false;
    }
    return good;
}

/* Puts every case in its place; *from[index] says which file it came from. */
static bool place_cases(struct suite *merged, struct suite *const *shards, const char *const *paths, const char **from,
                        size_t count, struct error_list *errors)
{
    bool good = true;

    for (size_t i = 0; i < count; i++) {
        for (size_t c = 0; c < shards[i]->case_count; c++) {
            const struct suite_case *item = &shards[i]->cases[c];
            if (item->index >= merged->total)
                continue;
            if (from[item->index]) {
                error_add(errors, ERROR_INPUT, paths[i], 0, NULL, "scenario %s is in %s already", item->name,
                          from[item->index]);
                good = false;
                continue;
            }
            from[item->index] = paths[i];
            merged->cases[item->index] = copy_case(merged, item);
        }
    }
    return good;
}

static bool all_there(const char *const *from, uint32_t total, struct error_list *errors)
{
    uint32_t missing = 0, first = 0;

    for (uint32_t i = total; i-- > 0;) {
        missing += from[i] == NULL;
        first = from[i] ? first : i;
    }
    if (missing > 0)
        error_add(errors, ERROR_INPUT, NULL, 0, NULL, "%u of %u scenarios are in no shard, number %u first", missing,
                  total, first + 1);
    return missing == 0;
}

struct suite *suite_merge(struct suite *const *shards, const char *const *paths, size_t count,
                          struct error_list *errors)
{
    struct suite *merged = suite_create();
    bool good = merged && count > 0;

    if (good) {
        merged->name = copy(merged, shards[0]->name);
        merged->source = copy(merged, shards[0]->source);
        merged->fingerprint = copy(merged, shards[0]->fingerprint);
        merged->total = shards[0]->total;
        merged->case_count = merged->total;
        merged->cases = arena_array(merged->arena, merged->total, sizeof *merged->cases);
        const char **from = arena_array(merged->arena, merged->total, sizeof *from);
        good = merged->cases && from && copy_targets(merged, shards[0]);
        if (!good)
            error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        good = good && of_one_suite(shards, paths, count, errors) &&
               place_cases(merged, shards, paths, from, count, errors) && all_there(from, merged->total, errors);
    }
    if (good)
        return merged;
    suite_destroy(merged);
    return NULL;
}
