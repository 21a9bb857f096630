/* yaml.h - YAML and JSON files to documents (libfyaml).
 *
 * Refused with file and line: missing, empty, over 16 MiB, not UTF-8, syntax,
 * aliases, tags, merge keys, duplicate keys, several documents, nesting over
 * DOCUMENT_DEPTH_MAX.
 */
#ifndef SELFHEAL_CLI_YAML_H
#define SELFHEAL_CLI_YAML_H

#include "engine/document.h"

enum { YAML_BYTES_MAX = 16 << 20 };

/* NULL with messages; free with document_destroy. */
struct document *yaml_read(const char *path, struct error_list *errors);
struct document *yaml_parse(const char *name, const char *text, size_t length, struct error_list *errors);
void document_destroy(struct document *document); /* NULL is fine */

#endif
