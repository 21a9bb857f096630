/* health.c - one number for how well things are, and five for where they are not. */
#include "engine/state.h"

static double scores_of(const struct engine *engine, double scores[COMPONENT_COUNT], bool as_planned)
{
    uint64_t planned[PLANS_MAX];
    size_t count = as_planned ? plans_issues(&engine->plans, planned) : 0, next = 0;

    for (int i = 0; i < COMPONENT_COUNT; i++)
        scores[i] = 100.0;
    for (size_t i = 0; i < issue_book_count(engine->book); i++) {
        const struct open_issue *issue = issue_book_at(engine->book, i);
        if (issue->closed_at != HEAL_TIME_NEVER || issue->root != 0)
            continue;
        while (next < count && planned[next] < issue->id) /* the book is in the same order */
            next++;
        bool healed = next < count && planned[next] == issue->id;
        if (as_planned &&
            (healed || plans_cover(&engine->plans, engine->inventory, issue->id, issue->type, issue->resource)))
            continue;
        scores[issue_component(issue->type)] -= engine->policy->health_penalty[issue->severity];
    }
    double worst = 100.0, sum = 0.0;
    for (int i = 0; i < COMPONENT_COUNT; i++) {
        scores[i] = scores[i] < 0.0 ? 0.0 : scores[i];
        worst = scores[i] < worst ? scores[i] : worst;
        sum += scores[i];
    }
    return (worst + sum / COMPONENT_COUNT) / 2.0;
}

double health_scores(const struct engine *engine, double scores[COMPONENT_COUNT])
{
    return scores_of(engine, scores, false);
}

double health_if_planned(const struct engine *engine)
{
    double scores[COMPONENT_COUNT];
    return scores_of(engine, scores, true);
}
