/* report_parts.h - the sections of a report, each written once for both forms.
 * For report.c. */
#ifndef SELFHEAL_REPORTS_REPORT_PARTS_H
#define SELFHEAL_REPORTS_REPORT_PARTS_H

#include "reports/page.h"
#include "reports/plots.h"
#include "reports/strategies.h"
#include "reports/summary.h"
#include "reports/timeline.h"

struct report_content {
    const struct summary *summary;
    const struct run_data *data;
    const struct plots *plots;
    const struct timeline *timeline;
    const struct strategies *strategies;
};

void report_overview(struct page *page, const struct report_content *content); /* begins the page */
void report_figures(struct page *page, const struct report_content *content);
void report_types(struct page *page, const struct report_content *content);
void report_timeline(struct page *page, const struct report_content *content);
void report_series(struct page *page, const struct report_content *content);
void report_strategies(struct page *page, const struct report_content *content);
void report_reading(struct page *page, const struct report_content *content);

#endif
