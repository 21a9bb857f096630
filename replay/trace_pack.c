/* trace_pack.c - a trace as one file that is mapped and used where it lies.
 *
 * trace.h gives the layout. Version 1 is canonical: every offset follows from
 * the two counts and the bytes of the names, so a reader computes them and asks
 * the file to agree; nothing in a file is an address before it has been compared.
 * The checksum is XXH64, seed 0, of the whole file with the checksum's own field
 * zero; it is checked when the file is opened, together with what a correct
 * checksum does not prove: ids, order of the instants, no infinite value.
 */
#include "replay/trace.h"

#include "replay/checksum.h"
#include "replay/trace_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "packed traces are used where they lie: little-endian");
_Static_assert(sizeof(double) == 8, "columns are IEEE 754 binary64");

static const char MAGIC[8] = {'S', 'E', 'L', 'F', 'H', 'E', 'A', 'L'};
enum { VERSION = 1, HEADER_BYTES = 128, TEMPORARY_NAMES = 100 };

struct header {
    char magic[8];
    uint32_t version;
    uint32_t header_bytes;
    uint64_t series;
    uint64_t frames;
    uint64_t names_offset;
    uint64_t names_bytes;
    uint64_t times_offset;
    uint64_t columns_offset;
    uint64_t file_bytes;
    uint64_t checksum;
    uint64_t zero[6];
};
_Static_assert(sizeof(struct header) == HEADER_BYTES, "no padding");

/* The one header that fits these counts, its checksum 0; the counts are within
 * their limits, so nothing overflows. */
static struct header header_of(uint64_t series, uint64_t frames, uint64_t names_bytes)
{
    struct header header = {.version = VERSION,
                            .header_bytes = HEADER_BYTES,
                            .series = series,
                            .frames = frames,
                            .names_offset = HEADER_BYTES,
                            .names_bytes = names_bytes};
    memcpy(header.magic, MAGIC, sizeof MAGIC);
    header.times_offset = trace_align(header.names_offset + names_bytes);
    header.columns_offset = header.times_offset + trace_align(frames * sizeof(heal_time));
    header.file_bytes = header.columns_offset + series * trace_align(frames * sizeof(double));
    return header;
}

/* ---- writing ---- */

struct writer {
    FILE *file;
    struct checksum checksum;
    bool failed;
};

/* Writes `data` and zeroes up to the next multiple of 64 bytes. */
static void write_padded(struct writer *writer, const void *data, size_t length)
{
    unsigned char tail[TRACE_ALIGNMENT] = {0};
    size_t whole = length - length % TRACE_ALIGNMENT;
    checksum_add(&writer->checksum, data, whole);
    writer->failed = writer->failed || fwrite(data, 1, whole, writer->file) != whole;
    if (whole == length)
        return;
    memcpy(tail, (const unsigned char *)data + whole, length - whole);
    checksum_add(&writer->checksum, tail, sizeof tail);
    writer->failed = writer->failed || fwrite(tail, 1, sizeof tail, writer->file) != sizeof tail;
}

/* All ids with their NULs in one piece; NULL when out of memory. */
static char *join_ids(const struct trace *trace, size_t *bytes)
{
    size_t used = 0;
    for (size_t i = 0; i < trace->series; i++)
        used += strlen(trace->ids[i]) + 1;
    char *names = malloc(used);
    *bytes = used;
    if (names == NULL)
        return NULL;
    used = 0;
    for (size_t i = 0; i < trace->series; i++) {
        size_t length = strlen(trace->ids[i]) + 1;
        memcpy(names + used, trace->ids[i], length);
        used += length;
    }
    return names;
}

