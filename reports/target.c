/* target.c - see target.h. */
#include "reports/target.h"

#include "reports/markup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "METRIC cut VALUE%": false where it is not of this form at all. */
static bool parse_cut(const char *goal, struct target *out, bool *good)
{
    const char *word = strstr(goal, " cut ");
    char *end;

    if (!word)
        return false;
    double percent = strtod(word + 5, &end);
    *good = metric_parse(goal, (size_t)(word - goal), &out->question.metric) && end != word + 5 &&
            strcmp(end, "%") == 0 && percent > 0 && percent <= 100 && out->question.metric.wish == METRIC_LOWER;
    out->question.cut = true;
    out->comparison = COMPARE_MORE_EQUAL;
    out->bound = percent / 100;
    return true;
}

static bool parse_goal(const char *goal, const char *file, uint32_t line, const char *field, struct arena *arena,
                       struct target *out, struct error_list *errors)
{
    struct expectation expectation;
    bool good;

    if (parse_cut(goal, out, &good))
        return good;
    if (!expectation_parse(goal, file, line, field, arena, &expectation, errors))
        return false;
    out->question.metric = expectation.metric;
    out->comparison = expectation.comparison;
    out->bound = expectation.bound;
    return expectation.kind == EXPECT_FIGURE && expectation.confidence <= 0 && expectation.comparison != COMPARE_EQUAL;
}

bool target_parse(const char *name, const char *goal, const char *file, uint32_t line, const char *field,
                  struct arena *arena, struct target *out, struct error_list *errors)
{
    size_t before = errors->count;

    *out = (struct target){.name = name, .goal = goal};
    if (parse_goal(goal, file, line, field, arena, out, errors) && pool_knows(&out->question.metric))
        return true;
    if (errors->count == before)
        error_add(errors, ERROR_INPUT, file, line, field,
                  "expected a figure of all types against a bound (<, <=, >, >=), such as \"mttd_seconds.mean <= "
                  "45s\", or one that should be low and by how much, such as \"mttr_seconds cut 65%%\"");
    return false;
}

static bool lower_is_better(const struct target *target)
{
    return !target->question.cut && (target->comparison == COMPARE_LESS || target->comparison == COMPARE_LESS_EQUAL);
}

static enum outcome judged(const struct target *target, const struct target_result *result)
{
    bool low = comparison_holds(target->comparison, result->interval[0], target->bound);
    bool high = comparison_holds(target->comparison, result->interval[1], target->bound);

    if (!isfinite(result->value))
        return OUTCOME_UNDECIDED;
    if (!isfinite(result->interval[0]))
        return comparison_holds(target->comparison, result->value, target->bound) ? OUTCOME_MET : OUTCOME_MISSED;
    return low && high ? OUTCOME_MET : low || high ? OUTCOME_UNDECIDED : OUTCOME_MISSED;
}

bool target_measure(const struct target *target, const struct pool *pool, struct arena *arena,
                    struct target_result *out)
{
    struct pool_question own = target->question, people = {target->question.metric, POOL_OPERATORS, false};
    size_t unused;
    bool good = true;

    *out = (struct target_result){.interval = {NAN, NAN}};
    out->value = pool_figure(pool, &target->question, &out->n);
    own.cut = false;
    out->own = pool_figure(pool, &own, &unused);
    out->people = pool_figure(pool, &people, &unused);
    if (!isfinite(out->value) || !pool_interval(pool, &target->question, out->interval))
        out->interval[0] = out->interval[1] = NAN;
    out->outcome = judged(target, out);
    for (int by = 0; good && out->outcome != OUTCOME_MET && by < POOL_BY_COUNT; by++)
        good = pool_blame(pool, &target->question, lower_is_better(target), target->bound, (enum pool_group_by)by,
                          arena, out->blamed[by], TARGET_BLAMED, &out->blamed_count[by]);
    return good;
}

char *target_print(const struct target *target, double value, char *text)
{
    if (!target->question.cut)
        return metric_print(&target->question.metric, value, text);
    if (isfinite(value))
        snprintf(text, MARKUP_TEXT, "%+.1f %%", -100 * value);
    else
        snprintf(text, MARKUP_TEXT, "\xe2\x80\x93");
    return text;
}
