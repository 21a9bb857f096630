/* log_normal.h - a random span: log-normal by its own mean and sd; sd 0: constant. */
#ifndef SELFHEAL_SIM_LOG_NORMAL_H
#define SELFHEAL_SIM_LOG_NORMAL_H

struct log_normal {
    double mean_seconds, sd_seconds; /* of the values themselves, not of their logarithms */
};

#endif
