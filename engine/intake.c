/* intake.c - from anomalies and forecasts to issues: opening, reopening, worsening,
 * calming, closing; followers of a storm.
 *
 * A frame is taken in two sweeps, first what others hang on, so that a node that
 * is sick itself is an issue before its pods ask whom they follow. Symptoms wait for
 * the second: a workload is slow because a pod of it is. */
#include "engine/state.h"

#include <math.h>
#include <string.h>

/* One anomaly, whoever found it. */
struct finding {
    struct detector_event event;
    const struct policy_rule *rule;
    uint32_t resource;
    enum severity severity;
    heal_duration forecast_in; /* HEAL_TIME_NEVER: no forecast */
};

static struct finding finding_of(const struct engine *engine, const struct detector_event *event)
{
    const struct policy_rule *rule = detector_rule(engine->detector, event->series);
    return (struct finding){*event, rule, inventory_series_resource(engine->inventory, event->series),
                            event->critical ? SEVERITY_CRITICAL : rule->severity, HEAL_TIME_NEVER};
}

static void record_issue(struct engine *engine, const struct open_issue *issue, heal_time now, enum decision_kind kind)
{
    struct decision decision = decision_about(issue, now, kind);
    if (kind != DECISION_ISSUE_CLOSED)
        decision.finding = (struct decision_finding){.probability = issue->probability,
                                                     .lasted_seconds = heal_duration_seconds(issue->lasted),
                                                     .expected = issue->expected,
                                                     .load = issue->load};
    engine_record(engine, &decision);
}

static double or_0(double known)
{
    return isnan(known) ? 0 : known;
}

static void tell_finding(struct decision *decision, const struct detector_event *event)
{
    decision->series = event->series;
    decision->value = event->value;
    decision->reference = event->reference;
    decision->score = event->score;
    decision->by_baseline = event->by_baseline;
    decision->finding = (struct decision_finding){.probability = or_0(event->probability),
                                                  .lasted_seconds = heal_duration_seconds(event->lasted),
                                                  .expected = or_0(event->expected)};
}

/* --- evidence ---------------------------------------------------------------- */

static void take_evidence(struct open_issue *issue, const struct finding *finding)
{
    issue->series = finding->event.series;
    issue->value = finding->event.value;
    issue->reference = finding->event.reference;
    issue->score = finding->event.score;
    issue->by_baseline = finding->event.by_baseline;
    issue->probability = or_0(finding->event.probability);
    issue->expected = or_0(finding->event.expected);
    issue->lasted = finding->event.lasted;
    issue->severity = finding->severity;
    issue->forecast_in = finding->forecast_in;
}

static void add_evidence(const struct engine *engine, struct open_issue *issue, uint32_t series)
{
    size_t count;
    const uint32_t *all = inventory_resource_series(engine->inventory, issue->resource, &count);

    for (size_t i = 0; i < count && i < 64; i++) {
        if (all[i] == series)
            issue->evidence |= UINT64_C(1) << i;
    }
}

uint32_t intake_signature(const struct engine *engine, const struct open_issue *issue)
{
    size_t count;
    const uint32_t *series = inventory_resource_series(engine->inventory, issue->resource, &count);
    uint64_t spoke = 0;

    for (size_t i = 0; i < count && i < 64; i++) {
        const struct policy_rule *rule = detector_rule(engine->detector, series[i]);
        if ((issue->evidence >> i & 1) && rule)
            spoke |= UINT64_C(1) << ((size_t)(rule - engine->policy->rules) % 64);
    }
    uint32_t kind = (uint32_t)((spoke * UINT64_C(0x9E3779B97F4A7C15)) >> 60) % EVIDENCE_KINDS;
    return (uint32_t)issue->cause * EVIDENCE_KINDS + kind;
}

/* --- opening ----------------------------------------------------------------- */

