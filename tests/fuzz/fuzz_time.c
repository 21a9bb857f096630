/* fuzz_time.c - what is read as an instant or a duration is written as a text that
 * reads back as the same. */
#include "engine/time.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    char written[HEAL_TIME_TEXT > HEAL_DURATION_TEXT ? HEAL_TIME_TEXT : HEAL_DURATION_TEXT];
    heal_time at, at_again;
    heal_duration span, span_again;
    bool zoned;
    if (heal_time_parse(text, size, &at, &zoned)) {
        heal_time_format(at, written);
        if (at < 0 || !heal_time_parse(written, strlen(written), &at_again, &zoned) || at != at_again || !zoned)
            abort();
    }
    if (heal_duration_parse(text, size, &span)) {
        heal_duration_format(span, written);
        if (span < 0 || !heal_duration_parse(written, strlen(written), &span_again) || span != span_again)
            abort();
    }
    if (size >= sizeof at) { /* any instant can be written */
        memcpy(&at, data, sizeof at);
        if (strlen(heal_time_format(at, written)) >= HEAL_TIME_TEXT)
            abort();
    }
    return 0;
}
