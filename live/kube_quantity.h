/* kube_quantity.h - Kubernetes' quantities: "512Mi", "1500m", "0.5", "2e3".
 *
 * In whole thousandths, so that nothing is lost between cores and millicores or bytes
 * (apimachinery, resource.Quantity: up to 9.2e15 units here). What is finer than a
 * thousandth is rounded up, as the API server does it.
 */
#ifndef SELFHEAL_LIVE_KUBE_QUANTITY_H
#define SELFHEAL_LIVE_KUBE_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

enum { KUBE_QUANTITY_TEXT = 32 };

/* False when it is none, negative, or too large. */
bool kube_quantity_parse(const char *text, int64_t *milli);

/* `milli` + `milli` * ratio, rounded up to what one writes: whole millicores, or for
 * bytes (`binary`) whole MiB from one MiB on, whole bytes below. ratio > -1. False
 * when it is too large. */
bool kube_quantity_scale(int64_t milli, double ratio, bool binary, int64_t *out);

/* `milli` and so many units more, or fewer. False when it is too large or below 0. */
bool kube_quantity_add(int64_t milli, int64_t units, int64_t *out);

/* As one writes it: "768Mi" or bytes, "750m" or "2". */
const char *kube_quantity_format(int64_t milli, bool binary, char out[KUBE_QUANTITY_TEXT]);

#endif
