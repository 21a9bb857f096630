/* event_queue_simgrid.c - the hold model in SimGrid: so many actors, each sleeping an
 * exponential time again and again. Prints holds per second.
 *
 *   event_queue_simgrid PLATFORM PENDING HOLDS
 */
#include <simgrid/actor.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long holds, wanted;
static uint64_t state = 88172645463325252u;

/* Xorshift (Marsaglia 2003): as little beside the queue as possible. */
static double draw_exponential(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return -log(((double)(state >> 11) + 1.0) * 0x1.0p-53);
}

static void hold(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    while (holds < wanted) {
        holds++;
        sg_actor_sleep_for(draw_exponential());
    }
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    simgrid_init(&argc, argv);
    if (argc != 4)
        return 2;
    simgrid_load_platform(argv[1]);
    long pending = atol(argv[2]);
    wanted = atol(argv[3]);
    sg_host_t host = sg_host_by_name("host");
    for (long i = 0; i < pending; i++)
        sg_actor_create_("hold", host, hold, 0, NULL);
    double start = cpu_seconds();
    simgrid_run();
    printf("%.0f\n", (double)holds / (cpu_seconds() - start));
    return 0;
}
