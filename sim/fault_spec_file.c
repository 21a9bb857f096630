/* fault_spec_file.c - the `faults:` of a scenario, and one from a command line.
 *
 * A line that names `metric`, `magnitude` or `over` bends as its kind does, with
 * these put in; that is how the general kinds (step, ramp, leak, ...) are aimed
 * at a series whose unit nobody knew before. `bends:` replaces the kind's. */
#include "sim/scenario_file.h"

#include "sim/scenario_parts.h"

#include <stdio.h>
#include <string.h>

enum { KINDS_TEXT = 900 };

/* "cpu-stress, memory-stress, ..." for messages. */
static const char *kind_names(const struct fault_catalogue *catalogue, char text[KINDS_TEXT])
{
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < catalogue->kind_count && length < KINDS_TEXT; i++)
        length +=
            (size_t)snprintf(text + length, KINDS_TEXT - length, "%s%s", i > 0 ? ", " : "", catalogue->kinds[i].name);
    return text;
}

static void read_kind(struct reader *reader, const struct fault_catalogue *catalogue, struct fault_spec *spec)
{
    const char *name;
    char names[KINDS_TEXT];
    if (!reader_require(reader, "kind") || !reader_text(reader, "kind", &name))
        return;
    spec->kind = fault_kind_find(catalogue, name);
    if (!spec->kind)
        reader_error(reader, "kind", "expected one of %s, found '%.60s'", kind_names(catalogue, names), name);
}

/* `times: [3m, 10m, ...]`, ascending. */
static void read_times(struct reader *reader, struct arena *arena, struct fault_spec *spec)
{
    size_t count;
    const struct node *const *items = reader_list(reader, "times", &count);
    heal_duration *times = reader_array(reader, arena, count, sizeof *times);
    heal_duration last = -1;

    if (items && count == 0)
        reader_error(reader, "times", "expected at least one duration");
    for (size_t i = 0; times && items && i < count; i++) {
        const char *text = items[i]->kind == NODE_TEXT ? items[i]->text : "";
        if (!heal_duration_parse(text, strlen(text), &times[i]) || times[i] > SCENARIO_SPAN_MAX || times[i] <= last)
            error_add(reader->errors, ERROR_INPUT, reader->document->file, items[i]->line,
                      reader_item_path(reader, "times", i),
                      "expected a duration such as 10m, later than the one before, found '%.60s'", text);
        last = times[i];
    }
    spec->times = times;
    spec->time_count = times ? count : 0;
}

/* `after: NAME`, an earlier line's; `at` is how long behind it. */
static void read_after(struct reader *reader, const struct scenario *scenario, size_t line, struct fault_spec *spec)
{
    const char *name;

    if (!reader_text(reader, "after", &name))
        return;
    spec->onset = ONSET_AFTER;
    for (size_t i = 0; i < line; i++) {
        if (scenario->faults[i].name && strcmp(scenario->faults[i].name, name) == 0) {
            spec->after = (uint32_t)i;
            return;
        }
    }
    reader_error(reader, "after", "expected the name of a fault above, found '%.60s'", name);
}

static void check_at(struct reader *reader, const struct scenario *scenario, const struct fault_spec *spec)
{
    if (spec->onset == ONSET_AFTER)
        return;
    if (spec->at < scenario->warm_up)
        reader_error(reader, "at", "expected at or after the end of the warm-up");
    if (scenario->duration > 0 && spec->at >= scenario->duration)
        reader_error(reader, "at", "expected before the end of the scenario");
}

