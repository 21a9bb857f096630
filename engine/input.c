/* input.c - inputs to bytes, back, and into an engine. */
#include "engine/input.h"

#include "engine/bytes.h"
#include "engine/utf8.h"

#include <string.h>

void engine_take(struct engine *engine, const struct input *input)
{
    switch (input->kind) {
    case INPUT_FRAME:
        engine_frame(engine, input->at, input->values);
        break;
    case INPUT_ACTION_ENDED:
        engine_action_answered(engine, input->at, input->action, input->outcome, input->before);
        break;
    case INPUT_COMMAND:
        engine_command(engine, input->at, &input->command);
        break;
    case INPUT_TICK:
        engine_tick(engine, input->at);
        break;
    case INPUT_KIND_COUNT:
        break;
    }
}

/* At most room - 1 bytes; both rooms are under 256. */
static void write_text(struct byte_writer *writer, const char *text, size_t room)
{
    size_t length = strnlen(text, room - 1);

    write_u8(writer, (uint8_t)length);
    for (size_t i = 0; i < length; i++)
        write_u8(writer, (uint8_t)text[i]);
}

static bool read_text(struct byte_reader *reader, char *text, size_t room)
{
    size_t length = read_u8(reader);

    if (!reader->good || length >= room)
        return false;
    for (size_t i = 0; i < length; i++)
        text[i] = (char)read_u8(reader);
    return reader->good && utf8_printable(text, length);
}

static void write_command(struct byte_writer *writer, const struct command *command)
{
    write_u8(writer, (uint8_t)command->kind);
    write_u8(writer, command->on);
    write_u8(writer, (uint8_t)command->reason);
    write_u32(writer, command->resource);
    write_u32(writer, command->strategy);
    write_u64(writer, command->issue);
    write_u64(writer, command->remediation);
    write_u64(writer, (uint64_t)command->until);
    write_text(writer, command->actor, sizeof command->actor);
    write_text(writer, command->why, sizeof command->why);
}

static void write_input(struct byte_writer *writer, const struct input *input)
{
    write_u8(writer, (uint8_t)input->kind);
    write_u64(writer, (uint64_t)input->at);
    if (input->kind == INPUT_FRAME) {
        write_u32(writer, (uint32_t)input->value_count);
        for (size_t i = 0; i < input->value_count; i++)
            write_f64(writer, input->values[i]);
    } else if (input->kind == INPUT_ACTION_ENDED) {
        write_u64(writer, input->action);
        write_u8(writer, (uint8_t)input->outcome);
        write_f64(writer, input->before);
    } else if (input->kind == INPUT_COMMAND) {
        write_command(writer, &input->command);
    }
}

size_t input_size(const struct input *input)
{
    struct byte_writer writer = {0};

    write_input(&writer, input);
    return writer.used;
}

size_t input_encode(const struct input *input, unsigned char *bytes, size_t room)
{
    struct byte_writer writer = {.bytes = bytes, .room = room};

    write_input(&writer, input);
    return writer.used <= room ? writer.used : 0;
}

static bool read_command(struct byte_reader *reader, struct command *command)
{
    uint8_t kind = read_u8(reader), on = read_u8(reader), reason = read_u8(reader);

    *command = (struct command){.kind = (enum command_kind)kind, .on = on != 0, .reason = (enum pause_reason)reason};
    command->resource = read_u32(reader);
    command->strategy = read_u32(reader);
    command->issue = read_u64(reader);
    command->remediation = read_u64(reader);
    command->until = (heal_time)read_u64(reader);
    bool texts = read_text(reader, command->actor, sizeof command->actor) &&
                 read_text(reader, command->why, sizeof command->why);
    return texts && kind < COMMAND_KIND_COUNT && reason < PAUSE_REASON_COUNT && on <= 1;
}

static bool read_frame(struct byte_reader *reader, double *values, size_t value_room, struct input *input)
{
    uint32_t count = read_u32(reader);

    if (!reader->good || count > value_room)
        return false;
    for (uint32_t i = 0; i < count; i++)
        values[i] = read_f64(reader);
    input->values = values;
    input->value_count = count;
    return true;
}

size_t input_decode(const unsigned char *bytes, size_t length, double *values, size_t value_room, struct input *input)
{
    struct byte_reader reader = {.bytes = bytes, .length = length, .good = true};
    uint8_t kind = read_u8(&reader);
    bool sound = true;

    *input = (struct input){.kind = (enum input_kind)kind, .at = (heal_time)read_u64(&reader)};
    if (kind == INPUT_FRAME) {
        sound = read_frame(&reader, values, value_room, input);
    } else if (kind == INPUT_ACTION_ENDED) {
        input->action = read_u64(&reader);
        uint8_t outcome = read_u8(&reader);
        input->outcome = (enum action_outcome)outcome;
        input->before = read_f64(&reader);
        sound = outcome < ACTION_OUTCOME_COUNT;
    } else if (kind == INPUT_COMMAND) {
        sound = read_command(&reader, &input->command);
    } else {
        sound = kind == INPUT_TICK;
    }
    return reader.good && sound ? reader.used : 0;
}
