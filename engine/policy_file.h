/* policy_file.h - a policy from its document.
 *
 * A file says what it wants otherwise than its base, the policy that its field
 * `base` names (a path beside the file, or `default`, the built-in one, which is
 * also meant when the field is left out). The caller reads the base first:
 *   - a scalar that the file leaves out is the base's;
 *   - rules of the file come before the base's; a rule with the name of one of
 *     the base's takes the whole rule's place;
 *   - strategies of the file join the base's; one with the name of one of the
 *     base's takes its place, and must be for the same issue;
 *   - a ladder that the file names replaces the base's for that issue type.
 * Fields: docs/policy.md. JSON Schema: scenarios/schema/policy.schema.json.
 */
#ifndef SELFHEAL_ENGINE_POLICY_FILE_H
#define SELFHEAL_ENGINE_POLICY_FILE_H

#include "engine/document.h"
#include "engine/policy.h"

/* Reads the whole document over `base`, notes every fault, checks that ladders
 * name strategies of their own type, that names are unique, and that spans and
 * limits agree. With `base` NULL the file must give every scalar itself. NULL
 * when anything was noted. The policy copies what it keeps: the document and the
 * base may go. Free with policy_destroy. */
struct policy *policy_from_document(const struct document *document, const struct policy *base,
                                    struct error_list *errors);

#endif
