/* trace_parts.h - the inside of a trace, for the files of this room that make one. */
#ifndef SELFHEAL_REPLAY_TRACE_PARTS_H
#define SELFHEAL_REPLAY_TRACE_PARTS_H

#include "replay/mapping.h"
#include "replay/trace.h"

/* Bounds that keep every size in 64 bits: 2^20 columns of 2^36 frames. */
#define TRACE_FRAMES_MAX (UINT64_C(1) << 36)
enum { TRACE_ALIGNMENT = 64 };

struct trace {
    size_t series;
    size_t frames;
    size_t stride;        /* doubles from column to column */
    const char **ids;     /* series of them, in `names` or in `block` */
    char *names;          /* NULL when the ids lie in `block` */
    heal_time *times;     /* in `block` */
    double *columns;      /* in `block` */
    struct mapping block; /* memory of our own, or the packed file */
    bool writable;
};

static inline uint64_t trace_align(uint64_t bytes)
{
    return (bytes + TRACE_ALIGNMENT - 1) & ~(uint64_t)(TRACE_ALIGNMENT - 1);
}

/* trace_create, but what the columns hold is not said: the caller writes it all
 * and may then lower `frames`. */
struct trace *trace_reserve(size_t series, size_t frames, const char *const *ids);

/* Takes `file`, the mapping of a packed file, over (also on failure). */
struct trace *trace_unpack(const char *path, struct mapping file, struct error_list *errors);

/* True when text[0 .. length) starts like a packed file. */
bool trace_is_packed(const void *text, size_t length);

#endif
