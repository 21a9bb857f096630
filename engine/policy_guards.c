/* policy_guards.c - what holds remediations back: approvals, attempts, futility,
 * circuits, the blast radius, storms, and windows of the week.
 *
 * Each part is a map of scalars over the base's. The list of approvals replaces the
 * base's whole: a person reads one list and knows what needs a yes. Windows join the
 * base's, of which strategies may be bound to some; one with the name of a base's takes
 * its place. */
#include "engine/policy_parts.h"

#include <string.h>

#define KEYS(...) (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

static void read_approval(struct reader *item, struct policy *policy, struct policy_approval *approval)
{
    const char *actions[ACTION_KIND_COUNT];
    size_t found;

    *approval = (struct policy_approval){ACTION_KIND_COUNT, "*"};
    for (unsigned i = 0; i < ACTION_KIND_COUNT; i++)
        actions[i] = action_name((enum action_kind)i);
    if (reader_require(item, "action") && reader_choice(item, "action", actions, ACTION_KIND_COUNT, &found))
        approval->action = (enum action_kind)found;
    reader_text_into(item, "resources", policy->arena, &approval->resources);
    reader_close(item);
}

static void inherit_approvals(struct reader *part, const struct policy *base, struct policy *policy,
                              struct policy_approval *approvals)
{
    policy->guards.approval_count = base->guards.approval_count;
    for (size_t i = 0; i < base->guards.approval_count; i++) {
        approvals[i] = base->guards.approvals[i];
        approvals[i].resources = reader_copy(part, policy->arena, approvals[i].resources);
    }
}

static void read_approvals(struct reader *root, const struct policy *base, struct policy *policy)
{
    struct reader part = policy_part(root, base, "approval");
    struct policy_approval *approvals = reader_array(root, policy->arena, POLICY_APPROVALS_MAX, sizeof *approvals);
    size_t count;

    policy_require(&part, base, KEYS("expires", "actions"));
    reader_duration(&part, "expires", 0, 30 * HEAL_DAY, &policy->guards.approval_expires);
    const struct node *const *items = reader_list(&part, "actions", &count);
    reader_close(&part);
    if (!approvals)
        return;
    policy->guards.approvals = approvals;
    if (!items && base)
        inherit_approvals(root, base, policy, approvals);
    if (count > POLICY_APPROVALS_MAX)
        reader_error(&part, "actions", "%zu entries, expected at most %d", count, POLICY_APPROVALS_MAX);
    for (size_t i = 0; items && i < count && i < POLICY_APPROVALS_MAX; i++) {
        struct reader item = reader_item(&part, "actions", items, i);
        read_approval(&item, policy, &approvals[i]);
        policy->guards.approval_count = i + 1;
    }
}

void policy_read_guards(struct reader *root, const struct policy *base, struct policy *policy)
{
    struct policy_guards *guards = &policy->guards;

    read_approvals(root, base, policy);
    struct reader part = policy_part(root, base, "attempts");
    policy_require(&part, base, KEYS("per_resource", "reset_after"));
    reader_count(&part, "per_resource", 0, 100000, &guards->attempts_per_resource);
    reader_duration(&part, "reset_after", 0, 365 * HEAL_DAY, &guards->attempts_reset);
    reader_close(&part);
    part = policy_part(root, base, "futility");
    policy_require(&part, base, KEYS("after", "within"));
    reader_count(&part, "after", 0, 1000, &guards->futile_after);
    reader_duration(&part, "within", 0, 365 * HEAL_DAY, &guards->futile_within);
    reader_close(&part);
    part = policy_part(root, base, "comebacks");
    policy_require(&part, base, KEYS("resource", "workload", "within", "call_again"));
    reader_count(&part, "resource", 0, 1000, &guards->comebacks_resource);
    reader_count(&part, "workload", 0, 100000, &guards->comebacks_workload);
    reader_duration(&part, "within", 0, 365 * HEAL_DAY, &guards->comebacks_within);
    reader_duration(&part, "call_again", 0, 30 * HEAL_DAY, &guards->call_again);
    reader_close(&part);
    part = policy_part(root, base, "circuit");
    policy_require(&part, base, KEYS("failures", "open_for"));
    reader_count(&part, "failures", 0, 1000, &guards->circuit_failures);
    reader_duration(&part, "open_for", 0, 30 * HEAL_DAY, &guards->circuit_open_for);
    reader_close(&part);
    part = policy_part(root, base, "blast_radius");
    policy_require(&part, base, KEYS("min_healthy", "group_min", "max_touched"));
    reader_number(&part, "min_healthy", 0, 1, &guards->min_healthy);
    reader_count(&part, "group_min", 1, 100000, &guards->group_min);
    reader_number(&part, "max_touched", 0, 1, &guards->max_touched);
    reader_close(&part);
    part = policy_part(root, base, "storm");
    policy_require(&part, base, KEYS("followers", "share", "window", "cool_down"));
    reader_count(&part, "followers", 0, 100000, &guards->storm_followers);
    reader_number(&part, "share", 0.01, 1, &guards->storm_share);
    reader_duration(&part, "window", 0, HEAL_DAY, &guards->storm_window);
    reader_duration(&part, "cool_down", 0, HEAL_DAY, &guards->storm_cool_down);
    reader_close(&part);
}