/* Writes the whole file; false with errno. */
static bool write_trace(FILE *file, const struct trace *trace)
{
    size_t names_bytes;
    char *names = join_ids(trace, &names_bytes);
    if (names == NULL) {
        errno = ENOMEM;
        return false;
    }
    struct header header = header_of(trace->series, trace->frames, names_bytes);
    struct writer writer = {.file = file};
    checksum_start(&writer.checksum);
    write_padded(&writer, &header, sizeof header);
    write_padded(&writer, names, names_bytes);
    free(names);
    write_padded(&writer, trace->times, trace->frames * sizeof(heal_time));
    for (size_t i = 0; i < trace->series && !writer.failed; i++)
        write_padded(&writer, trace_column(trace, i), trace->frames * sizeof(double));
    header.checksum = checksum_value(&writer.checksum);
    return !writer.failed && fseek(file, 0, SEEK_SET) == 0 && fwrite(&header, sizeof header, 1, file) == 1 &&
           fflush(file) == 0 && fsync(fileno(file)) == 0;
}

/* Creates a new file beside `path`; its name goes to `name`. -1 with errno. */
static int create_beside(const char *path, char *name, size_t size)
{
    for (int i = 0; i < TEMPORARY_NAMES; i++) {
        snprintf(name, size, "%s.%ld.%d.tmp", path, (long)getpid(), i);
        int file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file >= 0 || errno != EEXIST)
            return file;
    }
    return -1;
}

/* Makes the rename last; a file system that cannot sync a folder is let off. */
static void sync_folder(const char *path, char *folder)
{
    memcpy(folder, path, strlen(path) + 1);
    char *slash = strrchr(folder, '/');
    memcpy(slash == NULL ? folder : slash + 1, ".", 2);
    int file = open(folder, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    fsync(file);
    close(file);
}

bool trace_pack(const struct trace *trace, const char *path, struct error_list *errors)
{
    size_t size = strlen(path) + 64;
    char *name = malloc(size);
    if (name == NULL) {
        mapping_error(errors, path, "cannot write", ENOMEM);
        return false;
    }
    int descriptor = create_beside(path, name, size);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "wb");
    bool done = file != NULL && write_trace(file, trace);
    int code = errno;
    if (file != NULL && fclose(file) != 0 && done) {
        code = errno;
        done = false;
    }
    if (file == NULL && descriptor >= 0)
        close(descriptor);
    if (done && rename(name, path) != 0) {
        code = errno;
        done = false;
    }
    if (done)
        sync_folder(path, name);
    else {
        mapping_error(errors, path, "cannot write", code);
        if (descriptor >= 0)
            unlink(name);
    }
    free(name);
    return done;
}

/* ---- reading ---- */

bool trace_is_packed(const void *text, size_t length)
{
    return length >= sizeof MAGIC && memcmp(text, MAGIC, sizeof MAGIC) == 0;
}

static bool damaged(const char *path, struct error_list *errors, const char *what)
{
    error_add(errors, ERROR_INPUT, path, 0, NULL, "damaged packed trace: %s", what);
    return false;
}

/* Compares the header with the one that its counts ask for. */
static bool check_header(const char *path, const struct mapping *file, struct header *out, struct error_list *errors)
{
    if (file->length < HEADER_BYTES)
        return damaged(path, errors, "cut off within its header");
    struct header header;
    memcpy(&header, file->base, sizeof header);
    if (header.version != VERSION) {
        error_add(errors, ERROR_INPUT, path, 0, NULL, "packed trace of version %" PRIu32 ", this program reads %d",
                  header.version, VERSION);
        return false;
    }
    if (header.series == 0 || header.series > SERIES_MAX || header.frames == 0 || header.frames > TRACE_FRAMES_MAX ||
        header.names_bytes > header.series * (SERIES_ID_MAX + 1))
        return damaged(path, errors, "its counts are out of range");
    struct header expected = header_of(header.series, header.frames, header.names_bytes);
    if (expected.file_bytes != file->length) {
        error_add(errors, ERROR_INPUT, path, 0, NULL,
                  "damaged packed trace: %zu bytes, expected %" PRIu64 " (cut off or of another make)", file->length,
                  expected.file_bytes);
        return false;
    }
    expected.checksum = header.checksum;
    if (memcmp(&header, &expected, sizeof header) != 0)
        return damaged(path, errors, "its header contradicts itself");
    *out = header;
    return true;
}

