/* trace_source.h - a trace as the healthy frames of a world. */
#ifndef SELFHEAL_REPLAY_TRACE_SOURCE_H
#define SELFHEAL_REPLAY_TRACE_SOURCE_H

#include "replay/trace.h"
#include "sim/frame_source.h"

/* A supply whose every source gives the trace's frames. The trace is borrowed;
 * the context is the trace. */
struct frame_supply trace_supply(const struct trace *trace);

/* How long a trace lasts: from the first frame to the last, and one usual
 * spacing (the median) for the last to be seen. */
heal_duration trace_duration(const struct trace *trace);

#endif