/* Where the load of an issue may be told: its resource, what a link calls, its owner. */
enum { LOAD_PLACES = 3 };
static uint32_t load_place(const struct engine *engine, uint32_t resource, size_t place)
{
    static const enum relation WAYS[LOAD_PLACES] = {RELATION_COUNT, RELATION_CALLS, RELATION_OWNED_BY};
    bool link = inventory_has_kind(engine->inventory, resource, "link");

    if (place == 0)
        return resource;
    return WAYS[place] == RELATION_CALLS && !link ? RESOURCE_NONE
                                                  : inventory_target(engine->inventory, resource, WAYS[place]);
}

/* How much work the resource of an issue has, beside what it has normally. More is demand
 * when it is a third more and well beyond what the load does by itself. `tell`: as evidence,
 * each series that says so. */
static void weigh_load(struct engine *engine, struct open_issue *issue, heal_time now, bool tell)
{
    static const double DEMAND = 1.3, SIGMAS = 3;
    bool known = false;

    issue->cause = ISSUE_CAUSE_UNKNOWN;
    issue->load = 0;
    for (size_t place = 0; place < LOAD_PLACES && engine->frame && !known; place++) {
        uint32_t resource = load_place(engine, issue->resource, place);
        size_t count = 0;
        const uint32_t *series =
            resource == RESOURCE_NONE ? NULL : inventory_resource_series(engine->inventory, resource, &count);
        for (size_t i = 0; i < count; i++) {
            const struct policy_rule *rule = detector_rule(engine->detector, series[i]);
            double value = engine->frame[series[i]], median = detector_median(engine->detector, series[i]);
            if (!rule || !rule->load || rule->counter || isnan(value) || !(median > 0.0))
                continue;
            bool more =
                value >= DEMAND * median && value - median >= SIGMAS * detector_upper(engine->detector, series[i]);
            known = true;
            issue->load = fmax(issue->load, value / median);
            if (issue->cause != ISSUE_CAUSE_DEMAND)
                issue->cause = more ? ISSUE_CAUSE_DEMAND : ISSUE_CAUSE_FAULT;
            struct decision decision = decision_about(issue, now, DECISION_EVIDENCE);
            decision.type = ISSUE_NONE;
            decision.series = series[i];
            decision.value = value;
            decision.reference = median;
            decision.score = value / median;
            decision.by_baseline = true;
            decision.cause = more ? ISSUE_CAUSE_DEMAND : ISSUE_CAUSE_FAULT;
            if (tell)
                engine_record(engine, &decision);
        }
    }
}

/* The issue is one of its own: people hear of it. */
static void tell(struct engine *engine, struct open_issue *issue, heal_time now)
{
    uint32_t times = 0;

    issue->told = true;
    engine->issues_told++;
    weigh_load(engine, issue, now, false);
    record_issue(engine, issue, now, DECISION_ISSUE_OPENED);
    weigh_load(engine, issue, now, true);
    rank_issue(engine, issue, now);
    if (alerts_note_opening(engine->alerts, issue->resource, now, &times))
        engine_alert(engine, now, ALERT_REPEATED, issue->resource, times, engine->policy->alerts.repeats);
    rank_patterns(engine, issue, now);
}

static struct open_issue *own_issue_of(struct engine *engine, uint32_t resource)
{
    struct open_issue *worst = NULL;

    for (unsigned type = 0; type < ISSUE_TYPE_COUNT; type++) {
        struct open_issue *issue = issue_book_find(engine->book, resource, (enum issue_type)type);
        if (issue && issue->closed_at == HEAL_TIME_NEVER && issue->root == 0 &&
            (!worst || issue->severity > worst->severity))
            worst = issue;
    }
    return worst;
}

static struct open_issue *open_root(struct engine *engine, heal_time now, uint32_t resource,
                                    const struct finding *finding)
{
    struct open_issue *closed = issue_book_find(engine->book, resource, finding->rule->issue);

    if (closed)
        issue_book_remove(engine->book, closed);
    struct open_issue *root = issue_book_open(engine->book, resource, finding->rule->issue);
    if (!root)
        return NULL;
    root->opened_at = now;
    root->gathered = true;
    take_evidence(root, finding);
    tell(engine, root, now);
    followers_gather(engine, root, now);
    return root;
}

