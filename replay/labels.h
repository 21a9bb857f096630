/* labels.h - what really was wrong in a recording: the truth to match against. */
#ifndef SELFHEAL_REPLAY_LABELS_H
#define SELFHEAL_REPLAY_LABELS_H

#include "engine/error.h"
#include "engine/time.h"

#include <stddef.h>

struct label {
    heal_time start;
    heal_time end;    /* > start */
    char *resource;   /* kind/namespace/name; "" where the file names none */
    char *fault_type; /* as the file spells it: cpu_contention, cpu-stress; "" where it names none */
};

struct labels {
    struct label *items; /* in file order */
    size_t count;
};

/* Reads a labels file by what it holds: CSV with a header that has at least
 * `start,end,resource,fault_type` (any order; further columns are ignored,
 * `fault_type` may be missing), or NAB's JSON: an object of `file name` to a
 * list of [start, end], of which the entry is taken whose key ends in
 * `trace_name` (the trace's file name with the folder before it, or the bare
 * file name). False with messages in `errors`; the caller frees with
 * labels_clear. */
bool labels_read(const char *path, const char *trace_name, struct labels *out, struct error_list *errors);
bool labels_parse(const char *name, const char *text, size_t length, const char *trace_name, struct labels *out,
                  struct error_list *errors);
void labels_clear(struct labels *labels);

struct topology_edge {
    char *source; /* as the file spells it */
    char *target;
};
struct topology {
    struct topology_edge *items;
    size_t count;
};
/* CSV `source,target`: who calls whom; full resource ids or bare service names. */
bool topology_read(const char *path, struct topology *out, struct error_list *errors);
bool topology_parse(const char *name, const char *text, size_t length, struct topology *out, struct error_list *errors);
void topology_clear(struct topology *topology);

/* Notes the edges in `inventory`: a full id names that resource; a bare name N
 * any one pod, workload, database or service named N or starting with `N-`.
 * Returns how many edges found both ends. Before inventory_freeze. */
struct inventory;
size_t topology_relate(const struct topology *topology, struct inventory *inventory);

#endif
