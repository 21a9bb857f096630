/* decision_diff_text.c - the differences as a table, on a terminal, in a page, as JSON. */
#include "reports/decision_diff.h"
#include "reports/markup.h"
#include "reports/page.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { ROWS_MAX = 2000 };

static const char *at_text(heal_duration at, char text[MARKUP_TEXT])
{
    return at == HEAL_TIME_NEVER ? "-" : markup_elapsed(heal_duration_seconds(at), text);
}

static const char *difference_text(const struct decision_difference *item, char text[MARKUP_TEXT + 16])
{
    char span[MARKUP_TEXT];

    if (item->a == HEAL_TIME_NEVER)
        return "only B";
    if (item->b == HEAL_TIME_NEVER)
        return "only A";
    heal_duration later = item->b - item->a;
    snprintf(text, MARKUP_TEXT + 16, "B %s %s", markup_seconds(heal_duration_seconds(later < 0 ? -later : later), span),
             later < 0 ? "sooner" : "later");
    return text;
}

static void incidents_text(const struct decision_diff *diff, char *text, size_t size)
{
    snprintf(text, size, "faults that recover sooner under B: %llu, later: %llu, the same: %llu",
             (unsigned long long)diff->incidents.better, (unsigned long long)diff->incidents.worse,
             (unsigned long long)diff->incidents.same);
}

static const char *model_note(const struct decision_diff *diff)
{
    return diff->paired ? "What follows an action is the simulator's model, under A and under B."
                        : "A recording cannot answer: what would have followed an action is not known.";
}

void decision_diff_write_lines(const struct decision_diff *diff, FILE *out)
{
    char a[MARKUP_TEXT], b[MARKUP_TEXT], text[200];

    fprintf(out, "A: %s, %llu decisions\nB: %s, %llu decisions\n%llu alike, %zu differ\n", diff->a,
            (unsigned long long)diff->decisions_a, diff->b, (unsigned long long)diff->decisions_b,
            (unsigned long long)diff->alike, diff->count);
    if (diff->count > 0)
        fprintf(out, "%4s %14s %14s  %-24s %s\n", "run", "A", "B", "difference", "decision");
    for (size_t i = 0; i < diff->count; i++) {
        const struct decision_difference *item = &diff->items[i];
        fprintf(out, "%4u %14s %14s  %-24s %s\n", item->replication, at_text(item->a, a), at_text(item->b, b),
                difference_text(item, text), item->what);
    }
    if (diff->paired) {
        incidents_text(diff, text, sizeof text);
        fprintf(out, "%s\n", text);
    }
    fprintf(out, "%s\n", model_note(diff));
}

void decision_diff_write_page(const struct decision_diff *diff, FILE *out)
{
    static const struct page_column COLUMNS[] = {
        {"run", true}, {"A at", true}, {"B at", true}, {"difference", false}, {"decision", false}};
    struct page page = {.out = out, .form = PAGE_HTML};
    char lead[700], counts[3][24], text[200];

    snprintf(lead, sizeof lead, "A is %.300s, B is %.300s", diff->a, diff->b);
    page_begin(&page, "Decisions that differ", lead);
    snprintf(counts[0], sizeof counts[0], "%zu", diff->count);
    snprintf(counts[1], sizeof counts[1], "%llu", (unsigned long long)diff->alike);
    page_cards(&page,
               (const struct page_card[]){{"differ", counts[0], "decisions", diff->count > 0 ? TONE_ISSUE : TONE_PLAIN},
                                          {"alike", counts[1], "decisions", TONE_PLAIN}},
               2);
    page_section(&page, "differences", "Differences");
    page_table_begin(&page, "Every decision that differs, in order of time", COLUMNS, 5);
    for (size_t i = 0; i < diff->count && i < ROWS_MAX; i++) {
        const struct decision_difference *item = &diff->items[i];
        char a[MARKUP_TEXT], b[MARKUP_TEXT], run[16];
        snprintf(run, sizeof run, "%u", item->replication);
        page_row(&page,
                 (const char *const[]){run, at_text(item->a, a), at_text(item->b, b), difference_text(item, text),
                                       item->what},
                 TONE_PLAIN);
    }
    page_table_end(&page);
    if (diff->count > ROWS_MAX) {
        snprintf(text, sizeof text, "The first %d of %zu; all of them come with --json.", ROWS_MAX, diff->count);
        page_note(&page, text);
    }
    if (diff->paired) {
        incidents_text(diff, text, sizeof text);
        page_text(&page, text);
    }
    page_note(&page, model_note(diff));
    page_section_end(&page);
    page_end(&page);
}

static void add_time(cJSON *object, const char *name, heal_duration at)
{
    if (at == HEAL_TIME_NEVER)
        cJSON_AddNullToObject(object, name);
    else
        cJSON_AddNumberToObject(object, name, heal_duration_seconds(at));
}

char *decision_diff_json(const struct decision_diff *diff)
{
    cJSON *root = cJSON_CreateObject(), *list;

    cJSON_AddStringToObject(root, "a", diff->a);
    cJSON_AddStringToObject(root, "b", diff->b);
    cJSON_AddNumberToObject(root, "alike", (double)diff->alike);
    list = cJSON_AddArrayToObject(root, "differences");
    for (size_t i = 0; i < diff->count; i++) {
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddNumberToObject(entry, "replication", diff->items[i].replication);
        cJSON_AddStringToObject(entry, "decision", diff->items[i].what);
        add_time(entry, "a_seconds", diff->items[i].a);
        add_time(entry, "b_seconds", diff->items[i].b);
        cJSON_AddItemToArray(list, entry);
    }
    if (diff->paired) {
        cJSON *incidents = cJSON_AddObjectToObject(root, "incidents");
        cJSON_AddNumberToObject(incidents, "better", (double)diff->incidents.better);
        cJSON_AddNumberToObject(incidents, "worse", (double)diff->incidents.worse);
        cJSON_AddNumberToObject(incidents, "same", (double)diff->incidents.same);
    }
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    return text;
}