static void go_on_alone(struct engine *engine, struct open_issue *follower, heal_time now)
{
    followers_record(engine, follower, follower->root, now, DECISION_FOLLOWER_RELEASED, true);
    follower->root = 0;
    if (!follower->told)
        tell(engine, follower, now);
}

/* The issue that leads where `resource` has none of its own: that which its issue follows. */
static struct open_issue *leader_of(struct engine *engine, uint32_t resource, heal_time now)
{
    for (unsigned type = 0; type < ISSUE_TYPE_COUNT; type++) {
        struct open_issue *issue = issue_book_find(engine->book, resource, (enum issue_type)type);
        if (!issue || issue->closed_at != HEAL_TIME_NEVER)
            continue;
        struct open_issue *root = issue_book_find_id(engine->book, issue->root);
        if (root && root->closed_at == HEAL_TIME_NEVER)
            return root;
        go_on_alone(engine, issue, now); /* its root has closed while it was quiet */
        return issue;
    }
    return NULL;
}

/* The issue that one on the finding's resource would follow, or NULL. */
static struct open_issue *root_for(struct engine *engine, heal_time now, const struct finding *finding)
{
    uint32_t resource = storm_root(engine->storm, engine->book, finding->resource, now);

    if (resource == RESOURCE_NONE)
        return NULL;
    struct open_issue *root = own_issue_of(engine, resource);
    root = root ? root : leader_of(engine, resource, now);
    if (!root)
        return open_root(engine, now, resource, finding);
    followers_gather(engine, root, now);
    return root;
}

/* A new issue; `last` is how far the remedy of an earlier one on the same spot had
 * come, or NULL. NULL when BOOK_MAX are open: the anomaly is in the journal all
 * the same. */
static struct open_issue *new_issue(struct engine *engine, heal_time now, const struct finding *finding,
                                    const struct remediation *last)
{
    struct open_issue *root = root_for(engine, now, finding);
    struct open_issue *issue = issue_book_open(engine->book, finding->resource, finding->rule->issue);

    if (!issue)
        return NULL;
    issue->opened_at = now;
    take_evidence(issue, finding);
    add_evidence(engine, issue, finding->event.series);
    if (root)
        followers_attach(engine, issue, root, now);
    else
        tell(engine, issue, now);
    if (last) {
        issue->remediation = *last;
        issue->remediation.id = 0;
        issue->remediation.phase = PHASE_NONE; /* the book has to hear of it */
        issue_book_set_phase(engine->book, issue, last->phase);
        remediation_relapse(engine, issue);
    }
    return issue;
}

static void reopen(struct engine *engine, struct open_issue *issue, heal_time now, const struct finding *finding)
{
    issue->closed_at = HEAL_TIME_NEVER;
    issue->root = 0;
    take_evidence(issue, finding);
    struct open_issue *root = root_for(engine, now, finding);
    if (root && root != issue)
        followers_attach(engine, issue, root, now);
    else if (issue->told) {
        weigh_load(engine, issue, now, false);
        record_issue(engine, issue, now, DECISION_ISSUE_REOPENED);
    } else
        tell(engine, issue, now);
    remediation_relapse(engine, issue);
}

static void raise_severity(struct engine *engine, struct open_issue *issue, heal_time now,
                           const struct finding *finding)
{
    take_evidence(issue, finding);
    if (!issue->told)
        return;
    weigh_load(engine, issue, now, false);
    record_issue(engine, issue, now, DECISION_ISSUE_CHANGED);
    rank_issue(engine, issue, now);
}

/* Sick again after it was quiet; its root may have closed in between. */
static void stir(struct engine *engine, struct open_issue *issue, heal_time now)
{
    const struct open_issue *root = issue->root != 0 ? issue_book_find_id(engine->book, issue->root) : NULL;

    if (issue->root != 0 && (!root || root->closed_at != HEAL_TIME_NEVER))
        go_on_alone(engine, issue, now);
    followers_stir(engine, issue, true, now);
}

