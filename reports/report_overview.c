/* report_overview.c - what a reader takes away from the first screen. */
#include "reports/markup.h"
#include "reports/page_style.h"
#include "reports/report_parts.h"

#include <math.h>
#include <string.h>

enum { NOTE = 256 };

struct cards {
    struct page_card items[8];
    char values[8][MARKUP_TEXT];
    char notes[8][NOTE];
    size_t count;
};

/* The next card, its note still empty. */
static char *add_card(struct cards *cards, const char *label, enum page_tone tone, const char *value)
{
    size_t i = cards->count++;

    snprintf(cards->values[i], MARKUP_TEXT, "%s", value);
    cards->notes[i][0] = '\0';
    cards->items[i] = (struct page_card){label, cards->values[i], cards->notes[i], tone};
    return cards->notes[i];
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void card_faults(struct cards *cards, const struct summary *summary)
{
    char value[MARKUP_TEXT], span[MARKUP_TEXT];

    snprintf(value, sizeof value, "%llu", (unsigned long long)summary->all.faults);
    if (!summary->truth) {
        snprintf(add_card(cards, "Faults", TONE_PLAIN, "\u2013"), NOTE,
                 "what was really wrong is not known: no labels");
        return;
    }
    snprintf(add_card(cards, "Faults", TONE_FAULT, value), NOTE, "in %u replication%s of %s", summary->replications,
             plural(summary->replications), markup_span(summary->duration_seconds, span));
}

static void card_detected(struct cards *cards, const struct summary *summary)
{
    const struct rate *missed = &summary->all.false_negative;
    uint64_t misses = missed->n == 0 ? 0 : (uint64_t)llround(missed->value * (double)missed->n);
    char value[MARKUP_TEXT], mean[MARKUP_TEXT], *note;

    if (missed->n == 0) {
        snprintf(value, sizeof value, "%llu", (unsigned long long)summary->all.issues);
        snprintf(add_card(cards, "Issues opened", TONE_ISSUE, value), NOTE, "by the engine");
        return;
    }
    note = add_card(cards, "Detected", TONE_ISSUE, markup_percent(1 - missed->value, value));
    if (summary->all.mttd.n > 0)
        snprintf(note, NOTE, "%llu of %zu faults, %s after onset on average", (unsigned long long)(missed->n - misses),
                 missed->n, markup_seconds(summary->all.mttd.mean, mean));
    else
        snprintf(note, NOTE, "none of %zu faults", missed->n);
}

static void card_recovered(struct cards *cards, const struct summary *summary)
{
    uint64_t faults = summary->all.faults, recovered = faults - summary->all.unrecovered;
    char value[MARKUP_TEXT];

    if (!summary->truth || !summary->heals || faults == 0)
        return;
    snprintf(add_card(cards, "Recovered", summary->all.unrecovered > 0 ? TONE_BAD : TONE_GOOD,
                      markup_percent((double)recovered / (double)faults, value)),
             NOTE, "%llu of %llu faults, verified; %llu without verified recovery", (unsigned long long)recovered,
             (unsigned long long)faults, (unsigned long long)summary->all.unrecovered);
}

static void card_mttr(struct cards *cards, const struct summary *summary)
{
    const struct figure *mttr = &summary->all.mttr;
    char value[MARKUP_TEXT], interval[MARKUP_TEXT], p95[MARKUP_TEXT];

    if (mttr->n == 0)
        return;
    markup_interval_seconds(mttr->ci95, interval);
    snprintf(add_card(cards, "MTTR, onset to verified recovery", TONE_REMEDY, markup_seconds(mttr->mean, value)), NOTE,
             "95 %% interval %s, p95 %s", interval, markup_seconds(mttr->p95, p95));
}

/* Only where both arms recovered something. */
static void card_operators(struct cards *cards, const struct summary *summary)
{
    const struct summary *baseline = summary->baseline;
    char value[MARKUP_TEXT], mean[MARKUP_TEXT];
    double ratio;

    if (!baseline || baseline->all.mttr.n == 0 || summary->all.mttr.n == 0)
        return;
    ratio = baseline->all.mttr.mean / summary->all.mttr.mean;
    snprintf(value, sizeof value, ratio >= 1 ? "%.3g\u00d7 faster" : "%.3g\u00d7 slower",
             ratio >= 1 ? ratio : 1 / ratio);
    snprintf(add_card(cards, "Against operators alone", ratio >= 1 ? TONE_GOOD : TONE_BAD, value), NOTE,
             "their MTTR is %s, with %llu intervention%s by hand against %llu here",
             markup_seconds(baseline->all.mttr.mean, mean), (unsigned long long)baseline->manual_interventions,
             plural(baseline->manual_interventions), (unsigned long long)summary->manual_interventions);
}

static void card_rate(struct cards *cards, const char *label, enum page_tone tone, const struct rate *rate,
                      const char *of)
{
    char value[MARKUP_TEXT], interval[MARKUP_TEXT];

    if (rate->n == 0)
        return;
    markup_interval_percent(rate->ci95, interval);
    snprintf(add_card(cards, label, tone, markup_percent(rate->value, value)), NOTE, "of %zu %s, 95 %% interval %s",
             rate->n, of, interval);
}

static void card_availability(struct cards *cards, const struct summary *summary)
{
    char value[MARKUP_TEXT];

    if (isfinite(summary->availability))
        snprintf(add_card(cards, "Availability", TONE_PLAIN, markup_percent(summary->availability, value)), NOTE,
                 "share of resource time without an active fault");
}

static void write_cards(struct page *page, const struct summary *summary)
{
    struct cards cards = {.count = 0};

    card_faults(&cards, summary);
    card_detected(&cards, summary);
    card_recovered(&cards, summary);
    card_mttr(&cards, summary);
    card_operators(&cards, summary);
    card_rate(&cards, "Remediation success", TONE_REMEDY, &summary->all.success, "that acted");
    card_rate(&cards, "False alarms", TONE_ISSUE, &summary->all.false_positive, "issues");
    card_availability(&cards, summary);
    page_cards(page, cards.items, cards.count);
}

static void write_lead(const struct report_content *content, char *text, size_t size)
{
    const struct summary *summary = content->summary;
    const char *mode = strcmp(summary->mode, "simulate") == 0        ? "Simulated"
                       : strcmp(summary->mode, "replay-open") == 0   ? "Replayed, detection only"
                       : strcmp(summary->mode, "replay-closed") == 0 ? "Replayed with injected faults and remediation"
                                                                     : "Live";
    char span[MARKUP_TEXT], start[HEAL_TIME_TEXT];

    heal_time_format(content->data->start, start);
    snprintf(text, size, "%s: %u replication%s of %s from %s, %zu resources watched, policy %s, seed %llu.", mode,
             summary->replications, plural(summary->replications), markup_span(summary->duration_seconds, span), start,
             content->data->resource_count, content->data->policy, (unsigned long long)summary->seed);
}

static void write_warnings(struct page *page, const struct report_content *content)
{
    char text[512];

    if (!content->summary->complete)
        page_warning(page, "This run did not reach its end. Figures that need the truth leave out the replication "
                           "that was cut short.");
    if (content->data->anomalies > content->data->anomalies_kept) {
        snprintf(text, sizeof text,
                 "%llu anomalies were seen and %llu of them kept: the anomaly marks are not all of them.",
                 (unsigned long long)content->data->anomalies, (unsigned long long)content->data->anomalies_kept);
        page_note(page, text);
    }
}

static void write_recovery(struct page *page, const struct report_content *content)
{
    const struct page_legend legend[] = {{COLOUR_REMEDY, "this run"}, {COLOUR_OTHER, "operators alone"}};

    for (size_t i = 0; i < content->plots->count; i++) {
        const struct plot *plot = &content->plots->items[i];

        if (plot->kind == PLOT_RECOVERY && plot->svg)
            page_picture(page, plot->svg, plot->name, plot->caption, legend, content->summary->baseline ? 2 : 1);
    }
}

void report_overview(struct page *page, const struct report_content *content)
{
    char lead[1024], title[512];

    snprintf(title, sizeof title, "%s: self-healing report", content->summary->scenario);
    write_lead(content, lead, sizeof lead);
    page_begin(page, title, lead);
    page_section(page, "overview", "Overview");
    write_warnings(page, content);
    write_cards(page, content->summary);
    page_section_end(page);
    if (content->summary->all.mttr.n > 0) {
        page_section(page, "recovery", "How fast faults are over");
        write_recovery(page, content);
        snprintf(lead, sizeof lead,
                 "%zu of %llu faults recovered. What never recovers is counted and keeps the curve below 100 %%; it is "
                 "not in any average.",
                 content->summary->all.mttr.n, (unsigned long long)content->summary->all.faults);
        page_note(page, lead);
        page_section_end(page);
    }
}
