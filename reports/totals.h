/* totals.h - what a replication came to: money, hours, requests.
 *
 * From the sums that the simulated world told at the end of each replication; each
 * figure has one sample per replication.
 */
#ifndef SELFHEAL_REPORTS_TOTALS_H
#define SELFHEAL_REPORTS_TOTALS_H

#include <stddef.h>

enum total {
    TOTAL_COST, /* the three below */
    TOTAL_COST_CAPACITY,
    TOTAL_COST_PEOPLE,
    TOTAL_COST_USERS,
    TOTAL_PEOPLE_HOURS,         /* people at work on calls */
    TOTAL_REQUEST_AVAILABILITY, /* requests served within their SLO's latency / offered (The Site Reliability
                                   Workbook, ch. 2: good events / valid events); NaN: no cluster */
    TOTAL_POD_HOURS,
    TOTAL_COUNT
};

const char *total_name(enum total total); /* "cost", "cost_people", "request_availability", ... */
/* The SQL expression of it over one replication's rows of the table `totals`. */
const char *total_expression(enum total total);

#endif
