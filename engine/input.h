/* input.h - what goes into an engine, as one record that a file can keep.
 *
 * An engine is a pure function of policy, inventory, seed and its inputs. Whoever
 * keeps them (write them down before they are given) can stop at any instant and
 * go on: a new engine, engine_resume with what the journal holds, all inputs again
 * through engine_take. Bytes: u8 kind, i64 at, then by kind
 *   FRAME         u32 count, count x f64
 *   ACTION_ENDED  u64 action, u8 outcome, f64 before
 *   COMMAND       u8 kind, on, reason; u32 resource, strategy; u64 issue,
 *                 remediation; i64 until; actor and why: u8 length and bytes
 *   TICK          nothing
 * little-endian; a NaN is any NaN.
 */
#ifndef SELFHEAL_ENGINE_INPUT_H
#define SELFHEAL_ENGINE_INPUT_H

#include "engine/command.h"

enum input_kind { INPUT_FRAME, INPUT_ACTION_ENDED, INPUT_COMMAND, INPUT_TICK, INPUT_KIND_COUNT };

struct input {
    enum input_kind kind;
    heal_time at;
    const double *values; /* FRAME: as many as the inventory has series */
    size_t value_count;
    uint64_t action;
    enum action_outcome outcome;
    double before; /* ACTION_ENDED: engine_action_answered's; NaN: not known */
    struct command command;
};

void engine_take(struct engine *engine, const struct input *input);

/* Bytes that `input` takes. */
size_t input_size(const struct input *input);
/* Writes them; returns how many, 0 when they are more than `room`. */
size_t input_encode(const struct input *input, unsigned char *bytes, size_t room);
/* Reads one record from bytes[0 .. length); a frame's values go to `values`, of
 * `value_room`, which must outlive *input. Returns the bytes read, 0 when they are
 * cut short or say what no engine takes. */
size_t input_decode(const unsigned char *bytes, size_t length, double *values, size_t value_room, struct input *input);

#endif
