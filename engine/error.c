/* error.c - gathers messages; nothing here prints. */
#include "engine/error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *format_text(const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return NULL;
    char *text = malloc((size_t)length + 1);
    if (text != NULL)
        vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}

static void item_clear(struct error_item *item)
{
    free(item->file);
    free(item->field);
    free(item->message);
    memset(item, 0, sizeof *item);
}

void error_add(struct error_list *list, enum error_class class, const char *file, uint64_t line, const char *field,
               const char *format, ...)
{
    if (list == NULL)
        return;
    list->count++;
    if (class == ERROR_ENVIRONMENT)
        list->environment = true;
    if (list->kept == ERROR_KEPT)
        return;

    struct error_item item = {.class = class, .line = line};
    va_list arguments;
    va_start(arguments, format);
    item.message = format_text(format, arguments);
    va_end(arguments);
    if (file != NULL)
        item.file = strdup(file);
    if (field != NULL)
        item.field = strdup(field);
    if (item.message == NULL || (file != NULL && item.file == NULL) || (field != NULL && item.field == NULL)) {
        item_clear(&item);
        return;
    }
    list->items[list->kept++] = item;
}

/* Appends `part` at *used, control bytes as '?'; what does not fit is cut. */
void error_list_add(struct error_list *list, const struct error_list *from)
{
    for (size_t i = 0; i < from->kept; i++) {
        const struct error_item *item = &from->items[i];
        error_add(list, item->class, item->file, item->line, item->field, "%s", item->message);
    }
}

static void append(char *text, size_t size, size_t *used, const char *part)
{
    for (; *part != '\0' && *used + 1 < size; part++) {
        unsigned char byte = (unsigned char)*part;
        text[(*used)++] = byte < 0x20 || byte == 0x7f ? '?' : *part;
    }
}

char *error_format(const struct error_list *list, size_t index, char *text, size_t size)
{
    if (size == 0)
        return text;
    size_t used = 0;
    if (index < list->kept) {
        const struct error_item *item = &list->items[index];
        char line[24];
        snprintf(line, sizeof line, item->file != NULL ? ":%" PRIu64 : "line %" PRIu64, item->line);
        append(text, size, &used, item->file != NULL ? item->file : "");
        append(text, size, &used, item->line != 0 ? line : "");
        append(text, size, &used, item->file != NULL || item->line != 0 ? ": " : "");
        append(text, size, &used, item->field != NULL ? item->field : "");
        append(text, size, &used, item->field != NULL ? ": " : "");
        append(text, size, &used, item->message);
    }
    text[used] = '\0';
    return text;
}

void error_list_clear(struct error_list *list)
{
    if (list == NULL)
        return;
    for (size_t i = 0; i < list->kept; i++)
        item_clear(&list->items[i]);
    memset(list, 0, sizeof *list);
}