/* True when no word is the bit pattern of an infinity. */
static bool free_of_infinities(const unsigned char *data, size_t length)
{
    uint64_t found = 0;
    for (size_t i = 0; i < length; i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, data + i, sizeof word);
        found |= word << 1 == UINT64_C(0xffe0000000000000);
    }
    return found == 0;
}

/* One pass over everything, in pieces that stay in the first-level cache between
 * the two looks at them. */
static bool check_content(const char *path, const unsigned char *base, const struct header *header,
                          struct error_list *errors)
{
    enum { PIECE = 16384 };
    struct header bare = *header;
    struct checksum checksum;
    bool finite = true;
    bare.checksum = 0;
    checksum_start(&checksum);
    checksum_add(&checksum, &bare, sizeof bare);
    checksum_add(&checksum, base + HEADER_BYTES, (size_t)header->columns_offset - HEADER_BYTES);
    for (size_t at = (size_t)header->columns_offset; at < header->file_bytes;) {
        size_t length = (size_t)header->file_bytes - at < PIECE ? (size_t)header->file_bytes - at : PIECE;
        checksum_add(&checksum, base + at, length);
        finite = free_of_infinities(base + at, length) && finite;
        at += length;
    }
    if (checksum_value(&checksum) != header->checksum)
        return damaged(path, errors, "its checksum does not match");
    return finite || damaged(path, errors, "it holds an infinite value");
}

static bool check_times(const char *path, const heal_time *times, size_t count, struct error_list *errors)
{
    bool ordered = times[0] >= 0 && times[count - 1] < HEAL_TIME_END;
    for (size_t i = 1; i < count; i++)
        ordered = ordered && times[i - 1] < times[i];
    return ordered || damaged(path, errors, "its instants are out of order or range");
}

/* Points trace->ids into the names; each must be a series of its own. */
static bool find_ids(const char *path, struct trace *trace, const char *names, size_t bytes, struct error_list *errors)
{
    struct inventory *seen = inventory_create();
    trace->ids = malloc(trace->series * sizeof *trace->ids);
    bool fine = seen != NULL && trace->ids != NULL;
    if (!fine)
        mapping_error(errors, path, "cannot open", ENOMEM);
    for (size_t i = 0; i < trace->series && fine; i++) {
        const char *end = memchr(names, '\0', bytes);
        fine = end != NULL && inventory_add_series(seen, names, (size_t)(end - names)) == i;
        if (!fine) {
            damaged(path, errors, "its series names are malformed");
            break;
        }
        trace->ids[i] = names;
        bytes -= (size_t)(end - names) + 1;
        names = end + 1;
    }
    if (fine && bytes != 0)
        fine = damaged(path, errors, "its series names are malformed");
    inventory_destroy(seen);
    return fine;
}

struct trace *trace_unpack(const char *path, struct mapping file, struct error_list *errors)
{
    struct header header;
    struct trace *trace = calloc(1, sizeof *trace);
    if (trace == NULL) {
        mapping_error(errors, path, "cannot open", ENOMEM);
        mapping_release(&file);
        return NULL;
    }
    trace->block = file;
    unsigned char *base = file.base;
    if (check_header(path, &file, &header, errors)) {
        trace->series = (size_t)header.series;
        trace->frames = (size_t)header.frames;
        trace->stride = (size_t)(trace_align(header.frames * sizeof(double)) / sizeof(double));
        trace->times = (heal_time *)(void *)(base + header.times_offset);
        trace->columns = (double *)(void *)(base + header.columns_offset);
        if (check_content(path, base, &header, errors) && check_times(path, trace->times, trace->frames, errors) &&
            find_ids(path, trace, (const char *)base + header.names_offset, (size_t)header.names_bytes, errors))
            return trace;
    }
    trace_destroy(trace);
    return NULL;
}
