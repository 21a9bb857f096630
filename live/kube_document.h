/* kube_document.h - a YAML document as the JSON that Kubernetes would make of it.
 *
 * What is not in quotes is null, a bool or a number where it reads as one by the rules
 * that kubectl keeps to (YAML 1.1: yes and no are bools, 0644 is octal); all else is text.
 */
#ifndef SELFHEAL_LIVE_KUBE_DOCUMENT_H
#define SELFHEAL_LIVE_KUBE_DOCUMENT_H

#include "engine/document.h"

#include <cJSON.h>

/* The caller frees; NULL when out of memory. */
cJSON *kube_document_json(const struct node *node);

#endif
