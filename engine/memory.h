/* memory.h - what the parts of the detector allocate, told apart by what it is for. */
#ifndef SELFHEAL_ENGINE_MEMORY_H
#define SELFHEAL_ENGINE_MEMORY_H

#include <stddef.h>

/* Bytes of all series together, as they were asked for; arrays that go with the number
 * of series alone count. */
struct memory {
    size_t state;   /* kept from frame to frame, */
    size_t profile; /* of that the profiles of day and week, */
    size_t search;  /* and the history that periods are looked for in, are not in `state` */
    size_t frame;   /* room for one frame: nothing in it outlives the frame */
};

#endif
