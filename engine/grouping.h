/* grouping.h - which trouble is only the echo of another's.
 *
 * A slow or busy service makes its callers slow: one fault is seen in many series. A
 * graph of dependence is made from the inventory once: caller -> callee, link ->
 * callee, the caller's pod -> its link (by the link's name, `A-B`), workload -> its
 * pods, pod -> node and volume. An anomaly whose rule is a symptom (latency, errors:
 * what is seen at a caller) is an echo when an open issue lies downstream of its
 * resource, or when it and the open issue are at links into the same callee. Anomalies
 * of one frame are taken callee first, so that the root is open before its echoes.
 *
 * An issue of a resource that also has more work than normal is demand; one without
 * is a fault: the load beside it is told as evidence.
 */
#ifndef SELFHEAL_ENGINE_GROUPING_H
#define SELFHEAL_ENGINE_GROUPING_H

#include "engine/detector.h"
#include "engine/issue_book.h"

struct grouping;

/* NULL when out of memory. `inventory` (frozen) is borrowed. */
struct grouping *grouping_create(const struct inventory *inventory);
void grouping_destroy(struct grouping *grouping); /* NULL is fine */

/* The order in which events[0 .. count) are to be taken: positions, deepest callee
 * first, else as they were; good until the next call. */
const uint32_t *grouping_order(struct grouping *grouping, const struct detector_event *events, size_t count);

/* The open issue that an anomaly of `type` on `resource` echoes, or NULL: the deepest
 * downstream, the oldest of those. */
struct open_issue *grouping_root(struct grouping *grouping, struct issue_book *book, uint32_t resource,
                                 enum issue_type type);

/* Whether what is seen at a link is the trouble of few pods at one of its ends: of those
 * that call over it, or of those of its callee, one stands out in `frame` by a symptom of
 * that type, and less than half are nearer to its value than to their own medians. False
 * for what is no link. */
bool grouping_is_at_an_end(const struct grouping *grouping, const struct detector *detector, const double *frame,
                           uint32_t link, enum issue_type type);

#endif