static void open_issue(struct engine *engine, heal_time now, const struct finding *finding)
{
    struct open_issue *issue = issue_book_find(engine->book, finding->resource, finding->rule->issue);

    if (!issue) {
        issue = new_issue(engine, now, finding, NULL);
    } else if (issue->closed_at != HEAL_TIME_NEVER && now - issue->closed_at > engine->policy->issue_cool_down) {
        struct remediation last = issue->remediation;
        issue_book_remove(engine->book, issue);
        issue = new_issue(engine, now, finding, &last);
    } else if (issue->closed_at != HEAL_TIME_NEVER) {
        reopen(engine, issue, now, finding);
    } else if (finding->severity > issue->severity) {
        raise_severity(engine, issue, now, finding);
    }
    if (!issue)
        return;
    add_evidence(engine, issue, finding->event.series);
    if (issue->anomalies++ == 0)
        stir(engine, issue, now);
    issue->quiet_since = HEAL_TIME_NEVER;
    issue->stale = false;
}

static void worsen_issue(struct engine *engine, heal_time now, const struct finding *finding)
{
    struct open_issue *issue = issue_book_find(engine->book, finding->resource, finding->rule->issue);

    if (issue && issue->closed_at == HEAL_TIME_NEVER && issue->severity < SEVERITY_CRITICAL)
        raise_severity(engine, issue, now, finding);
}

static void calm_issue(struct engine *engine, heal_time now, uint32_t resource, enum issue_type type, bool stale)
{
    struct open_issue *issue = issue_book_find(engine->book, resource, type);

    if (!issue || issue->anomalies == 0)
        return;
    issue->stale |= stale;
    if (--issue->anomalies > 0)
        return;
    issue->quiet_since = now;
    storm_clear(engine->storm, resource);
    followers_stir(engine, issue, false, now);
}

/* --- closing ----------------------------------------------------------------- */

static void release_followers(struct engine *engine, const struct open_issue *root, heal_time now)
{
    bool had = false;

    for (size_t i = 0; root->led && i < issue_book_count(engine->book); i++) {
        struct open_issue *follower = issue_book_at(engine->book, i);
        if (follower->root != root->id || follower->closed_at != HEAL_TIME_NEVER)
            continue;
        had = true;
        if (follower->quiet_since != HEAL_TIME_NEVER)
            continue; /* closes by itself */
        go_on_alone(engine, follower, now);
    }
    if (had || root->gathered)
        gates_note_storm(engine->gates, root->resource, now);
}

void intake_close(struct engine *engine, struct open_issue *issue, heal_time now)
{
    issue->closed_at = now;
    issue->remediation.approved = false; /* a person's word was about this trouble */
    issue->remediation.forced = false;
    issue->remediation.wanted = UINT32_MAX;
    plans_drop(&engine->plans, issue->id);
    if (issue->root != 0)
        followers_record(engine, issue, issue->root, now, DECISION_FOLLOWER_RELEASED, false);
    if (issue->told) {
        struct decision decision = decision_about(issue, now, DECISION_ISSUE_CLOSED);
        decision.attempt = issue->stale;
        engine_record(engine, &decision);
    }
    if (issue->root == 0)
        release_followers(engine, issue, now);
}

/* --- a frame ----------------------------------------------------------------- */

static void record_anomaly(struct engine *engine, heal_time now, const struct finding *finding, enum decision_kind kind)
{
    struct decision decision = decision_about(NULL, now, kind);

    decision.type = finding->rule->issue;
    decision.resource = finding->resource;
    tell_finding(&decision, &finding->event);
    engine_record(engine, &decision);
}

/* True when the anomaly is what an open issue looks like from a caller: it is told as
 * that issue's evidence and opens none. */