/* One of: at (once), every (periodic, from `at` on), poisson, times, onsets, after. */
static void read_onset(struct reader *reader, struct scenario *scenario, size_t line, struct fault_spec *spec)
{
    static const char *const WAYS[] = {"every", "poisson", "times", "onsets", "after"};
    const char *way = NULL;
    bool at = reader_duration(reader, "at", 0, SCENARIO_SPAN_MAX, &spec->at);

    for (size_t i = 0; i < sizeof WAYS / sizeof *WAYS; i++) {
        if (!reader_node(reader, WAYS[i]))
            continue;
        if (way)
            reader_error(reader, WAYS[i], "expected %s or %s, not both", way, WAYS[i]);
        way = WAYS[i];
    }
    if (reader_duration(reader, "every", HEAL_SECOND, SCENARIO_SPAN_MAX, &spec->every))
        spec->onset = ONSET_PERIODIC;
    if (reader_duration(reader, "poisson", HEAL_SECOND, SCENARIO_SPAN_MAX, &spec->every))
        spec->onset = ONSET_POISSON;
    if (reader_node(reader, "times") || reader_text_into(reader, "onsets", scenario->arena, &spec->times_path)) {
        read_times(reader, scenario->arena, spec);
        spec->onset = ONSET_LISTED;
    }
    read_after(reader, scenario, line, spec);
    if (!reader_node(reader, "at")) {
        if (!way)
            reader_error(reader, "at", "missing, expected at, every, poisson, times, onsets or after");
        spec->at = spec->onset == ONSET_AFTER ? 0 : scenario->warm_up;
    }
    if (at)
        check_at(reader, scenario, spec);
}

/* How long it stands and shows by itself, how strong it is, and how many it meets. */
static void read_course(struct reader *reader, struct scenario *scenario, struct fault_spec *spec)
{
    struct reader drawn = reader_map(reader, "lasts_drawn");

    reader_duration(reader, "lasts", HEAL_SECOND, SCENARIO_SPAN_MAX, &spec->lasts);
    if (drawn.map) {
        log_normal_read(&drawn, &spec->lasts_drawn.mean_seconds, &spec->lasts_drawn.sd_seconds);
        reader_close(&drawn);
        if (spec->lasts > 0)
            reader_error(reader, "lasts_drawn", "expected lasts or lasts_drawn, not both");
    }
    bool shows = reader_duration(reader, "shows_for", HEAL_SECOND, SCENARIO_SPAN_MAX, &spec->shows_for);
    bool hides = reader_duration(reader, "hides_for", HEAL_SECOND, SCENARIO_SPAN_MAX, &spec->hides_for);
    if (shows != hides)
        reader_error(reader, shows ? "hides_for" : "shows_for", "expected shows_for and hides_for together");
    reader_number(reader, "severity", 0.001, 1000, &spec->severity);
    reader_number(reader, "probability", 1e-6, 1, &spec->probability);
    reader_count(reader, "together", 1, 100000, &spec->together);
    reader_text_into(reader, "name", scenario->arena, &spec->name);
}

static void read_cause(struct reader *reader, struct arena *arena, struct fault_spec *spec)
{
    if (!reader_text_into(reader, "cause", arena, &spec->cause) || !spec->kind)
        return;
    for (size_t i = 0; i < spec->kind->cause_count; i++) {
        if (strcmp(spec->kind->causes[i].name, spec->cause) == 0)
            return;
    }
    reader_error(reader, "cause", "expected a cause of %s such as '%s', found '%.60s'", spec->kind->name,
                 spec->kind->causes[0].name, spec->cause);
}

/* `metric`, `magnitude` and `over` put into a copy of the kind's bends. */
static void read_aim(struct reader *reader, struct arena *arena, struct fault_spec *spec)
{
    const char *metric = NULL;
    double magnitude = 0;
    heal_duration over = 0;
    bool aimed = reader_text_into(reader, "metric", arena, &metric);
    bool sized = reader_number(reader, "magnitude", -SCENARIO_VALUE_MAX, SCENARIO_VALUE_MAX, &magnitude);
    bool timed = reader_duration(reader, "over", HEAL_MILLISECOND, SCENARIO_SPAN_MAX, &over);
    if ((!aimed && !sized && !timed) || !spec->kind)
        return;
    if (spec->bend_count > 0 || spec->kind->bend_count != 1) {
        reader_error(reader,
                     aimed   ? "metric"
                     : sized ? "magnitude"
                             : "over",
                     "expected only with a kind of one bend and without bends");
        return;
    }
    spec->bends[0] = spec->kind->bends[0];
    spec->bend_count = 1;
    struct bend *bend = &spec->bends[0];
    if (timed && bend->shape != BEND_RAMP && bend->shape != BEND_SPIKE)
        reader_error(reader, "over", "expected only with ramp and spike");
    if (sized && bend->shape == BEND_DROP_OUT)
        reader_error(reader, "magnitude", "expected none for drop_out");
    if (aimed)
        bend->metric = metric;
    if (sized)
        bend->magnitude = magnitude;
    if (timed)
        bend->over = over;
}

