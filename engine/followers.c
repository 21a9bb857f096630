/* followers.c - who follows whom when many resources fall sick at once.
 *
 * storm.h says which resource is the root; here its issue takes in the others. A storm
 * may be seen in parts, scan after scan: first a root for each node, then the one of
 * their zone. The later one takes the earlier ones in with all that follows them, at once
 * where nobody works on them, else when what is under way has come to its end. */
#include "engine/state.h"

void followers_record(struct engine *engine, const struct open_issue *follower, uint64_t root, heal_time now,
                      enum decision_kind kind, bool goes_on)
{
    struct decision decision = decision_about(follower, now, kind);

    decision.issue = root;
    decision.remediation = 0;
    decision.value = (double)follower->id;
    decision.attempt = goes_on;
    engine_record(engine, &decision);
}

void followers_attach(struct engine *engine, struct open_issue *follower, struct open_issue *root, heal_time now)
{
    follower->root = root->id;
    root->led = true;
    if (root->gathered && follower->anomalies > 0) {
        root->anomalies++;
        root->quiet_since = HEAL_TIME_NEVER;
    }
    followers_record(engine, follower, root->id, now, DECISION_FOLLOWER_ATTACHED, false);
}

void followers_stir(struct engine *engine, const struct open_issue *follower, bool sick, heal_time now)
{
    struct open_issue *root = follower->root != 0 ? issue_book_find_id(engine->book, follower->root) : NULL;

    if (!root || !root->gathered || root->closed_at != HEAL_TIME_NEVER)
        return;
    if (sick) {
        root->anomalies++;
        root->quiet_since = HEAL_TIME_NEVER;
    } else if (root->anomalies > 0 && --root->anomalies == 0) {
        root->quiet_since = now;
    }
}

/* Nothing is done about it, and nothing stands that would have to be judged. */
static bool is_idle(const struct remediation *remediation)
{
    bool waits =
        remediation->phase == PHASE_APPROVAL || remediation->phase == PHASE_DELAY || remediation->phase == PHASE_WAIT;

    return !remediation->forced && (remediation->phase == PHASE_NONE || (waits && remediation->step == 0));
}

static bool at_about(heal_time a, heal_time b, heal_duration within)
{
    return (a > b ? a - b : b - a) <= within;
}

/* It fell sick below the root, about when the root did. */
static bool belongs_to(const struct engine *engine, const struct open_issue *issue, const struct open_issue *root)
{
    return issue != root && issue->closed_at == HEAL_TIME_NEVER && issue->root == 0 &&
           at_about(issue->opened_at, root->opened_at, engine->policy->guards.storm_window) &&
           issue->resource != root->resource && hangs_on(engine->inventory, issue->resource, root->resource);
}

/* Its followers follow its root from now on, and it does itself; what waited is not done. */
static void adopt(struct engine *engine, struct open_issue *issue, struct open_issue *root, heal_time now)
{
    for (size_t k = 0; issue->led && k < issue_book_count(engine->book); k++) {
        struct open_issue *follower = issue_book_at(engine->book, k);
        if (follower->root != issue->id || follower->closed_at != HEAL_TIME_NEVER)
            continue;
        if (follower->anomalies > 0)
            followers_stir(engine, follower, false, now);
        followers_attach(engine, follower, root, now);
    }
    followers_attach(engine, issue, root, now);
    if (issue->remediation.phase != PHASE_NONE) {
        remediation_end(engine, issue, now, REMEDIATION_FAILED, GATE_FOLLOWER);
        remediation_relapse(engine, issue);
    }
}

void followers_gather(struct engine *engine, struct open_issue *root, heal_time now)
{
    if (root->swept_at == now)
        return;
    root->swept_at = now;
    for (size_t i = 0; i < issue_book_count(engine->book); i++) {
        struct open_issue *issue = issue_book_at(engine->book, i);
        if (belongs_to(engine, issue, root) && is_idle(&issue->remediation))
            adopt(engine, issue, root, now);
    }
}

bool followers_leave(struct engine *engine, struct open_issue *issue, heal_time now)
{
    for (size_t i = 0; i < issue_book_count(engine->book); i++) {
        struct open_issue *root = issue_book_at(engine->book, i);
        bool leads = root->swept_at != HEAL_TIME_NEVER && root->root == 0 && root->closed_at == HEAL_TIME_NEVER;
        if (!leads || root->opened_at < issue->opened_at || !belongs_to(engine, issue, root))
            continue;
        adopt(engine, issue, root, now);
        return true;
    }
    return false;
}