static bool is_echo(struct engine *engine, heal_time now, const struct finding *finding)
{
    const struct open_issue *own = issue_book_find(engine->book, finding->resource, finding->rule->issue);

    if (!finding->rule->symptom || (own && own->closed_at == HEAL_TIME_NEVER))
        return false;
    if (grouping_is_at_an_end(engine->grouping, engine->detector, engine->frame, finding->resource,
                              finding->rule->issue))
        return true; /* the pod tells it itself, in a sample or two */
    const struct open_issue *root =
        grouping_root(engine->grouping, engine->book, finding->resource, finding->rule->issue);
    if (!root)
        return false;
    struct decision decision = decision_about(root, now, DECISION_EVIDENCE);
    decision.type = finding->rule->issue;
    decision.resource = finding->resource;
    tell_finding(&decision, &finding->event);
    engine_record(engine, &decision);
    return true;
}

static void take_event(struct engine *engine, heal_time now, const struct detector_event *event)
{
    struct finding finding = finding_of(engine, event);

    if (event->kind != ANOMALY_WORSENED)
        record_anomaly(engine, now, &finding,
                       event->kind == ANOMALY_BEGAN ? DECISION_ANOMALY_BEGAN : DECISION_ANOMALY_ENDED);
    if (finding.rule->issue == ISSUE_NONE)
        return;
    if (event->kind == ANOMALY_BEGAN && is_echo(engine, now, &finding))
        return;
    if (event->kind == ANOMALY_BEGAN)
        open_issue(engine, now, &finding);
    else if (event->kind == ANOMALY_WORSENED)
        worsen_issue(engine, now, &finding);
    else
        calm_issue(engine, now, finding.resource, finding.rule->issue, event->stale);
}

static void take_forecast(struct engine *engine, heal_time now, const struct forecast_event *event)
{
    const struct policy_rule *rule = detector_rule(engine->detector, event->series);
    struct finding finding = {
        .event = {.series = event->series, .value = event->value, .reference = event->limit},
        .rule = rule,
        .resource = inventory_series_resource(engine->inventory, event->series),
        .severity = rule->severity > SEVERITY_LOW ? rule->severity - 1 : SEVERITY_LOW, /* it does not hurt yet */
        .forecast_in = event->expected,
    };
    if (!event->began) {
        if (rule->issue != ISSUE_NONE)
            calm_issue(engine, now, finding.resource, rule->issue, false);
        return;
    }
    finding.event.score = heal_duration_seconds(event->expected);
    record_anomaly(engine, now, &finding, DECISION_FORECAST);
    if (rule->issue != ISSUE_NONE)
        open_issue(engine, now, &finding);
}

static bool carries_others(const struct engine *engine, uint32_t series)
{
    size_t count;

    if (detector_rule(engine->detector, series)->symptom)
        return false; /* seen at whoever calls: told by rank, as what it may be an echo of is */
    dependents_of(engine->dependents, inventory_series_resource(engine->inventory, series), &count);
    return count > 0;
}

void intake_frame(struct engine *engine, heal_time now, const struct detector_event *events, size_t count,
                  const struct forecast_event *forecasts, size_t forecast_count)
{
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind == ANOMALY_BEGAN && detector_rule(engine->detector, events[i].series)->issue != ISSUE_NONE)
            storm_mark(engine->storm, inventory_series_resource(engine->inventory, events[i].series), now);
    }
    const uint32_t *order = grouping_order(engine->grouping, events, count);
    for (int sweep = 0; sweep < 2; sweep++) {
        for (size_t i = 0; i < count; i++) {
            if (carries_others(engine, events[order[i]].series) == (sweep == 0))
                take_event(engine, now, &events[order[i]]);
        }
    }
    for (size_t i = 0; i < forecast_count; i++)
        take_forecast(engine, now, &forecasts[i]);
}

void intake_forget_forecasts(struct engine *engine, heal_time now, uint32_t resource)
{
    size_t count;
    const uint32_t *series = inventory_resource_series(engine->inventory, resource, &count);

    for (size_t i = 0; i < count; i++) {
        const struct policy_rule *rule = detector_rule(engine->detector, series[i]);
        if (forecast_forget(engine->forecast, series[i]) && rule->issue != ISSUE_NONE)
            calm_issue(engine, now, resource, rule->issue, false);
    }
}