static void read_spec(struct reader *reader, const struct fault_catalogue *catalogue, struct scenario *scenario,
                      size_t line)
{
    struct fault_spec *spec = &scenario->faults[line];

    *spec = (struct fault_spec){.target = ""};
    if (!reader->map)
        return;
    spec->line = reader->map->line;
    read_kind(reader, catalogue, spec);
    if (reader_require(reader, "target"))
        reader_text_into(reader, "target", scenario->arena, &spec->target);
    read_onset(reader, scenario, line, spec);
    read_course(reader, scenario, spec);
    read_cause(reader, scenario->arena, spec);
    spec->bend_count = bends_read(reader, scenario->arena, spec->bends);
    read_aim(reader, scenario->arena, spec);
    reader_close(reader);
}

void fault_specs_read(struct reader *root, const struct fault_catalogue *catalogue, struct scenario *scenario)
{
    size_t count;
    const struct node *const *items = reader_list(root, "faults", &count);
    if (count > FAULTS_MAX) {
        reader_error(root, "faults", "%zu faults, expected at most %d", count, FAULTS_MAX);
        count = FAULTS_MAX;
    }
    scenario->faults = reader_array(root, scenario->arena, count, sizeof *scenario->faults);
    if (!scenario->faults)
        return;
    scenario->fault_count = count;
    for (size_t i = 0; i < count; i++) {
        struct reader item = reader_item(root, "faults", items, i);
        read_spec(&item, catalogue, scenario, i);
    }
}

/* Splits KIND:TARGET@ONSET[+LASTS]; false when a part is missing. */
static bool split(const char *argument, size_t *colon, size_t *sign)
{
    const char *first = strchr(argument, ':'), *last = strrchr(argument, '@');
    if (!first || !last || first == argument || last <= first + 1 || last[1] == '\0')
        return false;
    *colon = (size_t)(first - argument);
    *sign = (size_t)(last - argument);
    return true;
}

bool fault_spec_parse(const char *argument, const struct fault_catalogue *catalogue, struct arena *arena,
                      struct fault_spec *out, struct error_list *errors)
{
    char names[KINDS_TEXT];
    size_t colon, sign;
    if (!split(argument, &colon, &sign)) {
        error_add(errors, ERROR_INPUT, NULL, 0, argument,
                  "expected KIND:TARGET@ONSET or KIND:TARGET@ONSET+LASTS such as cpu-stress:pod/shop/web-*@10m+5m");
        return false;
    }
    char *kind = arena_text(arena, argument, colon);
    char *target = arena_text(arena, argument + colon + 1, sign - colon - 1);
    if (!kind || !target) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, argument, "out of memory");
        return false;
    }
    struct fault_spec spec = {.kind = fault_kind_find(catalogue, kind), .target = target, .onset = ONSET_AT};
    const char *onset = argument + sign + 1;
    const char *plus = strchr(onset, '+');
    size_t length = plus ? (size_t)(plus - onset) : strlen(onset);
    size_t before = errors->count;
    if (!spec.kind)
        error_add(errors, ERROR_INPUT, NULL, 0, argument, "expected one of %s before the ':'",
                  kind_names(catalogue, names));
    if (!heal_duration_parse(onset, length, &spec.at) || spec.at > SCENARIO_SPAN_MAX)
        error_add(errors, ERROR_INPUT, NULL, 0, argument, "expected a duration such as 10m behind the '@'");
    if (plus && (!heal_duration_parse(plus + 1, strlen(plus + 1), &spec.lasts) || spec.lasts < HEAL_SECOND ||
                 spec.lasts > SCENARIO_SPAN_MAX))
        error_add(errors, ERROR_INPUT, NULL, 0, argument, "expected a duration from 1s on behind the '+'");
    if (errors->count > before)
        return false;
    *out = spec;
    return true;
}
