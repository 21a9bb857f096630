/* knowledge.c - tables by hashed name, and a sum at the end. */
#include "engine/knowledge.h"

#include "engine/bytes.h"
#include "engine/state.h"

#include <math.h>

static const uint32_t MAGIC = 0x324b4853; /* "SHK2": "SHK1" had no causes */

static uint64_t hash_bytes(const unsigned char *bytes, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t hash_name(const char *name)
{
    size_t length = 0;

    while (name[length])
        length++;
    return hash_bytes((const unsigned char *)name, length);
}

static void write_odds(struct byte_writer *writer, const struct policy *policy, const struct learning *odds)
{
    write_u32(writer, (uint32_t)policy->strategy_count);
    for (uint32_t i = 0; i < policy->strategy_count; i++) {
        write_u64(writer, hash_name(policy->strategies[i].name));
        for (int signature = -1; signature < SIGNATURES; signature++) {
            struct learned learned = learning_get(odds, i, signature);
            write_f64(writer, learned.success);
            write_f64(writer, learned.failure);
            write_u64(writer, (uint64_t)learned.at);
        }
    }
}

static bool is_kept(const struct gates_memory *memory, size_t i)
{
    return memory->attempted[i] != INT64_MIN || (memory->frozen[i / 64] >> (i % 64) & 1);
}

static void write_resources(struct byte_writer *writer, const struct engine *engine)
{
    struct gates_memory memory = gates_memory(engine->gates);
    uint32_t kept = 0;

    for (size_t i = 0; i < memory.resource_count; i++)
        kept += is_kept(&memory, i);
    write_u32(writer, kept);
    for (size_t i = 0; i < memory.resource_count; i++) {
        if (!is_kept(&memory, i))
            continue;
        write_u64(writer, hash_name(inventory_resource_id(engine->inventory, (uint32_t)i)));
        write_u32(writer, memory.attempts[i]);
        write_u64(writer, (uint64_t)memory.attempted[i]);
        write_u8(writer, memory.frozen[i / 64] >> (i % 64) & 1);
    }
}

/* `engine` NULL: no resources. */
static size_t export(const struct policy *policy, const struct learning *odds, const struct engine *engine,
                     unsigned char *bytes, size_t room)
{
    struct byte_writer writer = {.bytes = bytes, .room = room};

    write_u32(&writer, MAGIC);
    write_odds(&writer, policy, odds);
    if (engine)
        write_resources(&writer, engine);
    else
        write_u32(&writer, 0);
    write_u64(&writer, bytes && writer.used <= room ? hash_bytes(bytes, writer.used) : 0);
    return writer.used;
}

size_t engine_export(const struct engine *engine, unsigned char *bytes, size_t room)
{
    return export(engine->policy, engine->learning, engine, bytes, room);
}

size_t odds_export(const struct policy *policy, const struct learning *odds, unsigned char *bytes, size_t room)
{
    return export(policy, odds, NULL, bytes, room);
}

static bool is_sound(const struct learned *learned)
{
    return isfinite(learned->success) && isfinite(learned->failure);
}

/* `odds` NULL: only looks whether all of it can be read. */
static void read_odds(struct byte_reader *reader, const struct policy *policy, struct learning *odds)
{
    uint32_t count = read_u32(reader);

    for (uint32_t i = 0; reader->good && i < count; i++) {
        uint64_t name = read_u64(reader);
        uint32_t strategy = 0, known = odds ? (uint32_t)policy->strategy_count : 0;
        while (strategy < known && hash_name(policy->strategies[strategy].name) != name)
            strategy++;
        for (int signature = -1; signature < SIGNATURES; signature++) {
            struct learned learned = {.success = read_f64(reader)};
            learned.failure = read_f64(reader);
            learned.at = (heal_time)read_u64(reader);
            if (!is_sound(&learned))
                reader->good = false;
            else if (strategy < known)
                learning_set(odds, strategy, signature, learned);
        }
    }
}

/* `engine` NULL: they are left out. */
static void read_resources(struct byte_reader *reader, struct engine *engine)
{
    struct gates_memory memory = engine ? gates_memory(engine->gates) : (struct gates_memory){0};
    uint32_t count = read_u32(reader);
    size_t at = 0;

    for (uint32_t n = 0; reader->good && n < count; n++) {
        uint64_t name = read_u64(reader);
        uint32_t attempts = read_u32(reader);
        heal_time attempted = (heal_time)read_u64(reader);
        uint8_t frozen = read_u8(reader);
        for (size_t step = 0; step < memory.resource_count; step++, at++) { /* mostly the next one */
            at = at < memory.resource_count ? at : 0;
            if (hash_name(inventory_resource_id(engine->inventory, (uint32_t)at)) != name)
                continue;
            memory.attempts[at] = attempts;
            memory.attempted[at] = attempted;
            if (frozen)
                gates_freeze(engine->gates, (uint32_t)at);
            break;
        }
    }
}

/* Looks first, then takes: what is damaged changes nothing. */
static bool import(const struct policy *policy, struct learning *odds, struct engine *engine,
                   const unsigned char *bytes, size_t length)
{
    if (length < 20)
        return false;
    struct byte_reader sum = {.bytes = bytes, .length = length, .used = length - 8, .good = true};
    if (read_u64(&sum) != hash_bytes(bytes, length - 8))
        return false;
    for (int pass = 0; pass < 2; pass++) {
        struct byte_reader reader = {.bytes = bytes, .length = length - 8, .good = true};
        if (read_u32(&reader) != MAGIC)
            return false;
        read_odds(&reader, policy, pass == 0 ? NULL : odds);
        read_resources(&reader, pass == 0 ? NULL : engine);
        if (!reader.good || reader.used != reader.length)
            return false;
    }
    return true;
}

bool engine_import(struct engine *engine, const unsigned char *bytes, size_t length)
{
    return import(engine->policy, engine->learning, engine, bytes, length);
}

bool engine_import_odds(struct engine *engine, const unsigned char *bytes, size_t length)
{
    return import(engine->policy, engine->learning, NULL, bytes, length);
}

bool odds_import(const struct policy *policy, struct learning *odds, const unsigned char *bytes, size_t length)
{
    return import(policy, odds, NULL, bytes, length);
}

const struct learning *engine_odds(const struct engine *engine)
{
    return engine->learning;
}
