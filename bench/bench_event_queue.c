/* bench_event_queue.c - the hold model: the next event is taken and put back a random
 * time later, over and over, with so many pending.
 *
 * Holds per second of processor time on one core, best of three (the heap: one), with exponential,
 * uniform and two-mode gaps. References in the same run: a plain 4-ary heap, which
 * stood here before; SimPy by the leanest way it has (callbacks on timeouts, no
 * processes); SimGrid by sleeping actors. The peers draw their exponential gaps as
 * they go; here they are drawn beforehand, for a draw costs as much as a hold.
 *
 *   bench_event_queue
 */
#include "engine/random.h"
#include "sim/event_queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { GAPS = 1 << 16, ROUNDS = 3, SHAPES = 3 };
static const size_t HOLDS = 4000000;

static const char *const SHAPE_NAMES[SHAPES] = {"exponential", "uniform", "two modes"};
static heal_duration gaps[SHAPES][GAPS];

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void draw_gaps(void)
{
    struct random_stream stream = random_stream_named(1, "bench", "gaps", 0);

    for (size_t i = 0; i < GAPS; i++) {
        gaps[0][i] = (heal_duration)random_exponential(&stream, 1e9);
        gaps[1][i] = (heal_duration)(2e9 * random_uniform(&stream));
        gaps[2][i] = (heal_duration)((random_uniform(&stream) < 0.9 ? 0.1 : 9.1) * 2e9 * random_uniform(&stream));
    }
}

/* --- the queue ------------------------------------------------------------ */

static double ladder_holds(const heal_duration *gap, size_t pending, size_t holds)
{
    struct event_queue *queue = event_queue_create(pending);
    struct event event;
    size_t drawn = 0;
    double start = 0.0;

    for (size_t i = 0; i < pending; i++)
        event_queue_push(queue, (struct event){gap[drawn++ % GAPS], 0, (uint32_t)i});
    for (size_t i = 0; i < 2 * pending + holds; i++) {
        if (i == 2 * pending) /* steady by now */
            start = cpu_seconds();
        event_queue_pop(queue, &event);
        event.at += gap[drawn++ % GAPS];
        event_queue_push(queue, event);
    }
    double spent = cpu_seconds() - start;
    event_queue_destroy(queue);
    return (double)holds / spent;
}

/* --- a plain 4-ary heap --------------------------------------------------- */

struct entry {
    heal_time at;
    uint64_t sequence;
    uint32_t kind, index;
};

static int before(const struct entry *a, const struct entry *b)
{
    return a->at < b->at || (a->at == b->at && a->sequence < b->sequence);
}

static void heap_push(struct entry *heap, size_t size, struct entry entry)
{
    for (; size > 0 && before(&entry, &heap[(size - 1) / 4]); size = (size - 1) / 4)
        heap[size] = heap[(size - 1) / 4];
    heap[size] = entry;
}

static struct entry heap_pop(struct entry *heap, size_t size) /* size: after it */
{
    struct entry root = heap[0], last = heap[size];
    size_t hole = 0, child;

    for (; (child = 4 * hole + 1) < size; hole = child) {
        for (size_t i = child + 1, end = child + 4 < size ? child + 4 : size; i < end; i++)
            child = before(&heap[i], &heap[child]) ? i : child;
        if (!before(&heap[child], &last))
            break;
        heap[hole] = heap[child];
    }
    heap[hole] = last;
    return root;
}

static double heap_holds(const heal_duration *gap, size_t pending, size_t holds)
{
    struct entry *heap = malloc((pending + 1) * sizeof *heap);
    uint64_t drawn = 0;
    double start = 0.0;

    for (size_t i = 0; i < pending; i++, drawn++)
        heap_push(heap, i, (struct entry){gap[drawn % GAPS], drawn, 0, (uint32_t)i});
    for (size_t i = 0; i < 2 * pending + holds; i++, drawn++) {
        if (i == 2 * pending)
            start = cpu_seconds();
        struct entry entry = heap_pop(heap, pending - 1);
        entry.at += gap[drawn % GAPS];
        entry.sequence = drawn;
        heap_push(heap, pending - 1, entry);
    }
    double spent = cpu_seconds() - start;
    free(heap);
    return (double)holds / spent;
}

