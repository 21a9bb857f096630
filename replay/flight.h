/* flight.h - the flight recorder: every input of a live engine, to be run again.
 *
 * The engine is a pure function of its policy, inventory, seed and inputs, so a
 * file of these is all that its decisions need. Inputs take one way: an input is
 * written, then flight_apply gives it to the engine; replay reads it and does the
 * same. After each input the recorder notes how many decisions there were and
 * the head of a chain over them (SHA-256 over the head before and the decision's
 * bytes), so that a replay can say at which input it went another way.
 *
 * File: "SHFLIGHT", version, then records `u32 length, u8 kind, payload, u32 sum`
 * (FNV-1a, 32 bit, of kind and payload), little-endian. A kill can tear the last
 * record; reading stops before it. A frame holds only the values that changed.
 * Nothing of it is secret: no tokens, no addresses, no credentials.
 */
#ifndef SELFHEAL_REPLAY_FLIGHT_H
#define SELFHEAL_REPLAY_FLIGHT_H

#include "engine/arena.h"
#include "engine/command.h"
#include "engine/engine.h"
#include "engine/error.h"

enum flight_kind {
    FLIGHT_LEARN, /* values: a frame of the past */
    FLIGHT_FRAME, /* values */
    FLIGHT_TICK,
    FLIGHT_ACTION_ENDED, /* id, what: enum action_outcome, before */
    FLIGHT_COMMAND,      /* command: a person's word, or the process's own */
    FLIGHT_RECALL,       /* what: strategy; count: successes; other: failures */
    FLIGHT_FREEZE,       /* what: resource */
    FLIGHT_KNOWLEDGE,    /* bytes: engine_export's of an earlier engine */
    FLIGHT_EXCUSE,       /* what: series, whose source did not answer */
    FLIGHT_TAKE_BACK,    /* standing */
    FLIGHT_KIND_COUNT,
};

struct flight_input {
    enum flight_kind kind;
    heal_time at;
    uint64_t id;
    uint32_t what, count, other;
    double before;                 /* ACTION_ENDED: engine_action_answered's; NaN: not known */
    struct standing_step standing; /* TAKE_BACK */
    const double *values;          /* series of the inventory; LEARN, FRAME */
    const unsigned char *bytes;    /* KNOWLEDGE */
    size_t byte_count;
    struct command command; /* COMMAND */
};

/* Gives the input to the engine. What a command came to; DONE for the others. */
enum command_result flight_apply(struct engine *engine, const struct flight_input *input);

/* A policy as the texts of its files, the one at the bottom first. */
enum { FLIGHT_LAYERS_MAX = 16 };
struct flight_layer {
    const char *name;
    const char *text;
    size_t length;
};
struct flight_head {
    heal_time start;
    uint64_t seed;
    struct flight_layer layers[FLIGHT_LAYERS_MAX];
    size_t layer_count;
};

enum { FLIGHT_DIGEST = 32, FLIGHT_DIGEST_TEXT = 65 };

/* Writing. */
struct flight;
/* A new file; one that is there is an error. NULL with messages. */
struct flight *flight_create(const char *path, const struct flight_head *head, const struct inventory *inventory,
                             struct error_list *errors);
/* Flushes and closes; NULL is fine. False when what was written may be lost. */
bool flight_close(struct flight *flight);
/* False after a failure to write; all later calls fail then, without a message. */
bool flight_write(struct flight *flight, const struct flight_input *input);
/* A decision that the last input led to. */
void flight_decision(struct flight *flight, const struct decision *decision);
/* Behind each input: notes the decisions, and hands all to the system. */
bool flight_settle(struct flight *flight);
bool flight_sync(struct flight *flight); /* to the disk */
uint64_t flight_bytes(const struct flight *flight);
char *flight_digest(const struct flight *flight, char text[FLIGHT_DIGEST_TEXT]);

/* Reading. */
struct flight_reader;
struct flight_note {
    uint64_t decisions; /* in all, behind the input before this note */
    unsigned char digest[FLIGHT_DIGEST];
};
enum flight_next { FLIGHT_INPUT, FLIGHT_NOTE, FLIGHT_END, FLIGHT_TORN };

bool flight_is(const char *path); /* by its first bytes */
/* NULL with messages. *head and *inventory (frozen) are the reader's. */
struct flight_reader *flight_open(const char *path, struct flight_head *head, const struct inventory **inventory,
                                  struct error_list *errors);
void flight_reader_destroy(struct flight_reader *reader);
/* The next input or note; values are good until the next call. TORN: the rest
 * cannot be read. */
enum flight_next flight_read(struct flight_reader *reader, struct flight_input *input, struct flight_note *note);

/* The chain by itself, for who replays. Begins as zeros; clear what was added to. */
struct flight_hasher; /* SHA-256 with what it costs to set up paid once */
struct flight_chain {
    uint64_t decisions;
    unsigned char head[FLIGHT_DIGEST];
    struct flight_hasher *hasher; /* made by the first decision */
};
void flight_chain_add(struct flight_chain *chain, const struct decision *decision);
void flight_chain_clear(struct flight_chain *chain); /* the head stays */
char *flight_digest_text(const unsigned char digest[FLIGHT_DIGEST], char text[FLIGHT_DIGEST_TEXT]);

#endif