/* "22:30" as minutes of the day; 24:00 is the end of it. */
static void read_minute(struct reader *reader, const char *key, uint32_t *out)
{
    const char *text = NULL;
    uint32_t digits[4];

    if (!reader_require(reader, key) || !reader_text(reader, key, &text))
        return;
    bool good = strlen(text) == 5 && text[2] == ':';
    for (size_t i = 0, at = 0; good && i < 4; i++, at += at == 1 ? 2 : 1) {
        good = text[at] >= '0' && text[at] <= '9';
        digits[i] = good ? (uint32_t)(text[at] - '0') : 0;
    }
    uint32_t hour = good ? digits[0] * 10 + digits[1] : 25, minute = good ? digits[2] * 10 + digits[3] : 0;
    if (!good || minute > 59 || hour * 60 + minute > 1440)
        reader_error(reader, key, "expected a time of day in quotes, \"00:00\" to \"24:00\", found '%.20s'", text);
    else
        *out = hour * 60 + minute;
}

static void read_days(struct reader *reader, uint32_t *days)
{
    static const char *const DAYS[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    size_t count;
    const struct node *const *items = reader_list(reader, "days", &count);

    if (items)
        *days = 0;
    for (size_t i = 0; items && i < count; i++) {
        size_t day = 0;
        while (day < 7 && (items[i]->kind != NODE_TEXT || strcmp(items[i]->text, DAYS[day]) != 0))
            day++;
        if (day == 7)
            reader_error(reader, "days", "expected mon, tue, wed, thu, fri, sat or sun");
        else
            *days |= UINT32_C(1) << day;
    }
    if (items && count == 0)
        reader_error(reader, "days", "expected at least one day");
}

static void read_window(struct reader *item, struct policy *policy, struct policy_window *window)
{
    *window = (struct policy_window){.name = "", .resources = "*", .days = 127};
    if (reader_require(item, "name"))
        reader_text_into(item, "name", policy->arena, &window->name);
    reader_text_into(item, "resources", policy->arena, &window->resources);
    read_days(item, &window->days);
    read_minute(item, "from", &window->from);
    read_minute(item, "to", &window->to);
    reader_bool(item, "freeze", &window->freeze);
    reader_close(item);
}

static size_t find_window(const struct policy *policy, const char *name)
{
    size_t at = 0;

    while (at < policy->window_count && strcmp(policy->windows[at].name, name) != 0)
        at++;
    return at;
}

/* Puts a window of the file in its place; bit i of *own: the file filled place i. */
static void place_window(struct reader *item, struct policy *policy, const struct policy_window *window, uint32_t *own)
{
    size_t at = find_window(policy, window->name);

    if (at == POLICY_WINDOWS_MAX) {
        reader_error(item, NULL, "expected at most %d windows with those of the base", POLICY_WINDOWS_MAX);
        return;
    }
    if (*own >> at & 1)
        reader_error(item, "name", "a second window '%s', expected another name", window->name);
    if (at == policy->window_count)
        policy->window_count++;
    policy->windows[at] = *window;
    *own |= UINT32_C(1) << at;
}

void policy_read_windows(struct reader *root, const struct policy *base, struct policy *policy)
{
    size_t count;
    uint32_t own = 0;
    const struct node *const *items = reader_list(root, "windows", &count);

    policy->windows = reader_array(root, policy->arena, POLICY_WINDOWS_MAX, sizeof *policy->windows);
    if (!policy->windows)
        return;
    policy->window_count = base ? base->window_count : 0;
    for (size_t i = 0; i < policy->window_count; i++) {
        policy->windows[i] = base->windows[i];
        policy->windows[i].name = reader_copy(root, policy->arena, base->windows[i].name);
        policy->windows[i].resources = reader_copy(root, policy->arena, base->windows[i].resources);
    }
    if (root->errors->environment)
        return;
    for (size_t i = 0; items && i < count; i++) {
        struct policy_window window;
        struct reader item = reader_item(root, "windows", items, i);
        read_window(&item, policy, &window);
        place_window(&item, policy, &window, &own);
    }
}

void policy_bind_windows(struct reader *root, struct policy *policy)
{
    for (size_t i = 0; i < policy->strategy_count; i++) {
        struct strategy *strategy = &policy->strategies[i];
        if (!strategy->window)
            continue;
        size_t at = find_window(policy, strategy->window);
        if (at == policy->window_count)
            reader_error(root, "windows", "expected one named '%s', to which strategy '%s' is bound", strategy->window,
                         strategy->name);
        strategy->window_index = (uint32_t)at;
    }
}
