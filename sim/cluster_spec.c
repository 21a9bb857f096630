/* cluster_spec.c - what can be said of a cluster before it runs. */
#include "sim/cluster_spec.h"

#include <stdlib.h>
#include <string.h>

/* "pod/NS/NAME-3" of "workload/NS/NAME" gives 3; 0 when it is no pod of it. */
static unsigned long pod_number(const char *workload, const char *id)
{
    static const char POD[] = "pod/", WORKLOAD[] = "workload/";
    size_t length = strlen(workload) - (sizeof WORKLOAD - 1);
    const char *pod = id + sizeof POD - 1;
    char *end;

    if (strncmp(id, POD, sizeof POD - 1) != 0 || strncmp(pod, workload + sizeof WORKLOAD - 1, length) != 0 ||
        pod[length] != '-' || pod[length + 1] < '1' || pod[length + 1] > '9')
        return 0;
    unsigned long number = strtoul(pod + length + 1, &end, 10);
    return *end == '\0' ? number : 0;
}

bool cluster_is_spare(const struct cluster_spec *spec, const char *id)
{
    for (size_t i = 0; i < spec->workload_count; i++) {
        if (pod_number(spec->workloads[i].id, id) > spec->workloads[i].replicas)
            return true;
    }
    return false;
}
