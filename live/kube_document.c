/* kube_document.c - see kube_document.h. */
#include "live/kube_document.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool same = strcasecmp(text, words[i]) == 0;
        /* yes, Yes, YES, but not yEs */
        for (const char *at = text; same && at[0] && at[1]; at++)
            same = !(islower((unsigned char)at[0]) && isupper((unsigned char)at[1])) &&
                   !(at > text && isupper((unsigned char)at[0]) && islower((unsigned char)at[1]));
        if (same)
            return true;
    }
    return false;
}

static bool is_number(const char *text, double *out)
{
    const char *digits = text + (*text == '-' || *text == '+');
    char *end = NULL;

    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'o')) {
        *out = (double)strtoll(digits + 2, &end, digits[1] == 'x' ? 16 : 8);
    } else if (digits[0] == '0' && digits[1] && strspn(digits, "01234567") == strlen(digits)) {
        *out = (double)strtoll(digits, &end, 8);
    } else if (strspn(digits, "0123456789.eE+-") == strlen(digits) &&
               (isdigit((unsigned char)digits[0]) || (digits[0] == '.' && isdigit((unsigned char)digits[1])))) {
        *out = strtod(digits, &end);
    } else {
        return false;
    }
    if (*text == '-')
        *out = -*out;
    return end && *end == '\0' && isfinite(*out);
}

static cJSON *json_of_text(const struct node *node)
{
    static const char *const TRUE_WORDS[] = {"true", "yes", "on"}, *const FALSE_WORDS[] = {"false", "no", "off"};
    double number;

    if (node->quoted)
        return cJSON_CreateString(node->text);
    if (is_one_of(node->text, TRUE_WORDS, 3))
        return cJSON_CreateTrue();
    if (is_one_of(node->text, FALSE_WORDS, 3))
        return cJSON_CreateFalse();
    return is_number(node->text, &number) ? cJSON_CreateNumber(number) : cJSON_CreateString(node->text);
}

cJSON *kube_document_json(const struct node *node)
{
    if (!node || node->kind == NODE_NULL)
        return cJSON_CreateNull();
    if (node->kind == NODE_TEXT)
        return json_of_text(node);
    cJSON *json = node->kind == NODE_LIST ? cJSON_CreateArray() : cJSON_CreateObject();
    bool good = json != NULL;
    for (size_t i = 0; good && i < node->count; i++) {
        cJSON *item = kube_document_json(node->items[i]);
        good = item && (node->kind == NODE_LIST ? cJSON_AddItemToArray(json, item)
                                                : cJSON_AddItemToObject(json, node->keys[i], item));
    }
    if (good)
        return json;
    cJSON_Delete(json);
    return NULL;
}