static double best(double (*holds_of)(const heal_duration *, size_t, size_t), const heal_duration *gap, size_t pending,
                   int rounds)
{
    double fastest = 0.0;

    for (int round = 0; round < rounds; round++) {
        double rate = holds_of(gap, pending, HOLDS > 3 * pending ? HOLDS : 3 * pending);
        fastest = rate > fastest ? rate : fastest;
    }
    return fastest;
}

/* --- peers ---------------------------------------------------------------- */

/* What the command prints, a number; 0 when it does not. */
static double ask(const char *command)
{
    FILE *pipe = popen(command, "r");
    double rate = 0.0;

    if (pipe && fscanf(pipe, "%lf", &rate) != 1)
        rate = 0.0;
    if (pipe)
        pclose(pipe);
    return rate;
}

static void compare(const char *name, const char *package, double peer, double own, double target)
{
    if (peer > 0.0)
        printf("  %-8s %8.3f million holds/s, we make %.0f times as many (asked: %.0f times or more: %s)\n", name,
               peer / 1e6, own / peer, target, own >= target * peer ? "met" : "MISSED");
    else
        fprintf(stderr, "bench_event_queue: %s is NOT here (Debian's %s): its ratio is left out\n", name, package);
}

static void ask_peers(size_t pending, double own)
{
    char command[1024];

    snprintf(command, sizeof command,
             "for p in python3 /usr/bin/python3; do $p -c 'import simpy' 2>/dev/null &&"
             " exec $p '%s/event_queue_simpy.py' %zu 400000; done",
             BENCH_FOLDER, pending);
    compare("SimPy", "python3-simpy3", ask(command), own, 40.0);
#ifdef SIMGRID_PEER
    snprintf(command, sizeof command,
             "'%s' '%s/one_host.xml' %zu 400000 --cfg=contexts/stack-size:16 --cfg=contexts/guard-size:0"
             " --log=root.thres:error",
             SIMGRID_PEER, BENCH_FOLDER, pending);
    compare("SimGrid", "libsimgrid-dev", ask(command), own, 20.0);
#else
    compare("SimGrid", "libsimgrid-dev", 0.0, own, 20.0);
#endif
}

int main(int argc, char **argv)
{
    static const size_t PENDING[] = {1000, 10000, 100000, 1000000};
    double rates[SHAPES][4], slowest = 1e300, fastest = 0.0;

    (void)argv;
    if (argc > 1) {
        fprintf(stderr, "usage: bench_event_queue\n");
        return 2;
    }
    draw_gaps();
    for (int shape = 0; shape < SHAPES; shape++) {
        for (int i = 0; i < 4; i++) {
            rates[shape][i] = best(ladder_holds, gaps[shape], PENDING[i], ROUNDS);
            double heap = best(heap_holds, gaps[shape], PENDING[i], 1);
            printf("%-12s %8zu pending %6.1f million holds/s; a plain 4-ary heap %5.1f, ratio %.1f\n",
                   SHAPE_NAMES[shape], PENDING[i], rates[shape][i] / 1e6, heap / 1e6, rates[shape][i] / heap);
            slowest = rates[shape][i] < slowest ? rates[shape][i] : slowest;
            fastest = rates[shape][i] > fastest ? rates[shape][i] : fastest;
        }
    }
    printf("100,000 pending, exponential: %.1f million holds/s (asked: 10 or more: %s)\n", rates[0][2] / 1e6,
           rates[0][2] >= 1e7 ? "met" : "MISSED");
    printf("fastest / slowest of all: %.2f (asked: within 2 from 1,000 to 1,000,000: %s)\n", fastest / slowest,
           fastest <= 2.0 * slowest ? "met" : "MISSED");
    ask_peers(100000, rates[0][2]);
    return 0;
}
